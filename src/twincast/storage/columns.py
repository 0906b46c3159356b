"""Rows of outcomes into arrays, some thousands at a time, so that a million of them never stand in lists at once."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from twincast.domain.ids import TwinId
from twincast.domain.interventions import Intervention
from twincast.domain.outcomes import RANDOMISED
from twincast.ports.outcomes import NEVER, OutcomeColumns

NAMES: Final = (
    "twin", "intervention", "kind", "value", "amount", "items", "sent_at", "occurred_at", "window_days",
    "observed_until", "randomised", "propensity", "by_machine", "received_at",
)  # fmt: skip
"""What a row holds, in this order: twin's id, name of the intervention (None: nothing sent), code of the kind, ..."""
json_out: Final = msgspec.json.Encoder(order="deterministic").encode
MOMENTS: Final = frozenset({"sent_at", "occurred_at", "observed_until", "received_at"})


def columns_of(chunks: Iterable[Sequence[Sequence[Any]]], messages: Mapping[str, Intervention]) -> OutcomeColumns:
    """Return rows as arrays.

    Args:
        chunks: rows in the order of `NAMES`; moments are microseconds.
        messages: interventions by the names that the rows call them.
    """
    twins: dict[str, int] = {}
    sent: dict[str, int] = {}
    parts: dict[str, list[NDArray[Any]]] = {name: [_array(name, [], twins, sent)] for name in NAMES}
    for rows in chunks:
        for name, cells in zip(NAMES, zip(*rows, strict=True), strict=True):
            parts[name].append(_array(name, cells, twins, sent))
    whole: dict[str, Any] = {name: np.concatenate(pieces) for name, pieces in parts.items()}
    found = tuple(messages[name] for name in sent)
    return OutcomeColumns(twins=tuple(map(TwinId, twins)), interventions=found, **whole)


def _array(name: str, cells: Sequence[Any], twins: dict[str, int], sent: dict[str, int]) -> NDArray[Any]:
    if name == "twin":
        return np.array([twins.setdefault(it, len(twins)) for it in cells], dtype=np.intp)
    if name == "intervention":
        codes = [-1 if it is None else sent.setdefault(it, len(sent)) for it in cells]
        return np.array(codes, dtype=np.intp)
    if name == "kind":
        return np.array(cells, dtype=np.intp)
    if name == "randomised":
        return np.array([it == RANDOMISED for it in cells], dtype=np.bool_)
    if name == "by_machine":
        return np.array(cells, dtype=np.bool_)
    if name in MOMENTS:
        return np.array([NEVER if it is None else it for it in cells], dtype=np.int64)
    return np.array(cells, dtype=np.float64)


def digests_of(messages: Iterable[Intervention | None]) -> dict[int, str]:
    """Return what interventions are stored under, by `id()`: one object is often what thousands of outcomes share."""
    digests: dict[int, str] = {}
    for message in messages:
        if message is not None and id(message) not in digests:
            digests[id(message)] = sha256(json_out(message)).hexdigest()[:32]
    return digests
