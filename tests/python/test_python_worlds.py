"""`Twincast.world`: the same contacts as records and frames, read alike, and refused with a reason."""

import numpy as np
import pytest

from twincast import Twincast
from twincast.domain.errors import InvalidInput


def test_rows_and_frames_say_the_same() -> None:
    world = Twincast.world(50)
    pandas, polars = world.to_pandas(), world.to_polars()
    assert len(world) == len(pandas) == polars.height == 50
    assert tuple(pandas.columns) == tuple(polars.columns) == world.columns
    assert [row["customer_id"] for row in world.rows()] == pandas["customer_id"].tolist()
    assert set(world.outcomes) < set(world.columns)
    assert world.truth()["purchase"].shape == (50,)
    assert "no real people" in repr(world)


def test_records_and_flat_columns_are_read_as_the_same_customers() -> None:
    world = Twincast.world(60, seed=3)
    flat = world.to_polars().drop(*world.outcomes, "intervention", "sent_on", "randomised", "propensity")
    with Twincast() as tc:
        of_records, of_columns = (
            tc.predict(customers, world.interventions, ["will_purchase"], as_of="2025-04-01")
            for customers in (world.records(), flat)
        )
    assert np.array_equal(of_records["will_purchase"], of_columns["will_purchase"])


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"customers": 3}, "customers"),
        ({"kind": "odd"}, "kind"),
        ({"drift": 9.0}, "drift"),
        ({"confounding": -1.0}, "confounding"),
    ],
)
def test_options_out_of_range_are_named(options: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        Twincast.world(**options)  # type: ignore[arg-type]  # loose on purpose
