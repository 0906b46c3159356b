"""What outcomes say of each head, as a value that can be written down: counts, evidence, calibration."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from twincast.domain.backtests import Gate
from twincast.domain.errors import Misconfigured
from twincast.response.attributes import Column
from twincast.response.evidence import Evidence
from twincast.response.numbers import Numbers, as_plain, of_first_form, of_plain
from twincast.response.reliability import Reliability
from twincast.response.signals import Hearing

Array = NDArray[np.float64]

FORM: Final = 1
"""Version of the written form."""
UNCONTACTED: Final = "none"
"""Stands among the channels for people to whom nothing was sent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What stands behind one head.

    Attributes:
        outcomes, events: rows that were learned from, and those of them in which it happened.
        contacted, held_out: randomised rows with and without contact.
        logged: rows of people whom the company itself chose to contact.
        set_aside: rows that were not learned from: the company chose not to contact, or the channel lacks the head.
    """

    outcomes: int = 0
    events: int = 0
    contacted: int = 0
    held_out: int = 0
    logged: int = 0
    set_aside: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Return both together."""
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})

    @property
    def rarer(self) -> int:
        """Events, or non-events, whichever are fewer."""
        return min(self.events, self.outcomes - self.events)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Typical:
    """The average customer that a head has learned from, as features: who everybody is taken for where nothing that is
    known of individuals foretells anything.

    Attributes:
        customer, further, match, fatigue: one row of each block of `Encoded`; fatigue is empty where nothing was
            remembered.
    """

    customer: Array
    further: Array
    match: Array
    fatigue: Array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Learned:
    """What outcomes say of one head.

    Attributes:
        direct, logged: evidence of randomised rows (contact-only heads: of all), and of rows chosen by the company.
        counts: how many.
        kinds, sends: `channel/type` and digest of the messages seen.
        calibration: a and b of p = expit(a + b logit), at the head's own horizon.
        repeats: correlation of the residuals of one customer's rows.
        gate: the verdict on the head, of the last refit; None with too few events.
        typical: the average customer, where the gate is closed.
        ranges: feature of the match -> the ends between which it was seen (`response.ranges`).
        reliability: what was foretold beside what came, of the last refit; None with too few events.
        checked: channels, and `UNCONTACTED`, on which what was foretold was laid beside events enough.
    """

    direct: Evidence
    logged: Evidence
    counts: Counts
    kinds: tuple[str, ...]
    sends: tuple[str, ...]
    calibration: tuple[float, float] = (0.0, 1.0)
    repeats: float = 0.0
    gate: Gate | None = None
    typical: Typical | None = None
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    reliability: Reliability | None = None
    checked: tuple[str, ...] = ()


def pack(
    learned: Mapping[str, Learned], attributes: Sequence[Column], numbers: Numbers, hearing: Hearing, day: float | None
) -> bytes:
    """Write down what was learned; equal values give equal bytes."""
    heads = {
        head: {
            "names": own.direct.names,
            "direct": _evidence(own.direct),
            "logged": _evidence(own.logged.over(own.direct.names)),
            "counts": {name: getattr(own.counts, name) for name in own.counts.__dataclass_fields__},
            "kinds": own.kinds,
            "sends": own.sends,
            "calibration": own.calibration,
            "repeats": own.repeats,
            "gate": own.gate,
            "typical": None if own.typical is None else {name: _bytes(part) for name, part in _parts(own.typical)},
            "ranges": dict(sorted(own.ranges.items())),
            "checked": own.checked,
            "reliability": None if own.reliability is None else own.reliability.as_plain(),
        }
        for head, own in sorted(learned.items())
    }
    made = [msgspec.to_builtins(column) for column in attributes]
    document = {"form": FORM, "day": day, "attributes": made, "heads": heads, "numbers": as_plain(numbers)}
    if hearing.columns:
        document["hearing"] = msgspec.to_builtins(hearing)
    return msgspec.msgpack.encode(document)


def unpack(data: bytes) -> dict[str, Any]:
    """Read what `pack` wrote, by its names.

    Raises:
        Misconfigured: the bytes are no such thing, or of a later version.
    """
    try:
        document = msgspec.msgpack.decode(data)
        if document["form"] != FORM:
            raise Misconfigured(
                f"This model was written in form {document['form']!r}; this software reads form {FORM}."
            )
        attributes = msgspec.convert(document["attributes"], tuple[Column, ...])
        first = "numbers" not in document
        numbers = of_first_form(document["spending"]) if first else of_plain(document["numbers"])
        heads = {head: _learned(own) for head, own in document["heads"].items()}
        hearing = msgspec.convert(document.get("hearing", {}), Hearing)
        found = {"learned": heads, "attributes": attributes, "numbers": numbers, "hearing": hearing}
        return found | {"day": document["day"]}
    except (KeyError, TypeError, ValueError, msgspec.DecodeError) as problem:
        raise Misconfigured("These bytes are no response model.") from problem


def _learned(own: Mapping[str, Any]) -> Learned:
    names = tuple(own["names"])
    a, b = own["calibration"]
    return Learned(
        direct=_read_evidence(names, own["direct"]),
        logged=_read_evidence(names, own["logged"]),
        counts=Counts(**own["counts"]),
        kinds=tuple(own["kinds"]),
        sends=tuple(own["sends"]),
        calibration=(a, b),
        repeats=own["repeats"],
        gate=msgspec.convert(own.get("gate"), Gate | None),
        typical=_read_typical(own.get("typical")),
        ranges=msgspec.convert(own.get("ranges", {}), dict[str, tuple[float, float]]),
        reliability=None if own.get("reliability") is None else Reliability.of_plain(own["reliability"]),
        checked=tuple(own.get("checked", ())),
    )


def _parts(typical: Typical) -> Iterator[tuple[str, Array]]:
    for name in ("customer", "further", "match", "fatigue"):
        yield name, getattr(typical, name)


def _read_typical(written: Mapping[str, bytes] | None) -> Typical | None:
    if written is None:
        return None
    return Typical(**{name: np.frombuffer(part, dtype="<f8").copy() for name, part in written.items()})


def _evidence(evidence: Evidence) -> Mapping[str, bytes]:
    lower = np.tril_indices(len(evidence.names))
    return {"precision": _bytes(evidence.precision[lower]), "shift": _bytes(evidence.shift)}


def _read_evidence(names: tuple[str, ...], written: Mapping[str, bytes]) -> Evidence:
    precision = np.zeros((len(names), len(names)))
    precision[np.tril_indices(len(names))] = np.frombuffer(written["precision"], dtype="<f8")
    precision = precision + precision.T - np.diag(np.diag(precision))
    return Evidence(names=names, precision=precision, shift=np.frombuffer(written["shift"], dtype="<f8").copy())


def _bytes(values: NDArray[np.float64]) -> bytes:
    return values.astype("<f8").tobytes()
