"""The ledger of calls to language models in the database, the answers that are kept, and the budget."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, case, delete, func, insert, select, tuple_, update

from twincast.domain.chats import About, KeptAnswer
from twincast.domain.ids import SessionId, TwinId
from twincast.domain.pages import Page
from twincast.domain.usage import ANSWERED, CACHED, Budget, Call, Period, SessionUsage, UsageSum
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session
from twincast.storage.sql.usage_tables import llm_answers, llm_budgets, llm_calls

KIND: Final = "calls"
OURS: Final = llm_answers.c.workspace_id == bindparam("workspace")
ANSWERS: Final = select(*llm_answers.c).where(OURS)
BY_KEYS: Final = ANSWERS.where(llm_answers.c.key.in_(bindparam("keys", expanding=True)))
BY_TWIN: Final = ANSWERS.where(llm_answers.c.twin_id == bindparam("twin")).order_by(
    llm_answers.c.created_at, llm_answers.c.key
)
JUDGING: Final = ANSWERS.where(llm_answers.c.message.is_not(None)).order_by(llm_answers.c.created_at, llm_answers.c.key)
ADD_ANSWER: Final = Prepared(insert(llm_answers), tuple(llm_answers.c.keys()))
ERASE: Final = delete(llm_answers).where(OURS, llm_answers.c.twin_id == bindparam("twin"))

HERE: Final = llm_calls.c.workspace_id == bindparam("workspace")
SINCE: Final = llm_calls.c.at >= bindparam("since")
OF_SESSION: Final = llm_calls.c.session_id == bindparam("session")
ADD_CALL: Final = Prepared(insert(llm_calls), tuple(llm_calls.c.keys()))
MADE: Final = llm_calls.c.status != CACHED


def _sum(what: Any, of: ColumnElement[bool] = MADE) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((of, what), else_=0)), 0)


SUMS: Final = (
    _sum(1),
    _sum(1, llm_calls.c.status == CACHED),
    _sum(1, MADE & (llm_calls.c.status != ANSWERED)),
    _sum(llm_calls.c.tokens_in),
    _sum(llm_calls.c.tokens_out),
    _sum(llm_calls.c.usd, MADE & llm_calls.c.usd.is_not(None)),
    _sum(1, MADE & llm_calls.c.usd.is_(None)),
    _sum(1, MADE & (llm_calls.c.counted == 0)),
    _sum(llm_calls.c.seconds),
)
"""The parts of a `UsageSum`, in its order."""
TOTAL: Final[Select[Any]] = select(*SUMS).where(HERE)
MODELS: Final[Select[Any]] = (
    select(llm_calls.c.model, *SUMS).where(HERE).group_by(llm_calls.c.model).order_by(llm_calls.c.model)
)
LAST: Final = func.max(llm_calls.c.at)
SESSIONS: Final[Select[Any]] = (
    select(llm_calls.c.session_id, LAST, *SUMS)
    .where(HERE)
    .group_by(llm_calls.c.session_id)
    .order_by(LAST.desc(), llm_calls.c.session_id.desc())
    .limit(bindparam("rows"))
)
PLACE: Final = tuple_(llm_calls.c.at, llm_calls.c.id)
NEWEST: Final[Select[Any]] = (
    select(*llm_calls.c).where(HERE).order_by(llm_calls.c.at.desc(), llm_calls.c.id.desc()).limit(bindparam("rows"))
)
PAST: Final[Select[Any]] = NEWEST.where(
    MADE,
    llm_calls.c.prompt.in_(bindparam("prompts", expanding=True)),
    llm_calls.c.model.in_(bindparam("models", expanding=True)),
)

BUDGET_HERE: Final = llm_budgets.c.workspace_id == bindparam("workspace")
BUDGET: Final = Prepared(select(llm_budgets.c.usd, llm_budgets.c.tokens, llm_budgets.c.period).where(BUDGET_HERE))
ADD_BUDGET: Final = Prepared(insert(llm_budgets), tuple(llm_budgets.c.keys()))
PUT_BUDGET: Final = Prepared(update(llm_budgets).where(BUDGET_HERE), ("usd", "tokens", "period"))


class SqlAnswers:
    """The kept answers of one workspace, in a transaction (`ports.usage.AnswerRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, keys: Sequence[str]) -> Mapping[str, KeptAnswer]:
        rows = self._session.read(BY_KEYS, {"workspace": self._session.workspace, "keys": list(keys)})
        found = (_answer(row) for row in rows)
        return {answer.key: answer for answer in found}

    def add(self, answer: KeptAnswer) -> None:
        if self.get([answer.key]):
            return
        row = {
            "workspace_id": self._session.workspace,
            "key": answer.key,
            "twin_id": answer.twin,
            "text": answer.text,
            "model": answer.model,
            "prompt": answer.prompt,
            "created_at": micros_of(answer.created_at),
            **_about(answer.about),
        }
        self._session.add(ADD_ANSWER, row)

    def of_twin(self, twin_id: TwinId) -> list[KeptAnswer]:
        return [_answer(row) for row in self._session.read(BY_TWIN, self._of(twin_id))]

    def judging(self) -> list[KeptAnswer]:
        return [_answer(row) for row in self._session.read(JUDGING, {"workspace": self._session.workspace})]

    def erase(self, twin_id: TwinId) -> int:
        return self._session.delete(ERASE, self._of(twin_id))

    def _of(self, twin_id: TwinId) -> dict[str, Any]:
        return {"workspace": self._session.workspace, "twin": twin_id}


class SqlUsage:
    """The ledger and the budget of one workspace, in a transaction (`ports.usage.UsageRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, calls: Sequence[Call]) -> None:
        self._session.add_all(ADD_CALL, [self._row(call) for call in calls])

    def total(self, since: datetime | None = None, session: SessionId | None = None) -> UsageSum:
        statement, asked = self._narrowed(TOTAL, since, session)
        return _sums(self._session.read(statement, asked).one())

    def models(self, since: datetime | None = None, session: SessionId | None = None) -> list[tuple[str, UsageSum]]:
        statement, asked = self._narrowed(MODELS, since, session)
        return [(row[0], _sums(row[1:])) for row in self._session.read(statement, asked)]

    def sessions(self, since: datetime | None, limit: int) -> list[SessionUsage]:
        statement, asked = self._narrowed(SESSIONS, since, None)
        rows = self._session.read(statement, {**asked, "rows": limit})
        return [SessionUsage(session=row[0], last=moment_of(row[1]), usage=_sums(row[2:])) for row in rows]

    def newest(self, cursor: str | None, limit: int, session: SessionId | None = None) -> Page[Call]:
        statement, asked = self._narrowed(NEWEST, None, session)
        asked["rows"] = limit + 1
        if cursor is not None:
            asked["before_at"], asked["before_id"] = place_of(cursor, KIND, tuple[Whole, str])
            statement = statement.where(tuple_(bindparam("before_at"), bindparam("before_id")) > PLACE)
        rows = self._session.read(statement, asked).all()
        return page_of(rows, limit, _call, lambda row: cursor_of(KIND, row.at, row.id))

    def made(self, prompts: Sequence[str], models: Sequence[str], limit: int) -> list[Call]:
        asked = {"prompts": list(prompts), "models": list(models), "rows": limit}
        rows = self._session.read(PAST, {"workspace": self._session.workspace, **asked})
        return [_call(row) for row in rows]

    def budget(self) -> Budget | None:
        row = self._session.first(BUDGET, {"workspace": self._session.workspace})
        return None if row is None else Budget(usd=row[0], tokens=row[1], period=Period(row[2]))

    def put_budget(self, budget: Budget) -> None:
        row = {"usd": budget.usd, "tokens": budget.tokens, "period": budget.period.value}
        if self.budget() is None:
            self._session.add(ADD_BUDGET, {"workspace_id": self._session.workspace, **row})
        else:
            self._session.change(PUT_BUDGET, {"workspace": self._session.workspace, **row})

    def _narrowed(
        self, statement: Select[Any], since: datetime | None, session: SessionId | None
    ) -> tuple[Select[Any], dict[str, Any]]:
        asked: dict[str, Any] = {"workspace": self._session.workspace}
        if since is not None:
            asked["since"] = micros_of(since)
            statement = statement.where(SINCE)
        if session is not None:
            asked["session"] = session
            statement = statement.where(OF_SESSION)
        return statement, asked

    def _row(self, call: Call) -> dict[str, Any]:
        return {
            "workspace_id": self._session.workspace,
            "id": call.id,
            "at": micros_of(call.at),
            "session_id": call.session,
            "model": call.model,
            "prompt": call.prompt,
            "status": call.status,
            "tokens_in": call.tokens_in,
            "tokens_out": call.tokens_out,
            "counted": int(call.counted),
            "usd": call.usd,
            "seconds": call.seconds,
            "guessed": call.guessed,
            "most": call.most,
        }


