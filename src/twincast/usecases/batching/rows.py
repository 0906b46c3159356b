"""The rows of a batch as columns: a stretch of them for whoever reads, or all of them for what they add up to."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import UNKNOWN, Batch, Failure, Member, WordCounts
from twincast.domain.channels import CHANNELS
from twincast.domain.fields import VARIANT_PREFERENCE
from twincast.domain.ids import TwinId
from twincast.ports.batches import Columns
from twincast.ports.stores import UnitOfWork
from twincast.usecases.batching.parts import REFUSED, TESTED, fields_of

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rows:
    """r rows of tested customers, customer by customer, each with `width` rows.

    Attributes:
        twin_ids: (r,) whose; positions: (r,) the customer's place in the batch.
        variant: (r,) which variant; channels: (r,) what it goes out on, None where nothing is sent.
        currencies: (r,) of the customer's money.
        columns: canonical field, or `variant_preference` -> name of a part (`value`, `low`, `no_contact`, ...) -> (r,).
        words: column of `batching.words` -> (r,); empty where none were asked for.
    """

    twin_ids: Sequence[TwinId]
    positions: Index
    variant: Index
    channels: Sequence[str | None]
    currencies: Sequence[str]
    columns: Mapping[str, Mapping[str, Array]]
    words: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.positions)

    def numbers(self, fields: Mapping[str, str]) -> dict[str, Array]:
        """Return asked fields by their public names: `name`, `name_low`, `name_high`, `name_no_contact`, `name_uplift`.

        Args:
            fields: asked name -> canonical field.
        """
        found: dict[str, Array] = {}
        for asked, field in fields.items():
            for part, suffix in PUBLIC.items():
                if part in self.columns[field]:
                    found[asked + suffix] = self.columns[field][part]
        return found

    def records(self, batch: Batch) -> dict[str, list[dict[str, object]]]:
        """Return the rows with every number they hold, as plain data."""
        ids = [variant.id for variant in batch.variants]
        rows = []
        for row, (variant, channel, currency) in enumerate(
            zip(self.variant.tolist(), self.channels, self.currencies, strict=True)
        ):
            numbers = {
                field: {part: float(values[row]) for part, values in parts.items()}
                for field, parts in self.columns.items()
            }
            rows.append({"variant": ids[variant], "channel": channel, "currency": currency, **numbers})
        return {"rows": rows}


PUBLIC: Mapping[str, str] = {
    "value": "",
    "low": "_low",
    "high": "_high",
    "no_contact": "_no_contact",
    "uplift": "_uplift",
}
"""Parts of a column that have a public name, and what it ends in."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Everything:
    """The numbers of all n tested customers that are added up.

    Attributes:
        positions: (n,) places in the batch; currencies: (n,).
        variant, channel: (n, width); channel is NaN where nothing is sent.
        values: field -> (n, width).
        refused: positions of those who opted out; settled: how many were computed or refused.
        words: how many cells have words, or have none and why; None where none were asked for.
    """

    positions: Index
    currencies: NDArray[Any]
    variant: Index
    channel: Array
    values: Mapping[str, Array]
    refused: Index
    settled: int
    words: WordCounts | None = None

    def __len__(self) -> int:
        return len(self.positions)


