"""Proposing what each column of a table means: by its name, by whose export it is, and by a look at its values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count
from typing import Final

from twincast.domain.channels import canonical_channel
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.fields import nearest
from twincast.domain.imports import ColumnMapping, ColumnMatch, KnownColumn
from twincast.files.cells import ABSENT
from twincast.files.exports import EMAILS, EXPORTS, IDENTIFYING, IDS, PLACES, section_of, source_of
from twincast.files.lines import SECTIONS, WRAPPER

CUSTOMER_ID: Final = "customer_id"
AS_OF: Final = "as_of"
LOCATION: Final = "profile.location"
JOINED: Final = frozenset({LOCATION, "context"})
"""Fields that several columns may fill together."""

TOP_LEVEL: Final = frozenset({CUSTOMER_ID, "psychographic_traits", "context", "currency"})
_LOOKED_AT: Final = 200
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_PHONE: Final = re.compile(r"\+\d[\d ()/.-]{6,18}\d")
_FREQUENCIES: Final = frozenset({"daily", "weekly", "monthly", "quarterly", "yearly", "biweekly", "annually"})
_PREFIXES: Final = re.compile(
    r"^(?:customer|client|user|profile|contact|person|attributes?|properties|custom_attributes)[_.]+"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reader:
    """What is known while the columns of one table are looked at."""

    source: str
    fields: Mapping[str, str]
    paths: frozenset[str]
    wrapped: bool
    nested: bool


def propose(
    columns: Mapping[str, Sequence[object]],
    known: Sequence[KnownColumn],
    overrides: Mapping[str, str | None],
    *,
    flat: bool,
) -> ColumnMapping:
    """Say what becomes of each column: as the caller says, else proposed.

    In a flat table, such as a CSV file, a column that is named `history` is not the section of that name.

    A column that means nothing known is kept under its own name as a further attribute; direct identifiers (names,
    e-mail, telephone) are left out unless the caller maps them.

    Raises:
        InvalidInput: an override names no column or no place in the record, two of them the same field; or no column
            holds the customer's id.
    """
    reader = _reader(columns, known, flat)
    _check_overrides(columns, reader, overrides)
    matches = [
        _stated(column, overrides[column]) if column in overrides else _match(column, cells, reader)
        for column, cells in columns.items()
    ]
    matches = _settle_ids(matches, columns, overrides)
    matches = _settle_doubles(matches, overrides)
    if not any(match.field == CUSTOMER_ID for match in matches):
        raise _no_id(columns)
    return ColumnMapping(source=reader.source, matches=tuple(matches))


@lru_cache(maxsize=4096)
def plain_name(column: str) -> str:
    """Return a column's name in snake case: `State / Region`, `stateRegion` and `state_region` are one."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column[:200].strip())
    return re.sub(r"[^\w.]+|_+", "_", spaced).strip("_.").lower()


def _reader(columns: Mapping[str, Sequence[object]], known: Sequence[KnownColumn], flat: bool) -> _Reader:
    names = {plain_name(column) for column in columns}
    paths = frozenset(column.path for column in known)
    wrapped = f"{WRAPPER}.{CUSTOMER_ID}" in columns
    is_record = wrapped or any("." in column and column.partition(".")[0] in SECTIONS for column in columns)
    return _Reader(
        source="records" if is_record else source_of(names),
        fields={name: column.path for column in reversed(known) for name in reversed(column.names)},
        paths=paths,
        wrapped=wrapped,
        nested=is_record and not flat,
    )


def _match(column: str, cells: Sequence[object], reader: _Reader) -> ColumnMatch:
    """Propose what one column is, the surest reason first."""
    inner = column.removeprefix(f"{WRAPPER}.") if reader.wrapped else column
    if reader.wrapped and inner == column:
        return ColumnMatch(column=column, field=None, confidence=0.9, reason="stands beside the customer record")
    if inner in TOP_LEVEL or (inner.partition(".")[0] in SECTIONS and "." in inner):
        return ColumnMatch(column=column, field=inner, confidence=1.0, reason="the field's own name")
    if inner in SECTIONS and reader.nested:
        return ColumnMatch(column=column, field=inner, confidence=1.0, reason="the field's own name")
    if inner == AS_OF:
        return ColumnMatch(column=column, field=None, confidence=0.9, reason="one day holds for the whole table: as_of")
    if column.startswith("column_") and all(cell is ABSENT for cell in cells):
        return ColumnMatch(column=column, field=None, confidence=0.9, reason="has no name and no values")
    return _by_name(column, plain_name(inner), reader) or _by_values(column, cells) or _kept(column)


