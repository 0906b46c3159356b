"""What the product learns from real outcomes, beside its peers on the same rows. Nothing is tuned to what is seen here.

Hillstrom: folds 0-2 to learn from, 3-4 to be tested on. Complete Journey: each campaign from those that were over when
it began. Bank: batches of 1,000 in their order, each foretold before it is learned.
"""

import time
from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks import numbers, peers
from benchmarks.cases import DataSet, bank, hillstrom, journey
from benchmarks.figures import Figure
from twincast.response.columns import Column
from twincast.response.learning import update
from twincast.response.model import predict
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.stats.reliability import expected_calibration_error
from twincast.stats.resampling import bootstrap, weighted_auc
from twincast.stats.scoring import auc, log_loss, log_losses
from twincast.stats.streams import stream
from twincast.stats.uplift import areas_of
from twincast.usecases.backtesting.cases import Cases
from twincast.usecases.backtesting.features import plain_features

Array = NDArray[np.float64]
Index = NDArray[np.intp]
RESAMPLES: Final = 10
SIZES: Final = (100, 1_000, 10_000)
LEVEL: Final = 0.95
TWIN, LR, LGBM, SOLO, BASE = "twincast", "logistic regression", "LightGBM", "scikit-uplift solo", "base rate"
HALF_LIFE: Final = 2_000.0
OUTCOMES: Final = {"visit": ("visit", "will_engage"), "conversion": ("purchase", "will_purchase")}
"""Outcome -> its head and its field."""
BARS: Final = {
    "visit": {"auc": 0.644, "log_loss": 0.4003, "ece": 0.012},
    "conversion": {"auc": 0.64, "log_loss": 0.0533},
}


def measure() -> list[Figure]:
    """Return the figures of all data sets."""
    return [*_full(), *_uplift(), *_curve(), *_unseen(), *_speed(), *_journey(), *_bank()]


@cache
def _mails() -> DataSet:
    return hillstrom()


@cache
def _all_learned() -> ResponseModel:
    data, train, _ = _parts()
    return data.learned(shipped_model(), train, visit="visit", purchase="conversion", amounts="spend")


def _parts() -> tuple[DataSet, Index, Index]:
    data = _mails()
    return data, np.flatnonzero(data.fold <= 2), np.flatnonzero(data.fold >= 3)


def said(model: ResponseModel, cases: Cases, field: str, days: float, arm: Index | int | None = None) -> Column:
    """Return what a model says of some cases."""
    return predict(cases.cells(arm), model, [field], horizon_days=int(days), level=0.8)[field]


@cache
def _peers(outcome: str) -> Mapping[str, peers.Fitted]:
    data, train, _ = _parts()
    arms = len(data.cases.arms)
    given = data.x[train], data.cases.arm[train], data.outcomes[outcome][train], arms
    return {LR: peers.logistic(*given), LGBM: peers.boosted(*given)}


# ---------------------------------------------------------------- Hillstrom, everything learned


def _full() -> list[Figure]:
    data, _, test = _parts()
    part, found = data.cases.take(test), []
    for outcome, (_, field) in OUTCOMES.items():
        y = data.outcomes[outcome][test]
        shown = {
            "no outcomes": said(shipped_model(), part, field, 14).value,
            TWIN: said(_all_learned(), part, field, 14).value,
        }
        shown |= {name: fitted(data.x[test], data.cases.arm[test]) for name, fitted in _peers(outcome).items()}
        for name, p in shown.items():
            found += _scores(f"Hillstrom {outcome}: {name}", p, y, BARS[outcome] if name == TWIN else {})
        found.append(_paired(f"Hillstrom {outcome}", shown[TWIN], {it: shown[it] for it in (LR, LGBM)}, y))
    return found


def _scores(name: str, p: Array, y: Array, bars: Mapping[str, float]) -> list[Figure]:
    def bar(key: str, sign: str) -> tuple[str, float] | None:
        return (sign, bars[key]) if key in bars else None

    return [
        Figure(name=f"{name}, AUC", value=auc(p, y), bar=bar("auc", ">=")),
        Figure(name=f"{name}, log loss", value=log_loss(p, y), unit="nats", bar=bar("log_loss", "<=")),
        Figure(name=f"{name}, calibration error", value=expected_calibration_error(p, y), bar=bar("ece", "<=")),
    ]


