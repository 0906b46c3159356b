"""A session: a seed, a phase and a head in an append-only log; checkpoints are names for heads."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from twincast.domain.errors import PhaseRefused
from twincast.domain.events import Head
from twincast.domain.ids import CheckpointId, SessionId


class Phase(StrEnum):
    """Where a session is in its life."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Act(StrEnum):
    """What may be done with a session. Looking at it, exporting it and replaying its results is always lawful."""

    APPEND = "append"
    CHECKPOINT = "checkpoint"
    RESTORE = "restore"
    RESTORE_ELSEWHERE = "restore into a new session"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


LIFE: Final[dict[Act, dict[Phase, Phase]]] = {
    Act.APPEND: {Phase.ACTIVE: Phase.ACTIVE},
    Act.CHECKPOINT: {Phase.ACTIVE: Phase.ACTIVE, Phase.PAUSED: Phase.PAUSED},
    Act.RESTORE: {Phase.ACTIVE: Phase.ACTIVE, Phase.PAUSED: Phase.ACTIVE},
    Act.RESTORE_ELSEWHERE: {phase: phase for phase in Phase},
    Act.PAUSE: {Phase.ACTIVE: Phase.PAUSED, Phase.PAUSED: Phase.PAUSED},
    Act.RESUME: {Phase.PAUSED: Phase.ACTIVE, Phase.ACTIVE: Phase.ACTIVE},
    Act.END: dict.fromkeys(Phase, Phase.ENDED),
}
"""The one table of lawful transitions: what may be done in which phase, and the phase it leads to."""

_INSTEAD: Final[dict[Phase, str]] = {
    Phase.ACTIVE: "",
    Phase.PAUSED: " Resume it first.",
    Phase.ENDED: " Restore one of its checkpoints into a new session, or begin another one.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A stretch of simulation that can be left, branched and gone on with.

    Attributes:
        name, description: the caller's own words.
        cache_file: the caller's name for it; an opaque text, never a path.
        seed: for draws within it.
        ephemeral: opened by an operation that named no session.
        head: where its log ends now.
        parent, checkpoint: the session and the checkpoint it was restored from, where it was.
    """

    id: SessionId
    name: str
    description: str
    cache_file: str | None
    seed: int
    phase: Phase
    ephemeral: bool
    head: Head
    parent: SessionId | None
    checkpoint: CheckpointId | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None

    def after(self, act: Act) -> Phase:
        """Return the phase that an act leads to.

        Raises:
            PhaseRefused: it is not lawful in this phase; the message says what is.
        """
        following = LIFE[act].get(self.phase)
        if following is None:
            raise PhaseRefused(f"The session '{self.id}' is {self.phase}: {act} is refused.{_INSTEAD[self.phase]}")
        return following


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """A name for a head: whatever happens later, that head stays what it is.

    Attributes:
        version: 1, and one more each time the session uses the name again; the last one wins.
        head: where the session's log ended when it was made. The versions of twins it saw are those in the log.
    """

    id: CheckpointId
    session_id: SessionId
    name: str
    version: int
    description: str
    head: Head
    created_at: datetime
