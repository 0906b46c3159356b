"""What is sent to language models, and whether they work, as callers read it."""

from collections.abc import Iterable

from pydantic import Field

from twincast.domain.chats import Checked, Payload
from twincast.wire.shapes import Answer


class ModelPayload(Answer):
    """Exactly the texts that would be sent about a customer and a message."""

    model: str | None = Field(description="To which it would go; null where none is configured.")
    prompt: str = Field(description="Name and version.")
    system: str = Field(description="The part that is the same for all customers.")
    user: str
    summary: str | None = Field(description="Sent before, about a long past; its answer replaces the counts in `user`.")
    removed: dict[str, int] = Field(description="What was taken out before: kind, and how often.")

    @classmethod
    def of(cls, payload: Payload) -> "ModelPayload":
        """Render a payload."""
        return cls(
            model=payload.model,
            prompt=payload.prompt,
            system=payload.system,
            user=payload.user,
            summary=payload.summary,
            removed=dict(payload.removed),
        )


class ModelCheck(Answer):
    """Whether one language model works."""

    model: str
    works: bool
    problem: str | None
    detail: str | None
    calls: int
    seconds: float | None
    tokens: int | None
    usd: float | None = Field(description="null: nothing was asked, or the price is not known.")


class ModelChecks(Answer):
    """Whether language models work."""

    items: list[ModelCheck]

    @classmethod
    def of(cls, checks: Iterable[Checked]) -> "ModelChecks":
        """Render checks."""
        return cls(
            items=[
                ModelCheck(
                    model=it.model,
                    works=it.problem is None,
                    problem=it.problem,
                    detail=it.detail,
                    calls=it.calls,
                    seconds=it.seconds,
                    tokens=it.tokens,
                    usd=it.usd,
                )
                for it in checks
            ]
        )