def _paired(name: str, ours: Array, theirs: Mapping[str, Array], y: Array, clusters: Index | None = None) -> Figure:
    """Return the gain in log loss over the best peer; not wholly below 0 is what is asked."""
    best = min(theirs, key=lambda it: log_loss(theirs[it], y))
    gap = log_losses(theirs[best], y) - log_losses(ours, y)
    return _not_below(f"{name}: gain in log loss over {best}", gap, clusters)


def _not_below(name: str, gap: Array, clusters: Index | None = None) -> Figure:
    (found,) = bootstrap(lambda w: float(w @ gap / w.sum()), len(gap), level=LEVEL, clusters=clusters)
    note = f"gain {found.value:.5f} [{found.low:.5f}, {found.high:.5f}]"
    return Figure(name=f"{name}, upper end", value=found.high, unit="nats", bar=(">=", 0.0), note=note)


def _uplift() -> list[Figure]:
    """Return Qini of visits, 1,000 x area above the random line per customer, each e-mail against none."""
    data, train, test = _parts()
    found = []
    for mail, bar in (("womens", 4.5), ("mens", 2.0)):
        arm, none = data.cases.arms.index(mail), data.cases.arms.index("none")
        rows = test[np.isin(data.cases.arm[test], [arm, none])]
        seen = train[np.isin(data.cases.arm[train], [arm, none])]
        part, y = data.cases.take(rows), data.outcomes["visit"][rows]
        contacted = data.cases.arm[rows] == arm
        gains = {TWIN: np.asarray(said(_all_learned(), part, "will_engage", 14, arm).uplift)}
        for name, fitted in _peers("visit").items():
            on, off = (fitted(data.x[rows], np.full(len(rows), it)) for it in (arm, none))
            gains[name] = on - off
        solo = peers.solo(data.x[seen], (data.cases.arm[seen] == arm).astype(np.intp), data.outcomes["visit"][seen])
        gains[SOLO] = solo(data.x[rows])
        found += _qinis(f"Hillstrom visits, {mail}", gains, y, contacted, bar)
    return found


def _qinis(name: str, gains: Mapping[str, Array], y: Array, contacted: NDArray[np.bool_], bar: float) -> list[Figure]:
    areas = {model: areas_of(gain, y, contacted) for model, gain in gains.items()}
    names = list(areas)

    def statistic(weights: Array) -> Array:
        each = np.array([1_000.0 * areas[model](weights)[2] for model in names])
        return np.append(each, each[names.index(TWIN)] - each[names.index(LR)] if LR in names else 0.0)

    scores = bootstrap(statistic, len(y), level=LEVEL)
    figures = [
        Figure(
            name=f"{name}, Qini: {model}", value=score.value, low=score.low, high=score.high, level=LEVEL,
            bar=(">=", bar) if model == TWIN else None,
        )
        for model, score in zip(names, scores, strict=False)
    ]  # fmt: skip
    if LR in names:
        gap = scores[-1]
        note = f"difference {gap.value:.2f} [{gap.low:.2f}, {gap.high:.2f}]"
        figures.append(Figure(name=f"{name}, Qini above {LR}, upper end", value=gap.high, bar=(">=", 0.0), note=note))
    return figures


# ---------------------------------------------------------------- Hillstrom, few outcomes


def _curve() -> list[Figure]:
    data, train, test = _parts()
    part, found = data.cases.take(test), []
    for outcome, (head, field) in OUTCOMES.items():
        y = data.outcomes[outcome][test]
        nothing = auc(said(shipped_model(), part, field, 14).value, y)
        for size in SIZES:
            shown: dict[str, list[Array]] = {TWIN: [], LR: [], BASE: []}
            for draw in range(RESAMPLES):
                rows = train[stream(draw, "curve", size).permutation(len(train))[:size]]
                shown[TWIN].append(said(data.learned(shipped_model(), rows, **{head: outcome}), part, field, 14).value)
                some = data.outcomes[outcome][rows]
                fitted = peers.logistic(data.x[rows], data.cases.arm[rows], some, len(data.cases.arms))
                shown[LR].append(fitted(data.x[test], data.cases.arm[test]))
                shown[BASE].append(np.full(len(test), (some.sum() + 0.5) / (size + 1.0)))
            found += _curve_figures(f"Hillstrom {outcome}, n = {size:,}", outcome, size, shown, y, nothing)
    return found


