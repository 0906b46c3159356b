"""The rights of one person: to be forgotten, and to be told everything that is kept."""

from collections.abc import Callable, Mapping
from itertools import chain
from math import isnan
from typing import Any, Final, TypeVar

import msgspec

from twincast.domain.batches import Batch, Member
from twincast.domain.comparisons import Comparison
from twincast.domain.ids import TwinId
from twincast.domain.optimizations import Optimization
from twincast.domain.outcomes import Outcome
from twincast.domain.pages import MAX_PAGE, Page
from twincast.domain.predictions import Contribution
from twincast.domain.trials import Trial
from twincast.domain.twins import SubjectExport, Tombstone, Twin
from twincast.ports.stores import UnitOfWork
from twincast.reading import profiles
from twincast.reading.states import STATE
from twincast.reading.twins import frame_of
from twincast.usecases import audit
from twincast.usecases.allocating.pages import assignments
from twincast.usecases.batching.rows import stretch
from twincast.usecases.context import Context
from twincast.usecases.references import find

T = TypeVar("T", Trial, Comparison, Optimization, Outcome)
Plain = Mapping[str, object]
_NOT_SHOWN: Final = frozenset({"record", "state"})


def erase(ctx: Context, reference: str) -> Tombstone:
    """Delete everything about a person for good: all versions of the twin, tests, comparisons, optimisations, outcomes,
    kept replies, what language models said for her.

    A model that learned from her outcomes holds sums over many people and not hers; the next refit is without them.
    What stays is a tombstone and an entry in the log, with a salted digest in place of the id.

    Raises:
        UnknownTwin: there is no such twin (any more).
    """
    salt = ctx.store.salt()
    with ctx.store.writing(ctx.workspace) as unit:
        twin = find(unit, reference)
        removed = {
            "versions": unit.twins.erase(twin.id),
            "tests": unit.trials.erase(twin.id),
            "comparisons": unit.comparisons.erase(twin.id),
            "optimizations": unit.optimizations.erase(twin.id),
            "batches": unit.batches.erase(twin.id),
            "extracted_rows": unit.extractions.erase(twin.id),
            "events": unit.events.erase(twin.id),
            "outcomes": unit.outcomes.erase(twin.id),
            "model_answers": unit.answers.erase(twin.id),
            "kept_replies": unit.replies.erase(twin.id),
        }
        subject = audit.pseudonym(salt, twin.customer_id)
        tombstone = Tombstone(subject=subject, erased_at=ctx.clock.now(), removed=removed)
        unit.tombstones.add(tombstone)
        audit.record(unit, ctx, "twin.erased", subject, removed)
        unit.commit()
    ctx.engine.forget()
    return tombstone


def export(ctx: Context, reference: str) -> SubjectExport:
    """Return everything that is kept about a person; that it was asked for is logged.

    Raises:
        UnknownTwin: nothing is kept under this id.
    """
    salt = ctx.store.salt()
    with ctx.store.writing(ctx.workspace) as unit:
        newest = find(unit, reference)
        found = SubjectExport(
            twin_id=newest.id,
            customer_id=newest.customer_id,
            exported_at=ctx.clock.now(),
            twins=tuple(_version(twin) for twin in unit.twins.versions(newest.id)),
            tests=_all(unit.trials.newest, newest.id),
            comparisons=_all(unit.comparisons.newest, newest.id),
            optimizations=_all(unit.optimizations.newest, newest.id),
            batches=_batches(unit, newest.id),
            extracted=tuple({"extraction_id": name, **plain(row)} for name, row in unit.extractions.of_twin(newest.id)),
            outcomes=_all(unit.outcomes.newest, newest.id),
            model_answers=tuple(plain(answer) for answer in unit.answers.of_twin(newest.id)),
            events=tuple(plain(event) for event in unit.events.everywhere(newest.id)),
        )
        counts = {name: len(getattr(found, part)) for name, part in EXPORTED.items()}
        audit.record(unit, ctx, "twin.exported", audit.pseudonym(salt, newest.customer_id), counts)
        unit.commit()
    return found


EXPORTED: Final = {
    "versions": "twins",
    "tests": "tests",
    "comparisons": "comparisons",
    "optimizations": "optimizations",
    "batches": "batches",
    "extracted_rows": "extracted",
    "outcomes": "outcomes",
    "events": "events",
    "model_answers": "model_answers",
}
"""What the log counts of an export, and the part of it that is counted."""


def _batches(unit: UnitOfWork, twin_id: TwinId) -> tuple[Plain, ...]:
    """Return the batches that somebody was in, each with the rows that speak of her."""
    found: list[Plain] = []
    for batch_id, member in unit.batches.of_twin(twin_id):
        batch = unit.batches.get(batch_id)
        if batch is not None:
            rows = stretch(unit, batch, member.position, member.position + 1)
            kept = {"rows": plain(rows.records(batch))["rows"], "allocations": _allocations(unit, batch, member)}
            found.append({**plain(batch), "member": plain(member), **kept})
    return tuple(found)


def _allocations(unit: UnitOfWork, batch: Batch, member: Member) -> list[Plain]:
    """Return what somebody was allotted on the predictions of a batch."""
    found: list[Plain] = []
    for allocation in unit.allocations.of_batch(batch.id):
        choices = unit.allocations.choices(allocation.id) or {}
        hers = assignments(unit, allocation, batch, choices, member.position, member.position + 1)
        found.extend({"allocation_id": allocation.id, **plain(it)} for it in hers)
    return found


def _version(twin: Twin) -> Plain:
    """Return one version as plain data: the record as given, what was read from it, and the words made of it."""
    record = msgspec.json.decode(twin.record, type=dict[str, Any])
    frame = frame_of([twin])
    values = frame.values[0].tolist()
    numbers = {name: None if isnan(value) else value for name, value in zip(STATE, values, strict=True)}
    described = profiles.describe(record, frame, as_of=twin.as_of)
    kept = {key: value for key, value in plain(twin).items() if key not in _NOT_SHOWN}
    return {**kept, "record": record, "read": numbers, "profile": plain(described)}


def _all(newest: Callable[[str | None, int, TwinId | None], Page[T]], twin_id: TwinId) -> tuple[Plain, ...]:
    """Return all documents about a twin as plain data."""
    found: list[Plain] = []
    cursor: str | None = None
    while True:
        page = newest(cursor, MAX_PAGE, twin_id)
        found.extend(_document(item) for item in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return tuple(found)


def _document(item: T) -> Plain:
    """Return a document as plain data, with the names of what is kept as bare rows."""
    found: dict[str, Any] = plain(item)
    answers = [part["answer"] for part in (found, *found.get("rankings", ())) if "answer" in part]
    for explanation in chain.from_iterable(answer["explanations"] for answer in answers):
        rows = explanation["contributions"]
        explanation["contributions"] = [dict(zip(Contribution._fields, row, strict=True)) for row in rows]
    return found


def plain(value: object) -> dict[str, Any]:
    """Return a domain value as what JSON can hold; days and moments are ISO 8601, NaN is null."""
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=_mapping), type=dict[str, Any])


def _mapping(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no plain form")
