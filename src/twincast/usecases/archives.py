"""Sessions that leave in one piece, and come back: into the same workspace, or with their twins into another one."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import msgspec

from twincast.domain.archives import Archive, ArchivedTwin, Pin, persons_of
from twincast.domain.comparisons import Comparison
from twincast.domain.errors import ArchiveMisfit, SchemaMismatch, UnreadableArchive
from twincast.domain.events import FAR, REAL, Branch, Event, Stretch, line_of, root_of
from twincast.domain.ids import BranchId, ComparisonId, TrialId, TwinId, customer_id_of
from twincast.domain.pages import MAX_PAGE, Page
from twincast.domain.sessions import Checkpoint, Session
from twincast.domain.trials import Trial
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.reading.records import read_records
from twincast.usecases.audit import pseudonym, record
from twincast.usecases.context import Context
from twincast.usecases.memories import happening_of, memory_of
from twincast.usecases.sessions import find
from twincast.usecases.versions import Reading, twins_of

T = TypeVar("T")
R = TypeVar("R", Trial, Comparison)
SHOWN: Final = 5
IDS: Final = re.compile(r"(?:sess|branch|ckpt|test|comp)_[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """What loading an archive made.

    Attributes:
        copied: whether it is a copy under fresh ids, since the session was there already.
        left_out: persons who were erased after the archive was made: nothing about them came back.
        counts: what came, by kind; `twins` are versions that were not here.
    """

    session: Session
    copied: bool
    left_out: int
    counts: Mapping[str, int]


def export(ctx: Context, session_id: str, *, twins: bool = False) -> Archive:
    """Return a session with everything that was run and kept in it.

    What it inherited from another session stands on its own first branch in the archive, with the results that stand
    there, so that it needs no other.

    Args:
        ctx: whose session.
        session_id: which.
        twins: whether the pinned versions of the twins go with it: another workspace needs them.

    Raises:
        UnknownSession: there is none in this workspace.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        session = find(unit, session_id)
        branches, events = _log(unit, session)
        tests = _all(lambda cursor: unit.trials.newest(cursor, MAX_PAGE, session_id=session.id))
        comparisons = _all(lambda cursor: unit.comparisons.newest(cursor, MAX_PAGE, session_id=session.id))
        sources = dict.fromkeys(event.source for event in events if event.source is not None)
        tests = (*_inherited(session, (unit.trials.get(TrialId(it)) for it in sources)), *tests)
        comparisons = (*_inherited(session, (unit.comparisons.get(ComparisonId(it)) for it in sources)), *comparisons)
        pinned = list(_pinned(unit, (*events, *tests, *comparisons)))
        return Archive(
            workspace=ctx.workspace,
            software=ctx.software,
            exported_at=ctx.clock.now(),
            session=session,
            pins=tuple(Pin(twin_id=it.id, version=it.version, digest=it.digest) for it in pinned),
            twins=tuple(_archived(it) for it in pinned) if twins else (),
            branches=branches,
            checkpoints=_all(lambda cursor: unit.checkpoints.newest(session.id, cursor, MAX_PAGE)),
            events=events,
            tests=tests,
            comparisons=comparisons,
        )


def load(ctx: Context, archive: Archive) -> Loaded:
    """Store an archived session: under its own ids where they are free, else as a copy under fresh ones.

    Persons who were erased after the archive was made are left out of it.

    Raises:
        UnreadableArchive: its parts contradict one another.
        ArchiveMisfit: it speaks of twins that are not here, or differ here; nothing is stored.
    """
    _check(archive)
    salt = ctx.store.salt()
    with ctx.store.writing(ctx.workspace) as unit:
        erased = _erased(unit, archive, salt)
        archive = archive.without(erased)
        copied = _is_here(unit, archive)
        if copied:
            archive = archive.renamed(ctx.ids.new)
        twins = _missing_twins(unit, archive)
        unit.twins.add(twins)
        unit.sessions.add(archive.session)
        for branch in archive.branches:
            unit.events.fork(branch)
        unit.events.append(archive.events)
        for store, values in (
            (unit.checkpoints.add, archive.checkpoints),
            (unit.trials.add, archive.tests),
            (unit.comparisons.add, archive.comparisons),
        ):
            _store(store, values)
        loaded = _loaded(archive, copied, len(erased), len(twins))
        record(unit, ctx, "session.imported", archive.session.id, {**loaded.counts, "left_out": loaded.left_out})
        ctx.keep(unit, loaded)
        unit.commit()
    return loaded


