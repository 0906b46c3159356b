"""What came of asking again what a stored test asked."""

from pydantic import Field

from twincast.domain.replays import Replay
from twincast.wire.provenance import Provenance
from twincast.wire.shapes import Answer


class ReplayCause(Answer):
    """Something behind the numbers that is another now, by the name it has in the provenance."""

    name: str = Field(description="`unexplained` where all that is kept is the same.")
    before: str | None
    after: str | None


class ReplayDifference(Answer):
    """One value of the answer that is another now; both are JSON."""

    path: str
    before: str
    after: str


class TestReplay(Answer):
    """A stored test asked again: the same answer to the byte, or what changed."""

    __test__ = False

    test_id: str
    identical: bool
    stored_digest: str = Field(description="SHA-256 of the stored answer: numbers, reasons and words.")
    replayed_digest: str
    causes: list[ReplayCause]
    differences: list[ReplayDifference] = Field(description="The first twenty values that differ.")
    provenance: Provenance = Field(description="What stands behind the answer of now.")

    @classmethod
    def of(cls, replay: Replay) -> "TestReplay":
        """Render it."""
        return cls(
            test_id=replay.trial_id,
            identical=replay.identical,
            stored_digest=replay.before,
            replayed_digest=replay.after,
            causes=[ReplayCause(name=it.name, before=it.before, after=it.after) for it in replay.causes],
            differences=[ReplayDifference(path=it.path, before=it.before, after=it.after) for it in replay.differences],
            provenance=Provenance.model_validate(Provenance.plain(replay.provenance)),
        )
