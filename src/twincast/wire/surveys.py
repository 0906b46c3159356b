"""Surveys of people and of their twins: a table of answers in, calibrated answers out."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from twincast.domain.surveys import (
    MAX_QUESTIONS,
    MAX_TWINS,
    AnswerCheck,
    CalibratedAnswer,
    CalibratedSurvey,
    Survey,
    SurveyQuestion,
    SurveyRow,
)
from twincast.wire.shapes import Answer, Number, Request

MAX_ROWS = 20_000

Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SurveyQuestionIn(Request):
    """A question on a scale."""

    id: Id
    low: Number = Field(0.0, description="Lower end of the scale.")
    high: Number = Field(1.0, description="Upper end of the scale.")
    battery: Id | None = Field(None, description="What it belongs to with its siblings. Default: it stands alone.")

    def to_domain(self) -> SurveyQuestion:
        """Return the question as a value."""
        return SurveyQuestion(id=self.id, low=self.low, high=self.high, battery=self.battery)


class SurveyAnswerIn(Request):
    """One person and one question: what their twins say, and their own answer if they were asked."""

    person: Id
    question: Id
    twin: Number | Annotated[list[Number], Field(max_length=MAX_TWINS)] | None = Field(
        None, description="What the twin says, or each of several twins of this person."
    )
    answer: Number | None = Field(None, description="What the person said; null if they were not asked.")

    def to_domain(self) -> SurveyRow:
        """Return the row as a value."""
        said = self.twin if isinstance(self.twin, list) else [] if self.twin is None else [self.twin]
        return SurveyRow(person=self.person, question=self.question, twins=tuple(said), answer=self.answer)


class AnswerCalibrationRequest(Request):
    """What twins say to questions, and what some of the people said."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "questions": [{"id": "would_buy", "low": 1, "high": 5, "battery": "launch"}],
                    "answers": [
                        {"person": "cust_1", "question": "would_buy", "twin": [4, 5], "answer": 3},
                        {"person": "cust_2", "question": "would_buy", "twin": 5},
                    ],
                    "level": 0.8,
                }
            ]
        },
    )

    questions: Annotated[list[SurveyQuestionIn], Field(min_length=1, max_length=MAX_QUESTIONS)]
    answers: Annotated[list[SurveyAnswerIn], Field(min_length=1, max_length=MAX_ROWS)]
    level: Number | None = Field(None, description="Of the intervals, .5 to .99. Default: .8.")

    def to_domain(self) -> Survey:
        """Return the survey as a value."""
        return Survey(
            questions=tuple(it.to_domain() for it in self.questions), rows=tuple(it.to_domain() for it in self.answers)
        )


class CalibratedAnswerOut(Answer):
    """What a person would say to a question, on its scale; or said."""

    person: str
    question: str
    value: float = Field(description="The mean answer: right for means over people.")
    likeliest: float = Field(description="The median: least far from the truth for one person.")
    low: float = Field(description="From here to `high` a single answer lies with probability `level`.")
    high: float
    level: float
    basis: str = Field(description="answered, answers, other_questions, or twin (its own word, not calibrated).")
    knowledge: str = Field(description="What was used of this person: twin, other_answers, siblings.")
    labelled: int = Field(description="People whose answers to this question were used.")
    validated_on: str = Field(description="survey where held-back answers were foretold this way; else nothing.")

    @classmethod
    def of(cls, found: CalibratedAnswer) -> "CalibratedAnswerOut":
        """Render an answer."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class AnswerCheckOut(Answer):
    """How right answers to questions were that were held back, the scale as 1: means over questions."""

    knowledge: str
    labelled: int = Field(description="People whose answers each question was given, at most.")
    questions: int
    answers: int
    correlation: float = Field(description="Of `value` with the answers, across people.")
    error: float = Field(description="Mean absolute error of `likeliest`.")
    twin_correlation: float = Field(description="The twins' own.")
    twin_error: float

    @classmethod
    def of(cls, found: AnswerCheck) -> "AnswerCheckOut":
        """Render a check."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class CalibratedSurveyOut(Answer):
    """Calibrated answers in the order of the rows, and what they were validated on."""

    items: list[CalibratedAnswerOut]
    checks: list[AnswerCheckOut]
    people: int
    questions: int
    level: float

    @classmethod
    def of(cls, found: CalibratedSurvey) -> "CalibratedSurveyOut":
        """Render a survey."""
        return cls(
            items=[CalibratedAnswerOut.of(it) for it in found.answers],
            checks=[AnswerCheckOut.of(it) for it in found.checks],
            people=found.people,
            questions=len(found.questions),
            level=found.level,
        )
