"""Tables of surveys: a row for each person and question, with what twins say and what people said."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.surveys import CalibratedSurvey, Survey, SurveyQuestion, SurveyRow
from twincast.files.cells import ABSENT, read_cells
from twincast.files.tables import Table

COLUMNS: Final = ("person", "question", "twin", "answer", "battery", "low", "high")
NEEDED: Final = ("person", "question", "twin")
TWIN: Final = "twin"
MOST_PROBLEMS: Final = 100


def survey_of(table: Table) -> Survey:
    """Read a table: `person`, `question`, `twin` (and any column that begins so: further twins), and as far as there
    are such `answer`, `battery`, `low` and `high`. Without ends a scale goes from 0 to 1.

    Raises:
        InvalidInput: with each problem by row: a column is missing or not known, a cell is no number, or a question has
            two scales.
    """
    twins = [name for name in table.columns if name.startswith(TWIN)]
    _check(table, twins)
    problems: list[FieldProblem] = list(table.problems)

    def read(kind: str, name: str) -> Sequence[Any]:
        if name not in table.columns:
            return [None] * len(table.rows)
        cells, wrong = read_cells(kind, table.columns[name])
        problems.extend(FieldProblem(field=name, message=text, row=table.rows[at]) for at, text in wrong)
        return [None if cell is ABSENT or cell != cell or cell == "" else cell for cell in cells]  # NaN is not itself

    person, question, battery = (read("text", name) for name in ("person", "question", "battery"))
    answer, low, high, *said = (read("number", name) for name in ("answer", "low", "high", *twins))
    for name, cells in (("person", person), ("question", question)):
        empty = (at for at, cell in enumerate(cells) if cell is None)
        problems.extend(FieldProblem(field=name, message="is missing", row=table.rows[at]) for at in empty)
    if problems:
        raise InvalidInput.of(problems[:MOST_PROBLEMS])
    return Survey(
        questions=_questions(zip(question, low, high, battery, strict=True), table.rows),
        rows=tuple(
            SurveyRow(
                person=person[at],
                question=question[at],
                twins=tuple(float(each[at]) for each in said if each[at] is not None),
                answer=None if answer[at] is None else float(answer[at]),
            )
            for at in range(len(table.rows))
        ),
    )


def _check(table: Table, twins: Sequence[str]) -> None:
    missing = [name for name in NEEDED if name not in table.columns and not (name == TWIN and twins)]
    strange = [name for name in table.columns if name not in COLUMNS and name not in twins]
    problems = [
        *(FieldProblem(field=name, message="the table has no such column", allowed="it is needed") for name in missing),
        *(
            FieldProblem(field=name[:80], message="is no column of a survey", allowed=f"{', '.join(COLUMNS)}, twin_...")
            for name in strange
        ),
    ]
    if problems:
        raise InvalidInput.of(problems)


def _questions(cells: Iterable[tuple[Any, Any, Any, Any]], rows: Sequence[int]) -> tuple[SurveyQuestion, ...]:
    """Return the questions in the order in which they come; a row may leave out what another one says."""
    found: dict[str, dict[str, Any]] = {}
    problems = []
    for at, (name, *said) in enumerate(cells):
        own = found.setdefault(name, {})
        for part, value in zip(("low", "high", "battery"), said, strict=True):
            if value is not None and own.setdefault(part, value) != value:
                message = f"'{name[:80]}' has another one in a row above"
                problems.append(FieldProblem(field=part, message=message, allowed="one a question", row=rows[at]))
    if problems:
        raise InvalidInput.of(problems[:MOST_PROBLEMS])
    return tuple(
        SurveyQuestion(
            id=name,
            low=float(own.get("low", 0.0)),
            high=float(own.get("high", 1.0)),
            battery=own.get("battery"),
        )
        for name, own in found.items()
    )


def rows_of(survey: CalibratedSurvey) -> list[Mapping[str, object]]:
    """Return calibrated answers as rows of a table."""
    return [{name: getattr(it, name) for name in it.__slots__} for it in survey.answers]
