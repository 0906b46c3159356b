"""`from twincast import Twincast`: records and frames in, records and frames out."""

import doctest
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import twincast
from twincast import Twincast
from twincast.domain.errors import InvalidInput, ProfilingRefused, UnknownField, UnknownTwin
from twincast.domain.interventions import Intervention
from twincast.entrypoints.python import embedded
from twincast.entrypoints.python.interventions import interventions_in
from twincast.entrypoints.python.predictions import Predictions

DAY = "2026-05-04"
OFFER: dict[str, Any] = {"type": "promotional_offer", "channel": "email", "content": "20% off all coffee this weekend"}
BOTH: dict[str, Any] = {"offer": OFFER, "nothing": None}
RECORDS: list[dict[str, Any]] = [
    {"customer_id": "ann", "history": {"total_purchases": 14, "days_since_last_purchase": 6}},
    {"customer_id": "ben", "history": {"total_purchases": 2, "days_since_last_purchase": 210}},
]
FIELDS = ["will_engage", "conversion_rate", "purchase_amount", "items_purchased"]


@pytest.fixture
def tc() -> Iterator[Twincast]:
    with Twincast() as opened:
        opened.add_customers(RECORDS, as_of=DAY)
        yield opened


def numbers(found: Predictions) -> np.ndarray[Any, Any]:
    return np.column_stack([found[name] for name in found.columns[2:-1]])


class TestImporting:
    def test_the_package_alone_loads_nothing_heavy(self) -> None:
        heavy = {"numpy", "polars", "pydantic", "scipy", "sqlalchemy"}
        code = f"import sys, twincast; print(sorted({heavy} & set(sys.modules)))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"

    def test_an_unknown_name_is_an_attribute_error(self) -> None:
        with pytest.raises(AttributeError, match="Twinkast"):
            twincast.Twinkast  # noqa: B018 - looking it up is what is tested

    def test_the_examples_of_the_docstrings_hold(self) -> None:
        assert doctest.testmod(embedded).attempted > 3
        assert doctest.testmod(embedded).failed == 0

    def test_the_page_of_the_documentation_runs(self, capsys: pytest.CaptureFixture[str]) -> None:
        page = (Path(__file__).parents[2] / "docs" / "python.md").read_text("utf-8")
        blocks = re.findall(r"```python\n(.*?)```", page, re.S)
        assert len(blocks) > 5
        scope: dict[str, Any] = {}
        for block in blocks:
            exec(compile(block, "docs/python.md", "exec"), scope)  # noqa: S102 - our own page
            promised = [line.removeprefix("# ") for line in block.splitlines() if line.startswith("# ")]
            assert capsys.readouterr().out.splitlines() == promised


class TestAdding:
    def test_counts_what_it_did(self, tc: Twincast) -> None:
        again = tc.add_customers([RECORDS[0], {**RECORDS[1], "context": "moved"}, {"customer_id": "cleo"}], as_of=DAY)
        assert (again.created, again.changed, again.unchanged) == (1, 1, 1)
        assert again.twin_ids == ("twin_ann", "twin_ben", "twin_cleo")
        assert len(tc) == 3
        assert repr(tc) == "<Twincast in memory: 3 twins>"

    @pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
    def test_frames_of_every_library_make_the_same_twins(self, make: Callable[[Any], Any]) -> None:
        columns = {"customer_id": ["ann", "ben"], "total_orders": [14, 2], "avg_order_value": [20.5, None]}
        with Twincast() as one, Twincast() as other:
            one.add_customers(make(columns), as_of=DAY)
            other.add_customers(pl.DataFrame(columns), as_of=date(2026, 5, 4))
            assert one.twin("ben").digest == other.twin("ben").digest
            assert one.twin("ann").state == other.twin("ann").state

    def test_names_row_and_field_and_stores_nothing(self, tc: Twincast) -> None:
        with pytest.raises(InvalidInput, match=r"customers\[1\]\.history\.total_purchases"):
            tc.add_customers([{"customer_id": "cleo"}, {"customer_id": "dora", "history": {"total_purchases": -1}}])
        assert len(tc) == 2

    def test_keeps_them_in_a_file(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'shop.db'}"
        with Twincast(url) as first:
            first.add_customers(RECORDS, as_of=DAY)
            before = first.predict(["ann"], BOTH, as_of=DAY)
        with Twincast(url) as second:
            assert second.predict(["ann"], BOTH, as_of=DAY).records() == before.records()
            assert url in repr(second)