def _by_name(column: str, name: str, reader: _Reader) -> ColumnMatch | None:
    exported = EXPORTS.get(reader.source, {}).get(name)
    if exported:
        words = f"as {reader.source.title()} exports it"
        return ColumnMatch(column=column, field=exported, confidence=0.95, reason=words)
    if name in IDS:
        confidence = round(0.95 - 0.02 * IDS.index(name), 2)
        return ColumnMatch(column=column, field=CUSTOMER_ID, confidence=confidence, reason="named like a customer's id")
    if name in PLACES:
        return ColumnMatch(column=column, field=LOCATION, confidence=0.85, reason="part of the address")
    if name in IDENTIFYING:
        words = "identifies a person and no prediction needs it"
        return ColumnMatch(column=column, field=None, confidence=0.9, reason=words)
    for spelling, confidence in ((name, 0.95), (_PREFIXES.sub("", name), 0.75)):
        if (path := reader.fields.get(spelling)) is not None and spelling != CUSTOMER_ID:
            sure = confidence if path.rpartition(".")[2] == spelling else confidence - 0.05
            return ColumnMatch(column=column, field=path, confidence=round(sure, 2), reason="named like the field")
    return None


def _by_values(column: str, cells: Sequence[object]) -> ColumnMatch | None:
    """Propose by a look at the first values; None when they tell nothing."""
    seen = [cell for cell in cells[:_LOOKED_AT] if isinstance(cell, str)]
    if len(seen) < 2 or max(map(len, seen)) > 200:
        return None
    for pattern, what in ((_EMAIL, "e-mail addresses"), (_PHONE, "telephone numbers")):
        if all(pattern.fullmatch(cell.strip()) for cell in seen):
            return ColumnMatch(column=column, field=None, confidence=0.8, reason=f"holds {what}")
    if all(cell.strip().lower() in _FREQUENCIES for cell in seen):
        path = "behavioral_data.purchase_frequency"
        return ColumnMatch(column=column, field=path, confidence=0.6, reason="holds words for how often")
    if all(canonical_channel(part) for cell in seen for part in re.split(r"[;|,]", cell)):
        path = "behavioral_data.preferred_channels"
        return ColumnMatch(column=column, field=path, confidence=0.6, reason="holds names of channels")
    return None


def _kept(column: str, reason: str = "kept as a further attribute") -> ColumnMatch:
    name = plain_name(column).replace(".", "_") or "unnamed"
    return ColumnMatch(column=column, field=f"{section_of(name)}.{name}", confidence=0.5, reason=reason)


def _stated(column: str, field: str | None) -> ColumnMatch:
    return ColumnMatch(column=column, field=field or None, confidence=1.0, reason="as you said")


def _settle_ids(
    matches: list[ColumnMatch], columns: Mapping[str, Sequence[object]], overrides: Mapping[str, str | None]
) -> list[ColumnMatch]:
    """Keep the surest id; without any, take the e-mail addresses for one, where each stands once."""
    stated = [match for match in matches if match.field == CUSTOMER_ID and match.column in overrides]
    named = [match for match in matches if match.field == CUSTOMER_ID]
    best = max(stated or named, key=lambda match: match.confidence, default=None)
    if best is None:
        best = next((match for match in matches if _may_be_id(match, columns, overrides)), None)
        if best is not None:
            words = "no column holds an id, and each address stands once"
            best = ColumnMatch(column=best.column, field=CUSTOMER_ID, confidence=0.5, reason=words)
    return [_other_id(match, best, overrides) for match in matches]


def _other_id(match: ColumnMatch, best: ColumnMatch | None, overrides: Mapping[str, str | None]) -> ColumnMatch:
    if best is not None and match.column == best.column:
        return best
    if match.field != CUSTOMER_ID or match.column in overrides:
        return match
    taken = f"the id is taken from '{best.column[:40]}'" if best else ""
    return replace(match, field=None, confidence=0.8, reason=taken)


