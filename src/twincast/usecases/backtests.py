"""Laying predictions beside what really happened: the twin's, trivial baselines', and the caller's own estimators'."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.backtests import (
    BASE_RATE,
    KEEP,
    MONEY,
    NON_PERSONAL,
    PRIOR,
    PROBABILITY,
    REFUSE,
    RFM,
    SEGMENT_MEAN,
    TWIN,
    Backtest,
    Leak,
    LearningPoint,
    Policy,
    Split,
)
from twincast.domain.errors import FieldProblem, InvalidInput, UnknownBacktest
from twincast.domain.ids import BacktestId
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.domain.twins import Warning
from twincast.response.model import MODEL
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.stats.streams import stream
from twincast.usecases.audit import record
from twincast.usecases.backtesting.attributes import without
from twincast.usecases.backtesting.baselines import Predictor, baselines, segments_of
from twincast.usecases.backtesting.cases import Cases, part, read_cases
from twincast.usecases.backtesting.features import plain_features
from twincast.usecases.backtesting.leaks import leaks_in
from twincast.usecases.backtesting.requests import FIELDS, BacktestRequest, Estimator
from twincast.usecases.backtesting.scores import contenders, coverage_of, losses, subgroups_of, twin_gate
from twincast.usecases.backtesting.twins import foretold, learned
from twincast.usecases.backtesting.uplifts import BY_TWIN, policies_of, uplifts_of
from twincast.usecases.context import Context
from twincast.usecases.references import is_text

Array = NDArray[np.float64]
CURVE: Final[tuple[int, ...]] = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
CURVE_BASELINES: Final = (BASE_RATE, RFM)
SEGMENT: Final = "segment"
LEFT_OUT, KEPT = "left out", "kept"
OUTCOME_ITSELF: Final = "is named like an outcome itself"


def run(ctx: Context, request: BacktestRequest) -> Backtest:
    """Judge the twin on a table of contacts and what came of them; the judgement is stored, the table is not.

    Splits, learns from the training rows alone, and scores everybody on the same test rows.

    Raises:
        InvalidInput: the table can not be judged by, or a column knows the outcome; nothing is stored.
        UnknownTwin: an id has no twin.
    """
    (train, test, split), opted_out = _parted(ctx, request)
    leaks = _leaks(train, request)
    known = [leak.column for leak in leaks if leak.action == LEFT_OUT]
    if known:
        request = _without(request, known)
        (train, test, split), opted_out = _parted(ctx, request)
    model = shipped_model()
    taught = learned(model, train, request)
    column = foretold(taught, test, request)
    simple = baselines(train, is_money=request.is_money)
    own, features = _own(train, request)
    others: dict[str, Predictor] = {**simple, **own}
    predicted = {TWIN: column.value, PRIOR: foretold(model, test, request).value}
    predicted |= {name: predictor(test, test.arm) for name, predictor in others.items()}
    roles = dict.fromkeys(simple, "baseline") | dict.fromkeys(own, "own") | {TWIN: "twin", PRIOR: "twin"}
    by_arm = _by_arm(taught, {**own, RFM: simple[RFM], SEGMENT_MEAN: simple[SEGMENT_MEAN]}, test, request)
    policies = policies_of(by_arm, column.confidence, simple[SEGMENT_MEAN], simple[NON_PERSONAL], test, request)
    uplifts = uplifts_of(by_arm, test, request)
    found = Backtest(
        id=BacktestId(ctx.ids.new("back_")),
        outcome=request.name,
        field=FIELDS[request.kind][0],
        kind=MONEY if request.is_money else PROBABILITY,
        horizon_days=request.window_days,
        level=request.level,
        seed=request.seed,
        split=split,
        contenders=contenders(predicted, roles, test, request),
        gate=twin_gate(predicted, test, request),
        coverage=coverage_of(column.confidence, predicted, test, request),
        subgroups=subgroups_of(predicted, _groups(train, test, request), test, request),
        uplifts=uplifts,
        policies=policies,
        learning=_curve(model, train, test, request, predicted) if request.curve else (),
        leaks=leaks,
        features=features,
        warnings=_warnings(test, opted_out, leaks, bool(uplifts), policies),
        provenance={
            "model": f"behavioural-{MODEL}",
            "prior": f"{model.prior.version}+{model.prior.digest[:12]}",
            "software": ctx.software,
        },
        created_at=ctx.clock.now(),
    )
    _store(ctx, found)
    return found


def get(ctx: Context, backtest_id: str) -> Backtest:
    """Return a stored backtest.

    Raises:
        UnknownBacktest: there is none in this workspace.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        found = unit.backtests.get(BacktestId(backtest_id)) if is_text(backtest_id) else None
    if found is None:
        raise UnknownBacktest(f"There is no backtest '{ascii(backtest_id[:80])[1:-1]}' in this workspace.")
    return found


