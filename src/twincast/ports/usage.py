"""Where calls to language models, their answers and the budget are kept, as those who call see it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from twincast.domain.chats import KeptAnswer
from twincast.domain.ids import SessionId, TwinId
from twincast.domain.pages import Page
from twincast.domain.usage import Budget, Call, SessionUsage, UsageSum


class AnswerRepository(Protocol):
    """Answers of language models in one workspace, by what they answer."""

    def get(self, keys: Sequence[str]) -> Mapping[str, KeptAnswer]:
        """Return those that are kept."""
        ...

    def add(self, answer: KeptAnswer) -> None:
        """Keep an answer; where one with that key is kept, that one stays."""
        ...

    def of_twin(self, twin_id: TwinId) -> list[KeptAnswer]:
        """Return all that is kept about somebody, oldest first."""
        ...

    def judging(self) -> list[KeptAnswer]:
        """Return all that judge a message, oldest first."""
        ...

    def erase(self, twin_id: TwinId) -> int:
        """Delete all that is kept about somebody; return how many went."""
        ...


class UsageRepository(Protocol):
    """The ledger of one workspace: appended, never edited; nobody's id is in it."""

    def add(self, calls: Sequence[Call]) -> None:
        """Add entries. Raises WriteConflict where one with an id of theirs is there already."""
        ...

    def total(self, since: datetime | None = None, session: SessionId | None = None) -> UsageSum:
        """Return what the calls from a moment on add up to: all, or those of one session."""
        ...

    def models(self, since: datetime | None = None, session: SessionId | None = None) -> list[tuple[str, UsageSum]]:
        """Return the same by model, in the order of their names."""
        ...

    def sessions(self, since: datetime | None, limit: int) -> list[SessionUsage]:
        """Return what the sessions used that called last, newest first."""
        ...

    def newest(self, cursor: str | None, limit: int, session: SessionId | None = None) -> Page[Call]:
        """Page through entries, newest first."""
        ...

    def made(self, prompts: Sequence[str], models: Sequence[str], limit: int) -> list[Call]:
        """Return the newest requests that were really made of some prompts (with version) to some models."""
        ...

    def budget(self) -> Budget | None:
        """Return the budget, or None where none was set."""
        ...

    def put_budget(self, budget: Budget) -> None:
        """Store a budget in place of the one there is."""
        ...
