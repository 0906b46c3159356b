"""Customers that are asked about again: each is encoded once a day, and kept for a while.

What is kept is numbers without a name, in the memory of this process only; who is erased is forgotten here too.
"""

from dataclasses import fields
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.reading import injections
from twincast.reading.twins import TwinFrame
from twincast.response.customers import Customers, encode_customers, together
from twincast.response.prior import Prior

Array = NDArray[np.float64]

MOST: Final = 1_024
"""Customers that are kept, the latest: some four megabytes."""
FEW: Final = 32
"""Twins of a batch up to which each is looked up; above, encoding all of them at once costs less."""


def customers_of(twins: TwinFrame, days: float | Array, prior: Prior) -> Customers:
    """Return twins encoded as of a day, to the last bit as if nothing had been kept.

    Args:
        twins: n twins.
        days: the day of the prediction, days since 1970-01-01, for all or (n,) for each.
        prior: what is believed of customers in general.
    """
    if not isinstance(days, float) or not 0 < len(twins) <= FEW:
        return _encoded(twins, days, prior)
    states = zip(twins.states(), twins.interests, strict=True)
    return together([_kept(state, interests, days, prior) for state, interests in states])


def forget() -> None:
    """Keep nothing of anybody any more."""
    _kept.cache_clear()
    injections.forget()


@lru_cache(maxsize=MOST)
def _kept(state: bytes, interests: tuple[str, ...], day: float, prior: Prior) -> Customers:
    """Encode one twin by all that its encoding rests on, so that what is kept can never be another's."""
    values = np.frombuffer(state, dtype="<f8").astype(np.float64).reshape(1, -1)
    frame = TwinFrame(values=values, zones=(None,), currencies=("",), interests=(interests,))
    customer = _encoded(frame, day, prior)
    for field in fields(customer):
        getattr(customer, field.name).setflags(write=False)
    return customer


def _encoded(twins: TwinFrame, days: float | Array, prior: Prior) -> Customers:
    return encode_customers(twins, days, prior.fits, prior.constants["process"], prior.constants["order_value"])
