"""`calibrate_answers`: what people would say, from what their twins say and a few answers of real people."""

from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Final

import numpy as np

from twincast.response.answers.checks import Check, check, likeliest_of, size_below
from twincast.response.answers.evidence import evidence_of
from twincast.response.answers.priors import AnswerPrior, learn_prior
from twincast.response.answers.signals import ORIENTED, Knowledge, Signals
from twincast.response.answers.tables import AnswerTable, Array, Index, Mask, table_of
from twincast.response.answers.teachers import REFERENCE, Teachers, teachers_of, twins_mean
from twincast.response.answers.updates import Learned, update
from twincast.stats.intervals import two_sided

LEVEL: Final = 0.8
FEWEST_TEACHERS: Final = 3
"""Questions of other batteries that teach, below which a question's own battery does too."""


class Basis(IntEnum):
    """What an answer rests on."""

    ANSWERED = 0
    TWIN = 1
    OTHER_QUESTIONS = 2
    ANSWERS = 3


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CalibratedAnswers:
    """What n people would say to Q questions, on 0 to 1; NaN where a question was not wanted.

    Attributes:
        expected: (n, Q) mean of the answer; likeliest: (n, Q) its median; low, high: (n, Q) hold a single answer with
            probability `level`. What a person did say stands as it is.
        knowledge: (n, Q) as `Knowledge`; basis: (n, Q) as `Basis`; labelled: (Q,) answers of real people used.
        checks: (number of labelled people tried, knowledge) -> how right such answers were to other questions.
    """

    expected: Array
    likeliest: Array
    low: Array
    high: Array
    level: float
    knowledge: Index
    basis: Index
    labelled: Index
    checks: dict[tuple[int, Knowledge], Check | None]


def calibrate_answers(
    twin: Array,
    real: Array,
    known: Mask | None = None,
    *,
    battery: Index | None = None,
    wanted: Mask | None = None,
    level: float = LEVEL,
) -> CalibratedAnswers:
    """Say what people would answer: a linear calibration of their twins whose prior is learned from other questions.

    An answer is never made from itself. What is said of somebody rests on the twin; where some of their answers to
    other batteries are known on these too, and where they answered siblings of the question, on the siblings. Where
    nobody answered anything, the twin's own word stands.

    Args:
        twin: (n, Q) or (n, Q, V) what V twins of each person say, 0 to 1, NaN where nothing.
        real: (n, Q) what people said, 0 to 1, NaN where unknown.
        known: (n, Q) which of these may be used; None for all.
        battery: (Q,) code of the battery of each question; None where every question stands alone.
        wanted: (Q,) questions to answer; None for all.
        level: probability with which an interval holds a single answer.

    Raises:
        ValueError: shapes that do not fit together, an answer outside 0 to 1, or a level outside 0 to 1.
    """
    if not 0.0 < level < 1.0:
        raise ValueError("level must lie between 0 and 1")
    table = table_of(twin, real, known, battery)
    study = _Study(table)
    found = _blank(table, level)
    asked = np.ones(len(table.battery), dtype=np.bool_) if wanted is None else np.asarray(wanted, dtype=np.bool_)
    for question in np.flatnonzero(asked).tolist():
        _answer(study, question, found)
    found.checks.update(study.checks)
    return found


def _blank(table: AnswerTable, level: float) -> CalibratedAnswers:
    expected, likeliest, low, high = (table.real.copy() for _ in range(4))
    shape = table.real.shape
    return CalibratedAnswers(
        expected=expected,
        likeliest=likeliest,
        low=low,
        high=high,
        level=level,
        knowledge=np.full(shape, Knowledge.TWIN, dtype=np.intp),
        basis=np.full(shape, Basis.ANSWERED, dtype=np.intp),
        labelled=table.labelled.sum(axis=0),
        checks={},
    )