class TestPredicting:
    def test_has_the_promised_columns(self, tc: Twincast) -> None:
        found = tc.predict(["ann", "ben"], BOTH, fields=FIELDS, as_of=DAY)
        parts = ("", "_low", "_high", "_no_contact", "_uplift", "_uplift_low", "_uplift_high")
        compared = [f"{name}{part}" for name in FIELDS[:3] for part in parts]
        counted = [f"items_purchased{part}" for part in ("", "_low", "_high")]
        assert found.columns == ("customer_id", "intervention_id", *compared, *counted, "refused")
        assert len(found) == 4
        assert found["customer_id"].tolist() == ["ann", "ann", "ben", "ben"]
        assert found["intervention_id"].tolist() == ["offer", "nothing"] * 2

    @pytest.mark.req("R179")
    def test_gives_the_same_to_every_library(self, tc: Twincast) -> None:
        found = tc.predict(["ann", "ben"], BOTH, fields=[*FIELDS, "response_time"], as_of=DAY)
        records = found.records()
        assert pd.DataFrame(records).convert_dtypes().equals(found.to_pandas().convert_dtypes())
        assert pl.DataFrame(records, infer_schema_length=None).equals(found.to_polars().cast({"refused": pl.Null}))
        assert found.to_arrow().to_pylist() == records == found.to_polars().to_dicts()
        assert records[1]["response_time"] is None
        json.dumps(records, allow_nan=False)

    def test_takes_customers_in_every_form(self, tc: Twincast) -> None:
        expected = numbers(tc.predict(["ann", "ben"], BOTH, as_of=DAY))
        frame = pl.DataFrame(
            {"customer_id": ["ann", "ben"], "total_purchases": [14, 2], "days_since_last_purchase": [6, 210]}
        )
        columns = {
            "customer_id": ["ann", "ben"],
            "history.total_purchases": [14, 2],
            "history.days_since_last_purchase": [6, 210],
        }
        forms = (RECORDS, tuple(RECORDS), iter(RECORDS), frame, frame.to_pandas(), columns, frame["customer_id"])
        for form in (*forms, np.array(["ann", "twin_ben"])):
            assert np.array_equal(numbers(tc.predict(form, BOTH, as_of=DAY)), expected), type(form)
        alone = numbers(tc.predict("ann", BOTH, as_of=DAY))
        assert np.array_equal(alone, expected[:2])
        assert np.array_equal(numbers(tc.predict(RECORDS[0], BOTH, as_of=DAY)), alone)

    def test_takes_numbers_as_ids(self, tc: Twincast) -> None:
        tc.add_customers([{"customer_id": "7"}], as_of=DAY)
        assert tc.predict([7], BOTH, as_of=DAY)["customer_id"].tolist() == ["7", "7"]

    @pytest.mark.parametrize("day", [DAY, date(2026, 5, 4), datetime(2026, 5, 4, 15, tzinfo=UTC), pd.Timestamp(DAY)])
    def test_takes_days_in_every_form(self, tc: Twincast, day: Any) -> None:
        assert tc.predict(["ann"], BOTH, as_of=day).as_of == date(2026, 5, 4)

    def test_shows_itself_briefly(self, tc: Twincast) -> None:
        shown = repr(tc.predict(["ann"] * 50, BOTH, as_of=DAY)).splitlines()
        assert shown[0].startswith("<Predictions: 50 customers x 2 interventions, as of 2026-05-04, within 7 days")
        assert len(shown) == 11
        assert shown[-1] == "... 92 more rows"
        assert "opted out" in repr(tc.predict([{"customer_id": "x", "profiling_opt_out": True}], BOTH))

    def test_defines_what_was_asked(self, tc: Twincast) -> None:
        assert (
            tc.predict(["ann"], BOTH, fields=["conversion_rate"])
            .definitions()["conversion_rate"]
            .startswith("P(at least one")
        )

    def test_names_the_columns_there_are(self, tc: Twincast) -> None:
        with pytest.raises(KeyError, match="will_purchase_low"):
            tc.predict(["ann"], BOTH)["will_purchse"]


