"""A table as people bring it into a request: which column says what was sent, what happened, when and how likely."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from twincast.domain.backtests import REFUSE
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.imports import MAX_PROBLEMS
from twincast.domain.interventions import NO_CONTACT, Intervention
from twincast.domain.outcomes import ENGAGE, kind_of
from twincast.ports.tables import Table
from twincast.usecases.backtesting.features import is_known
from twincast.usecases.backtesting.requests import AMOUNT, FIELDS, BacktestRequest, Estimator
from twincast.usecases.imports import known_columns

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "intervention": (
        "intervention",
        "intervention_id",
        "variant",
        "variant_id",
        "arm",
        "treatment",
        "message",
        "campaign",
    ),
    "time": ("sent_on", "sent_at", "contacted_on", "contacted_at", "contact_date", "time", "timestamp", "date", "day"),
    "propensity": ("propensity",),
    "randomised": ("randomised", "randomized"),
    "segment": ("segment",),
}
"""Names by which the columns of a table are known where nobody says which is which."""

MONEY: Final = frozenset({"amount", "spend", "spent", "revenue", "order_value", "sales"})
DELAYS: Final = ("days_to_", "hours_to_", "time_to_")
YES, NO = frozenset({"true", "yes", "y", "1", "1.0"}), frozenset({"false", "no", "n", "0", "0.0"})
DEFAULT_WINDOW: Final = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class TableOptions:
    """How to read a table of contacts, and how to judge by it; None is found out.

    Attributes:
        outcome: column with what happened; None: the only one whose name is known as an outcome.
        kind: what it is (`purchase`, `visit`, `click`, ..., `amount`); None: told by the column's name.
        intervention, time, propensity, randomised, segment: names of columns; None: by the usual names.
        interventions: name -> what was sent; None sends nothing.
        ignore: columns that are not looked at.
        mapping: column -> dotted path in the record.
        window_days: days within which outcomes were counted; None: the interventions' horizon, else seven.
    """

    outcome: str | None = None
    kind: str | None = None
    intervention: str | None = None
    time: str | None = None
    propensity: str | None = None
    randomised: str | None = None
    segment: str | None = None
    interventions: Mapping[str, Intervention | None] = field(default_factory=dict)
    ignore: Sequence[str] = ()
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    window_days: int | None = None
    as_of: date | None = None
    subgroups: Sequence[str] = ()
    split: str | None = None
    test_share: float = 0.4
    leaks: str = REFUSE
    estimators: Mapping[str, Estimator] = field(default_factory=dict)
    curve: bool = True
    act_above: float | None = None
    level: float = 0.95
    seed: int = 0


def request_of(
    table: Table, options: TableOptions, read: Callable[[Mapping[str, Any]], Intervention]
) -> BacktestRequest:
    """Return what is asked of a table.

    Args:
        table: one row a contact, or a customer who was left alone.
        options: which column is which, and how to judge.
        read: makes an intervention of the object that a cell may hold.

    Raises:
        InvalidInput: naming the column that is missing, or the cells that can not be what they should.
    """
    columns = table.columns
    roles = {role: _column(columns, role, getattr(options, role)) for role in NAMES}
    outcome = _outcome(columns, options)
    kind = _kind(outcome, options.kind)
    aside = [name for name in columns if name != outcome and name not in roles.values() and _is_outcome(name)]
    taken = [name for name in (outcome, *aside, *options.ignore, *roles.values()) if name in columns]
    left_out: dict[str, str | None] = dict.fromkeys(filter(None, taken))
    records = table.mapped(table.mapping(known_columns(), {**left_out, **options.mapping}), known_columns())
    if records.problems:
        raise InvalidInput.of(records.problems[:MAX_PROBLEMS])
    sent, interventions = _interventions(columns, roles["intervention"], options.interventions, read)

    def given(role: str, convert: Callable[[object], Any]) -> list[Any] | None:
        name = roles[role]
        return None if name is None else _cells(name, columns[name], convert)

    return BacktestRequest(
        customers=records.records,
        intervention=sent,
        interventions=interventions,
        outcome=_cells(outcome, columns[outcome], _amount if kind == AMOUNT else _event),
        name=outcome,
        kind=kind,
        window_days=options.window_days or _horizon(interventions),
        time=given("time", _day),
        as_of=options.as_of,
        propensity=given("propensity", _amount),
        randomised=given("randomised", lambda cell: _event(cell) == 1.0),
        segment=given("segment", str),
        aside=tuple(aside),
        subgroups=options.subgroups,
        split=options.split,
        test_share=options.test_share,
        leaks=options.leaks,
        estimators=options.estimators,
        curve=options.curve,
        act_above=options.act_above,
        level=options.level,
        seed=options.seed,
    )


def _column(columns: Mapping[str, Sequence[object]], role: str, asked: str | None) -> str | None:
    if asked is not None and asked not in columns:
        raise InvalidInput.of([_missing(role, f"the table has no column '{asked[:80]}'", columns)])
    found = asked or next((name for name in NAMES[role] if name in columns), None)
    if found is None and role == "intervention":
        raise InvalidInput.of([_missing(role, "no column says what was sent", columns)])
    return found


def _outcome(columns: Mapping[str, Sequence[object]], options: TableOptions) -> str:
    if options.outcome is not None:
        if options.outcome not in columns:
            raise InvalidInput.of([_missing("outcome", f"the table has no column '{options.outcome[:80]}'", columns)])
        return options.outcome
    found = [name for name in columns if kind_of(name) is not None or name in MONEY]
    if len(found) != 1:
        several = (
            f"may be {', '.join(found[:10])}: say which" if found else "is not named, and no column looks like one"
        )
        raise InvalidInput.of([_missing("outcome", several, columns)])
    return found[0]


def _kind(name: str, asked: str | None) -> str:
    found = asked or (AMOUNT if name in MONEY else kind_of(name))
    if found in FIELDS:
        return found
    message = "is not known" if asked else f"does not follow from the name '{name[:80]}'"
    if found == ENGAGE:
        message = "engage: say which response it was"
    raise InvalidInput.of([FieldProblem(field="kind", message=message, allowed=", ".join(FIELDS))])


def _is_outcome(name: str) -> bool:
    return kind_of(name) is not None or name in MONEY or name.startswith(DELAYS)


def _missing(field_: str, message: str, columns: Mapping[str, object]) -> FieldProblem:
    return FieldProblem(field=field_, message=message, allowed="one of: " + ", ".join(list(columns)[:30]))


def _interventions(
    columns: Mapping[str, Sequence[object]],
    name: str | None,
    known: Mapping[str, Intervention | None],
    read: Callable[[Mapping[str, Any]], Intervention],
) -> tuple[list[str], dict[str, Intervention | None]]:
    """Return what each row was sent, by name, and what the names mean; a cell may hold the intervention itself."""
    found: dict[str, Intervention | None] = dict(known)
    named: dict[str, str] = {}
    sent = []
    for cell in columns[name] if name is not None else ():
        if isinstance(cell, Mapping):
            text = json.dumps(cell, sort_keys=True, default=str)
            if text not in named:
                named[text] = str(cell.get("id") or f"message {len(named) + 1}")
                found[named[text]] = read(cell)
            sent.append(named[text])
        else:
            sent.append(str(cell) if is_known(cell) else NO_CONTACT)
    if NO_CONTACT in sent:
        found.setdefault(NO_CONTACT, None)
    return sent, found


def _horizon(interventions: Mapping[str, Intervention | None]) -> int:
    stated = {it.horizon_days for it in interventions.values() if it is not None and it.horizon_days}
    return stated.pop() if len(stated) == 1 else DEFAULT_WINDOW


def _cells(name: str, cells: Sequence[object], convert: Callable[[object], Any]) -> list[Any]:
    """Convert a column; None where a cell is empty."""
    problems: list[FieldProblem] = []
    found: list[Any] = []
    for row, cell in enumerate(cells):
        try:
            found.append(convert(cell) if is_known(cell) else None)
        except ValueError as error:
            problems.append(FieldProblem(field=name, message=str(error), row=row))
    if problems:
        raise InvalidInput.of(problems[:MAX_PROBLEMS])
    return found


def _event(cell: object) -> float:
    text = str(cell).strip().lower()
    if text in YES or text in NO:
        return 1.0 if text in YES else 0.0
    raise ValueError(f"'{text[:40]}' is neither 1 nor 0, true nor false")


def _amount(cell: object) -> float:
    try:
        return float(str(cell).replace(",", ""))
    except ValueError:
        raise ValueError(f"'{str(cell)[:40]}' is no number") from None


def _day(cell: object) -> date:
    try:
        return date.fromisoformat(str(cell)[:10])
    except ValueError:
        raise ValueError(f"'{str(cell)[:40]}' is not a day such as 2026-05-04") from None
