"""Outcomes as callers hold them: dicts of the API, or a frame with a row a contact."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.entrypoints.python.interventions import Interventions, interventions_in
from twincast.files.frames import is_frame, table_of
from twincast.files.lines import table_of_documents
from twincast.files.tables import Table
from twincast.usecases.uploads import Reading

Records = Sequence[Mapping[str, object]] | Mapping[str, Sequence[object]]
WANTED = "dicts in the shape of the API, or a frame of pandas, polars or Arrow"


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomesAdded:
    """What became of outcomes.

    Attributes:
        created, repeated: how many were new, or stored already, saying the same. A row may hold several.
        skipped: rows left out for a problem.
    """

    created: int
    repeated: int
    skipped: int


def outcomes_in(outcomes: Any) -> Table:
    """Return outcomes as a table: a frame with a row a contact, a dict or a list of dicts.

    Raises:
        InvalidInput: it is none of these.
    """
    if is_frame(outcomes):
        return table_of(outcomes)
    listed = [outcomes] if isinstance(outcomes, Mapping) else outcomes
    if isinstance(listed, str | bytes) or not isinstance(listed, Sequence):
        problem = FieldProblem(field="outcomes", message=f"is a {type(outcomes).__name__}", allowed=WANTED)
        raise InvalidInput.of([problem])
    return table_of_documents(listed, format="frame")


def reading_in(
    interventions: Interventions | None, columns: Mapping[str, str | None] | None, defaults: Mapping[str, Any]
) -> Reading:
    """Return how outcomes are read. Raises InvalidInput naming what is not right."""
    from twincast.wire.outcomes import OutcomeIn
    from twincast.wire.shapes import parsed

    said = {name: value for name, value in defaults.items() if value is not None}
    shared = parsed(OutcomeIn, said).observed(None, 0) if said else {}
    return Reading(
        mapping=columns or {},
        interventions={} if interventions is None else interventions_in(interventions),
        defaults={name: value for name, value in shared.items() if value is not None and name != "place"},
    )


def by_first_contact(
    records: Records, table: Table, how: Reading, as_of: date | None
) -> Iterator[tuple[date, Records]]:
    """Yield records with the day on which they are to be true: the one stated, else that of the first contact.

    Args:
        records: of customers; those without a contact are left out where no day is stated.
        table, how: their outcomes.
        as_of: the day of all of them, or None.
    """
    if as_of is not None:
        yield as_of, records
        return
    listed = records if isinstance(records, Sequence) else _rows_of(records)
    first = _first_days(table, how)
    by_day: dict[date, list[Mapping[str, object]]] = {}
    for record in listed:
        day = first.get(str(record.get("customer_id")))
        if day is not None:
            by_day.setdefault(day, []).append(record)
    yield from sorted(by_day.items(), key=lambda pair: pair[0])


def _rows_of(columns: Mapping[str, Sequence[object]]) -> list[Mapping[str, object]]:
    problem = FieldProblem(field="as_of", message="is missing", allowed="a day, where customers are columns of a table")
    if columns:
        raise InvalidInput.of([problem])
    return []


def _first_days(table: Table, how: Reading) -> dict[str, date]:
    """Return the day of each customer's first contact; what can not be read is told when the outcomes are."""
    found: dict[str, date] = {}
    for record in table.outcome_rows(table.outcome_mapping(how.mapping)).records:
        moment = record.get("sent_at", how.defaults.get("sent_at"))
        customer = str(record.get("customer_id", how.defaults.get("customer")))
        if isinstance(moment, date):
            day = moment.date() if isinstance(moment, datetime) else moment
            found[customer] = min(day, found.get(customer, day))
    return found
