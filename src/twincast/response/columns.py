"""Predictions of one field for many cells, as columns."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Column:
    """One numeric field for all c cells; arrays of shape (c,), NaN where the field has no value for a cell.

    Attributes:
        value, low, high: the estimate and its interval at the level asked; low <= value <= high.
        confidence: reliability of the value in [0, 1].
        cell: number of the cell of outcomes that the confidence was checked on (`response.reliability`), or `NO_CELL`;
            None where that has no meaning.
        no_contact, no_contact_low, no_contact_high: the same when nothing is sent; None where that has no meaning.
        uplift, uplift_low, uplift_high: the difference; None where that has no meaning.
    """

    value: Vector
    low: Vector
    high: Vector
    confidence: Vector
    cell: Vector | None = None
    no_contact: Vector | None = None
    no_contact_low: Vector | None = None
    no_contact_high: Vector | None = None
    uplift: Vector | None = None
    uplift_low: Vector | None = None
    uplift_high: Vector | None = None

    def difference(self) -> tuple[Vector, Vector, Vector]:
        """Return uplift, its low and its high end.

        Raises:
            ValueError: the field has no uplift.
        """
        if self.uplift is None or self.uplift_low is None or self.uplift_high is None:
            raise ValueError("This column has no uplift.")
        return self.uplift, self.uplift_low, self.uplift_high

    def parts(self) -> dict[str, Vector]:
        """Return the arrays there are, by name."""
        return {name: values for name in _NAMES if (values := getattr(self, name)) is not None}


_NAMES: Final = tuple(field.name for field in fields(Column))


def join(pieces: list[tuple[NDArray[np.intp], Column]], length: int) -> Column:
    """Put columns of parts of a batch back into one; `pieces` holds the cells' places and their column."""
    if len(pieces) == 1:
        return pieces[0][1]
    names = pieces[0][1].parts()
    whole = {name: np.empty(length) for name in names}
    for places, column in pieces:
        for name, values in column.parts().items():
            whole[name][places] = values
    return Column(**whole)


def by_chunks(function: Callable[[slice], Column], length: int, size: int) -> Column:
    """Compute a column slice by slice, so that memory stays bounded whatever the batch."""
    if length <= size:
        return function(slice(0, length))
    starts = range(0, length, size)
    pieces = [(np.arange(i, min(i + size, length)), function(slice(i, min(i + size, length)))) for i in starts]
    return join(pieces, length)
