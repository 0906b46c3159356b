"""The repositories in memory: each a few lines over the draft of its shelf."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from twincast.domain.backtests import Backtest
from twincast.domain.comparisons import Comparison
from twincast.domain.experiments import ExperimentPlan
from twincast.domain.ids import ComparisonId, OptimizationId, SessionId, TrialId, TwinId
from twincast.domain.optimizations import Optimization
from twincast.domain.pages import Page
from twincast.domain.policies import ContactPolicy
from twincast.domain.readouts import Readout
from twincast.domain.segments import Segment
from twincast.domain.trials import Trial
from twincast.domain.twins import Tombstone, Twin
from twincast.domain.workspaces import AuditEntry, KeptReply
from twincast.storage.conflicts import STORED_ALREADY, taken
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.memory.shelves import Draft, Place
from twincast.storage.memory.unit import Session, by_time

D = TypeVar("D", Trial, Comparison, Optimization)
N = TypeVar("N", Backtest, ExperimentPlan, Readout)
SCAN = 256
"""Entries of the audit log that are looked through at a time."""


class MemoryTwins:
    """The twins of one workspace (`ports.stores.TwinRepository`): under each id the tuple of its versions."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, twin_id: TwinId, version: int | None = None) -> Twin | None:
        versions = self._session.read("twins").get(twin_id)
        if versions is None or version is None:
            return None if versions is None else newest_of(versions)
        return next((twin for twin in versions if twin.version == version), None)

    def has(self, twin_id: TwinId, version: int) -> bool:
        return self.get(twin_id, version) is not None

    def get_many(self, twin_ids: Sequence[TwinId]) -> list[Twin | None]:
        get = self._session.read("twins").get
        return [None if versions is None else versions[-1] for versions in map(get, twin_ids)]

    def newest(self, cursor: str | None, limit: int) -> Page[Twin]:
        place = None if cursor is None else place_of(cursor, "twins", tuple[str])
        rows = self._session.read("twins").after(place, limit + 1)
        return page_of(rows, limit, newest_of, lambda versions: cursor_of("twins", versions[0].id))

    def versions(self, twin_id: TwinId) -> list[Twin]:
        return list(self._session.read("twins").get(twin_id) or ())

    def heads(self, twin_ids: Sequence[TwinId]) -> dict[TwinId, int]:
        get = self._session.read("twins").get
        return {twin_id: versions[-1].version for twin_id in twin_ids if (versions := get(twin_id)) is not None}

    def known(self, twin_ids: Sequence[TwinId]) -> set[TwinId]:
        get = self._session.read("twins").get
        return {twin_id for twin_id in twin_ids if get(twin_id) is not None}

    def histories(self, twin_ids: Sequence[TwinId]) -> list[Twin]:
        get = self._session.read("twins").get
        return [twin for twin_id in sorted(set(twin_ids)) for twin in get(twin_id) or ()]

    def add(self, twins: Sequence[Twin]) -> None:
        draft: Draft[tuple[Twin, ...]] = self._session.write("twins")
        changed: dict[TwinId, tuple[Twin, ...]] = {}
        for twin in twins:
            versions = changed.get(twin.id) or draft.get(twin.id) or ()
            if any(other.version == twin.version for other in versions):
                raise self._session.conflict(taken(twin.id, twin.version))
            changed[twin.id] = with_version(versions, twin)
        for twin_id, versions in changed.items():
            draft.put(twin_id, versions)

    def count(self) -> int:
        return self._session.read("twins").count()

    def erase(self, twin_id: TwinId) -> int:
        draft = self._session.write("twins")
        versions = draft.get(twin_id)
        if versions is None:
            return 0
        draft.remove(twin_id)
        return len(versions)


def newest_of(versions: tuple[Twin, ...]) -> Twin:
    """Return the newest of a twin's versions."""
    return versions[-1]


