"""Segments: defined, looked at, deleted; and who belongs to one, worked out from the twins of the moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem, InvalidInput, TooLarge, UnknownSegment
from twincast.domain.fields import nearest
from twincast.domain.ids import TwinId
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.domain.segments import (
    MAX_SEGMENT_NAME,
    MOST_CONDITIONS,
    MOST_SEGMENTS,
    MOST_VALUES,
    Condition,
    Member,
    Segment,
    SegmentSize,
)
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.reading import segments as rules
from twincast.reading.twins import TwinFrame, frame_of
from twincast.usecases.audiences import may_profile
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.references import is_text
from twincast.usecases.texts import MAX_NAME, MAX_NOTE, text_problems

AT_ONCE: Final = 5_000
"""Twins that are looked at together."""
IN_NAMES: Final = " _-.+&"
"""What a name may hold beside letters and digits: it stands in addresses."""
SHOWN: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentRequest:
    """What a segment is to be: its name, and conditions of which all (`every`), and one or more (`some`), must hold."""

    name: str
    every: tuple[Condition, ...] = ()
    some: tuple[Condition, ...] = ()
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Defined:
    """A segment as it stands, and whether there was none of its name before."""

    segment: Segment
    created: bool


def define(ctx: Context, request: SegmentRequest) -> Defined:
    """Define a segment, in place of the one of that name if there is one.

    Raises:
        InvalidInput: naming the name, and each condition that is not right.
        TooLarge: the workspace holds as many segments as it may.
    """
    problems = list(_problems(request))
    if problems:
        raise InvalidInput.of(problems)
    now = ctx.clock.now()
    with ctx.store.writing(ctx.workspace) as unit:
        before = unit.segments.get(request.name)
        if before is None and len(unit.segments.all()) >= MOST_SEGMENTS:
            raise TooLarge(f"There are {MOST_SEGMENTS} segments, and there can be no more: delete one first.")
        segment = Segment(
            name=request.name,
            description=request.description,
            every=request.every,
            some=request.some,
            created_at=now if before is None else before.created_at,
            updated_at=now,
        )
        unit.segments.put(segment)
        counts = {"conditions": len(segment.every) + len(segment.some)}
        record(unit, ctx, "segment.defined", segment.name, counts)
        defined = Defined(segment=segment, created=before is None)
        ctx.keep(unit, defined)
        unit.commit()
    return defined


def get(ctx: Context, name: str) -> Segment:
    """Return a segment. Raises UnknownSegment."""
    with ctx.store.reading(ctx.workspace) as unit:
        return find(unit, name)


def listing(ctx: Context) -> tuple[Segment, ...]:
    """Return all segments, by name."""
    with ctx.store.reading(ctx.workspace) as unit:
        return tuple(unit.segments.all())


def delete(ctx: Context, name: str) -> Segment:
    """Delete a segment: its rules; nobody is touched who belonged to it. Raises UnknownSegment."""
    with ctx.store.writing(ctx.workspace) as unit:
        segment = find(unit, name)
        unit.segments.remove(segment.name)
        record(unit, ctx, "segment.deleted", segment.name)
        unit.commit()
    return segment


def members(ctx: Context, name: str) -> list[TwinId]:
    """Return the ids of all who belong to a segment now, in the order of the ids. Raises UnknownSegment."""
    with ctx.store.reading(ctx.workspace) as unit:
        segment = find(unit, name)
        day = day_of(ctx)
        return [
            twins[place].id
            for twins, frame in _everybody(unit)
            for place in np.flatnonzero(rules.members(segment, frame, day)).tolist()
        ]


def member_page(ctx: Context, name: str, cursor: str | None = None, limit: int = DEFAULT_PAGE) -> Page[Member]:
    """Page through who belongs to a segment now, in the order of the twins' ids.

    Raises:
        UnknownSegment: there is none of that name.
        InvalidInput: naming `cursor` or `limit`.
    """
    check_limit(limit)
    found: list[Member] = []
    with ctx.store.reading(ctx.workspace) as unit:
        segment, day = find(unit, name), day_of(ctx)
        while True:
            page = unit.twins.newest(cursor, AT_ONCE)
            places = np.flatnonzero(rules.members(segment, frame_of(page.items), day)).tolist()
            taken = places[: limit - len(found)]
            found += [Member(twin_id=page.items[it].id, customer_id=page.items[it].customer_id) for it in taken]
            if len(found) == limit:  # the page ends behind the last of them, wherever the twins are cut
                after = unit.twins.newest(cursor, taken[-1] + 1).next_cursor
                return Page(items=tuple(found), next_cursor=after)
            cursor = page.next_cursor
            if cursor is None:
                return Page(items=tuple(found), next_cursor=None)


def size(ctx: Context, name: str) -> SegmentSize:
    """Count who belongs to a segment now. Raises UnknownSegment."""
    with ctx.store.reading(ctx.workspace) as unit:
        segment, day = find(unit, name), day_of(ctx)
        belong, looked_at, opted_out = 0, 0, 0
        unknown = dict.fromkeys(it.field for it in (*segment.every, *segment.some))
        for _, frame in _everybody(unit):
            belong += int(rules.members(segment, frame, day).sum())
            opted_out += int((~may_profile(frame)).sum())
            looked_at += len(frame)
            for field in [it for it in unknown if rules.known(it, frame, day).any()]:
                del unknown[field]
    return SegmentSize(
        members=belong, twins=looked_at, opted_out=opted_out, unknown=tuple(unknown), counted_at=ctx.clock.now()
    )


def find(unit: UnitOfWork, name: str) -> Segment:
    """Return a segment.

    Raises:
        UnknownSegment: there is none of that name; the message lists the names there are.
    """
    found = unit.segments.get(name) if is_text(name) and "\0" not in name else None
    if found is not None:
        return found
    names = [it.name for it in unit.segments.all()]
    there = ", ".join((nearest(name[:MAX_SEGMENT_NAME], names) or names)[:SHOWN]) or "none yet"
    raise UnknownSegment(f"There is no segment '{ascii(name[:80])[1:-1]}' in this workspace; there are: {there}.")


def belongs(segment: Segment, frame: TwinFrame, ctx: Context) -> NDArray[np.bool_]:
    """Tell, twin by twin, who belongs to a segment now."""
    return rules.members(segment, frame, day_of(ctx))


def day_of(ctx: Context) -> float:
    """Return today, in days since 1970-01-01."""
    return float((ctx.clock.now().date() - date(1970, 1, 1)).days)


def _everybody(unit: UnitOfWork) -> Iterator[tuple[Sequence[Twin], TwinFrame]]:
    """Yield the newest version of every twin, some thousands at a time."""
    cursor: str | None = None
    while True:
        page = unit.twins.newest(cursor, AT_ONCE)
        yield page.items, frame_of(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


# ---------------------------------------------------------------- what is not right


def _problems(request: SegmentRequest) -> Iterator[FieldProblem]:
    yield from name_problems("name", request.name)
    yield from text_problems("description", request.description, MAX_NOTE)
    if not (request.every or request.some):
        yield FieldProblem(field="every", message="is empty, and so is some", allowed="at least one condition")
    for part, conditions in (("every", request.every), ("some", request.some)):
        if len(conditions) > MOST_CONDITIONS:
            message = f"has {len(conditions)} entries"
            yield FieldProblem(field=part, message=message, allowed=f"at most {MOST_CONDITIONS}")
        for place, condition in enumerate(conditions[:MOST_CONDITIONS]):
            yield from _condition_problems(f"{part}[{place}]", condition)


def name_problems(field: str, name: str) -> Iterator[FieldProblem]:
    """Yield what is wrong with the name of a segment."""
    good = all(character.isalnum() or character in IN_NAMES for character in name)
    if not (0 < len(name) <= MAX_SEGMENT_NAME and good and name == name.strip() and not name.startswith(".")):
        allowed = f"1 to {MAX_SEGMENT_NAME} letters, digits, spaces and any of {IN_NAMES.strip()}; no dot in front"
        yield FieldProblem(field=field, message=f"'{ascii(name[:40])[1:-1]}' can not be a name", allowed=allowed)


def _condition_problems(path: str, condition: Condition) -> Iterator[FieldProblem]:
    wrong = rules.field_problem(condition.field) if is_text(condition.field) else "holds a character that is no text"
    if wrong is not None:
        yield FieldProblem(field=f"{path}.field", message=f"'{ascii(condition.field[:80])[1:-1]}' {wrong}")
        return
    wrong = rules.value_problem(condition)
    if wrong is not None:
        yield FieldProblem(field=f"{path}.value", message=wrong)
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    if len(values) > MOST_VALUES:
        message = f"has {len(values)} entries"
        yield FieldProblem(field=f"{path}.value", message=message, allowed=f"at most {MOST_VALUES}")
    for value in values[:MOST_VALUES]:
        if isinstance(value, str):
            yield from text_problems(f"{path}.value", value, MAX_NAME)
        elif not isfinite(value):
            yield FieldProblem(field=f"{path}.value", message="is not finite", allowed="a finite number")