def _curve_figures(
    name: str, outcome: str, size: int, shown: Mapping[str, list[Array]], y: Array, nothing: float
) -> list[Figure]:
    areas = {model: float(np.nanmean([auc(p, y) for p in every])) for model, every in shown.items() if model != BASE}
    each = {model: np.mean([log_losses(p, y) for p in every], axis=0) for model, every in shown.items()}
    wanted = {100: nothing - 0.008, 1_000: 0.625, 10_000: 0.644}[size]
    bar = (">=", wanted) if size == 100 or outcome == "visit" else None
    most = {"visit": 0.412, "conversion": 0.0540}[outcome]
    loss = ("<=", most) if size == 100 else None
    figures = [Figure(name=f"{name}, AUC: {TWIN}", value=areas[TWIN], bar=bar)]
    figures.append(Figure(name=f"{name}, AUC: {LR}", value=areas[LR]))
    for model, values in each.items():
        figures.append(
            Figure(name=f"{name}, log loss: {model}", value=float(values.mean()), bar=loss if model == TWIN else None)
        )
    return [*figures, *(_not_below(f"{name}: gain over {it}", each[it] - each[TWIN]) for it in (BASE, LR))]


def _unseen() -> list[Figure]:
    """Return how well a message is foretold that was never sent: learned from the other e-mail and from none."""
    data, train, test = _parts()
    found = []
    for mail, other, bar in (("womens", "mens", 0.618), ("mens", "womens", 0.598)):
        arm, seen, none = (data.cases.arms.index(it) for it in (mail, other, "none"))
        known = train[np.isin(data.cases.arm[train], [seen, none])]
        model = data.learned(shipped_model(), known, visit="visit")
        fitted = peers.logistic(
            data.x[known], np.where(data.cases.arm[known] == seen, 1, 0), data.outcomes["visit"][known], 2
        )
        rows = test[data.cases.arm[test] == arm]
        y, part = data.outcomes["visit"][rows], data.cases.take(rows)
        twin, theirs = (
            auc(said(model, part, "will_engage", 14).value, y),
            auc(fitted(data.x[rows], np.ones(len(rows), dtype=np.intp)), y),
        )
        found.append(Figure(name=f"Hillstrom, {mail} never sent, visit AUC: {TWIN}", value=twin, bar=(">=", bar)))
        note = f"the model of the e-mail that was sent has {theirs:.4f}"
        found.append(Figure(name="  above the seen e-mail's", value=twin - theirs, bar=(">=", 0.0), note=note))
        if mail == "womens":
            both = test[np.isin(data.cases.arm[test], [arm, none])]
            gain = np.asarray(said(model, data.cases.take(both), "will_engage", 14, arm).uplift)
            found += _qinis(
                "Hillstrom, womens never sent",
                {TWIN: gain},
                data.outcomes["visit"][both],
                data.cases.arm[both] == arm,
                3.0,
            )
    return found


def _speed() -> list[Figure]:
    data = _mails()
    everything = np.arange(len(data.cases))
    start = time.process_time()
    model = data.learned(shipped_model(), everything, visit="visit")
    refit = time.process_time() - start
    start = time.process_time()
    update(model, data.rows(everything[:1_000], visit="visit"))
    added = time.process_time() - start
    note = "of one core"
    return [
        Figure(
            name=f"learning {len(everything):,} outcomes, once read", value=refit, unit="s", bar=("<", 10.0), note=note
        ),
        Figure(name="a sequential update of 1,000", value=added, unit="s", bar=("<", 0.5), note=note),
    ]


# ---------------------------------------------------------------- Complete Journey