def _store(store: Callable[[Any], None], values: Iterable[Any]) -> None:
    for value in values:
        store(value)


def _loaded(archive: Archive, copied: bool, left_out: int, twins: int) -> Loaded:
    counts = {
        "twins": twins,
        "events": len(archive.events),
        "tests": len(archive.tests),
        "comparisons": len(archive.comparisons),
        "checkpoints": len(archive.checkpoints),
    }
    return Loaded(session=archive.session, copied=copied, left_out=left_out, counts=counts)


def _log(unit: UnitOfWork, session: Session) -> tuple[tuple[Branch, ...], tuple[Event, ...]]:
    """Return a session's branches and events; those of an ancestor are moved to its own first branch."""
    root = root_of(session.id).branch
    own = unit.events.branches(session.id)
    names = {root, *(branch.id for branch in own)}
    inherited = next((branch.parent for branch in own if branch.parent.branch not in names), None)
    events: list[Event] = []
    if inherited is not None:
        for part in reversed(list(line_of(inherited, unit.events.branch))):
            events += [replace(event, branch=root) for event in unit.events.along(part)]
    for branch_id, after in ((root, 0), *((branch.id, branch.parent.position) for branch in own)):
        events += unit.events.along(Stretch(branch=branch_id, after=after, upto=FAR))
    moved = (
        branch if branch.parent.branch in names else replace(branch, parent=replace(branch.parent, branch=root))
        for branch in own
    )
    return tuple(moved), tuple(events)


def _inherited(session: Session, found: Iterable[R | None]) -> Iterator[R]:
    """Yield the results of an ancestor, as if they had been run where its events were moved to."""
    root = root_of(session.id).branch
    for result in found:
        if result is not None and result.session_id != session.id:
            own = result.head.branch.startswith(REAL)
            head = result.head if own else replace(result.head, branch=root)
            yield replace(result, session_id=session.id, head=head)


def _pinned(unit: UnitOfWork, parts: Iterable[Event | Trial | Comparison]) -> Iterator[Twin]:
    for twin_id, version in sorted({(it.twin_id, it.twin_version) for it in parts}):
        found = unit.twins.get(twin_id, version)
        if found is not None:
            yield found


def _archived(twin: Twin) -> ArchivedTwin:
    return ArchivedTwin(
        twin_id=twin.id,
        version=twin.version,
        record=twin.record,
        as_of=twin.as_of,
        currency=twin.currency,
        created_at=twin.created_at,
    )


def _all(page_after: Callable[[str | None], Page[T]]) -> tuple[T, ...]:
    """Return a whole list, oldest first."""
    found: list[T] = []
    cursor: str | None = None
    while True:
        page = page_after(cursor)
        found.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return tuple(reversed(found))


def _erased(unit: UnitOfWork, archive: Archive, salt: bytes) -> frozenset[TwinId]:
    """Return who was erased since the archive was made."""
    stones = {stone.subject for stone in unit.tombstones.all() if stone.erased_at >= archive.exported_at}
    persons = persons_of(archive) if stones else frozenset()
    return frozenset(person for person in persons if pseudonym(salt, customer_id_of(person)) in stones)


def _is_here(unit: UnitOfWork, archive: Archive) -> bool:
    """Tell whether any id of the archive is taken."""
    root = root_of(archive.session.id).branch
    return (
        unit.sessions.get(archive.session.id) is not None
        or bool(unit.events.along(Stretch(branch=root, after=0, upto=FAR)))
        or any(unit.events.branch(it.id) is not None for it in archive.branches)
        or any(unit.checkpoints.get(it.id) is not None for it in archive.checkpoints)
        or any(unit.trials.get(it.id) is not None for it in archive.tests)
        or any(unit.comparisons.get(it.id) is not None for it in archive.comparisons)
    )