def stretch(unit: UnitOfWork, batch: Batch, start: int, stop: int) -> Rows:
    """Return the rows of the customers at the positions from `start` on, up to `stop` without it.

    Customers who are unknown, opted out, were erased or are not computed yet have none.
    """
    stop = min(stop, batch.members)
    parts = range(start // batch.part, -(-stop // batch.part))
    pieces = ((part, columns) for part in parts if (columns := unit.batches.part(batch.id, part)) is not None)
    return gathered(batch, pieces, unit.batches.members(batch.id, start, stop), start, stop)


def gathered(
    batch: Batch, pieces: Iterable[tuple[int, Columns]], members: Sequence[Member], start: int, stop: int
) -> Rows:
    """Return the rows of some customers as `stretch` does, from parts that are at hand."""
    whose = {member.position: member.twin_id for member in members}
    tested = [_tested(batch, part, columns, start, stop) for part, columns in pieces]
    whole = {name: np.concatenate([piece[name] for piece in tested]) for name in tested[0]} if tested else {}
    return _rows(batch, whole, whose)


def _tested(batch: Batch, part: int, columns: Mapping[str, NDArray[Any]], start: int, stop: int) -> dict[str, Any]:
    """Return the rows of tested customers of one part within a stretch, with their positions."""
    first, width = part * batch.part, batch.width
    size = len(columns["status"]) // width
    positions = np.repeat(first + np.arange(size), width)
    kept = (columns["status"] == TESTED) & (positions >= start) & (positions < stop)
    return {"position": positions[kept], **{name: array[kept] for name, array in columns.items()}}


def _rows(batch: Batch, whole: Mapping[str, NDArray[Any]], whose: Mapping[int, TwinId]) -> Rows:
    fields: dict[str, dict[str, Array]] = {field: {} for field in fields_of(batch)}
    if VARIANT_PREFERENCE in batch.settings.fields.values():
        fields[VARIANT_PREFERENCE] = {}
        if whole:
            fields[VARIANT_PREFERENCE]["value"] = whole[VARIANT_PREFERENCE]
    for name, array in whole.items():
        field, _, part = name.partition(".")
        if part and field in fields:
            fields[field][part] = array
    positions = whole.get("position", np.empty(0, dtype=np.intp)).astype(np.intp)
    codes = whole.get("channel", np.empty(0))
    return Rows(
        twin_ids=[whose[position] for position in positions.tolist()],
        positions=positions,
        variant=whole.get("variant", np.empty(0)).astype(np.intp),
        channels=[None if code != code else CHANNELS[int(code)] for code in codes.tolist()],
        currencies=whole.get("currency", np.empty(0, dtype="<U3")).tolist(),
        columns=fields,
        words={name: array for name, array in whole.items() if name.startswith("words.")},
    )


def stored(unit: UnitOfWork, batch: Batch) -> Iterator[tuple[int, Columns]]:
    """Yield the parts of a batch that are stored, one after the other."""
    for part in unit.batches.parts(batch.id):
        columns = unit.batches.part(batch.id, part)
        if columns is not None:
            yield part, columns


def everything(batch: Batch, pieces: Iterable[tuple[int, Columns]], fields: Sequence[str]) -> Everything:
    """Return all numbers that are added up, part by part, so that no more than one part stands in memory whole."""
    wanted = {field: VARIANT_PREFERENCE if field == VARIANT_PREFERENCE else f"{field}.value" for field in fields}
    parts: dict[str, list[NDArray[Any]]] = {
        name: [] for name in ("position", "currency", "variant", "channel", *fields)
    }
    width, settled = batch.width, 0
    words: Counter[str] = Counter()
    refused: list[NDArray[Any]] = []
    for part, columns in pieces:
        status = columns["status"].reshape(-1, width)[:, 0]
        tested = np.flatnonzero(status == TESTED)
        refused.append(part * batch.part + np.flatnonzero(status == REFUSED))
        settled += int((status == status).sum())
        if batch.settings.words:
            words.update(columns["words.problem"][columns["words.calls"] == columns["words.calls"]].tolist())
        parts["position"].append(part * batch.part + tested)
        parts["currency"].append(columns["currency"].reshape(-1, width)[tested, 0])
        for name in ("variant", "channel"):
            parts[name].append(columns[name].reshape(-1, width)[tested])
        for field, name in wanted.items():
            parts[field].append(columns[name].reshape(-1, width)[tested])
    blank = {"position": np.empty(0, dtype=np.intp), "currency": np.empty(0, dtype="<U3")}
    whole = {
        name: np.concatenate(found) if found else blank.get(name, np.empty((0, width))) for name, found in parts.items()
    }
    return Everything(
        positions=whole["position"].astype(np.intp),
        currencies=whole["currency"],
        variant=whole["variant"].astype(np.intp),
        channel=whole["channel"],
        values={field: whole[field] for field in fields},
        refused=np.concatenate(refused) if refused else np.empty(0, dtype=np.intp),
        settled=settled,
        words=_counted(words) if batch.settings.words else None,
    )


def _counted(found: Counter[str]) -> WordCounts:
    """Return how many cells have words, from how often each problem stood there; the empty one is none."""
    problems = {code: count for code, count in sorted(found.items()) if code}
    return WordCounts(asked=found.total(), answered=found[""], problems=problems)


MOST_FAILURES: Final = 1_000
"""Customers without numbers that are named; all of them are counted."""
WHY: Final[Mapping[str, str]] = {
    "unknown-twin": "There is no twin of this customer in this workspace; make it from the customer's record first.",
    "profiling-opt-out": "The customer has opted out of profiling: no prediction is made.",
}
"""Why a customer has no numbers, by code."""


def failures(batch: Batch, refused: Iterable[int], members: Sequence[Member]) -> tuple[Failure, ...]:
    """Return the first customers who have no numbers and never will, in the order of the batch.

    Args:
        batch: which.
        refused: positions of those who opted out.
        members: everybody in it.
    """
    out = frozenset(refused)
    found: list[Failure] = []
    for member in members:
        code = "unknown-twin" if member.version == UNKNOWN else "profiling-opt-out" if member.position in out else None
        if code is not None:
            found.append(Failure(twin_id=member.twin_id, code=code, message=WHY[code]))
        if len(found) == MOST_FAILURES:
            break
    return tuple(found)
