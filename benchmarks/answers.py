"""What LLM twins say on scales, calibrated, beside what the same people said: real answers and twins of a U.S. panel.

People and whole batteries are held out in turn. The answers of test people to a question, and where siblings are not
allowed all answers to its battery, are never given; neither are its other answers but those of `labelled` people.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.figures import Figure
from benchmarks.outcomes import Array, folder
from twincast.response.answers.calibrate import calibrate_answers
from twincast.response.answers.checks import correlation
from twincast.stats.streams import stream

SEED: Final = 0
TEST_SHARE: Final = 0.4
MAIN: Final = "twin.csv.gz"
NOTHING, OTHERS, SIBLINGS = "nothing", "answers in other batteries", "siblings too"
BARS: Final[dict[tuple[str, int], tuple[float, float | None]]] = {
    (NOTHING, 10): (0.188, None),
    (NOTHING, 30): (0.195, 0.235),
    (OTHERS, 0): (0.22, None),
    (OTHERS, 10): (0.188, None),
    (OTHERS, 30): (0.245, 0.232),
    (OTHERS, 100): (0.26, None),
    (SIBLINGS, 0): (0.39, None),
    (SIBLINGS, 10): (0.188, None),
    (SIBLINGS, 30): (0.40, 0.209),
    (SIBLINGS, 100): (0.41, None),
}
"""What is known of the test people, and labelled people per question -> correlation and error that must be reached."""
TABLE_ERROR: Final = 0.254
"""Error of the twin itself beside which the errors of `BARS` were set. Here it is another: bars are on shares of it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Panel:
    """Real answers (n, Q), those of twins (n, Q, V), the main one first, on 0 to 1, and (Q,) codes of batteries."""

    real: Array
    twins: Array
    battery: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """One question: correlation, slope and coverage of the test people's answers, and errors; NaN for no slope."""

    correlation: float
    error: float
    slope: float
    covered: float
    twin_correlation: float
    twin_error: float


def measure() -> list[Figure]:
    """Return the figures of all settings."""
    panel = read()
    figures = []
    for (known, labelled), bars in BARS.items():
        figures += _figures(known, labelled, score(panel, known, labelled), bars)
    return figures


def read(place: Path | None = None) -> Panel:
    """Read the data set, or raise FileNotFoundError."""
    place = place or folder("llm_twins")
    questions = pl.read_csv(place / "questions.csv", infer_schema_length=None)
    names = [f"{dataset}|{name}" for dataset, name in questions.select("dataset", "question").iter_rows()]
    low, high = (questions[name].to_numpy() for name in ("lo", "hi"))
    others = sorted((place / "twin_other").iterdir())
    people = pl.read_csv(place / MAIN, infer_schema_length=None)["TWIN_ID"].to_list()

    def answers(path: Path) -> Array:
        table = pl.read_csv(path, infer_schema_length=None)
        at = {person: row for row, person in enumerate(people)}
        rows = [at.get(person, -1) for person in table["TWIN_ID"].to_list()]
        found = np.full((len(people) + 1, len(names)), np.nan)  # the last row takes those who are in no other file
        for place_, name in enumerate(names):
            if name in table.columns:
                found[rows, place_] = table[name].cast(pl.Float64, strict=False).to_numpy()
        return np.asarray(np.clip((found[:-1] - low) / (high - low), 0.0, 1.0))

    return Panel(
        real=answers(place / "real.csv.gz"),
        twins=np.stack([answers(place / MAIN), *map(answers, others)], axis=2),
        battery=np.unique(questions["block"].to_numpy(), return_inverse=True)[1].astype(np.intp),
    )