def _missing_twins(unit: UnitOfWork, archive: Archive) -> list[Twin]:
    """Return the pinned versions that are not here, made anew of what the archive holds of them."""
    brought = {(it.twin_id, it.version): it for it in archive.twins}
    missing, absent, other = [], [], []
    for pin in archive.pins:
        found = unit.twins.get(pin.twin_id, pin.version)
        if found is not None and found.digest != pin.digest:
            other.append(pin)
        elif found is None and (pin.twin_id, pin.version) not in brought:
            absent.append(pin)
        elif found is None:
            missing.append(_made(brought[pin.twin_id, pin.version], pin))
    if other:
        raise ArchiveMisfit(
            f"Of {len(other)} twins this workspace holds other data under the same version ({_some(other)}): "
            "import the session into another workspace."
        )
    if absent:
        raise ArchiveMisfit(
            f"{len(absent)} twins of the session are not in this workspace ({_some(absent)}), and the file was made "
            f"in {archive.workspace[:80]!r} without them: export it with its twins."
        )
    return missing


def _made(archived: ArchivedTwin, pin: Pin) -> Twin:
    """Return the twin of an archived record, which must be the pinned one."""
    try:
        document = msgspec.json.decode(archived.record, type=dict[str, Any])
    except msgspec.DecodeError:
        document = {}
    for stated in (False, True):
        batch = read_records([document], as_of=archived.as_of, default_currency=archived.currency, as_of_stated=stated)
        if not batch.problems and batch.digests[0] == pin.digest:
            reading = Reading(batch=batch, rows=[0], as_of=archived.as_of)
            (twin,) = twins_of(reading, [0], [None], archived.created_at)
            if twin.id == pin.twin_id:
                return replace(twin, version=pin.version)
    raise UnreadableArchive(f"The record of twin '{pin.twin_id[:80]}' does not fit its digest: the file was altered.")


def _some(pins: list[Pin]) -> str:
    shown = ", ".join(f"{pin.twin_id[:80]} in version {pin.version}" for pin in pins[:SHOWN])
    return shown + (", ..." if len(pins) > SHOWN else "")


def _check(archive: Archive) -> None:
    """Raise UnreadableArchive where the parts of an archive do not belong together: it may have been made by hand."""
    wrong = next(_contradictions(archive), None)
    if wrong is not None:
        raise UnreadableArchive(f"The parts of the file do not belong together: {wrong}.")


def _contradictions(archive: Archive) -> Iterator[str]:
    session = archive.session
    lines = {root_of(session.id).branch, *(branch.id for branch in archive.branches)}
    parts: list[Branch | Checkpoint | Trial | Comparison] = [
        *archive.branches, *archive.checkpoints, *archive.tests, *archive.comparisons,
    ]  # fmt: skip
    ids = [session.id, *(it.id for it in parts)]
    if not all(IDS.fullmatch(name) for name in ids) or len(set(ids)) < len(ids):
        yield "an id is none, or stands for two things"
    if any(it.session_id != session.id for it in parts):
        yield "something in it belongs to another session"
    if not _in_order(archive, root_of(session.id).branch):
        yield "a branch stands before the one it forked off"
    heads = [session.head, *(it.parent for it in archive.branches), *(it.head for it in archive.checkpoints)]
    if not all(head.branch in lines and 0 <= head.position < FAR for head in heads):
        yield "a head stands on no branch"
    results: list[Trial | Comparison] = [*archive.tests, *archive.comparisons]
    if not all(it.head.branch in lines or it.head.branch.startswith(REAL) for it in results):
        yield "a test stands on no branch"
    if len({(it.branch, it.position) for it in archive.events}) < len(archive.events):
        yield "two events have one place"
    if not all(it.branch in lines and 0 < it.position < FAR and it.simulated for it in archive.events):
        yield "an event stands on no branch"
    known = {(pin.twin_id, pin.version) for pin in archive.pins}
    spoken = {(it.twin_id, it.twin_version) for it in archive.events}
    if not known >= spoken | {(it.twin_id, it.twin_version) for it in results}:
        yield "it speaks of a twin that it does not name"
    for event in archive.events:
        if not _is_readable(event):
            yield f"what happened at {event.id[:120]} can not be read"


def _in_order(archive: Archive, root: BranchId) -> bool:
    """Tell whether each branch forks off one that stands before it: then every line has a beginning."""
    known = {root}
    for branch in archive.branches:
        if branch.parent.branch not in known:
            return False
        known.add(branch.id)
    return True


def _is_readable(event: Event) -> bool:
    try:
        memory_of(event.memory)
        happening_of(event)
    except (msgspec.ValidationError, SchemaMismatch, KeyError):
        return False
    return True
