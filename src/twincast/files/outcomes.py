"""Tables of outcomes: what each column means, and its rows as what was observed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.fields import nearest
from twincast.domain.imports import ColumnMapping, ColumnMatch
from twincast.domain.interventions import Intervention
from twincast.domain.outcomes import RESPONSES, SCALES, SPELLINGS
from twincast.files.cells import ABSENT, read_cells
from twincast.files.exports import IDS
from twincast.files.mapping import plain_name
from twincast.wire.interventions import InterventionIn
from twincast.wire.outcomes import moment_of
from twincast.wire.shapes import parsed

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "event_id": ("event_id", "outcome_id", "id"),
    "customer_id": (*(name for name in IDS if name != "id"), "digital_twin_id", "twin_id"),
    "test_id": ("test_id", "trial_id"),
    "intervention_id": (
        "intervention_id", "intervention", "variant_id", "variant", "arm", "treatment", "segment", "campaign_id",
        "campaign", "message_id",
    ),
    "intervention.type": ("type", "intervention_type", "intervention.type"),
    "intervention.channel": ("channel", "intervention.channel"),
    "intervention.content": ("content", "text", "message", "intervention.content"),
    "contacted": ("contacted", "treated", "is_treated", "exposed"),
    "sent_at": ("sent_at", "contacted_at", "sent_date", "contact_date", "sent_on", "sent", "date", "timestamp"),
    "responses": ("responses",),
    "kind": ("kind", "event", "event_type", "event_name"),
    "value": ("value", "outcome", "happened"),
    "amount": ("amount", "revenue", "spend", "spent", "order_value", "purchase_amount"),
    "items": ("items", "quantity", "items_purchased"),
    "occurred_at": ("occurred_at", "happened_at", "event_time", "event_at"),
    "window_days": ("window_days", "window"),
    "observed_until": ("observed_until",),
    "assignment": ("assignment",),
    "randomised": ("randomised", "randomized", "is_randomised", "is_randomized"),
    "propensity": ("propensity", "assignment_probability", "treatment_probability"),
    "by_machine": ("by_machine", "machine", "is_machine", "machine_open", "is_bot", "bot"),
}  # fmt: skip
"""Field of an outcome -> names of columns that mean it, the surest first."""

KINDS: Final[dict[str, str]] = {
    **{name: kind for name, kind in SPELLINGS.items() if kind in (*RESPONSES, *SCALES)},
    **{kind: kind for kind in (*RESPONSES, *SCALES)},
}
FIELDS: Final[tuple[str, ...]] = (*NAMES, *(f"responses.{kind}" for kind in (*RESPONSES, *SCALES)))
MOMENTS: Final = frozenset({"sent_at", "occurred_at", "observed_until"})
NUMBERS: Final = frozenset({"value", "amount", "items", "window_days", "propensity"})
FLAGS: Final = frozenset({"contacted", "by_machine", "randomised"})

Cells = tuple[list[Any], list[tuple[int, str]]]


def propose(columns: Sequence[str], overrides: Mapping[str, str | None]) -> ColumnMapping:
    """Say what becomes of each column: as the caller says, else by its name; what means nothing known is left out.

    Raises:
        InvalidInput: an override names no column or no field of an outcome, or two columns are given one field.
    """
    _check(columns, overrides)
    taken = {field for field in overrides.values() if field}
    best: dict[str, ColumnMatch] = {}
    for column in columns:
        match = _stated(column, overrides[column]) if column in overrides else _match(column, taken)
        rival = best.get(match.field or "")
        if match.field and (rival is None or rival.confidence < match.confidence):
            best[match.field] = match
    matches = [
        _stated(column, overrides[column]) if column in overrides else _settled(_match(column, taken), best)
        for column in columns
    ]
    return ColumnMapping(source="generic", matches=tuple(matches))


def rows_of(
    columns: Mapping[str, Sequence[object]], count: int, mapping: ColumnMapping
) -> tuple[list[dict[str, Any]], list[tuple[int, str, str]]]:
    """Return the rows as observed fields by name, and the cells that could not be read: position, field, what is wrong.

    `responses` is a mapping of kinds; cells that are absent are left out.
    """
    rows: list[dict[str, Any]] = [{} for _ in range(count)]
    problems: list[tuple[int, str, str]] = []
    for match in mapping.matches:
        if match.field is None:
            continue
        values, wrong = _read(match.field, columns[match.column])
        problems += [(place, match.field, f"{message} (column '{match.column[:40]}')") for place, message in wrong]
        section, _, name = match.field.partition(".")
        for row, value in zip(rows, values, strict=True):
            if value is ABSENT or value is None:
                continue
            if name:
                row.setdefault(section, {})[name] = value
            else:
                row[section] = value
    problems.sort(key=lambda problem: problem[0])
    return rows, problems


def _match(column: str, taken: set[str]) -> ColumnMatch:
    name = plain_name(column)
    name = name.removeprefix("outcome.").removeprefix("responses.")
    for field, names in NAMES.items():
        if name in names and field not in taken:
            sure = round(0.95 - 0.02 * names.index(name), 2)
            return ColumnMatch(column=column, field=field, confidence=sure, reason="named like the field")
    if name in KINDS and f"responses.{KINDS[name]}" not in taken:
        return ColumnMatch(
            column=column, field=f"responses.{KINDS[name]}", confidence=0.9, reason="named like a kind of outcome"
        )
    return ColumnMatch(column=column, field=None, confidence=0.9, reason="no field of an outcome has this name")


def _settled(match: ColumnMatch, best: Mapping[str, ColumnMatch]) -> ColumnMatch:
    """Leave a column out where another one has its field more surely."""
    winner = best.get(match.field or "", match)
    if winner.column == match.column:
        return match
    reason = f"'{winner.column[:40]}' has the field"
    return ColumnMatch(column=match.column, field=None, confidence=0.8, reason=reason)


def _stated(column: str, field: str | None) -> ColumnMatch:
    return ColumnMatch(column=column, field=field or None, confidence=1.0, reason="as you said")


def _check(columns: Sequence[str], overrides: Mapping[str, str | None]) -> None:
    problems = []
    taken: dict[str, str] = {}
    for column, field in overrides.items():
        where = f"mapping.{column[:80]}"
        if column not in columns:
            listed = ", ".join(f"'{name[:40]}'" for name in list(columns)[:30])
            problems.append(FieldProblem(field=where, message="is no column of the table", allowed=listed))
        if field and field not in FIELDS:
            close = nearest(field, FIELDS)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            message = f"'{field[:80]}' is no field of an outcome{hint}"
            problems.append(FieldProblem(field=where, message=message, allowed=", ".join(FIELDS)))
        if field and field in taken:
            message = f"'{taken[field][:80]}' is mapped to {field} too"
            problems.append(FieldProblem(field=where, message=message, allowed="one column a field"))
        taken.setdefault(field or "", column)
    if problems:
        raise InvalidInput.of(problems)


def _read(field: str, cells: Sequence[object]) -> Cells:
    if field in MOMENTS:
        return _moments(read_cells("day", cells)[0])
    if field in NUMBERS or field.startswith("responses."):
        flags = read_cells("flag", cells)[0]
        return _numbers(*read_cells("number", [float(it) if isinstance(it, bool) else it for it in flags]))
    if field in FLAGS:
        return _flags(read_cells("flag", cells)[0])
    if field == "responses":
        return _responses(cells)
    return _interventions(cells) if field == "intervention_id" else read_cells("text", cells)


def _numbers(cells: Sequence[object], wrong: list[tuple[int, str]]) -> Cells:
    """Return numbers as floats; lists, objects and numbers beyond a float's are problems."""
    values: list[Any] = list(cells)
    for place, cell in enumerate(cells):
        if cell is ABSENT or cell is None:
            continue
        try:
            values[place] = float(cell)  # type: ignore[arg-type]  # what is no number says so
        except (TypeError, ValueError, OverflowError):
            values[place] = ABSENT
            wrong.append((place, "is not a number"))
    return values, wrong