def listing(ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE) -> Page[Backtest]:
    """Page through stored backtests, newest first."""
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.backtests.newest(cursor, limit)


def _store(ctx: Context, backtest: Backtest) -> None:
    with ctx.store.writing(ctx.workspace) as unit:
        unit.backtests.add(backtest)
        record(unit, ctx, "backtest.run", backtest.id, {"rows": backtest.split.train + backtest.split.test})
        ctx.keep(unit, backtest)
        unit.commit()


def _parted(ctx: Context, request: BacktestRequest) -> tuple[tuple[Cases, Cases, Split], int]:
    cases, opted_out = read_cases(ctx, request)
    return part(cases, request), opted_out


def _leaks(train: Cases, request: BacktestRequest) -> tuple[Leak, ...]:
    """Return the columns that know the outcome. Raises InvalidInput, naming them, where they are to be refused."""
    columns = {**train.columns, **({SEGMENT: train.segment.tolist()} if train.segment is not None else {})}
    found = leaks_in(train, columns)
    if found and request.leaks == REFUSE:
        allowed = "a table without it, or leaks: leave_out (judge without it) or keep (it was known before the contact)"
        raise InvalidInput.of(FieldProblem(field=name, message=why, allowed=allowed) for name, why in found.items())
    action = KEPT if request.leaks == KEEP else LEFT_OUT
    aside = (Leak(column=name, why=OUTCOME_ITSELF, action=LEFT_OUT) for name in request.aside)
    return (*aside, *(Leak(column=name, why=why, action=action) for name, why in found.items()))


def _without(request: BacktestRequest, names: Sequence[str]) -> BacktestRequest:
    """Return a request that does not know some columns any more, neither in its table nor in its records."""
    return replace(
        request,
        customers=without(request.customers, names),
        columns={name: cells for name, cells in request.columns.items() if name not in names},
        segment=None if SEGMENT in names else request.segment,
    )


def _own(train: Cases, request: BacktestRequest) -> tuple[dict[str, Predictor], tuple[str, ...]]:
    """Fit the caller's own estimators to the training rows; they see plain features, and the arm among them."""
    if not request.estimators:
        return {}, ()
    features = plain_features(train)
    table = features.of(train, train.arm)
    found = {}
    for name, estimator in request.estimators.items():
        estimator.fit(table, train.outcome)
        found[name] = _predictor(name, estimator, features.of, request)
    return found, features.names


def _predictor(name: str, estimator: Estimator, features: Any, request: BacktestRequest) -> Predictor:
    asked = "predict" if request.is_money else "predict_proba"
    method = getattr(estimator, asked, None)
    if method is None:
        problem = FieldProblem(field=f"estimators[{name!r}]", message=f"has no {asked}", allowed=f"fit and {asked}")
        raise InvalidInput.of([problem])

    def predict(cases: Cases, arm: NDArray[np.intp]) -> Array:
        found = np.asarray(method(features(cases, arm)), dtype=np.float64)
        values = found[:, -1] if found.ndim == 2 else found
        if values.shape != (len(cases),) or not np.isfinite(values).all():
            message = f"answers {asked} with shape {found.shape} or with gaps"
            allowed = f"a finite number for each of {len(cases):,} rows; probabilities as (n, 2) or (n,)"
            raise InvalidInput.of([FieldProblem(field=f"estimators[{name!r}]", message=message, allowed=allowed)])
        return values

    return predict


