"""What became of a batch from file to file."""

from datetime import date

from pydantic import Field

from twincast.domain.fields import BY_NAME
from twincast.domain.filebatches import FileReport
from twincast.wire.imports import ColumnChoices
from twincast.wire.problems import ProblemField
from twincast.wire.remarks import Remark, remarks
from twincast.wire.shapes import Answer


class FileField(Answer):
    """One asked field of the file: its columns are named after `name`."""

    name: str
    field: str = Field(description="Its name in the catalogue, `GET /fields`.")
    unit: str
    meaning: str
    basis: str = Field(description="prior; fitted: to this company's outcomes; mixed: its variants rest on either.")


class FileBatchReport(Answer):
    """What was written, how it was predicted, and which rows were left out."""

    rows: int
    customers: int
    cells: int = Field(description="Rows written: customers x variants.")
    refused: int = Field(description="Customers who opted out of profiling: they have rows without numbers.")
    bad: int = Field(description="Rows that could not be read and were left out.")
    parts: int
    kept: int = Field(description="Parts that an earlier run, which did not end, had finished.")
    mapping: ColumnChoices
    variants: list[str]
    fields: list[FileField]
    as_of: date
    horizon_days: int
    level: float
    model: str
    prior: str
    problems: list[ProblemField]
    problem_count: int
    warnings: list[Remark]

    @classmethod
    def of(cls, report: FileReport) -> "FileBatchReport":
        """Render a report."""
        fields = [
            FileField(
                name=asked,
                field=field,
                unit=BY_NAME[field].unit,
                meaning=BY_NAME[field].meaning,
                basis=report.bases[asked],
            )
            for asked, field in report.fields.items()
        ]
        return cls.model_validate(
            {
                "rows": report.rows,
                "customers": report.customers,
                "cells": report.cells,
                "refused": report.refused,
                "bad": report.bad,
                "parts": report.parts,
                "kept": report.kept,
                "mapping": ColumnChoices.of(report.mapping),
                "variants": list(report.variants),
                "fields": fields,
                "as_of": report.as_of,
                "horizon_days": report.horizon_days,
                "level": report.level,
                "model": report.model,
                "prior": report.prior,
                "problems": [ProblemField.of(it) for it in report.problems],
                "problem_count": report.problem_count,
                "warnings": remarks(report.warnings),
            }
        )