def _interventions(cells: Sequence[object]) -> Cells:
    """Return ids as text, and interventions that are spelt out as such: one object for all that are the same."""
    texts, _ = read_cells("text", [ABSENT if isinstance(cell, Mapping) else cell for cell in cells])
    values: list[Any] = list(texts)
    made: dict[bytes, Intervention | str] = {}
    wrong = []
    for place, cell in enumerate(cells):
        if not isinstance(cell, Mapping):
            continue
        key = msgspec.json.encode(cell, order="deterministic")
        if key not in made:
            made[key] = _intervention(cell)
        found = made[key]
        values[place] = ABSENT if isinstance(found, str) else found
        if isinstance(found, str):
            wrong.append((place, found))
    return values, wrong


def _intervention(cell: Mapping[Any, Any]) -> Intervention | str:
    """Return an intervention as it is spelt out in a cell, or what is wrong with it."""
    body = {str(key): value for key, value in cell.items()}
    name = body.pop("id", None)
    try:
        shape = parsed(InterventionIn, body)
    except InvalidInput as error:
        return error.detail
    contradictions = "; ".join(f"{it.field}: {it.message}" for it in shape.conflicts("intervention"))
    return contradictions or shape.to_domain(None if name is None else str(name))


def _responses(cells: Sequence[object]) -> Cells:
    values: list[Any] = []
    wrong = []
    for place, cell in enumerate(cells):
        if isinstance(cell, Mapping) and all(isinstance(value, int | float) for value in cell.values()):
            values.append({str(key): float(value) for key, value in cell.items()})
            continue
        values.append(ABSENT)
        if cell is not ABSENT and cell is not None:
            wrong.append((place, "is not an object of kinds and numbers"))
    return values, wrong


def _moments(cells: Sequence[object]) -> Cells:
    values: list[Any] = []
    wrong = []
    for place, cell in enumerate(cells):
        try:
            values.append(cell if cell is ABSENT or cell is None else moment_of(cell))
        except ValueError as error:
            values.append(ABSENT)
            wrong.append((place, str(error)))
    return values, wrong


def _flags(cells: Sequence[object]) -> Cells:
    wrong = [
        (place, f"{str(cell)[:40]!r} is neither yes nor no")
        for place, cell in enumerate(cells)
        if not isinstance(cell, bool) and cell is not ABSENT and cell is not None
    ]
    bad = {place for place, _ in wrong}
    return [ABSENT if place in bad else cell for place, cell in enumerate(cells)], wrong
