"""The ledger of calls to language models in memory, the answers that are kept, and the budget."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

from twincast.domain.chats import KeptAnswer
from twincast.domain.ids import SessionId, TwinId
from twincast.domain.pages import Page
from twincast.domain.usage import CACHED, Budget, Call, SessionUsage, UsageSum, sum_of
from twincast.storage.conflicts import STORED_ALREADY
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.memory.unit import Session

KIND = "calls"


class MemoryAnswers:
    """The kept answers of one workspace (`ports.usage.AnswerRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, keys: Sequence[str]) -> Mapping[str, KeptAnswer]:
        draft = self._session.read("answers")
        found = {key: draft.get(key) for key in keys}
        return {key: answer for key, answer in found.items() if answer is not None}

    def add(self, answer: KeptAnswer) -> None:
        draft = self._session.write("answers")
        if draft.get(answer.key) is None:
            draft.put(answer.key, answer)

    def of_twin(self, twin_id: TwinId) -> list[KeptAnswer]:
        found = [answer for _, answer in self._session.read("answers").items() if answer.twin == twin_id]
        return sorted(found, key=lambda answer: (micros_of(answer.created_at), answer.key))

    def judging(self) -> list[KeptAnswer]:
        found = [answer for _, answer in self._session.read("answers").items() if answer.about is not None]
        return sorted(found, key=lambda answer: (micros_of(answer.created_at), answer.key))

    def erase(self, twin_id: TwinId) -> int:
        gone = self.of_twin(twin_id)
        draft = self._session.write("answers")
        for answer in gone:
            draft.remove(answer.key)
        return len(gone)


class MemoryUsage:
    """The ledger and the budget of one workspace (`ports.usage.UsageRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, calls: Sequence[Call]) -> None:
        draft = self._session.write("calls")
        for call in calls:
            if draft.get(call.id) is not None:
                raise self._session.conflict(STORED_ALREADY)
            draft.put(call.id, call)

    def total(self, since: datetime | None = None, session: SessionId | None = None) -> UsageSum:
        return sum_of(self._calls(since, session))

    def models(self, since: datetime | None = None, session: SessionId | None = None) -> list[tuple[str, UsageSum]]:
        calls = sorted(self._calls(since, session), key=lambda call: call.model)
        return [(model, sum_of(found)) for model, found in groupby(calls, key=lambda call: call.model)]

    def sessions(self, since: datetime | None, limit: int) -> list[SessionUsage]:
        calls: dict[SessionId | None, list[Call]] = {}
        for call in self._calls(since, None):
            calls.setdefault(call.session, []).append(call)
        found = [
            SessionUsage(session=session, last=max(call.at for call in made), usage=sum_of(made))
            for session, made in calls.items()
        ]
        return sorted(found, key=lambda each: (each.last, each.session or ""), reverse=True)[:limit]

    def newest(self, cursor: str | None, limit: int, session: SessionId | None = None) -> Page[Call]:
        place = None if cursor is None else place_of(cursor, KIND, tuple[Whole, str])
        draft = self._session.read("calls")
        if session is None:
            rows = draft.before(place, limit + 1)
        else:
            rows = draft.before(place, limit + 1, order=1, within=(session,))
        return page_of(rows, limit, lambda row: row, lambda row: cursor_of(KIND, micros_of(row.at), row.id))

    def made(self, prompts: Sequence[str], models: Sequence[str], limit: int) -> list[Call]:
        calls = [it for it in self._calls(None, None) if it.prompt in prompts and it.model in models]
        made = [call for call in calls if call.status != CACHED]
        return sorted(made, key=lambda call: (micros_of(call.at), call.id), reverse=True)[:limit]

    def budget(self) -> Budget | None:
        found: Budget | None = self._session.read("budgets").get(0)
        return found

    def put_budget(self, budget: Budget) -> None:
        self._session.write("budgets").put(0, budget)

    def _calls(self, since: datetime | None, session: SessionId | None) -> list[Call]:
        calls = (call for _, call in self._session.read("calls").items())
        return [
            call
            for call in calls
            if (since is None or call.at >= since) and (session is None or call.session == session)
        ]
