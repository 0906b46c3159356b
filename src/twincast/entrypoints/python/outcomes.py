"""Outcomes as callers hold them: dicts of the API, or a frame with a row a contact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.entrypoints.python.interventions import Interventions, interventions_in
from twincast.files.frames import is_frame, table_of
from twincast.files.lines import table_of_documents
from twincast.files.tables import Table
from twincast.usecases.uploads import Reading

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
