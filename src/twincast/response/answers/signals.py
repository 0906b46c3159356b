"""What speaks of a person's answer to a question, without this answer: the twin, other batteries, siblings."""

from enum import IntEnum
from typing import Final

import numpy as np

from twincast.response.answers.factors import ridge, scores_of
from twincast.response.answers.tables import FEWEST, AnswerTable, Array, Index, Mask, scaled, standardised

FACTORS: Final = 4
"""Factors of the answers in other batteries."""
BATTERY_FACTORS: Final = 2
"""Factors of the siblings' answers."""
TRANSFER: Final = 10.0
SYNTHETIC: Final = 30.0
"""Strengths of the ridges by which twins say how a question hangs together with factors, and with its siblings."""
STYLE: Final = 5.0
"""Answers of a person at which their usual distance from the twin counts for half."""


class Knowledge(IntEnum):
    """What is known of a person who is asked a question."""

    TWIN = 0
    OTHERS = 1
    SIBLINGS = 2


ORIENTED: Final[dict[Knowledge, tuple[bool, ...]]] = {
    Knowledge.TWIN: (True,),
    Knowledge.OTHERS: (True, True, True, *(False,) * FACTORS),
    Knowledge.SIBLINGS: (True, True, True, *(False,) * FACTORS, True, True, *(False,) * BATTERY_FACTORS),
}
"""Whether the sign of a signal means the same for every question; a factor's does not, so its mean weight is 0."""


class Signals:
    """The signals of a table; what batteries have in common is worked out once."""

    def __init__(self, table: AnswerTable) -> None:
        self.table = table
        self._real, self._told = standardised(table.real, FEWEST)
        self._twin, self._said = standardised(table.twin)
        self._others: dict[int, tuple[Array, Array, Mask]] = {}
        self._known: dict[int, Index] = {}
        self._kept: dict[tuple[int, Knowledge], Array] = {}
        apart = table.real - table.twin
        some = np.isfinite(apart) & self._told
        usual = np.where(some, apart, 0.0).sum(axis=0) / np.maximum(some.sum(axis=0), 1)
        self._apart, self._beside = np.where(some, apart - usual, 0.0), some

    def known(self, question: int) -> Index:
        """Return what is known of each person when this question is asked, (n,) as `Knowledge`."""
        if question not in self._known:
            self._known[question] = self._knowledge(question)
        return self._known[question]

    def _knowledge(self, question: int) -> Index:
        siblings = self._told[:, self._siblings(question)].any(axis=1)
        others = self._told[:, self.table.battery != self.table.battery[question]].any(axis=1)
        return np.where(siblings, Knowledge.SIBLINGS, np.where(others, Knowledge.OTHERS, Knowledge.TWIN)).astype(
            np.intp
        )

    def of(self, question: int, knowledge: Knowledge) -> Array:
        """Return the signals of a question for every person, (n, F): mean 0 and sd 1 over those who have them."""
        key = (question, knowledge)
        if key not in self._kept:
            self._kept[key] = self._made(question, knowledge)
        return self._kept[key]

    def _made(self, question: int, knowledge: Knowledge) -> Array:
        twin = self._twin[:, [question]]
        if knowledge is Knowledge.TWIN:
            return twin
        factors, style, some = self._from_others(int(self.table.battery[question]))
        transfer = scaled(factors @ self._by_twins(factors, question, TRANSFER)[:, None], some)
        others = np.concatenate([twin, transfer, style, factors], axis=1)
        if knowledge is Knowledge.OTHERS:
            return others
        return np.concatenate([others, self._from_siblings(question)], axis=1)

    def _siblings(self, question: int) -> Index:
        same = self.table.battery == self.table.battery[question]
        same[question] = False
        return np.flatnonzero(same)

    def _from_others(self, battery: int) -> tuple[Array, Array, Mask]:
        if battery not in self._others:
            other = self.table.battery != battery
            told = self._told[:, other]
            some = np.asarray(np.asarray(told.any(axis=1)))
            factors = scaled(scores_of(self._real[:, other], told, FACTORS), some)
            number = self._beside[:, other].sum(axis=1)
            style = self._apart[:, other].sum(axis=1) / (number + STYLE)
            self._others[battery] = (factors, scaled(style[:, None], some), some)
        return self._others[battery]

    def _by_twins(self, rows: Array, question: int, strength: float) -> Array:
        """Return how the twins' answers to a question hang on something known of the people, or of their twins."""
        here = self._said[:, question]
        return ridge(rows[here], self._twin[here, question], strength)

    def _from_siblings(self, question: int) -> Array:
        """Return mean, synthetic control and factors of the siblings' answers, (n, 2 + BATTERY_FACTORS).

        The synthetic control: weights by which the twins' answers to the siblings make those to the question, laid on
        what the people said to the siblings (as in SYN-DIGITS, arXiv 2604.07513).
        """
        siblings = self._siblings(question)
        if not len(siblings):
            return np.zeros((len(self._real), 2 + BATTERY_FACTORS))
        told, values = self._told[:, siblings], self._real[:, siblings]
        mean = values.sum(axis=1) / (told.sum(axis=1) + 1.0)
        control = values @ self._by_twins(self._twin[:, siblings], question, SYNTHETIC)
        factors = scores_of(values, told, BATTERY_FACTORS)
        return scaled(np.column_stack([mean, control, factors]), np.asarray(told.any(axis=1)))
