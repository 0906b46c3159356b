"""Money and counts of two weeks, campaign after campaign: how near forecasts come, how often ranges hold them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import DataSet
from benchmarks.figures import Figure
from twincast.response.learning import learn
from twincast.response.model import predict
from twincast.response.posteriors import shipped_model
from twincast.usecases.backtesting.cases import Cases

Array = NDArray[np.float64]
Index = NDArray[np.intp]
DAYS: Final = 14
LEVELS: Final = (0.8, 0.9)
RANGES: Final = ("amount_spent", "purchase_amount", "items_purchased")
NAME: Final = "Complete Journey, 14 days"


def foretold(data: DataSet, known: Index, part: Cases) -> Array:
    """Return what is said of some cases after others were learned, (2 + 2 x 2 x 3, n).

    Rows: the mean and the median of what is spent; then, for each level and each of `RANGES`, its ends.
    """
    told = known[np.isfinite(data.outcomes["spend"][known])]
    rows = data.rows(told, purchase="bought", amounts="spend", items="items")
    rows.window[:] = float(DAYS)
    model, cells = learn(shipped_model(), rows), part.cells()
    found: list[Array] = []
    for level in LEVELS:
        said = predict(cells, model, [*RANGES, "expected_revenue"], horizon_days=DAYS, level=level)
        if not found:
            found += [said["expected_revenue"].value, said["amount_spent"].value]
        found += [end for field in RANGES for end in (said[field].low, said[field].high)]
    return np.array(found)


def figures(data: DataSet, rows: Index, said: Sequence[Array]) -> list[Figure]:
    """Return errors, sums and coverage over all campaigns; `said` holds what was foretold of each, in their order."""
    spent, own, items = (data.outcomes[name][rows] for name in ("spend", "own", "items"))
    told = np.isfinite(spent)
    whole = np.concatenate(said, axis=1)[:, told]
    spent, own, items = spent[told], own[told], items[told]
    usual = np.abs(own - spent).mean()
    errors = [float(np.abs(it - spent).mean() / usual) for it in whole[:2]]
    ratio = float(whole[0].sum() / spent.sum())
    return [
        Figure(name=f"{NAME}: MAE of expected revenue over own average's", value=errors[0], bar=("<=", 0.93)),
        Figure(name="  the same of the median", value=errors[1]),
        Figure(name="  expected over observed", value=ratio, bar=(">=", 0.95)),
        Figure(name="  expected over observed, again", value=ratio, bar=("<=", 1.05)),
        *_coverage(whole[2:], {"amount_spent": spent, "purchase_amount": spent, "items_purchased": items}),
    ]


def _coverage(ends: Array, happened: dict[str, Array]) -> list[Figure]:
    found = []
    for place, (level, field) in enumerate((level, field) for level in LEVELS for field in RANGES):
        low, high = ends[2 * place], ends[2 * place + 1]
        y = happened[field]
        judged = np.ones(len(y), dtype=np.bool_) if field == "amount_spent" else y > 0.0
        share = float(((low <= y) & (y <= high))[judged].mean())
        name = f"{NAME}: {field} within its {level:.0%} range"
        note = f"{judged.sum():,} cases"
        found.append(Figure(name=name, value=share, bar=(">=", level - 0.02), note=note))
        found.append(Figure(name="  again", value=share, bar=("<=", level + 0.02)))
    return found