def with_version(versions: tuple[Twin, ...], twin: Twin) -> tuple[Twin, ...]:
    """Return the versions of a twin with another one in its place."""
    if not versions or versions[-1].version < twin.version:
        return (*versions, twin)
    return tuple(sorted((*versions, twin), key=lambda other: other.version))


class MemoryDocuments(Generic[D]):
    """Documents of one workspace about one twin each."""

    __slots__ = ("_session",)
    name: ClassVar[str]

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, document_id: str) -> D | None:
        """Return a document, or None."""
        found: D | None = self._session.read(self.name).get(document_id)
        return found

    def store(self, document: D) -> None:
        """Store a document."""
        draft = self._session.write(self.name)
        if draft.get(document.id) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put(document.id, document)

    def newest(
        self, cursor: str | None, limit: int, twin_id: TwinId | None = None, session_id: SessionId | None = None
    ) -> Page[D]:
        place: Place | None = None if cursor is None else place_of(cursor, self.name, tuple[Whole, str])
        draft = self._session.read(self.name)
        if session_id is not None:
            rows = self._of_session(draft, place, limit + 1, session_id, twin_id)
        elif twin_id is not None:
            rows = draft.before(place, limit + 1, order=1, within=(twin_id,))
        else:
            rows = draft.before(place, limit + 1)
        return page_of(rows, limit, lambda row: row, lambda row: cursor_of(self.name, *by_time(row)))

    def count(self, session_id: SessionId) -> int:
        draft = self._session.read(self.name)
        return len(draft.before(None, draft.count(), order=2, within=(session_id,)))

    def erase(self, twin_id: TwinId) -> int:
        return self._erase(1, twin_id)

    def erase_session(self, session_id: SessionId) -> int:
        return self._erase(2, session_id)

    def _of_session(
        self, draft: Draft[D], place: Place | None, rows: int, session_id: SessionId, twin_id: TwinId | None
    ) -> list[D]:
        if twin_id is None:
            return draft.before(place, rows, order=2, within=(session_id,))
        every = draft.before(place, draft.count(), order=2, within=(session_id,))
        return [document for document in every if document.twin_id == twin_id][:rows]

    def _erase(self, order: int, owner: str) -> int:
        draft = self._session.write(self.name)
        gone = draft.before(None, draft.count(), order=order, within=(owner,))
        for document in gone:
            draft.remove(document.id)
        return len(gone)


class MemoryTrials(MemoryDocuments[Trial]):
    """The trials of one workspace (`ports.stores.TrialRepository`)."""

    __slots__ = ()
    name = "trials"

    def get(self, trial_id: TrialId) -> Trial | None:
        return self.find(trial_id)

    def get_many(self, trial_ids: Sequence[TrialId]) -> dict[TrialId, Trial]:
        return {it: found for it in trial_ids if (found := self.find(it)) is not None}

    def add(self, trial: Trial) -> None:
        self.store(trial)


class MemoryDated(Generic[N]):
    """Documents of one kind of one workspace (`ports.dated.DatedRepository`)."""

    __slots__ = ("_name", "_session")

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._name = name

    def get(self, document_id: str) -> N | None:
        found: N | None = self._session.read(self._name).get(document_id)
        return found

    def add(self, document: N) -> None:
        draft = self._session.write(self._name)
        if draft.get(document.id) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put(document.id, document)

    def newest(self, cursor: str | None, limit: int) -> Page[N]:
        place: Place | None = None if cursor is None else place_of(cursor, self._name, tuple[Whole, str])
        rows = self._session.read(self._name).before(place, limit + 1)
        return page_of(rows, limit, lambda row: row, lambda row: cursor_of(self._name, *by_time(row)))


class MemoryComparisons(MemoryDocuments[Comparison]):
    """The comparisons of one workspace (`ports.stores.ComparisonRepository`)."""

    __slots__ = ()
    name = "comparisons"

    def get(self, comparison_id: ComparisonId) -> Comparison | None:
        return self.find(comparison_id)

    def get_many(self, comparison_ids: Sequence[ComparisonId]) -> dict[ComparisonId, Comparison]:
        return {it: found for it in comparison_ids if (found := self.find(it)) is not None}

    def add(self, comparison: Comparison) -> None:
        self.store(comparison)