def _may_be_id(
    match: ColumnMatch, columns: Mapping[str, Sequence[object]], overrides: Mapping[str, str | None]
) -> bool:
    if plain_name(match.column) not in EMAILS or match.column in overrides:
        return False
    cells = columns[match.column]
    return len(cells) > 0 and ABSENT not in cells and len({str(cell).lower() for cell in cells}) == len(cells)


def _settle_doubles(matches: list[ColumnMatch], overrides: Mapping[str, str | None]) -> list[ColumnMatch]:
    """Let the surest column have a field; the others are kept under their own names."""
    best: dict[str, ColumnMatch] = {}
    for match in sorted(matches, key=lambda match: (match.column not in overrides, -match.confidence)):
        if match.field is not None:
            best.setdefault(match.field, match)
    taken = set(best)
    settled: list[ColumnMatch] = []
    for match in matches:
        winner = best.get(match.field or "", match)
        settled.append(match if winner is match or _joins(match, winner) else _loser(match, winner, taken))
    return settled


def _joins(match: ColumnMatch, winner: ColumnMatch) -> bool:
    """Tell whether two columns fill one field together: parts of an address, or texts that the caller puts together."""
    if match.field not in JOINED:
        return False
    places = plain_name(match.column) in PLACES and plain_name(winner.column) in PLACES
    return places or match.confidence == winner.confidence == 1.0


def _loser(match: ColumnMatch, winner: ColumnMatch, taken: set[str]) -> ColumnMatch:
    """Keep a column under a name of its own that no other column has."""
    kept = _kept(match.column, f"kept as a further attribute; '{winner.column[:40]}' has the field")
    own = str(kept.field)
    names = (f"{own}_{number}" if number > 1 else own for number in count(1))
    field = next(name for name in names if name not in taken)
    taken.add(field)
    return replace(kept, field=field)


def _check_overrides(
    columns: Mapping[str, Sequence[object]], reader: _Reader, overrides: Mapping[str, str | None]
) -> None:
    problems = [_no_column(column, columns) for column in overrides if column not in columns]
    taken: dict[str, str] = {}
    for column, field in overrides.items():
        if not field:
            continue
        if not _is_place(field, reader):
            problems.append(_no_place(column, field, reader))
        if field in taken and field not in JOINED:
            message = f"'{column[:80]}' and '{taken[field][:80]}' are both mapped to {field}"
            problems.append(FieldProblem(field=f"mapping.{column[:80]}", message=message, allowed="one column a field"))
        taken.setdefault(field, column)
    if problems:
        raise InvalidInput.of(problems)


def _is_place(field: str, reader: _Reader) -> bool:
    section, _, name = field.partition(".")
    return field in TOP_LEVEL or field in reader.paths or (section in SECTIONS and bool(name.strip()))


def _no_place(column: str, field: str, reader: _Reader) -> FieldProblem:
    close = nearest(field, reader.paths | TOP_LEVEL)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return FieldProblem(
        field=f"mapping.{column[:80]}",
        message=f"'{field[:80]}' is no place in a customer record{hint}",
        allowed=", ".join(sorted(TOP_LEVEL)) + ", or a name under profile., behavioral_data. or history.",
    )


def _no_column(column: str, columns: Iterable[str]) -> FieldProblem:
    close = nearest(column, columns)
    hint = f"; did you mean '{close[0][:80]}'?" if close else ""
    message = f"the table has no column '{column[:80]}'{hint}"
    return FieldProblem(field=f"mapping.{column[:80]}", message=message, allowed=_listed(columns))


def _no_id(columns: Iterable[str]) -> InvalidInput:
    listed = _listed(columns)
    message = f"no column holds the customer's id; the columns are {listed}. Map one of them to customer_id"
    return InvalidInput.of([FieldProblem(field=CUSTOMER_ID, message=message, allowed=listed)])


def _listed(columns: Iterable[str]) -> str:
    names = [f"'{name[:40]}'" for name in columns]
    return ", ".join(names[:30]) + (f" and {len(names) - 30} more" if len(names) > 30 else "")