def _by_arm(
    model: ResponseModel, others: Mapping[str, Predictor], test: Cases, request: BacktestRequest
) -> dict[str, Array]:
    """Return what everybody says of each test row under each arm, (n, arms); empty if nobody was randomised."""
    if not test.randomised.any():
        return {}
    arms = [np.full(len(test), arm, dtype=np.intp) for arm in range(len(test.arms))]
    twin = np.stack([foretold(model, test, request, arm).value for arm in arms], axis=1)
    return {TWIN: twin} | {name: np.stack([it(test, arm) for arm in arms], axis=1) for name, it in others.items()}


def _groups(train: Cases, test: Cases, request: BacktestRequest) -> dict[str, Sequence[object]]:
    """Return the attributes to judge by: those asked for, and the segments where they were declared."""
    found: dict[str, Sequence[object]] = {}
    for asked in request.subgroups:
        name = next((it for it in test.columns if asked in (it, it.rpartition(".")[2])), None)
        if name is None:
            allowed = "one of: " + ", ".join(list(test.columns)[:30])
            problem = FieldProblem(field="subgroups", message=f"nobody has '{asked[:80]}' on record", allowed=allowed)
            raise InvalidInput.of([problem])
        found[asked] = test.columns[name]
    if test.segment is not None and len(np.unique(segments_of(train)(test))) > 1:
        found[SEGMENT] = test.segment.tolist()
    return found


def _curve(
    model: ResponseModel, train: Cases, test: Cases, request: BacktestRequest, whole: Mapping[str, Array]
) -> tuple[LearningPoint, ...]:
    """Return the loss on the test rows after the first n training rows, in one random order.

    Args:
        model: without outcomes.
        train, test, request: the rows, and how they are judged.
        whole: what was foretold after all training rows.
    """
    order = stream(request.seed, "backtest", "curve").permutation(len(train)).astype(np.intp)
    said: dict[int, Mapping[str, Array]] = {0: {TWIN: whole[PRIOR]}}
    for rows in [size for size in CURVE if size < len(train)]:
        some = train.take(np.sort(order[:rows]))
        simple = baselines(some, is_money=request.is_money)
        said[rows] = {TWIN: foretold(learned(model, some, request), test, request).value} | {
            name: simple[name](test, test.arm) for name in CURVE_BASELINES
        }
    said[len(train)] = {name: whole[name] for name in (TWIN, *CURVE_BASELINES)}
    return tuple(
        LearningPoint(
            rows=rows,
            losses={name: float(losses(values, test, request).mean()) for name, values in every.items()},
        )
        for rows, every in said.items()
    )


def _warnings(
    test: Cases, opted_out: int, leaks: Sequence[Leak], has_uplift: bool, policies: Sequence[Policy]
) -> tuple[Warning, ...]:
    named = [leak.column for leak in leaks if leak.why == OUTCOME_ITSELF]
    found = [
        Warning(code="leak", field=leak.column, message=f"'{leak.column}' {leak.why}: {leak.action}.")
        for leak in leaks
        if leak.why != OUTCOME_ITSELF
    ]
    if named:
        message = f"Left out, being outcomes themselves by their names: {', '.join(named)}."
        found.append(Warning(code="outcomes-left-out", field=named[0], message=message))
    if opted_out:
        message = f"{opted_out:,} rows are of customers who opted out of profiling: they were left out."
        found.append(Warning(code="opted-out", field="customers", message=message))
    late = int((test.frame.column("as_of_day") > test.days).sum())
    if late:
        message = f"{late:,} test rows rest on records younger than the contact: they may know what came later."
        found.append(Warning(code="record-after-contact", field="time", message=message))
    if not has_uplift:
        message = "Uplift is not measured: it needs randomised test rows with and without contact, fifty of each."
        found.append(Warning(code="no-uplift", field="randomised", message=message))
    if not policies:
        message = "The value of policies is not measured: it needs randomised rows with their propensities."
        found.append(Warning(code="no-policy-value", field="propensity", message=message))
    gain = next((it.gain for it in policies if it.name == BY_TWIN), None)
    if gain is not None and gain.low <= 0.0:
        message = "No gain from personalising is shown over the best message of each segment: its interval holds 0."
        found.append(Warning(code="no-gain-from-personalising", field="policies", message=message))
    return tuple(found)