class MemoryOptimizations(MemoryDocuments[Optimization]):
    """The optimisations of one workspace (`ports.stores.OptimizationRepository`)."""

    __slots__ = ()
    name = "optimizations"

    def get(self, optimization_id: OptimizationId) -> Optimization | None:
        return self.find(optimization_id)

    def add(self, optimization: Optimization) -> None:
        self.store(optimization)


class MemoryAudit:
    """The audit log of one workspace (`ports.stores.AuditLog`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, entry: AuditEntry) -> None:
        draft = self._session.write("audit")
        sequence = self._session.next_sequence
        draft.put(sequence, replace(entry, sequence=sequence))
        self._session.next_sequence += 1

    def newest(
        self, cursor: str | None, limit: int, action: str | None = None, since: datetime | None = None
    ) -> Page[AuditEntry]:
        place: Place | None = None if cursor is None else place_of(cursor, "audit", tuple[Whole])
        draft = self._session.read("audit")
        since_micros = None if since is None else micros_of(since)
        rows: list[AuditEntry] = []
        while len(rows) <= limit:
            looked_at = draft.before(place, SCAN)
            rows += [entry for entry in looked_at if is_asked(entry, action, since_micros)]
            if len(looked_at) < SCAN:
                break
            place = (looked_at[-1].sequence,)
        return page_of(rows[: limit + 1], limit, lambda row: row, lambda row: cursor_of("audit", row.sequence))


def is_asked(entry: AuditEntry, action: str | None, since: int | None) -> bool:
    """Tell whether an entry passes the filters."""
    fits = action is None or entry.action == action or entry.action.startswith(f"{action}.")
    return fits and (since is None or micros_of(entry.at) >= since)


class MemoryReplies:
    """The kept replies of one workspace (`ports.stores.ReplyRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, scope: str, key: str) -> KeptReply | None:
        found: KeptReply | None = self._session.read("replies").get((scope, key))
        return found

    def add(self, reply: KeptReply) -> None:
        draft = self._session.write("replies")
        if draft.get((reply.scope, reply.key)) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put((reply.scope, reply.key), reply)

    def erase(self, subject: str) -> int:
        draft: Draft[Any] = self._session.write("replies")
        gone = [key for key, reply in draft.items() if subject in reply.subjects]
        for key in gone:
            draft.remove(key)
        return len(gone)


class MemoryPolicies:
    """The contact policy of one workspace (`ports.stores.PolicyRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def current(self) -> ContactPolicy | None:
        found: ContactPolicy | None = self._session.read("policies").get(0)
        return found

    def put(self, policy: ContactPolicy) -> None:
        self._session.write("policies").put(0, policy)


class MemorySegments:
    """The segments of one workspace (`ports.stores.SegmentRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, name: str) -> Segment | None:
        found: Segment | None = self._session.read("segments").get(name)
        return found

    def all(self) -> list[Segment]:
        draft: Draft[Segment] = self._session.read("segments")
        return draft.after(None, draft.count())

    def put(self, segment: Segment) -> None:
        self._session.write("segments").put(segment.name, segment)

    def remove(self, name: str) -> bool:
        draft = self._session.write("segments")
        if draft.get(name) is None:
            return False
        draft.remove(name)
        return True


class MemoryTombstones:
    """The tombstones of one workspace (`ports.stores.TombstoneRepository`), numbered as they come."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, tombstone: Tombstone) -> None:
        draft = self._session.write("tombstones")
        draft.put(draft.count(), tombstone)

    def all(self) -> list[Tombstone]:
        stones: list[tuple[int, Tombstone]] = self._session.read("tombstones").items()
        return [stone for _, stone in sorted(stones, key=lambda pair: (pair[1].erased_at, pair[0]))]
