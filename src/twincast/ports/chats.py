"""The ChatModel socket: a batch of prompts in, for each an answer in its shape or the reason why there is none."""

from collections.abc import Callable, Sequence
from typing import Protocol

from twincast.domain.chats import Prompt, Said, Unsaid
from twincast.domain.costs import Terms, Weight
from twincast.domain.ids import WorkspaceId


class ChatModel(Protocol):
    """Words, never numbers that anything rests on. What fails, fails for one prompt; the others are answered."""

    @property
    def name(self) -> str:
        """Return which models answer, in the order in which they are asked."""
        ...

    def ask(
        self, workspace: WorkspaceId, prompts: Sequence[Prompt], wanted: Callable[[], bool] | None = None
    ) -> list[Said | Unsaid]:
        """Answer prompts, in their order; those whose answers are kept already cost nothing.

        `wanted` is looked at several times a second: once it says no, nothing more is asked, what is under way is
        waited for and kept, and the other prompts are `cancelled`.

        Every request is in the workspace's ledger and every whole answer in its cache by the time this returns, and as
        soon as each comes: what is cut short was paid for once and is not asked for again. Waits as long as it takes;
        how many are asked at the same time is the plug's affair.
        """
        ...

    def apart(self) -> Sequence["ChatModel"]:
        """Return each model by itself, in their order: none answers for another. Quotas and budgets stay common."""
        ...

    def terms(self) -> Terms:
        """Return how they are asked and what they cost."""
        ...

    def weigh(self, workspace: WorkspaceId, prompts: Sequence[Prompt]) -> list[Weight]:
        """Return what each prompt weighs, were all of them asked now; nothing is."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
