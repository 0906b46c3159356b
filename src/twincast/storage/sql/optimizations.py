"""Optimisations in the database: JSON documents found by id, paged by time."""

from twincast.domain.ids import OptimizationId
from twincast.domain.optimizations import Optimization
from twincast.storage.sql.document_rows import DocumentRows, DocumentStatements
from twincast.storage.sql.documents import OPTIMIZATIONS
from twincast.storage.sql.tables import optimizations


class SqlOptimizations(DocumentRows[Optimization]):
    """The optimisations of one workspace, in a transaction (`ports.stores.OptimizationRepository`)."""

    __slots__ = ()
    statements = DocumentStatements(optimizations)
    format = OPTIMIZATIONS

    def get(self, optimization_id: OptimizationId) -> Optimization | None:
        return self.find(optimization_id)

    def add(self, optimization: Optimization) -> None:
        self.store(optimization)
