"""Twins: made from customers' records, changed when these change, looked at, compared with what they were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from twincast.domain.errors import FieldProblem, InvalidInput, TwinExists, UnknownVersion
from twincast.domain.ids import CustomerId, TwinId, twin_id_of
from twincast.domain.imports import MAX_PROBLEMS
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.domain.twins import Change, Twin, TwinProfile
from twincast.ports.stores import UnitOfWork
from twincast.reading import profiles
from twincast.reading.changes import diff_records
from twincast.reading.records import digest_of_record, read_records
from twincast.reading.twins import frame_of
from twincast.usecases import audit
from twincast.usecases.context import Context
from twincast.usecases.persons import erase, export
from twincast.usecases.references import find, is_text
from twincast.usecases.versions import Reading, Tally, store, twins_of

__all__ = [
    "Saved", "SavedMany", "diff", "erase", "export", "get", "listing", "profile", "save", "save_many", "versions",
]  # fmt: skip

Records = Sequence[Mapping[str, object]] | Mapping[str, Sequence[object]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """A twin as it stands after a save: `created` if it is new, `changed` if the save made this version of it."""

    twin: Twin
    created: bool
    changed: bool
    profile: TwinProfile


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedMany:
    """What saving many records did.

    Attributes:
        twin_ids: the twins, in the order of the records.
        created, changed, unchanged: how many of them were new, got another version, or stayed as they were.
    """

    twin_ids: tuple[TwinId, ...]
    created: int
    changed: int
    unchanged: int


def save(
    ctx: Context, record: Mapping[str, object], *, as_of: date | None = None, only_if_absent: bool = False
) -> Saved:
    """Make a customer's twin, or bring it up to date: another version only where the data changed.

    Args:
        ctx: whose customer.
        record: the customer's record in the shape of the API.
        as_of: day on which it was true; None for today. A stated day is part of the data.
        only_if_absent: refuse to touch a twin that is there already.

    Raises:
        InvalidInput: with each field that is not right.
        TwinExists: on `only_if_absent`.
    """
    known = None if only_if_absent else _as_it_is(ctx, record, as_of)
    if known is not None:
        return Saved(twin=known, created=False, changed=False, profile=profile(ctx, known))
    reading = read(ctx, [record], as_of)
    refuse(reading.batch.problems)
    salt = ctx.store.salt()
    with ctx.store.writing(ctx.workspace) as unit:
        before = unit.twins.get(reading.ids()[0])
        if before is not None and only_if_absent:
            raise TwinExists(f"The twin '{before.id}' exists already, in version {before.version}.")
        if before is not None and before.digest == reading.batch.digests[0]:
            twin = before
        else:
            twin = _add(unit, ctx, reading, before, salt)
    return Saved(twin=twin, created=before is None, changed=twin is not before, profile=profile(ctx, twin))


def save_many(ctx: Context, records: Records, *, as_of: date | None = None) -> SavedMany:
    """Save many customers in one unit of work: all of them, or none.

    Args:
        ctx: whose customers.
        records: records in the shape of the API, or the columns of a table by dotted name.
        as_of: day on which they were true; None for today.

    Raises:
        InvalidInput: with the first problems by row; two records of one customer are one.
    """
    reading = read(ctx, records, as_of)
    rows = range(len(reading.batch.customer_ids))
    refuse([*reading.batch.problems, *doubles(reading.batch.customer_ids, rows)])
    with ctx.store.writing(ctx.workspace) as unit:
        done = store(unit, reading, ctx.clock.now())
        note_many(unit, ctx, done)
        unit.commit()
    return SavedMany(
        twin_ids=tuple(reading.ids()), created=done.created, changed=done.changed, unchanged=done.unchanged
    )


def get(ctx: Context, reference: str, version: int | None = None) -> Twin:
    """Return a twin by its own id or the customer's. Raises UnknownTwin, UnknownVersion."""
    with ctx.store.reading(ctx.workspace) as unit:
        return find(unit, reference, version)


def profile(ctx: Context, twin: Twin, as_of: date | None = None) -> TwinProfile:
    """Say in words what a twin's record supports on a day; without one, on the day on which it was true."""
    return profiles.describe(_record(twin), frame_of([twin]), as_of=as_of or twin.as_of)


