"""How fast twins are made and predicted in memory, beside bare numpy and bare pydantic; and the peak of memory."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl
from pydantic import BaseModel, TypeAdapter

from benchmarks.customers import INTERVENTIONS, frame
from benchmarks.figures import Figure
from twincast import Twincast

DAY = "2026-05-04"
HEADS = ["will_open", "will_click", "will_engage", "will_purchase", "will_share", "will_unsubscribe"]
FEW, MANY = 1_000, 100_000
FEATURES = 64
"""Width of the bare model: about as many terms as a head of the response model has."""
GIGABYTE = 1024 * 1024
"""In the kilobytes in which Linux tells a peak."""


def measure() -> list[Figure]:
    """Return times, their ratios to the bare baselines, and the peak memory."""
    return [*_few(), *_many()]


def _few() -> list[Figure]:
    with Twincast() as tc:
        ids = tc.add_customers(frame(FEW), as_of=DAY).twin_ids
        ours = _time(lambda: tc.predict(ids, INTERVENTIONS, fields=HEADS, as_of=DAY), 5)
    bare = _bare_numpy(FEW * len(INTERVENTIONS), len(HEADS))
    return [
        Figure(name="1,000 twins x 4, six heads with intervals", value=ours, unit="s", bar=("<", 1.0)),
        Figure(
            name="  as a multiple of bare numpy",
            value=ours / bare,
            unit="x",
            note="matrix product and three logistics a head",
        ),
    ]


def _many() -> list[Figure]:
    done = subprocess.run([sys.executable, "-m", "benchmarks.speed"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    bare = _bare_numpy(MANY * len(INTERVENTIONS), 2)
    validated = _bare_pydantic(frame(MANY))
    add, predict, records, peak = (found[name] for name in ("add", "predict", "records", "peak"))
    multiple = Figure(
        name="  as a multiple of bare pydantic", value=add / validated, unit="x", note="validating the rows"
    )
    return [
        Figure(name="100,000 rows of a frame into twins", value=add, unit="s", bar=("<", 15.0)),
        multiple,
        Figure(name="100,000 twins x 4, engage and purchase", value=predict, unit="s", bar=("<", 15.0)),
        Figure(name="  as a multiple of bare numpy", value=predict / bare, unit="x"),
        Figure(name="peak memory of both together", value=peak, unit="GB", bar=("<", 2.0), note="twins included"),
        Figure(name="100,000 records x 4, engage and purchase", value=records, unit="s", note="read, not stored"),
    ]


def _worker() -> None:
    """Measure the large batches in a process of their own, so that its peak is theirs."""
    customers = frame(MANY)
    fields = ["will_engage", "will_purchase"]
    with Twincast() as tc:
        add = _time(lambda: tc.add_customers(customers, as_of=DAY), 1)
        ids = customers["customer_id"]
        predict = _time(lambda: tc.predict(ids, INTERVENTIONS, fields=fields, as_of=DAY), 1)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIGABYTE
        records = _time(lambda: tc.predict(customers, INTERVENTIONS, fields=fields, as_of=DAY), 1)
    print(json.dumps({"add": add, "predict": predict, "peak": peak, "records": records}))


def _time(work: Callable[[], object], runs: int) -> float:
    """Return the median time of some runs, in seconds."""
    times = []
    for _ in range(runs):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return median(times)


def _bare_numpy(cells: int, heads: int) -> float:
    """Return the time that value and two ends take a bare logistic model of as many cells and heads."""
    features = np.ones((cells, FEATURES))
    weights = np.full((FEATURES, heads), 0.01)

    def work() -> Any:
        logits = features @ weights
        spread = np.sqrt((features * features) @ (weights * weights))
        return [1.0 / (1.0 + np.exp(-logits - shift * spread)) for shift in (0.0, -1.28, 1.28)]

    return _time(work, 3)


class _Bare(BaseModel):
    customer_id: str
    location: str | None
    average_order_value: float | None
    lifetime_value: float | None
    preferred_channels: list[str]
    total_purchases: int | None
    days_since_last_purchase: int | None
    returns: int | None
    categories_past_12_months: list[str]
    psychographic_traits: list[str]


def _bare_pydantic(customers: pl.DataFrame) -> float:
    adapter = TypeAdapter(list[_Bare])
    return _time(lambda: adapter.validate_python(customers.to_dicts()), 1)


if __name__ == "__main__":
    _worker()
