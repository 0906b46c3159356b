"""The versions of what a workspace has learned, as the use cases see them."""

from typing import Protocol

from twincast.domain.models import ModelVersion


class ModelRepository(Protocol):
    """The versions of what one workspace has learned."""

    def current_digest(self) -> str | None:
        """Return the digest of the version that answers; None while that is the prior. Read for every prediction."""
        ...

    def current(self) -> ModelVersion | None:
        """Return the version that answers, or None while that is the prior."""
        ...

    def all(self) -> list[ModelVersion]:
        """Return every version, oldest first."""
        ...

    def blob(self, digest: str) -> bytes:
        """Return the numbers of the version with a digest. Raises UnknownModel where there is none."""
        ...

    def add(self, model: ModelVersion, blob: bytes) -> None:
        """Store a version and let it answer. Raises WriteConflict where its number is there already."""
        ...

    def select(self, version: int) -> None:
        """Let a stored version answer, or the prior (0). Raises UnknownModel."""
        ...