def listing(ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE) -> Page[Twin]:
    """Page through the newest versions, ordered by twin id. Raises InvalidInput naming `cursor` or `limit`."""
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.twins.newest(cursor, limit)


def versions(ctx: Context, reference: str) -> tuple[Twin, ...]:
    """Return every version of a twin, oldest first. Raises UnknownTwin."""
    with ctx.store.reading(ctx.workspace) as unit:
        return tuple(unit.twins.versions(find(unit, reference).id))


def diff(ctx: Context, reference: str, before: int | None = None, after: int | None = None) -> tuple[Change, ...]:
    """Return what changed in the record between two versions of a twin.

    Args:
        ctx: whose twin.
        reference: the twin's id or the customer's.
        before: None for the version in front of `after`.
        after: None for the newest.

    Raises:
        UnknownTwin, UnknownVersion: also where there is no version in front of the first.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        newer = find(unit, reference, after)
        earlier = newer.version - 1 if before is None else before
        if earlier < 1:
            raise UnknownVersion(f"The twin '{newer.id}' has no version before {newer.version} to compare with.")
        older = find(unit, newer.id, earlier)
    return diff_records(older.record, newer.record)


def read(ctx: Context, records: Records, as_of: date | None) -> Reading:
    """Read records as of a day, today where none is stated; every row is taken, valid or not."""
    day = as_of or ctx.clock.now().date()
    batch = read_records(records, as_of=day, default_currency=ctx.currency, as_of_stated=as_of is not None)
    return Reading(batch=batch, rows=range(len(batch.customer_ids)), as_of=day)


def refuse(problems: Sequence[FieldProblem]) -> None:
    """Raise InvalidInput with the first problems, if there are any."""
    if problems:
        raise InvalidInput.of(sorted(problems, key=lambda problem: problem.row or 0)[:MAX_PROBLEMS])


def doubles(customer_ids: Sequence[str], rows: Sequence[int]) -> list[FieldProblem]:
    """Return a problem for each record of a customer who has one already, naming both rows, counted from 1.

    Args:
        customer_ids: one per record; an empty one is a problem of another kind.
        rows: the 0-based row of each record.
    """
    first: dict[str, int] = {}
    problems = []
    for customer, row in zip(customer_ids, rows, strict=True):
        earlier = first.setdefault(customer, row)
        if customer and earlier != row:
            message = f"the same customer stands in row {earlier + 1} and again in row {row + 1}"
            problems.append(FieldProblem(field="customer_id", message=message, allowed="one row a customer", row=row))
    return problems


def note_many(unit: UnitOfWork, ctx: Context, done: Tally) -> None:
    """Write in the log how many twins one change made or altered."""
    counts = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged}
    audit.record(unit, ctx, "twin.imported", ctx.ids.new("imp_"), counts)


def _as_it_is(ctx: Context, record: Mapping[str, object], as_of: date | None) -> Twin | None:
    """Return the twin that was made of these very data, which then need not be read again; or None."""
    customer = record.get("customer_id")
    digest = digest_of_record(record, stated_day=as_of)
    if digest is None or not isinstance(customer, str) or not is_text(customer):
        return None
    with ctx.store.reading(ctx.workspace) as unit:
        twin = unit.twins.get(twin_id_of(CustomerId(customer)))
    return twin if twin is not None and twin.digest == digest else None


def _add(unit: UnitOfWork, ctx: Context, reading: Reading, before: Twin | None, salt: bytes) -> Twin:
    """Store the next version of one twin, and commit."""
    (twin,) = twins_of(reading, [0], [before], ctx.clock.now())
    unit.twins.add([twin])
    action = "twin.created" if before is None else "twin.changed"
    audit.record(unit, ctx, action, audit.pseudonym(salt, twin.customer_id), {"version": twin.version})
    ctx.keep(unit, twin)
    unit.commit()
    return twin


def _record(twin: Twin) -> dict[str, Any]:
    return msgspec.json.decode(twin.record, type=dict[str, Any])
