"""Outcomes in columns, a row each, and the interventions they speak of, each stored once."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, exists, func, insert, select, tuple_

from twincast.domain.ids import OutcomeId, TwinId
from twincast.domain.interventions import Intervention
from twincast.domain.outcomes import KINDS, Outcome
from twincast.domain.pages import Page
from twincast.ports.outcomes import OutcomeColumns
from twincast.storage.columns import columns_of, digests_of
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.documents import INTERVENTIONS
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import interventions, outcomes

ASKED: Final = 5_000
"""Ids in one question."""

HERE: Final = outcomes.c.workspace_id == bindparam("workspace")
OF_TWIN: Final = outcomes.c.twin_id == bindparam("twin")
COLUMNS: Final[tuple[Any, ...]] = tuple(column for column in outcomes.c if column.name not in {"workspace_id", "at"})
SENT: Final = interventions.c.workspace_id == bindparam("workspace")
THESE: Final = interventions.c.digest.in_(bindparam("digests", expanding=True))

MANY: Final = select(*COLUMNS).where(HERE, outcomes.c.id.in_(bindparam("ids", expanding=True)))
PAGE: Final = (
    select(*COLUMNS).where(HERE).order_by(outcomes.c.received_at.desc(), outcomes.c.id.desc()).limit(bindparam("rows"))
)
NEXT_PAGE: Final = PAGE.where(
    tuple_(outcomes.c.received_at, outcomes.c.id) < tuple_(bindparam("received_at"), bindparam("id"))
)
HISTORY: Final = (
    select(*COLUMNS).where(HERE, OF_TWIN).order_by(outcomes.c.at.desc(), outcomes.c.id.desc()).limit(bindparam("rows"))
)
NEXT_HISTORY: Final = HISTORY.where(tuple_(outcomes.c.at, outcomes.c.id) < tuple_(bindparam("at"), bindparam("id")))
ALL: Final = Prepared(
    select(
        outcomes.c.twin_id,
        outcomes.c.intervention,
        outcomes.c.kind,
        outcomes.c.value,
        outcomes.c.amount,
        outcomes.c["items"],
        outcomes.c.sent_at,
        outcomes.c.occurred_at,
        outcomes.c.window_days,
        outcomes.c.observed_until,
        outcomes.c.assignment,
        outcomes.c.propensity,
        outcomes.c.by_machine,
        outcomes.c.received_at,
    )
    .where(HERE)
    .order_by(outcomes.c.twin_id, outcomes.c.at, outcomes.c.id)
)
COUNT: Final = select(func.count()).select_from(outcomes).where(HERE, outcomes.c.received_at > bindparam("after"))
ADD: Final = Prepared(insert(outcomes), tuple(outcomes.c.keys()))
ERASE: Final = delete(outcomes).where(HERE, OF_TWIN)

SENT_TO: Final = select(outcomes.c.intervention).where(HERE, OF_TWIN, outcomes.c.intervention.is_not(None)).distinct()
MESSAGES: Final = select(interventions.c.digest, interventions.c.document_version, interventions.c.document).where(
    SENT, THESE
)
EVERY_MESSAGE: Final = select(interventions.c.digest, interventions.c.document_version, interventions.c.document).where(
    SENT
)
THERE: Final = select(interventions.c.digest).where(SENT, THESE)
ADD_MESSAGE: Final = Prepared(insert(interventions), tuple(interventions.c.keys()))
FORGET: Final = delete(interventions).where(
    SENT,
    THESE,
    ~exists().where(HERE, outcomes.c.intervention == interventions.c.digest),
)

EVER: Final = 2**63 - 1


class SqlOutcomes:
    """The outcomes of one workspace, in a transaction (`ports.stores.OutcomeRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_many(self, outcome_ids: Sequence[OutcomeId]) -> list[Outcome | None]:
        found: dict[str, Outcome] = {}
        for chunk in chunks(outcome_ids):
            rows = self._session.read(MANY, {"workspace": self._session.workspace, "ids": chunk}).all()
            found.update((outcome.id, outcome) for outcome in self._outcomes(rows))
        return [found.get(outcome_id) for outcome_id in outcome_ids]

    def add(self, outcomes: Sequence[Outcome]) -> None:
        digests = digests_of(outcome.intervention for outcome in outcomes)
        self._add_messages({digests[id(it.intervention)]: it.intervention for it in outcomes if it.intervention})
        workspace = self._session.workspace
        self._session.add_all(ADD, (row_of(it, workspace, digests.get(id(it.intervention))) for it in outcomes))

    def newest(self, cursor: str | None, limit: int, twin_id: TwinId | None = None) -> Page[Outcome]:
        kind, moment = ("outcomes", "received_at") if twin_id is None else ("outcomes.twin", "at")
        asked: dict[str, Any] = {"workspace": self._session.workspace, "rows": limit + 1}
        if twin_id is not None:
            asked["twin"] = twin_id
        if cursor is not None:
            asked[moment], asked["id"] = place_of(cursor, kind, tuple[Whole, str])
        first, further = (PAGE, NEXT_PAGE) if twin_id is None else (HISTORY, NEXT_HISTORY)
        found = self._outcomes(self._session.read(first if cursor is None else further, asked).all())
        return page_of(found, limit, lambda it: it, lambda it: cursor_of(kind, micros_of(getattr(it, moment)), it.id))

    def columns(self) -> OutcomeColumns:
        stored = self._session.read(EVERY_MESSAGE, {"workspace": self._session.workspace}).all()
        messages = {digest: INTERVENTIONS.read(document, version) for digest, version, document in stored}
        rows = self._session.stream(ALL, {"workspace": self._session.workspace})
        return columns_of(rows, messages)

    def count(self, received_after: datetime | None = None) -> int:
        after = -EVER if received_after is None else micros_of(received_after)
        return int(self._session.read(COUNT, {"workspace": self._session.workspace, "after": after}).scalar_one())

    def erase(self, twin_id: TwinId) -> int:
        key: dict[str, Any] = {"workspace": self._session.workspace, "twin": twin_id}
        spoken_of = self._session.read(SENT_TO, key).scalars().all()
        gone = self._session.delete(ERASE, key)
        for chunk in chunks(spoken_of):
            self._session.delete(FORGET, {"workspace": self._session.workspace, "digests": chunk})
        return gone

    def _outcomes(self, rows: Sequence[Any]) -> list[Outcome]:
        """Return the outcomes in rows of `COLUMNS`."""
        messages: dict[str, Intervention] = {}
        for chunk in chunks([row.intervention for row in rows if row.intervention is not None]):
            stored = self._session.read(MESSAGES, {"workspace": self._session.workspace, "digests": chunk})
            messages |= {digest: INTERVENTIONS.read(document, version) for digest, version, document in stored}
        return [outcome_of(row, messages) for row in rows]

    def _add_messages(self, messages: dict[str, Intervention]) -> None:
        """Store the interventions that are not there yet."""
        workspace = self._session.workspace
        for chunk in chunks(list(messages)):
            there = set(self._session.read(THERE, {"workspace": workspace, "digests": chunk}).scalars())
            fresh = [digest for digest in chunk if digest not in there]
            self._session.add_all(ADD_MESSAGE, (message_row(messages[it], workspace, it) for it in fresh))


def chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    """Cut distinct ids, in the order of the index, into what one statement takes."""
    distinct = sorted(set(ids))
    for start in range(0, len(distinct), ASKED):
        yield distinct[start : start + ASKED]


def message_row(message: Intervention, workspace: str, digest: str) -> dict[str, Any]:
    """Return the row of an intervention."""
    return {
        "workspace_id": workspace,
        "digest": digest,
        "document_version": INTERVENTIONS.newest,
        "document": INTERVENTIONS.write(message),
    }


def row_of(outcome: Outcome, workspace: str, digest: str | None) -> dict[str, Any]:
    """Return the row of an outcome."""
    occurred, until = outcome.occurred_at, outcome.observed_until
    return {
        "workspace_id": workspace,
        "id": outcome.id,
        "twin_id": outcome.twin_id,
        "at": micros_of(outcome.at),
        "kind": KINDS.index(outcome.kind),
        "value": outcome.value,
        "amount": outcome.amount,
        "items": outcome.items,
        "intervention": digest,
        "sent_at": micros_of(outcome.sent_at),
        "occurred_at": None if occurred is None else micros_of(occurred),
        "window_days": outcome.window_days,
        "observed_until": None if until is None else micros_of(until),
        "assignment": outcome.assignment,
        "propensity": outcome.propensity,
        "by_machine": outcome.by_machine,
        "trial_id": outcome.trial_id,
        "received_at": micros_of(outcome.received_at),
    }


def outcome_of(row: Any, messages: dict[str, Intervention]) -> Outcome:
    """Return the outcome in a row of `COLUMNS`."""
    return Outcome(
        id=row.id,
        twin_id=row.twin_id,
        kind=KINDS[row.kind],
        value=row.value,
        amount=row.amount,
        items=row.items,
        intervention=None if row.intervention is None else messages[row.intervention],
        sent_at=moment_of(row.sent_at),
        occurred_at=None if row.occurred_at is None else moment_of(row.occurred_at),
        window_days=row.window_days,
        observed_until=None if row.observed_until is None else moment_of(row.observed_until),
        assignment=row.assignment,
        propensity=row.propensity,
        by_machine=row.by_machine,
        trial_id=row.trial_id,
        received_at=moment_of(row.received_at),
    )