def _answer(study: "_Study", question: int, found: CalibratedAnswers) -> None:
    known = study.signals.known(question)
    open_ = ~study.table.labelled[:, question]
    binary = bool(study.table.binary[question])
    found.knowledge[:, question] = known
    for knowledge in Knowledge:
        here = np.flatnonzero(open_ & (known == knowledge))
        if not len(here):
            continue
        learned, taught = study.learned(question, knowledge)
        checked = study.check(knowledge, size_below(learned.count))
        slope = 1.0 if checked is None else checked.slope
        expected, sd = learned.mean_of(study.signals.of(question, knowledge)[here], slope)
        basis = Basis.ANSWERS if learned.count else Basis.OTHER_QUESTIONS if taught else Basis.TWIN
        said = study.table.twin[here, question]
        if basis is Basis.TWIN:
            expected = np.where(np.isfinite(said), said, expected)
        wide = sd * (two_sided(level=found.level) if checked is None else checked.stretch(binary, found.level))
        told = expected if basis is Basis.TWIN else _likeliest(expected, binary, learned, checked)
        found.expected[here, question] = expected
        found.likeliest[here, question] = told
        found.low[here, question] = np.minimum(np.clip(expected - wide, 0.0, 1.0), told)
        found.high[here, question] = np.maximum(np.clip(expected + wide, 0.0, 1.0), told)
        found.basis[here, question] = basis


def _likeliest(expected: Array, binary: bool, learned: Learned, checked: Check | None) -> Array:
    return likeliest_of(expected, binary, learned.off, 0.0 if checked is None else checked.lean)


class _Study:
    """A table while it is worked on: what teaches, what was learned and what was checked, each once."""

    def __init__(self, table: AnswerTable) -> None:
        self.table = table
        self.signals = Signals(table)
        self.checks: dict[tuple[int, Knowledge], Check | None] = {}
        self._teachers: dict[Knowledge, Teachers] = {}
        self._priors: dict[tuple[int, Knowledge], AnswerPrior] = {}

    def learned(self, question: int, knowledge: Knowledge) -> tuple[Learned, bool]:
        """Return what is known of a question for people of whom so much is known, and whether others taught it."""
        prior = self._prior(question, knowledge)
        told = self.table.labelled[:, question]
        alike = told & (self.signals.known(question) >= knowledge)
        rows = np.flatnonzero(alike if alike.any() else told)
        signals = self.signals.of(question, knowledge)[rows]
        learned = update(prior, twins_mean(self.table, question), signals, self.table.real[rows, question])
        return learned, prior.questions > 0

    def check(self, knowledge: Knowledge, labelled: int) -> Check | None:
        """Return how right answers were to other questions, with as many labelled people."""
        key = (labelled, knowledge)
        if key not in self.checks:
            teachers = self._teaching(knowledge)
            prior_of = partial(self._prior, knowledge=knowledge)
            self.checks[key] = check(self.table, self.signals, teachers, prior_of, knowledge, labelled)
        return self.checks[key]

    def _prior(self, question: int, knowledge: Knowledge) -> AnswerPrior:
        """Return the prior of a question: without its battery, but where siblings are known, without itself only."""
        battery, all_ = int(self.table.battery[question]), self._teaching(knowledge)
        others = all_.only(all_.battery != battery)
        apart = knowledge is not Knowledge.SIBLINGS and len(others.places) >= FEWEST_TEACHERS
        key = (-1 - battery if apart else question, knowledge)
        if key not in self._priors:
            teachers = others if apart else all_.only(all_.places != question)
            near = battery if knowledge is Knowledge.SIBLINGS else None
            self._priors[key] = learn_prior(teachers, np.array(ORIENTED[knowledge]), near)
        return self._priors[key]

    def _teaching(self, knowledge: Knowledge) -> Teachers:
        if knowledge not in self._teachers:
            places, evidence = [], []
            for question in range(len(self.table.battery)):
                here = self.table.labelled[:, question] & (self.signals.known(question) >= knowledge)
                if here.sum() < REFERENCE:
                    continue
                rows = self.signals.of(question, knowledge)[here]
                places.append(question)
                evidence.append(evidence_of(rows, self.table.real[here, question]))
            self._teachers[knowledge] = teachers_of(self.table, places, evidence, np.array(ORIENTED[knowledge]))
        return self._teachers[knowledge]
