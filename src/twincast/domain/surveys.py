"""Surveys of people and of their twins: what was asked, what was said, and what the others would have said."""

from dataclasses import dataclass
from typing import Final

MAX_QUESTIONS: Final = 300
MAX_CELLS: Final = 300_000
"""People times questions, at most."""
MAX_TWINS: Final = 50
"""Twins of one person, at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SurveyQuestion:
    """A question on a scale.

    Attributes:
        id: as callers name it; low, high: ends of the scale.
        battery: what it belongs to with its siblings; None where it stands alone.
    """

    id: str
    low: float = 0.0
    high: float = 1.0
    battery: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SurveyRow:
    """One person and one question: what their twins say, and what they said themselves, if they were asked."""

    person: str
    question: str
    twins: tuple[float, ...]
    answer: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """Questions, and rows of people and questions: at most one for a pair."""

    questions: tuple[SurveyQuestion, ...]
    rows: tuple[SurveyRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibratedAnswer:
    """What a person would say to a question, on its scale; or said.

    Attributes:
        value: the mean answer: right for means and shares over people; likeliest: the median, least far from the truth.
        low, high: hold a single answer with probability `level`.
        basis: `answered` (it is their own answer), `answers` (people's answers to this question), `other_questions`
            (people's answers to other questions), `twin` (nobody's: the twin's own word).
        knowledge: what was used of this person: `twin`, `other_answers` (to other batteries), `siblings` (too).
        labelled: people whose answers to this question were used.
        validated_on: `survey` where such answers were laid beside real ones that had been held back; else `nothing`.
    """

    person: str
    question: str
    value: float
    likeliest: float
    low: float
    high: float
    level: float
    basis: str
    knowledge: str
    labelled: int
    validated_on: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerCheck:
    """How right answers were that were held back, by what was known of the people, the scale as 1.

    Attributes:
        knowledge: as in `CalibratedAnswer`; labelled: people whose answers each question was given.
        questions, answers: how many were judged.
        correlation, error: of `value` across people, and mean absolute error of `likeliest`: means over questions.
        twin_correlation, twin_error: the same of the twins' own word.
    """

    knowledge: str
    labelled: int
    questions: int
    answers: int
    correlation: float
    error: float
    twin_correlation: float
    twin_error: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibratedSurvey:
    """Calibrated answers in the order of the rows, and what they were validated on."""

    answers: tuple[CalibratedAnswer, ...]
    checks: tuple[AnswerCheck, ...]
    questions: tuple[SurveyQuestion, ...]
    people: int
    level: float
