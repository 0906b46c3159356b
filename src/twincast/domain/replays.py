"""Replaying a stored result: the same question to what is here now, and what changed where the answer did."""

from dataclasses import dataclass

from twincast.domain.ids import TrialId
from twincast.domain.predictions import Provenance


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """Something that stood behind the numbers then and is another now, by the name it has in the provenance."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One value of the answer that is another now: where it stands, and both as JSON."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """What came of asking again.

    Attributes:
        identical: whether the answer is the same, byte for byte.
        before, after: SHA-256 (hex) of the stored answer and of that of now.
        causes: what changed behind it; it may have changed without changing the answer.
        differences: the first values that differ.
        provenance: what stands behind the answer of now.
    """

    trial_id: TrialId
    identical: bool
    before: str
    after: str
    causes: tuple[Cause, ...]
    differences: tuple[Difference, ...]
    provenance: Provenance
