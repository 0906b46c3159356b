"""Batches in a program: from `Twincast` and from the document's services."""

import numpy as np
import polars
import pytest

from twincast import Twincast
from twincast.domain.errors import InvalidInput, UnknownSegment

WHO = [f"c{k}" for k in range(1, 9)]
HISTORY = {"total_purchases": 5, "customer_since": "2023-01-01"}
PEOPLE = [{"customer_id": name, "history": HISTORY} for name in WHO]
VARIANTS = {"offer": "30% off this weekend", "nothing": None}


@pytest.fixture
def tc() -> Twincast:
    made = Twincast()
    made.add_customers(PEOPLE, as_of="2026-05-04")
    return made


class TestABatch:
    def test_has_the_numbers_of_predict(self, tc: Twincast) -> None:
        run = tc.batch(WHO, VARIANTS, as_of="2026-05-04", analyze=False)
        table = tc.predict(WHO, VARIANTS, fields=["will_engage", "will_convert"], as_of="2026-05-04")
        columns = run.columns()
        assert len(run) == len(columns["will_engage"]) == 16
        for name in ("will_engage", "will_engage_low", "will_convert", "will_convert_uplift"):
            assert columns[name] == pytest.approx(table[name], rel=1e-12)
        assert [row["variant_id"] for row in run.records()[:2]] == ["offer", "nothing"]
        assert run.records()[1]["channel"] is None
        assert run.results.total.engagement.value is not None

    @pytest.mark.req("R184")
    def test_is_taken_by_frames_as_it_is(self, tc: Twincast) -> None:
        frame = polars.DataFrame(tc.batch(WHO, VARIANTS).columns())
        assert frame.schema["will_engage"] == polars.Float64
        assert frame.schema["digital_twin_id"] == polars.String

    @pytest.mark.req("R179")
    def test_is_a_frame_of_each_library_with_one_content(self, tc: Twincast) -> None:
        run = tc.batch(WHO, VARIANTS, ["will_click"])  # nobody clicks on nothing
        rows = run.records()
        assert run.to_polars().to_dicts() == rows
        assert run.to_arrow().to_pylist() == rows
        frame = run.to_pandas()
        assert frame["will_click"].dtype == float
        assert frame.astype(object).where(frame.notna(), None).to_dict("records") == rows
        assert tc.batch(["nobody"], ["30% off"]).to_polars().height == 0

    def test_of_nobody_known_is_empty(self, tc: Twincast) -> None:
        run = tc.batch(["nobody"], ["30% off"])
        assert (len(run), run.records(), run.columns()) == (0, [], {})
        assert run.results.unknown == 1

    def test_names_what_is_wrong(self, tc: Twincast) -> None:
        with pytest.raises(InvalidInput, match="digital_twin_ids"):
            tc.batch([], ["30% off"])
        with pytest.raises(UnknownSegment):
            tc.batch(None, ["30% off"], segment="nobody")

    def test_of_a_service_runs_in_the_current_session_and_may_be_remembered(self, tc: Twincast) -> None:
        session = tc.services.simulation_control_service.begin_session()
        run = tc.services.simulation_service.run_batch_simulation(WHO, VARIANTS, mode="sequence")
        assert run.batch.session_id == session.id
        again = tc.services.simulation_service.run_batch_simulation(WHO, {"offer": "30% off this weekend"})
        first, second = (np.array(it.columns()["will_engage"]) for it in (run, again))
        assert (second < first[::2]).all()  # they remember the first one