class TestInterventions:
    @pytest.mark.data
    @pytest.mark.parametrize("folder", ["hillstrom", "completejourney"])
    def test_the_files_of_the_data_sets_are_taken_as_they_are(self, tc: Twincast, data_dir: Path, folder: str) -> None:
        published = json.loads((data_dir / folder / "interventions.json").read_text("utf-8"))
        found = tc.predict(["ann"], published, as_of=DAY)
        assert found["intervention_id"].tolist() == list(published)

    def test_the_forms_of_one_message_give_the_same_numbers(self, tc: Twincast) -> None:
        value = Intervention(id="mine", **OFFER)
        found = tc.predict(["ann"], [OFFER, value, {**OFFER, "id": "own"}], as_of=DAY)
        assert found["intervention_id"].tolist() == ["i0", "mine", "own"]
        assert len({tuple(row) for row in numbers(found).tolist()}) == 1

    def test_nothing_has_three_spellings(self, tc: Twincast) -> None:
        found = tc.predict(["ann"], [None, {"type": "none"}, Intervention(type="none")], as_of=DAY)
        assert len({tuple(row) for row in numbers(found).tolist()}) == 1
        assert set(found["will_purchase_uplift"].tolist()) == {0.0}

    def test_one_intervention_needs_no_list(self) -> None:
        assert list(interventions_in(OFFER)) == ["i0"]
        assert list(interventions_in({"content": "Hello", "channel": None})) == ["i0"]

    @pytest.mark.parametrize(
        ("given", "named"),
        [
            ({"a": {"channel": 5, "content": "x"}}, r"interventions\['a'\]\.channel"),
            ([{"content": "x", "horizon_days": "long"}], r"interventions\[0\]\.horizon_days"),
            ([{"id": "a", "content": "x"}, {"id": "a", "content": "y"}], r"interventions\[1\]\.id: 'a' is there twice"),
            ([{"type": "sms_campaign"}], r"content: is empty"),
            ([{"type": "none", "intervention_type": "upsell_offer"}], r"interventions\[0\]\.intervention_type"),
            ("20% off", "interventions: is a str"),
            ([5], r"interventions\[0\]: is a int"),
        ],
    )
    def test_names_what_is_not_right(self, tc: Twincast, given: Any, named: str) -> None:
        with pytest.raises(InvalidInput, match=named):
            tc.predict(["ann"], given)


class TestOneCustomer:
    def test_a_test_is_stored_and_says_why(self, tc: Twincast) -> None:
        trial = tc.test("ann", OFFER, fields=["will_purchase", "concerns"], as_of=DAY)
        assert [it.field for it in trial.answer.predictions] == ["will_purchase", "concerns"]
        assert trial.answer.predicted_response
        estimate = trial.answer.predictions[0].estimate
        assert estimate is not None
        assert estimate.value == tc.predict(["ann"], [OFFER], fields=["will_purchase"], as_of=DAY)["will_purchase"][0]

    def test_a_comparison_ranks_every_variant(self, tc: Twincast) -> None:
        found = tc.compare("ann", {"A": OFFER, "B": "New coffee is here"}, include_no_contact=True, as_of=DAY)
        assert sorted(it.variant_id for it in found.rankings) == ["A", "B", "no_contact"]
        assert sum(it.p_best for it in found.rankings) == pytest.approx(1.0)

    def test_refuses_whoever_opted_out(self, tc: Twincast) -> None:
        tc.add_customers([{"customer_id": "cleo", "profiling_opt_out": True}])
        with pytest.raises(ProfilingRefused):
            tc.test("cleo", OFFER)

    def test_a_twin_can_be_looked_at(self, tc: Twincast) -> None:
        assert tc.twin("ann").id == tc.twin("twin_ann").id == "twin_ann"
        assert 0.0 <= tc.profile("ann").model_confidence <= 1.0
        with pytest.raises(UnknownTwin, match="nobody"):
            tc.twin("nobody")


class TestMistakes:
    @pytest.mark.parametrize(
        ("call", "error", "words"),
        [
            (lambda tc: tc.predict(["nobody"], BOTH), UnknownTwin, "'nobody'"),
            (lambda tc: tc.predict(["ann"], BOTH, fields=["will_buy"]), UnknownField, "did you mean"),
            (lambda tc: tc.predict(5, BOTH), InvalidInput, "customers: is a int"),
            (lambda tc: tc.predict(["ann", RECORDS[1]], BOTH), InvalidInput, "mixed"),
            (lambda tc: tc.predict([{"history": {}}], BOTH), InvalidInput, r"customers\[0\]\.customer_id: is missing"),
            (lambda tc: tc.predict(["ann"], BOTH, as_of="yesterday"), InvalidInput, "as_of: 'yesterday'"),
            (lambda tc: tc.predict({"customer_id": ["a"], "age": [1, 2]}, BOTH), InvalidInput, "not equally long"),
            (lambda tc: tc.add_customers("ann"), InvalidInput, "customers: is a str"),
        ],
    )
    def test_say_what_to_do(
        self, tc: Twincast, call: Callable[[Twincast], Any], error: type[Exception], words: str
    ) -> None:
        with pytest.raises(error, match=words):
            call(tc)

    @pytest.mark.parametrize("library", ["pandas", "pyarrow"])
    def test_a_library_that_is_not_there_is_named(
        self, tc: Twincast, monkeypatch: pytest.MonkeyPatch, library: str
    ) -> None:
        found = tc.predict(["ann"], BOTH)
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(ImportError, match=r"twincast\[notebook\]"):
            _ = found.to_pandas() if library == "pandas" else found.to_arrow()
