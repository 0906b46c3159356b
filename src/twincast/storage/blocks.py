"""Columns of numbers as one binary value, and the numbers of one customer taken out of them."""

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from twincast.ports.batches import Columns

FORM: Final = 1
"""Version of the written form: [version, [[name, type, bytes], ...]]."""
_out: Final = msgspec.msgpack.Encoder()
_in: Final = msgspec.msgpack.Decoder(tuple[int, list[tuple[str, str, bytes]]])


def packed(columns: Columns) -> bytes:
    """Return columns as bytes, little-endian; reading them gives equal arrays, to the bit."""
    parts = [(name, found.dtype.str, found.tobytes()) for name, found in map(_little, columns.items())]
    return _out.encode((FORM, parts))


def unpacked(data: bytes) -> dict[str, NDArray[Any]]:
    """Return the columns in bytes that `packed` made; they are not to be written to."""
    _, parts = _in.decode(data)
    return {name: np.frombuffer(content, dtype=kind) for name, kind, content in parts}


def blanked(columns: Columns, place: int, width: int) -> dict[str, NDArray[Any]]:
    """Return columns without what they say of one customer: the `width` rows of her place in the part are empty."""
    found = {name: array.copy() for name, array in columns.items()}
    for array in found.values():
        array[place * width : (place + 1) * width] = np.nan if array.dtype.kind == "f" else ""
    return found


def _little(column: tuple[str, NDArray[Any]]) -> tuple[str, NDArray[Any]]:
    name, array = column
    return name, np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
