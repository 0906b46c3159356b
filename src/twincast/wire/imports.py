"""Bringing customers in bulk: the proposed mapping of columns, what an import would do, and what it did."""

from pydantic import Field, JsonValue

from twincast.domain.imports import ColumnMapping, ImportPreview, ImportReport
from twincast.wire.problems import ProblemField
from twincast.wire.shapes import Answer, Day, Name, Request


class BulkOptions(Request):
    """How an uploaded table is to be read."""

    mapping: dict[str, Name | None] | None = Field(None, description="Column to field; null leaves a column out.")
    as_of: Day | None = None
    on_error: Name = "refuse"
    format: Name | None = None


class ColumnChoice(Answer):
    """What becomes of one column."""

    column: str
    field: str | None = Field(description="Dotted path in the customer record; null: the column is left out.")
    confidence: float
    reason: str


class ColumnChoices(Answer):
    """What becomes of all columns; send `{column: field}` as `mapping` to set it otherwise."""

    source: str = Field(description="Whose export it looks like: klaviyo, braze, shopify, records or generic.")
    columns: list[ColumnChoice]

    @classmethod
    def of(cls, mapping: ColumnMapping) -> "ColumnChoices":
        """Render a mapping."""
        columns = [
            ColumnChoice(column=it.column, field=it.field, confidence=it.confidence, reason=it.reason)
            for it in mapping.matches
        ]
        return cls(source=mapping.source, columns=columns)


class BulkPreview(Answer):
    """What an import would do; nothing was stored."""

    format: str
    mapping: ColumnChoices
    rows: int
    valid: int
    new: int
    changed: int
    unchanged: int
    first: list[dict[str, JsonValue]] = Field(description="The first valid rows as customer records.")
    problems: list[ProblemField]
    problem_count: int

    @classmethod
    def of(cls, found: ImportPreview) -> "BulkPreview":
        """Render a preview."""
        return cls.model_validate(
            {
                "format": found.format,
                "mapping": ColumnChoices.of(found.mapping),
                "rows": found.rows,
                "valid": found.valid,
                "new": found.new,
                "changed": found.changed,
                "unchanged": found.unchanged,
                "first": [dict(it) for it in found.first],
                "problems": [ProblemField.of(it) for it in found.problems],
                "problem_count": found.problem_count,
            }
        )


class BulkReport(Answer):
    """What an import did, in one transaction."""

    format: str
    mapping: ColumnChoices
    rows: int
    created: int
    changed: int
    unchanged: int
    skipped: int
    problems: list[ProblemField]
    problem_count: int

    @classmethod
    def of(cls, done: ImportReport) -> "BulkReport":
        """Render a report."""
        return cls(
            format=done.format,
            mapping=ColumnChoices.of(done.mapping),
            rows=done.rows,
            created=done.created,
            changed=done.changed,
            unchanged=done.unchanged,
            skipped=done.skipped,
            problems=[ProblemField.of(it) for it in done.problems],
            problem_count=done.problem_count,
        )
