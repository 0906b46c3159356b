"""The inner socket: one request to one model. And what may come of it: an answer, or a failure that has a name."""

from dataclasses import dataclass
from typing import Protocol

from twincast.domain.chats import Prompt


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """An answer that could not be used, and what was wrong with it."""

    text: str
    problem: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What a provider gave: text that nobody has checked yet.

    Attributes:
        tokens_in, tokens_out: as the provider counted them; None where it did not.
        kept_in: of `tokens_in` those that the provider had kept from earlier calls.
        whole: whether the model came to its end by itself.
    """

    text: str
    tokens_in: int | None
    tokens_out: int | None
    kept_in: int = 0
    whole: bool = True


class Failed(Exception):
    """A request that gave nothing.

    Attributes:
        code: stable slug, as in `domain.chats.Unsaid`.
        detail: one sentence without anything of the prompt.
        again: whether the same request may succeed a little later.
        after: seconds that the provider asked to wait.
        hopeless: whether every other request would fail alike: a wrong key, an unknown model.
        unpaid: whether it is certain that the provider charges nothing.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        again: bool = False,
        after: float | None = None,
        hopeless: bool = False,
        unpaid: bool = True,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.again = again
        self.after = after
        self.hopeless = hopeless
        self.unpaid = unpaid


class Provider(Protocol):
    """One model somewhere."""

    @property
    def name(self) -> str:
        """Return what it is called in ledger and cache: `openai:gpt-4o-mini`."""
        ...

    async def call(self, prompt: Prompt, correction: Correction | None = None) -> Given:
        """Make one request, with no retry of any kind.

        Raises:
            Failed: there is no text.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
