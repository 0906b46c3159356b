"""100,000 customers x 5 offers under a budget and capacities: predicted and allotted, and allotted again on the batch.

The customers are those of `twincast world`, in an SQLite file; in a process of its own, whose peak of memory is told.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Final

from benchmarks.figures import Figure

CUSTOMERS: Final = 100_000
OFFERS: Final = {
    "third": "30% off everything this weekend",
    "tenth": "10% off with code SPRING",
    "new": "Early access to our new collection",
    "news": "What is new in our shop this week",
    "thanks": "Thank you for being with us",
}


def measure() -> list[Figure]:
    """Return times, memory and how far from the best the choice can be."""
    with TemporaryDirectory() as name:
        command = [sys.executable, "-m", "benchmarks.allocation", str(Path(name) / "shop.db")]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(told)
    return [
        Figure(
            name=f"{CUSTOMERS:,} x {len(OFFERS)}, predicted and allotted",
            value=found["whole"],
            unit="s",
            bar=("<", 60.0),
            note=f"{found['sent']:,} get an offer",
        ),
        Figure(name="  processor time of that", value=found["busy"], unit="s", note="whatever else the machine did"),
        Figure(name="  allotted again on the same batch", value=found["again"], unit="s", note="with intervals"),
        Figure(name="  peak memory", value=found["peak"], unit="GB", note="predicted in one process, all at once"),
        Figure(name="  optimality gap, at most", value=found["gap"], bar=("<", 1e-3), note="by duality"),
        Figure(name="  budget used", value=found["used"], bar=("<=", 1.0 + 1e-9), note="share"),
    ]


def run(database: str) -> dict[str, Any]:
    """Make the customers, allot twice, and return what was measured."""
    from twincast import Twincast
    from twincast.world.making import Options, make

    shop = Twincast(database)
    world = make(Options(customers=CUSTOMERS, seed=0))
    records = world.records()
    ids = [str(record["customer_id"]) for record in records]
    for start in range(0, CUSTOMERS, 10_000):
        shop.add_customers(records[start : start + 10_000])
    budget = 0.02 * CUSTOMERS
    how: dict[str, Any] = {"margin": 0.4, "budget": budget, "capacities": {"new": CUSTOMERS // 5}}
    how["channels"] = {"email": CUSTOMERS // 2}
    begun, before = perf_counter(), process_time()
    offers = {key: {"content": text, "channel": "email", "cost": 0.05} for key, text in OFFERS.items()}
    made = shop.allocate(ids, offers, **how)
    between, busy = perf_counter(), process_time() - before
    again = shop.allocate(batch=made.allocation.batch_id, **how)
    ended = perf_counter()
    cost = again.results.cost
    return {
        "whole": between - begun,
        "busy": busy,
        "again": ended - between,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        "gap": again.results.gap,
        "used": 0.0 if cost is None else cost.value / budget,
        "sent": sum(it.customers for it in again.results.offers),
    }


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1])))
