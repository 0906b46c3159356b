"""Outcomes and model versions in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from twincast.domain.errors import UnknownModel
from twincast.domain.ids import OutcomeId, TwinId
from twincast.domain.models import PRIOR_VERSION, ModelVersion
from twincast.domain.outcomes import KINDS, Outcome
from twincast.domain.pages import Page
from twincast.ports.outcomes import OutcomeColumns
from twincast.storage.columns import columns_of, digests_of
from twincast.storage.conflicts import STORED_ALREADY, no_model
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.memory.shelves import Place
from twincast.storage.memory.unit import KeptModel, Session, by_receipt, in_history

ROWS: Final = 50_000
"""Outcomes that are turned into arrays at a time."""


class MemoryOutcomes:
    """The outcomes of one workspace (`ports.stores.OutcomeRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_many(self, outcome_ids: Sequence[OutcomeId]) -> list[Outcome | None]:
        get = self._session.read("outcomes").get
        return [get(outcome_id) for outcome_id in outcome_ids]

    def add(self, outcomes: Sequence[Outcome]) -> None:
        draft = self._session.write("outcomes")
        for outcome in outcomes:
            if draft.get(outcome.id) is not None:
                raise self._session.conflict(STORED_ALREADY)
            draft.put(outcome.id, outcome)

    def newest(self, cursor: str | None, limit: int, twin_id: TwinId | None = None) -> Page[Outcome]:
        kind = "outcomes" if twin_id is None else "outcomes.twin"
        place: Place | None = None if cursor is None else place_of(cursor, kind, tuple[Whole, str])
        draft = self._session.read("outcomes")
        if twin_id is None:
            rows = draft.before(place, limit + 1)
            return page_of(rows, limit, lambda row: row, lambda row: cursor_of(kind, *by_receipt(row)))
        rows = draft.before(place, limit + 1, order=1, within=(twin_id,))
        return page_of(rows, limit, lambda row: row, lambda row: cursor_of(kind, *in_history(row)[1:]))

    def columns(self) -> OutcomeColumns:
        rows: list[Outcome] = sorted((row for _, row in self._session.read("outcomes").items()), key=in_history)
        digests = digests_of(row.intervention for row in rows)
        messages = {digests[id(row.intervention)]: row.intervention for row in rows if row.intervention is not None}
        chunks = (rows[start : start + ROWS] for start in range(0, len(rows), ROWS))
        return columns_of(([cells_of(row, digests) for row in chunk] for chunk in chunks), messages)

    def count(self, received_after: datetime | None = None) -> int:
        draft = self._session.read("outcomes")
        if received_after is None:
            return draft.count()
        after = micros_of(received_after)
        return sum(micros_of(row.received_at) > after for _, row in draft.items())

    def erase(self, twin_id: TwinId) -> int:
        draft = self._session.write("outcomes")
        gone = draft.before(None, draft.count(), order=1, within=(twin_id,))
        for outcome in gone:
            draft.remove(outcome.id)
        return len(gone)


def cells_of(outcome: Outcome, digests: Mapping[int, str]) -> tuple[Any, ...]:
    """Return an outcome as a row of `storage.columns.NAMES`."""
    occurred, until = outcome.occurred_at, outcome.observed_until
    return (
        outcome.twin_id,
        digests.get(id(outcome.intervention)),
        KINDS.index(outcome.kind),
        outcome.value,
        outcome.amount,
        outcome.items,
        micros_of(outcome.sent_at),
        None if occurred is None else micros_of(occurred),
        outcome.window_days,
        None if until is None else micros_of(until),
        outcome.assignment,
        outcome.propensity,
        outcome.by_machine,
        micros_of(outcome.received_at),
    )


class MemoryModels:
    """The model versions of one workspace (`ports.stores.ModelRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def current_digest(self) -> str | None:
        model = self.current()
        return None if model is None else model.digest

    def current(self) -> ModelVersion | None:
        kept = self._current()
        return None if kept is None else kept.model

    def all(self) -> list[ModelVersion]:
        return [kept.model for kept in self._kept()]

    def blob(self, digest: str) -> bytes:
        kept = next((kept for kept in self._kept() if kept.model.digest == digest), None)
        if kept is None:
            raise UnknownModel(no_model(digest))
        return kept.blob

    def add(self, model: ModelVersion, blob: bytes) -> None:
        draft = self._session.write("models")
        if draft.get(model.version) is not None:
            raise self._session.conflict(STORED_ALREADY)
        self._retire()
        draft.put(model.version, KeptModel(model=model, blob=blob, is_current=True))

    def select(self, version: int) -> None:
        draft = self._session.write("models")
        kept = draft.get(version)
        if kept is None and version != PRIOR_VERSION:
            raise UnknownModel(no_model(version))
        self._retire()
        if kept is not None:
            draft.put(version, replace(kept, is_current=True))

    def _kept(self) -> list[KeptModel]:
        draft = self._session.read("models")
        return draft.after(None, draft.count())

    def _current(self) -> KeptModel | None:
        return next((kept for kept in self._kept() if kept.is_current), None)

    def _retire(self) -> None:
        kept = self._current()
        if kept is not None:
            self._session.write("models").put(kept.model.version, replace(kept, is_current=False))
