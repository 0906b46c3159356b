"""How a ranking holds when it is made again, as a value and as a warning."""

import numpy as np
from numpy.typing import NDArray

from twincast.domain.homogeneity import Spread
from twincast.domain.sensitivity import HOLDS, Stability
from twincast.domain.twins import Warning
from twincast.stats.rankings import held

Array = NDArray[np.float64]


def stability_of(over: str, values: Array, reference: Array) -> Stability:
    """Lay rankings, (r, v), beside the one that is looked at, (v,)."""
    found = held(values, reference)
    return Stability(over=over, rankings=found.rankings, first=found.first, order=found.order, tau=found.tau)


def unstable(found: Stability, leading: str) -> Warning | None:
    """Return a warning where a leader is not sure to lead."""
    if found.first >= HOLDS:
        return None
    many = f"{found.first:.0%} of {found.rankings:,} rankings over {found.over}"
    message = f"'{leading}' leads in {many}; {HOLDS:.0%} are needed."
    return Warning(code=f"unstable-over-{found.over.replace(' ', '-')}", field="variants", message=message)


def known_spread(field: str, values: Array, sd: float) -> Spread:
    """Return how far values of customers, (n,), differ beside the standard deviation that is known of real ones."""
    observed = float(np.var(values, ddof=1)) if len(values) > 1 else 0.0
    ratio = observed / sd**2 if len(values) > 1 else None
    return Spread(field=field, observed=observed, expected=sd**2, ratio=ratio, customers=len(values), basis="known")


def agreeing(values: Array) -> float | None:
    """Return the share of customers with whom the commonest variant is best, values (n, v); None for one variant."""
    if values.shape[1] < 2:
        return None
    return float(np.bincount(values.argmax(axis=1)).max() / len(values))