def score(panel: Panel, known: str, labelled: int, most: int | None = None, every: int = 1) -> list[Score]:
    """Return the scores of every question of the panel, or of `most` of each battery, of one battery in `every`.

    Args:
        known: of the test people; labelled: people whose answer to a question is given.
    """
    draw = stream(SEED, "answers")
    order = draw.permutation(len(panel.real))
    test = np.zeros(len(order), dtype=np.bool_)
    test[order[: int(TEST_SHARE * len(order))]] = True
    scores = []
    for targets in _rounds(panel.battery, known, most, every):
        given = np.isfinite(panel.real)
        given[:, targets] = False
        if known != SIBLINGS:
            given[:, np.isin(panel.battery, panel.battery[targets])] = False
        if known == NOTHING:
            given[test] = False
        for target in targets.tolist():
            given[[at for at in order if not test[at] and np.isfinite(panel.real[at, target])][:labelled], target] = (
                True
            )
        wanted = np.isin(np.arange(len(panel.battery)), targets)
        found = calibrate_answers(panel.twins, panel.real, given, battery=panel.battery, wanted=wanted)
        for target in targets.tolist():
            here = test & np.isfinite(panel.real[:, target])
            ends = (found.expected, found.likeliest, found.low, found.high, panel.twins[:, :, 0], panel.real)
            scores.append(_scored(*(it[here, target] for it in ends)))
    return scores


def _rounds(battery: NDArray[np.intp], known: str, most: int | None, every: int = 1) -> Iterator[NDArray[np.intp]]:
    """Return questions that are held out together: a battery at once; but where siblings are known one of each."""
    columns = [np.flatnonzero(battery == code)[:most] for code in np.unique(battery)[::every]]
    if known != SIBLINGS:
        yield from columns
        return
    for number in range(max(map(len, columns))):
        yield np.array([each[number] for each in columns if number < len(each)])


def _scored(expected: Array, likeliest: Array, low: Array, high: Array, twin: Array, told: Array) -> Score:
    off = expected - expected.mean()
    return Score(
        correlation=correlation(expected, told),
        error=float(np.abs(likeliest - told).mean()),
        slope=float(off @ told / (off @ off)) if expected.std() > 1e-6 else float("nan"),
        covered=float(np.mean((low - 1e-9 <= told) & (told <= high + 1e-9))),
        twin_correlation=correlation(twin, told),
        twin_error=float(np.abs(twin - told).mean()),
    )


def mean_of(scores: Sequence[Score], name: str) -> float:
    """Return the mean of a figure over questions, as far as they have it."""
    return float(np.nanmean([getattr(it, name) for it in scores]))


def _figures(known: str, labelled: int, scores: Sequence[Score], bars: tuple[float, float | None]) -> list[Figure]:
    raw, missed = mean_of(scores, "twin_correlation"), mean_of(scores, "twin_error")
    name = f"{known}, {labelled} labelled"
    error, share = mean_of(scores, "error"), 1.0 if bars[1] is None else bars[1] / TABLE_ERROR
    found = [
        Figure(
            name=f"{name}: correlation across people",
            value=mean_of(scores, "correlation"),
            bar=(">=", bars[0]),
            note=f"{len(scores)} questions; the twin itself {raw:.3f}",
        ),
        Figure(
            name="  mean absolute error, the scale as 1",
            value=error,
            note=f"the twin itself {missed:.3f}" + (f"; table {bars[1]} of {TABLE_ERROR}" if bars[1] else ""),
        ),
        Figure(name="  error, as a share of the twin's", value=error / missed, bar=("<=", share)),
    ]
    if labelled >= 10:
        found.append(Figure(name="  slope, from .9", value=mean_of(scores, "slope"), bar=(">=", 0.9)))
        found.append(Figure(name="  slope, to 1.15", value=mean_of(scores, "slope"), bar=("<=", 1.15)))
        found.append(Figure(name="  80 % intervals hold, from .78", value=mean_of(scores, "covered"), bar=(">=", 0.78)))
        found.append(Figure(name="  80 % intervals hold, to .84", value=mean_of(scores, "covered"), bar=("<=", 0.84)))
    return found
