"""Sessions, their checkpoints and what happened in them: the document's bodies in, what is kept out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from twincast.domain.errors import FieldProblem
from twincast.domain.events import Event, EventKind
from twincast.domain.events import Head as HeadValue
from twincast.domain.sessions import Checkpoint as CheckpointValue
from twincast.domain.sessions import Phase
from twincast.domain.sessions import Session as SessionValue
from twincast.wire.shapes import Answer, Listed, Name, Note, Request, Switch, Whole


class SessionBeginning(Request):
    """What a session is begun with; all of it can be left out."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "session_name": "customer_intervention_testing",
                    "cache_file": "customer_intervention_test.cache.json",
                    "description": "Testing personalized offers on customer digital twins",
                }
            ]
        },
    )

    session_name: Name = ""
    description: Note = ""
    cache_file: str | None = Field(None, description="An opaque name, never a path; nothing is written under it.")
    seed: Whole = Field(0, ge=0, lt=2**63, description="For random draws within the session.")


class CheckpointMaking(Request):
    """A name for where the session stands; a name that it used before gets another version."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"checkpoint_name": "twins_created", "description": "Customer digital twins generated"}]
        },
    )

    checkpoint_name: Name
    description: Note = ""


class SessionRestoring(Request):
    """Which checkpoint to go on from: in the session itself, or in a new one."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"checkpoint_name": "twins_created", "create_new_session": True}]},
    )

    checkpoint_name: Name | None = None
    checkpoint_id: Name | None = Field(None, description="Instead of the name.")
    version: Whole | None = Field(None, ge=1, description="Of the name. Default: the last.")
    create_new_session: Switch = False
    session_name: Name | None = Field(None, description="Of the new session. Default: that of the old one.")

    @property
    def checkpoint(self) -> str:
        """Return the name or the id, whichever was given."""
        return self.checkpoint_name or self.checkpoint_id or ""

    def problems(self) -> Iterable[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        if (self.checkpoint_name is None) == (self.checkpoint_id is None):
            message = "is missing" if self.checkpoint_name is None else "stands beside checkpoint_id"
            yield FieldProblem(field="checkpoint_name", message=message, allowed="checkpoint_name or checkpoint_id")
        if self.version is not None and self.checkpoint_name is None:
            yield FieldProblem(field="version", message="needs a name", allowed="only beside checkpoint_name")
        if self.session_name is not None and not self.create_new_session:
            allowed = "only beside create_new_session"
            yield FieldProblem(field="session_name", message="names no new session", allowed=allowed)


class Head(Answer):
    """A place in the log of events."""

    branch: str
    position: int = Field(description="Events that lead up to it, inherited ones included.")

    @classmethod
    def of(cls, head: HeadValue) -> "Head":
        """Render it."""
        return cls(branch=head.branch, position=head.position)


class Session(Answer):
    """A session as it stands."""

    session_id: str
    session_name: str
    description: str
    cache_file: str | None
    seed: int
    status: Phase
    ephemeral: bool = Field(description="Opened by an operation that named no session.")
    head: Head
    parent_session_id: str | None = Field(description="The session it was restored from.")
    restored_from: str | None = Field(description="The checkpoint it was restored from.")
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    expires_at: datetime | None = Field(description="Null: sessions are kept until they are erased.")

    @classmethod
    def of(cls, session: SessionValue) -> "Session":
        """Render a session."""
        return cls(
            session_id=session.id,
            session_name=session.name,
            description=session.description,
            cache_file=session.cache_file,
            seed=session.seed,
            status=session.phase,
            ephemeral=session.ephemeral,
            head=Head.of(session.head),
            parent_session_id=session.parent,
            restored_from=session.checkpoint,
            created_at=session.created_at,
            updated_at=session.updated_at,
            ended_at=session.ended_at,
            expires_at=None,
        )


class Sessions(Listed[Session]):
    """A page of sessions, newest first."""


class SessionStatus(Answer):
    """Where a session stands, and how much is in it."""

    session_id: str
    status: Phase
    head: Head
    tests: int
    comparisons: int
    checkpoints: int
    updated_at: datetime
    ended_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def of(cls, session: SessionValue, *, tests: int, comparisons: int, checkpoints: int) -> "SessionStatus":
        """Render it."""
        return cls(
            session_id=session.id,
            status=session.phase,
            head=Head.of(session.head),
            tests=tests,
            comparisons=comparisons,
            checkpoints=checkpoints,
            updated_at=session.updated_at,
            ended_at=session.ended_at,
            expires_at=None,
        )


class SessionStats(Answer):
    """What happened in a session, counted along its line: what it inherited from a checkpoint is part of it."""

    session_id: str
    status: Phase
    twins: int = Field(description="Twins that came into the session.")
    events: int
    events_by_kind: dict[EventKind, int]
    tests: int
    comparisons: int
    checkpoints: int

    @classmethod
    def of(cls, status: SessionStatus, kinds: Mapping[EventKind, int]) -> "SessionStats":
        """Render it."""
        return cls(
            session_id=status.session_id,
            status=status.status,
            twins=kinds.get(EventKind.JOINED, 0),
            events=sum(kinds.values()),
            events_by_kind={kind: kinds.get(kind, 0) for kind in EventKind},
            tests=status.tests,
            comparisons=status.comparisons,
            checkpoints=status.checkpoints,
        )


class Checkpoint(Answer):
    """A name for where a session stood."""

    checkpoint_id: str
    session_id: str
    checkpoint_name: str
    version: int
    description: str
    head: Head
    created_at: datetime

    @classmethod
    def of(cls, checkpoint: CheckpointValue) -> "Checkpoint":
        """Render a checkpoint."""
        return cls(
            checkpoint_id=checkpoint.id,
            session_id=checkpoint.session_id,
            checkpoint_name=checkpoint.name,
            version=checkpoint.version,
            description=checkpoint.description,
            head=Head.of(checkpoint.head),
            created_at=checkpoint.created_at,
        )


class Checkpoints(Listed[Checkpoint]):
    """A page of checkpoints, newest first."""


class HistoryEvent(Answer):
    """One thing that happened to one twin."""

    event_id: str
    position: int
    digital_twin_id: str
    twin_version: int
    kind: EventKind
    at: datetime
    simulated: bool
    source: str | None = Field(description="Id of the test or comparison it comes from.")
    payload: dict[str, Any]

    @classmethod
    def of(cls, event: Event) -> "HistoryEvent":
        """Render an event."""
        return cls(
            event_id=event.id,
            position=event.position,
            digital_twin_id=event.twin_id,
            twin_version=event.twin_version,
            kind=event.kind,
            at=event.at,
            simulated=event.simulated,
            source=event.source,
            payload=dict(event.payload),
        )


class SessionHistory(Listed[HistoryEvent]):
    """A page of what happened, oldest first."""


class SessionErasure(Answer):
    """That a session was erased, and what went with it."""

    session_id: str
    removed: dict[str, int]
