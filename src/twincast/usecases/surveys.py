"""Calibrating what twins say by what some people said: a table in, a table out, and nothing is stored."""

from collections.abc import Iterator
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem, InvalidInput, TooLarge
from twincast.domain.fields import MAX_LEVEL, MIN_LEVEL
from twincast.domain.surveys import (
    MAX_CELLS,
    MAX_QUESTIONS,
    MAX_TWINS,
    AnswerCheck,
    CalibratedAnswer,
    CalibratedSurvey,
    Survey,
    SurveyQuestion,
)
from twincast.response.answers.calibrate import LEVEL, Basis, CalibratedAnswers, calibrate_answers
from twincast.response.answers.checks import size_below
from twincast.response.answers.signals import Knowledge

Array = NDArray[np.float64]
MOST_PROBLEMS: Final = 100
BASES: Final = {
    Basis.ANSWERED: "answered",
    Basis.TWIN: "twin",
    Basis.OTHER_QUESTIONS: "other_questions",
    Basis.ANSWERS: "answers",
}
KNOWN: Final = {Knowledge.TWIN: "twin", Knowledge.OTHERS: "other_answers", Knowledge.SIBLINGS: "siblings"}


def calibrate(survey: Survey, level: float = LEVEL) -> CalibratedSurvey:
    """Say what people would answer, from their twins' answers and those of the people who were asked.

    Args:
        survey: people's and twins' answers.
        level: probability with which an interval holds a single answer.

    Raises:
        InvalidInput: with each problem by row: a question that is not described, an answer off its scale, a pair of
            person and question that stands twice.
        TooLarge: more people, questions or twins than `domain.surveys` allows.
    """
    problems = [*_settings(survey, level), *_rows(survey)]
    if problems:
        raise InvalidInput.of(problems[:MOST_PROBLEMS])
    people = {name: at for at, name in enumerate(dict.fromkeys(row.person for row in survey.rows))}
    places = {question.id: at for at, question in enumerate(survey.questions)}
    if len(people) * len(places) > MAX_CELLS:
        raise TooLarge(
            f"{len(people):,} people times {len(places):,} questions are more than the {MAX_CELLS:,} that are "
            "calibrated at once: divide the people"
        )
    at = np.array([(people[row.person], places[row.question]) for row in survey.rows], dtype=np.intp)
    twin, real = _arrays(survey, at, (len(people), len(places)))
    found = calibrate_answers(twin, real, battery=_batteries(survey.questions), level=level)
    return CalibratedSurvey(
        answers=tuple(_answers(survey, at, found)),
        checks=tuple(_checks(found)),
        questions=survey.questions,
        people=len(people),
        level=level,
    )


def _settings(survey: Survey, level: float) -> Iterator[FieldProblem]:
    if not (isfinite(level) and MIN_LEVEL <= level <= MAX_LEVEL):
        yield FieldProblem(field="level", message=f"{level:g} is no level", allowed=f"{MIN_LEVEL:g} to {MAX_LEVEL:g}")
    if not survey.rows:
        yield FieldProblem(field="answers", message="there are none", allowed="a row for each person and question")
    if len(survey.questions) > MAX_QUESTIONS:
        message = f"there are {len(survey.questions):,}"
        yield FieldProblem(field="questions", message=message, allowed=f"at most {MAX_QUESTIONS}")
    seen: set[str] = set()
    for number, question in enumerate(survey.questions):
        field = f"questions[{number}]"
        if question.id in seen:
            yield FieldProblem(field=f"{field}.id", message=f"'{question.id[:80]}' stands twice", allowed="once")
        seen.add(question.id)
        if not (isfinite(question.low) and isfinite(question.high) and question.low < question.high):
            message = f"a scale from {question.low:g} to {question.high:g} has no length"
            yield FieldProblem(field=f"{field}.high", message=message, allowed="above low")


