"""Sessions that came back from a file."""

from pydantic import Field

from twincast.domain.sessions import Session as SessionValue
from twincast.wire.sessions import Session
from twincast.wire.shapes import Answer


class SessionImport(Answer):
    """A session that came back, and what came with it."""

    session_id: str
    session: Session
    copied: bool = Field(description="It was here already: this is a copy under fresh ids.")
    left_out: int = Field(description="Persons who were erased since it was exported: nothing about them came back.")
    twins: int = Field(description="Versions of twins that were not here, and came with it.")
    events: int
    tests: int
    comparisons: int
    checkpoints: int

    @classmethod
    def of(cls, session: SessionValue, *, copied: bool, left_out: int, counts: dict[str, int]) -> "SessionImport":
        """Render it."""
        return cls(session_id=session.id, session=Session.of(session), copied=copied, left_out=left_out, **counts)
