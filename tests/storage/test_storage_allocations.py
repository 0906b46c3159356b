"""What every store promises of allocations: all of it comes back, and it goes with its batch, as does who leaves."""

from datetime import timedelta

import numpy as np
import pytest

from tests.storage.batches import ESTIMATE, a_batch, columns, members
from tests.storage.records import NOON, OTHER, SHOP, twin_id
from tests.storage.writes import fill, ids
from twincast.domain.allocations import Against, Allocation, AllocationResults, Capacities, Plan, Scarce, Share
from twincast.domain.errors import WriteConflict
from twincast.domain.ids import AllocationId, BatchId
from twincast.domain.objectives import PROFIT, Costs
from twincast.domain.policies import Cap, ContactPolicy
from twincast.domain.twins import Warning
from twincast.ports.stores import Store

BATCH = BatchId("batch_1")
ONE = AllocationId("alloc_1")
CHOICES = {"offer": np.array([1.0, -1.0, np.nan]), "gain": np.array([0.1, 0.0, np.nan])}
RESULTS = AllocationResults(
    customers=3,
    open=2,
    reasons={"chosen": 1, "limits": 1},
    gain=ESTIMATE,
    cost=ESTIMATE,
    currency="EUR",
    offers=(Share(offer="A", customers=1, capacity=4, cost=0.1, gain=0.3, channels={"email": 1}),),
    limits=(
        Scarce(kind="budget", name=None, limit=1.5, used=0.1, price=ESTIMATE, reason=None),
        Scarce(kind="offer", name="A", limit=4.0, used=1.0, price=None, reason="why"),
    ),
    against=(Against(name="nothing", offer=None, customers=0, difference=ESTIMATE, better=0.7),),
    gap=1e-9,
    warnings=(Warning(code="a", field="b", message="c"),),
    model="m",
    prior="p",
    drawn=200,
    draws=500,
    completed_at=NOON,
)


def an_allocation(name: str = ONE, seconds: int = 0, batch: BatchId = BATCH) -> Allocation:
    return Allocation(
        id=AllocationId(name),
        batch_id=batch,
        own=True,
        offers=("A", 'B "quoted"'),
        contacts={"A": 0.1, 'B "quoted"': 0.0},
        plan=Plan(
            objective=PROFIT,
            costs=Costs(margin=0.4, shipping=3.0),
            budget=1.5,
            capacities=Capacities(offers={"A": 4}, channels={"email": 2}),
            holdout=0.1,
            seed=2**62,
        ),
        warnings=(Warning(code="a", field="b", message="c"),),
        policy=ContactPolicy(quiet=None, caps=(Cap(contacts=2, days=7, channel="email"),)),
        created_at=NOON + timedelta(seconds=seconds),
    )


@pytest.fixture
def kept(store: Store) -> Store:
    fill(
        store,
        lambda unit: unit.batches.add(a_batch(), members("C1", "C2", "C3")),
        lambda unit: unit.batches.add_part(BATCH, 0, columns(2)),
        lambda unit: unit.allocations.add(an_allocation()),
        lambda unit: unit.allocations.put_choices(ONE, CHOICES),
        lambda unit: unit.allocations.put_results(ONE, RESULTS),
    )
    return store


def test_comes_back_with_everything_in_it(kept: Store) -> None:
    with kept.reading(SHOP) as unit:
        assert unit.allocations.get(ONE) == an_allocation()
        assert unit.allocations.of_batch(BATCH) == [an_allocation()]
        assert unit.allocations.results(ONE) == RESULTS
        found = unit.allocations.choices(ONE) or {}
        assert {name: values.tobytes() for name, values in found.items()} == {
            name: values.tobytes() for name, values in CHOICES.items()
        }
        assert unit.allocations.get(AllocationId("alloc_2")) is None
    with kept.reading(OTHER) as unit:
        assert unit.allocations.get(ONE) is None
        assert unit.allocations.choices(ONE) is None
        assert unit.allocations.newest(None, 9).items == ()
    with pytest.raises(WriteConflict):
        fill(kept, lambda unit: unit.allocations.add(an_allocation()))


def test_are_paged_through_newest_first(kept: Store) -> None:
    fill(kept, *[lambda unit, k=k: unit.allocations.add(an_allocation(f"alloc_{k}", k)) for k in (2, 3)])
    with kept.reading(SHOP) as unit:
        first = unit.allocations.newest(None, 2)
        assert ids(first) == ["alloc_3", "alloc_2"]
        assert ids(unit.allocations.newest(first.next_cursor, 2)) == [ONE]


def test_whoever_is_erased_leaves_it_and_it_goes_with_its_batch(kept: Store) -> None:
    fill(kept, lambda unit: unit.batches.erase(twin_id("C1")))
    with kept.reading(SHOP) as unit:
        left = unit.allocations.choices(ONE) or {}
        assert np.isnan(left["offer"]).tolist() == [True, False, True]
        assert unit.allocations.results(ONE) is None
    fill(kept, lambda unit: unit.batches.delete(BATCH))
    with kept.reading(SHOP) as unit:
        assert unit.allocations.get(ONE) is None
        assert unit.allocations.newest(None, 9).items == ()


def test_can_be_deleted_alone(kept: Store) -> None:
    fill(kept, lambda unit: unit.allocations.delete(ONE))
    with kept.reading(SHOP) as unit:
        assert unit.allocations.get(ONE) is None
        assert unit.batches.get(BATCH) is not None