def _sums(row: Any) -> UsageSum:
    requests, cached, failed, tokens_in, tokens_out, usd, unpriced, uncounted, seconds = row
    return UsageSum(
        requests=int(requests),
        cached=int(cached),
        failed=int(failed),
        tokens_in=int(tokens_in),
        tokens_out=int(tokens_out),
        usd=float(usd),
        unpriced=int(unpriced),
        uncounted=int(uncounted),
        seconds=float(seconds),
    )


def _call(row: Any) -> Call:
    return Call(
        id=row.id,
        at=moment_of(row.at),
        session=row.session_id,
        model=row.model,
        prompt=row.prompt,
        status=row.status,
        tokens_in=row.tokens_in,
        tokens_out=row.tokens_out,
        counted=bool(row.counted),
        usd=row.usd,
        seconds=row.seconds,
        guessed=row.guessed,
        most=row.most,
    )


def _about(about: About | None) -> dict[str, Any]:
    as_of = None if about is None or about.as_of is None else about.as_of.toordinal()
    return {
        "message": None if about is None else about.message,
        "told": None if about is None else about.told,
        "as_of": as_of,
    }


def _read_about(row: Any) -> About | None:
    if row.message is None:
        return None
    return About(message=row.message, told=row.told, as_of=None if row.as_of is None else date.fromordinal(row.as_of))


def _answer(row: Any) -> KeptAnswer:
    return KeptAnswer(
        key=row.key,
        twin=row.twin_id,
        text=row.text,
        model=row.model,
        prompt=row.prompt,
        created_at=moment_of(row.created_at),
        about=_read_about(row),
    )
