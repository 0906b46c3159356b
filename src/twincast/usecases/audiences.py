"""Whom a prediction is about: twins loaded by their ids, or records that are read and forgotten."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, TypeGuard

import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem, InvalidInput, UnknownTwin
from twincast.domain.ids import TWIN_PREFIX, TwinId
from twincast.domain.imports import MAX_PROBLEMS
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.reading.records import read_records
from twincast.reading.twins import TwinFrame, frame_of
from twincast.usecases.context import Context
from twincast.usecases.references import candidates

AT_ONCE: Final = 10_000
"""Twins that are loaded, or records that are read, at a time."""
SHOWN: Final = 5
"""Ids that a message names."""

Customers = Sequence[str] | Sequence[Mapping[str, object]] | Mapping[str, Sequence[object]]
"""Ids of twins or of customers; or records; or the columns of a table of records by dotted name."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Audience:
    """Customers that were gathered together.

    Attributes:
        customer_ids: as the company knows them.
        frame: their twins as numbers, in the same order.
        late: how many of them were made from records younger than the prediction.
    """

    customer_ids: Sequence[str]
    frame: TwinFrame
    late: int = 0


def may_profile(frame: TwinFrame) -> NDArray[np.bool_]:
    """Tell, twin by twin, whether the customer leaves profiling allowed."""
    allowed: NDArray[np.bool_] = frame.column("profiling_opt_out") != 1.0
    return allowed


def gather(ctx: Context, customers: Customers, day: date) -> Iterator[Audience]:
    """Yield the customers as numbers, in their order, some thousands at a time.

    Args:
        ctx: whose customers.
        customers: ids, records or columns.
        day: of the prediction; records are read as of it.

    Raises:
        InvalidInput: with the first problems by row.
        UnknownTwin: naming the ids without a twin.
    """
    if isinstance(customers, Mapping):
        return _read(ctx, _pieces_of_columns(customers), day)
    if _are_ids(customers):
        return _load(ctx, customers, day)
    records: Any = customers
    return _read(ctx, (records[start : start + AT_ONCE] for start in range(0, len(records), AT_ONCE)), day)


def _are_ids(customers: Sequence[Any]) -> TypeGuard[Sequence[str]]:
    texts = [isinstance(it, str) for it in customers]
    if any(texts) and not all(texts):
        place = texts.index(not texts[0])
        problem = FieldProblem(
            field=f"customers[{place}]",
            message="ids and records are mixed",
            allowed="only ids, or only records",
            row=place,
        )
        raise InvalidInput.of([problem])
    return bool(texts) and all(texts)


def _pieces_of_columns(columns: Mapping[str, Sequence[object]]) -> Iterator[dict[str, Sequence[object]]]:
    lengths = {name: len(cells) for name, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} {length}" for name, length in list(lengths.items())[:SHOWN])
        message = f"the columns are not equally long: {shown}"
        raise InvalidInput.of([FieldProblem(field="customers", message=message, allowed="columns of one length")])
    for start in range(0, max(lengths.values(), default=0), AT_ONCE):
        yield {name: cells[start : start + AT_ONCE] for name, cells in columns.items()}


def _read(ctx: Context, pieces: Iterator[Any], day: date) -> Iterator[Audience]:
    """Read records piece by piece; a record that is not valid refuses them all, with its row."""
    problems: list[FieldProblem] = []
    done = 0
    for piece in pieces:
        batch = read_records(piece, as_of=day, default_currency=ctx.currency)
        problems += [replace(problem, row=done + (problem.row or 0)) for problem in batch.problems]
        done += len(batch.customer_ids)
        if len(problems) >= MAX_PROBLEMS:
            break
        yield Audience(customer_ids=batch.customer_ids, frame=batch.frame)
    if problems:
        raise InvalidInput.of(sorted(problems, key=lambda problem: problem.row or 0)[:MAX_PROBLEMS])


def _load(ctx: Context, references: Sequence[str], day: date) -> Iterator[Audience]:
    """Load twins by id, all from one consistent state of the store."""
    missing: list[str] = []
    with ctx.store.reading(ctx.workspace) as unit:
        for start in range(0, len(references), AT_ONCE):
            twins = _find(unit, references[start : start + AT_ONCE], missing)
            late = sum(twin.as_of > day for twin in twins)
            yield Audience(customer_ids=[twin.customer_id for twin in twins], frame=frame_of(twins), late=late)
    if missing:
        shown = ", ".join(f"'{ascii(reference)[1:-1][:80]}'" for reference in missing[:SHOWN])
        more = f" and {len(missing) - SHOWN:,} more" if len(missing) > SHOWN else ""
        raise UnknownTwin(
            f"There is no twin in this workspace for {shown}{more}. "
            "Create it from the customer's record first, or pass the records themselves."
        )


def _find(unit: UnitOfWork, references: Sequence[str], missing: list[str]) -> list[Twin]:
    """Return the twins that there are, asking the store once; what has none is added to `missing`."""
    meant = [[it for it in candidates(reference) if it.startswith(TWIN_PREFIX)] for reference in references]
    asked: list[TwinId] = list(dict.fromkeys(it for options in meant for it in options))
    stored = {it: twin for it, twin in zip(asked, unit.twins.get_many(asked), strict=True) if twin is not None}
    found = [next((stored[it] for it in options if it in stored), None) for options in meant]
    missing += [reference for reference, twin in zip(references, found, strict=True) if twin is None]
    return [twin for twin in found if twin is not None]
