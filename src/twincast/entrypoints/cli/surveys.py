"""`twincast answers`: what twins say on scales, calibrated by what some people said."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.entrypoints.cli.options import common, print_json

if TYPE_CHECKING:
    from twincast.domain.surveys import CalibratedSurvey

SHOWN: Final = 20


@click.group("answers")
def command() -> None:
    """Calibrate what twins say on scales by what some people said."""


@command.command("calibrate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--level", type=float, default=0.8, show_default=True, help="Of the intervals of single answers.")
@click.option("--to", "to", type=click.Path(path_type=Path), help="Write all calibrated answers as CSV there.")
@common
def calibrate(file: Path, level: float, to: Path | None, database: str | None, as_json: bool) -> None:
    """Say what people would answer, from what their twins say and what some of them said.

    FILE (CSV, JSON lines, Parquet) holds a row for each person and question: person, question, twin (twin_2 ... for
    further twins), answer where they were asked, and battery, low, high of the question. Nothing is stored.
    """
    from twincast.files.csv_out import write_csv
    from twincast.files.surveys import rows_of, survey_of
    from twincast.files.tables import read_table
    from twincast.usecases import surveys
    from twincast.wire.surveys import CalibratedSurveyOut

    found = surveys.calibrate(survey_of(read_table(file)), level)
    if to is not None:
        rows = rows_of(found)
        try:
            to.write_bytes(write_csv(rows, list(rows[0])))
        except OSError as error:
            words = f"'{to}' can not be written: {error.strerror or error}"
            raise InvalidInput.of([FieldProblem(field="to", message=words)]) from None
    if as_json:
        print_json(json.loads(CalibratedSurveyOut.of(found).rendered()))
    else:
        _show(found)


def _show(found: "CalibratedSurvey") -> None:
    from twincast.entrypoints.cli.pages import say, table

    asked = sum(it.basis == "answered" for it in found.answers)
    said = len(found.answers) - asked
    say(f"{found.people:,} people, {len(found.questions):,} questions: {asked:,} answers known, {said:,} calibrated.")
    say(f"From and to hold a single answer in {found.level:.0%} of cases.\n")
    new = [it for it in found.answers if it.basis != "answered"][:SHOWN]
    numbers = ("value", "likeliest", "from", "to", "asked")
    rows = [
        [it.person, it.question, *(f"{x:.2f}" for x in (it.value, it.likeliest, it.low, it.high)), f"{it.labelled}",
         it.basis.replace("_", " "), it.knowledge.replace("_", " ")]
        for it in new
    ]  # fmt: skip
    table(["person", "question", *numbers, "basis", "knows"], rows, right=numbers)
    if said > len(new):
        say(f"... and {said - len(new):,} more: --to FILE writes them all.")
    if not found.checks:
        say("\nToo few answers are known to check any of it: three questions with 20 answers each are needed.")
        return
    checked = ("asked", "questions", "r", "twin's r", "error", "twin's error")
    lines = [
        [it.knowledge.replace("_", " "), f"{it.labelled}", f"{it.questions}",
         *(f"{x:.3f}" for x in (it.correlation, it.twin_correlation, it.error, it.twin_error))]
        for it in found.checks
    ]  # fmt: skip
    table(["knows", *checked], lines, right=checked, title="\nHeld back and foretold (the scale as 1):")
