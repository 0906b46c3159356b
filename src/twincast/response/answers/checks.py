"""How right calibrated answers are to questions that teach, as if only so many people had answered them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from twincast.response.answers.priors import AnswerPrior
from twincast.response.answers.signals import Knowledge, Signals
from twincast.response.answers.tables import AnswerTable, Array, Mask
from twincast.response.answers.teachers import Teachers
from twincast.response.answers.updates import update

SIZES: Final = (0, 1, 3, 10, 30, 100, 300, 1_000)
"""Numbers of labelled people that are tried; a question is judged by the next smaller one."""
FEWEST_JUDGED: Final = 10
FEWEST_QUESTIONS: Final = 3
SLOPES: Final = (-3.0, 5.0)
SLOPES_USED: Final = (0.3, 1.3)
LEANS: Final = (0.0, 0.5)
EVEN: Final = 1e-6
AS_SLOPE: Final = 5.0
"""Questions that a slope of 1 counts as."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Check:
    """What was missed in answers that were known and held back.

    Attributes:
        questions, answers: how many were judged; labelled: people whose answers each question was given.
        slope: of answers on what was expected, over questions, by which people are told apart less; lean: as
            `likeliest_of` takes it.
        correlation, error: of the expected answer, and mean absolute error of the likeliest; the mean over questions.
        twin_correlation, twin_error: the same of the twins as they are.
        misses, weights, binary: (m,) how far each answer lay from the expected one in sd, how much it counts, and
            whether its question is answered with 0 or 1 only.
    """

    questions: int
    answers: int
    labelled: int
    slope: float
    lean: float
    correlation: float
    error: float
    twin_correlation: float
    twin_error: float
    misses: Array
    weights: Array
    binary: Mask

    def stretch(self, binary: bool, level: float) -> float:
        """Return the sds around the expected answer that hold the share `level` of such answers (conformal)."""
        kind = self.binary == binary
        kept = kind if self.weights[kind].sum() >= FEWEST_QUESTIONS else np.ones_like(kind)
        order = np.argsort(self.misses[kept])
        mass = np.cumsum(self.weights[kept][order])
        place = int(np.searchsorted(mass, min(level * (mass[-1] + 1.0 / len(order)), mass[-1])))
        return float(self.misses[kept][order[min(place, len(order) - 1)]])


def size_below(count: int) -> int:
    """Return the largest number of labelled people tried that is not above `count`."""
    return max(size for size in SIZES if size <= count)


def likeliest_of(expected: Array, binary: bool, off: float = 0.0, lean: float = 0.0) -> Array:
    """Return the answer that is least far from the truth in the mean: the median, 0 or 1 where nothing else is said.

    Args:
        expected: (n,) mean answers.
        binary: whether only 0 and 1 are ever said.
        off: how far the medians of this question lie above; lean: how much farther from the middle of the scale medians
            lie than means.
    """
    if binary:
        return np.where(expected > 0.5, 1.0, 0.0)
    return np.clip(expected + off + lean * (expected - 0.5), 0.0, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Held:
    """Answers to one question that were held back, and what was said of them, (m,) each; `share` is its weight."""

    share: float
    binary: bool
    told: Array
    twin: Array
    expected: Array
    sd: Array
    middle: float
    off: float

    @property
    def slope(self) -> float:
        """Of answers on what was expected, within bounds that a question without signal can not break."""
        off = self.expected - self.expected.mean()
        return float(np.clip(off @ self.told / max(float(off @ off), 1e-9), *SLOPES))

    def drawn_in(self, slope: float) -> "_Held":
        """Return the same with people told apart by so much less."""
        return replace(self, expected=np.clip(self.middle + slope * (self.expected - self.middle), 0.0, 1.0))


def check(
    table: AnswerTable,
    signals: Signals,
    teachers: Teachers,
    prior_of: Callable[[int], AnswerPrior],
    knowledge: Knowledge,
    labelled: int,
) -> Check | None:
    """Answer questions whose answers are known from a prior without them and a few of their own; None with too few.

    Args:
        prior_of: from the column of a question to its prior, learned without this question's own answers.
        labelled: people whose answers each question is given, spread evenly over those who answered; at most half.
    """
    held = []
    for place, twins, share in zip(
        *(it.tolist() for it in (teachers.places, teachers.twins, teachers.shares)), strict=True
    ):
        here = np.flatnonzero(table.labelled[:, place] & (signals.known(place) >= knowledge))
        if len(here) < 2 * FEWEST_JUDGED:
            continue
        given = np.zeros(len(here), dtype=np.bool_)
        given[np.linspace(0, len(here) - 1, min(labelled, len(here) // 2)).astype(np.intp)] = True
        rows, told = signals.of(place, knowledge)[here], table.real[here, place]
        learned = update(prior_of(place), twins, rows[given], told[given])
        expected, sd = learned.mean_of(rows[~given])
        said = table.twin[here, place][~given]
        held.append(
            _Held(
                share=share,
                binary=bool(table.binary[place]),
                told=told[~given],
                twin=np.where(np.isfinite(said), said, 0.5),
                expected=expected,
                sd=sd,
                middle=learned.middle,
                off=learned.off,
            )
        )
    return _summed(held, labelled) if len(held) >= FEWEST_QUESTIONS else None


def _summed(held: Sequence[_Held], labelled: int) -> Check:
    count = len(held)
    slope = float(np.clip((sum(it.slope for it in held) + AS_SLOPE) / (count + AS_SLOPE), *SLOPES_USED))
    held = [it.drawn_in(slope) for it in held]
    sizes = np.array([len(it.told) for it in held])
    lean = _lean(held)
    missed = [np.abs(likeliest_of(it.expected, it.binary, it.off, lean) - it.told).mean() for it in held]
    return Check(
        questions=count,
        answers=int(sizes.sum()),
        labelled=labelled,
        slope=slope,
        lean=lean,
        correlation=float(np.mean([correlation(it.expected, it.told) for it in held])),
        error=float(np.mean(missed)),
        twin_correlation=float(np.mean([correlation(it.twin, it.told) for it in held])),
        twin_error=float(np.mean([np.abs(it.twin - it.told).mean() for it in held])),
        misses=np.concatenate([np.abs(it.told - it.expected) / it.sd for it in held]),
        weights=np.repeat([it.share / len(it.told) for it in held], sizes),
        binary=np.repeat([it.binary for it in held], sizes),
    )


def _lean(held: Sequence[_Held]) -> float:
    """Return how much farther from the middle medians lie than means: the least absolute error, a weighted median."""
    graded = [it for it in held if not it.binary]
    if len(graded) < FEWEST_QUESTIONS:
        return 0.0
    away = np.concatenate([it.expected - 0.5 for it in graded])
    left = np.concatenate([it.told - it.expected - it.off for it in graded])
    mass = np.abs(away) * np.concatenate([np.full(len(it.told), it.share / len(it.told)) for it in graded])
    ratio = left / np.where(np.abs(away) < EVEN, EVEN, away)
    order = np.argsort(ratio)
    total = np.cumsum(mass[order])
    return float(np.clip(ratio[order][np.searchsorted(total, total[-1] / 2.0)], *LEANS))


def correlation(first: Array, second: Array) -> float:
    """Return Pearson's correlation; 0 where one of the two does not vary."""
    if len(first) < 2 or first.std() < 1e-9 or second.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