def _rows(survey: Survey) -> Iterator[FieldProblem]:
    scales = {question.id: question for question in survey.questions}
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(survey.rows):
        question = scales.get(row.question)
        if question is None:
            yield _wrong(number, "question", f"'{row.question[:80]}' is not among the questions", "")
            continue
        if (row.person, row.question) in seen:
            yield _wrong(number, "person", f"'{row.question[:80]}' was asked of this person before", "one row a pair")
        seen.add((row.person, row.question))
        scale = f"{question.low:g} to {question.high:g}"
        if len(row.twins) > MAX_TWINS:
            yield _wrong(number, "twin", f"there are {len(row.twins):,} twins", f"at most {MAX_TWINS}")
        for name, value in (*(("twin", it) for it in row.twins), ("answer", row.answer)):
            if value is not None and not question.low <= value <= question.high:
                yield _wrong(number, name, f"{value:g} lies off the scale of '{row.question[:80]}'", scale)


def _wrong(number: int, name: str, message: str, allowed: str) -> FieldProblem:
    return FieldProblem(field=f"answers[{number}].{name}", message=message, allowed=allowed, row=number)


def _arrays(survey: Survey, at: NDArray[np.intp], shape: tuple[int, int]) -> tuple[Array, Array]:
    """Return what twins say, each row's averaged, and what people said, (people, questions), on 0 to 1."""
    low = np.array([question.low for question in survey.questions])
    high = np.array([question.high for question in survey.questions])
    wide = max((len(row.twins) for row in survey.rows), default=0)
    twin, real = np.full((*shape, max(wide, 1)), np.nan), np.full(shape, np.nan)
    for (person, place), row in zip(at.tolist(), survey.rows, strict=True):
        twin[person, place, : len(row.twins)] = row.twins
        if row.answer is not None:
            real[person, place] = row.answer
    return (
        np.clip((twin - low[:, None]) / (high - low)[:, None], 0.0, 1.0),
        np.clip((real - low) / (high - low), 0.0, 1.0),
    )


def _batteries(questions: tuple[SurveyQuestion, ...]) -> NDArray[np.intp]:
    """Return a code for each question's battery; one that stands alone has its own."""
    codes: dict[tuple[str, str], int] = {}
    keys = [("alone", it.id) if it.battery is None else ("battery", it.battery) for it in questions]
    return np.array([codes.setdefault(key, len(codes)) for key in keys], dtype=np.intp)


def _answers(survey: Survey, at: NDArray[np.intp], found: CalibratedAnswers) -> Iterator[CalibratedAnswer]:
    for (person, place), row in zip(at.tolist(), survey.rows, strict=True):
        question = survey.questions[place]
        length = question.high - question.low
        basis, knowledge = Basis(found.basis[person, place]), Knowledge(found.knowledge[person, place])
        ends = (found.expected, found.likeliest, found.low, found.high)
        value, likeliest, low, high = (
            float(row.answer) if row.answer is not None else question.low + length * float(it[person, place])
            for it in ends
        )
        labelled = int(found.labelled[place])
        checked = found.checks.get((size_below(labelled), knowledge)) is not None
        yield CalibratedAnswer(
            person=row.person,
            question=row.question,
            value=value,
            likeliest=likeliest,
            low=low,
            high=high,
            level=found.level,
            basis=BASES[basis],
            knowledge=KNOWN[knowledge],
            labelled=labelled,
            validated_on="survey" if checked and basis is not Basis.ANSWERED else "nothing",
        )


def _checks(found: CalibratedAnswers) -> Iterator[AnswerCheck]:
    for (labelled, knowledge), check in sorted(found.checks.items()):
        if check is not None:
            yield AnswerCheck(
                knowledge=KNOWN[knowledge],
                labelled=labelled,
                questions=check.questions,
                answers=check.answers,
                correlation=check.correlation,
                error=check.error,
                twin_correlation=check.twin_correlation,
                twin_error=check.twin_error,
            )
