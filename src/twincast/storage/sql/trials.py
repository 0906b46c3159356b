"""Trials in the database: JSON documents found by id, paged by time."""

from collections.abc import Sequence

from twincast.domain.ids import TrialId
from twincast.domain.trials import Trial
from twincast.storage.sql.document_rows import DocumentRows, DocumentStatements
from twincast.storage.sql.documents import TRIALS
from twincast.storage.sql.tables import trials


class SqlTrials(DocumentRows[Trial]):
    """The trials of one workspace, in a transaction (`ports.stores.TrialRepository`)."""

    __slots__ = ()
    statements = DocumentStatements(trials)
    format = TRIALS

    def get(self, trial_id: TrialId) -> Trial | None:
        return self.find(trial_id)

    def get_many(self, trial_ids: Sequence[TrialId]) -> dict[TrialId, Trial]:
        return self.find_many(trial_ids)

    def add(self, trial: Trial) -> None:
        self.store(trial)