def _journey() -> list[Figure]:
    data, campaigns = journey()
    shown: dict[str, list[Array]] = {TWIN: [], LR: [], LGBM: []}
    tested: list[Index] = []
    amounts: list[Array] = []
    for name, start, end, wanted in campaigns:
        if not wanted:
            continue
        rows = np.flatnonzero(data.cases.arm == data.cases.arms.index(name))
        over = [it for it, _, last, _ in campaigns if last < start]
        known = np.flatnonzero(np.isin(data.cases.arm, [data.cases.arms.index(it) for it in over]))
        model = data.learned(shipped_model(), known, redemption="redeemed")
        part, seen, days = data.cases.take(rows), data.cases.take(known), float((end - start).days + 1)
        shown[TWIN].append(said(model, part, "will_engage", days).value)
        features = plain_features(seen)
        x, ahead = (features.of(it, np.zeros(len(it), dtype=np.intp)) for it in (seen, part))
        for peer, fit in ((LR, peers.logistic), (LGBM, peers.boosted)):
            fitted = fit(x, np.zeros(len(known), dtype=np.intp), data.outcomes["redeemed"][known], 1)
            shown[peer].append(fitted(ahead, np.zeros(len(rows), dtype=np.intp)))
        tested.append(rows)
        amounts.append(numbers.foretold(data, known, part))
    every = np.concatenate(tested)
    y, joined = data.outcomes["redeemed"][every], {name: np.concatenate(parts) for name, parts in shown.items()}
    found = [figure for name, p in joined.items() for figure in _scores(f"Complete Journey redeemed: {name}", p, y, {})]
    theirs = {name: joined[name] for name in (LR, LGBM)}
    found.append(_paired("Complete Journey redeemed", joined[TWIN], theirs, y, data.cases.customer[every]))
    return [*found, *_areas("Complete Journey redeemed", joined, y), *numbers.figures(data, every, amounts)]


def _areas(name: str, shown: Mapping[str, Array], y: Array) -> list[Figure]:
    areas = {model: weighted_auc(p, y) for model, p in shown.items()}
    best = max((model for model in areas if model != TWIN), key=lambda it: areas[it](np.ones(len(y))))
    (found,) = bootstrap(lambda w: areas[TWIN](w) - areas[best](w), len(y), level=LEVEL)
    note = f"difference {found.value:.4f} [{found.low:.4f}, {found.high:.4f}]"
    return [Figure(name=f"{name}: AUC above {best}, upper end", value=found.high, bar=(">=", 0.0), note=note)]


# ---------------------------------------------------------------- bank


def _bank() -> list[Figure]:
    data = bank()
    y, model = data.outcomes["purchase"], shipped_model()
    p, theirs = np.full(len(y), np.nan), np.full(len(y), np.nan)
    for first in range(0, len(y), 1_000):
        rows = np.arange(first, min(first + 1_000, len(y)))
        if first >= 10_000:
            p[rows] = said(model, data.cases.take(rows), "will_purchase", 7).value
            arm = np.zeros(first, dtype=np.intp)
            theirs[rows] = peers.logistic(data.x[:first], arm, y[:first], 1)(data.x[rows], arm[: len(rows)])
        model = update(model, data.rows(rows, purchase="purchase"))
    running = _running(y)
    judged = np.arange(len(y)) >= 10_000
    base = log_loss(running[judged], y[judged])
    return [
        Figure(name="bank, log loss: twincast", value=log_loss(p[judged], y[judged]), bar=("<=", base + 0.002)),
        Figure(name="bank, log loss: running base rate", value=base, note=f"half-life {HALF_LIFE:,.0f} rows"),
        Figure(name="bank, log loss: logistic regression, refitted", value=log_loss(theirs[judged], y[judged])),
        Figure(name="bank, AUC: twincast", value=auc(p[judged], y[judged])),
    ]


def _running(y: Array) -> Array:
    """Return the base rate as known before each batch of 1,000, older rows weighing half every `HALF_LIFE` rows."""
    found = np.full(len(y), 0.5)
    for first in range(1_000, len(y), 1_000):
        weight = 0.5 ** ((first - np.arange(first)) / HALF_LIFE)
        found[first : first + 1_000] = (weight @ y[:first] + 0.5) / (weight.sum() + 1.0)
    return found
