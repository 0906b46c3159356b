"""Comparisons in the database: JSON documents found by id, paged by time."""

from collections.abc import Sequence

from twincast.domain.comparisons import Comparison
from twincast.domain.ids import ComparisonId
from twincast.storage.sql.document_rows import DocumentRows, DocumentStatements
from twincast.storage.sql.documents import COMPARISONS
from twincast.storage.sql.tables import comparisons


class SqlComparisons(DocumentRows[Comparison]):
    """The comparisons of one workspace, in a transaction (`ports.stores.ComparisonRepository`)."""

    __slots__ = ()
    statements = DocumentStatements(comparisons)
    format = COMPARISONS

    def get(self, comparison_id: ComparisonId) -> Comparison | None:
        return self.find(comparison_id)

    def get_many(self, comparison_ids: Sequence[ComparisonId]) -> dict[ComparisonId, Comparison]:
        return self.find_many(comparison_ids)

    def add(self, comparison: Comparison) -> None:
        self.store(comparison)
