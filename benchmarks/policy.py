"""Whom to send another e-mail than the best one, or none: judged by inverse propensity on a randomised test.

Cross-fitted over all of the development half of Hillstrom's test: each fold's customers are decided for by what was
learned from the other four, which also say which single e-mail is best. The rule leaves that e-mail only where another
arm is better in more than `SURE` of the model's draws. Margin, costs and threshold were fixed before they were scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import DataSet, hillstrom
from benchmarks.figures import Figure
from twincast.response.cells import Cells
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.response.ranking import drawn
from twincast.stats.policies import robust_values
from twincast.stats.resampling import bootstrap
from twincast.usecases.backtesting.cases import Cases

Array = NDArray[np.float64]
Index = NDArray[np.intp]
SURE: Final = 0.8
MARGIN: Final = 0.5
DRAWS, AT_ONCE, DAYS, LEVEL = 400, 2_000, 14, 0.95
VISIT, REVENUE = "will_engage", "expected_revenue"


@dataclass(frozen=True, kw_only=True, slots=True)
class Objective:
    """What is to be gained.

    Attributes:
        field: what foretells it; `worth` so much a unit of it.
        cost: money that one e-mail costs; nothing sent costs nothing.
        scale: in which it is shown; `bar` of the rule above the best e-mail to all.
    """

    name: str
    field: str
    worth: float
    cost: float
    scale: float
    bar: tuple[str, float]


OBJECTIVES: Final = (
    Objective(name="visits of 1,000", field=VISIT, worth=1.0, cost=0.0, scale=1_000.0, bar=(">=", -1.0)),
    *(
        Objective(
            name=f"margin, {cost:.2f} an e-mail", field=REVENUE, worth=MARGIN, cost=cost, scale=1.0, bar=(">", 0.0)
        )
        for cost in (0.10, 0.25, 0.50)
    ),
    *(
        Objective(
            name=f"1.00 a visit, {cost:.2f} an e-mail", field=VISIT, worth=1.0, cost=cost, scale=1.0, bar=(">", 0.0)
        )
        for cost in (0.02, 0.05, 0.08)
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Chosen:
    """What is decided for n customers.

    Attributes:
        rule: (n,) the best single e-mail, and another arm where that is surely better.
        boldly: (n,) whatever arm the model thinks best.
        single: (n,) the best single e-mail of the other folds.
        expected: (n, arms) what the model expects of each arm, by what it learned of the other folds.
    """

    rule: Index
    boldly: Index
    single: Index
    expected: Array


def measure() -> list[Figure]:
    """Return the figures of each objective."""
    data = hillstrom()
    chosen = decided(data, OBJECTIVES)
    return [figure for it in OBJECTIVES for figure in judged(data.cases, it, chosen[it.name], earned_by(data, it))]


def earned_by(data: DataSet, objective: Objective) -> Array:
    """Return what each customer brought, (n,)."""
    seen = data.outcomes["visit" if objective.field == VISIT else "spend"]
    found: Array = objective.worth * seen - objective.cost * data.cases.contact[data.cases.arm]
    return found


def decided(data: DataSet, objectives: Sequence[Objective]) -> dict[str, Chosen]:
    """Return what is decided for everybody, by objective."""
    count, arms = len(data.cases), len(data.cases.arms)
    better, expected, single = (
        {it.name: np.zeros(shape) for it in objectives} for shape in ((count, arms), (count, arms), count)
    )
    for fold in np.unique(data.fold).tolist():
        mine, others = np.flatnonzero(data.fold == fold), np.flatnonzero(data.fold != fold)
        model = data.learned(shipped_model(), others, visit="visit", purchase="conversion", amounts="spend")
        mails = {it.name: _best_mail(data.cases, others, earned_by(data, it)) for it in objectives}
        for rows in np.array_split(mine, 1 + len(mine) // AT_ONCE):
            part = data.cases.take(rows)
            values = {field: _draws(model, part, field) for field in {it.field for it in objectives}}
            for it in objectives:
                gain = it.worth * values[it.field] - it.cost * part.contact[:, None]
                better[it.name][rows] = (gain > gain[:, [mails[it.name]]]).mean(axis=2)
                expected[it.name][rows] = gain.mean(axis=2)
                single[it.name][rows] = mails[it.name]
    return {name: _chosen(better[name], expected[name], single[name].astype(np.intp)) for name in better}


def _best_mail(cases: Cases, rows: Index, earned: Array) -> int:
    """Return the e-mail that brought most among some rows."""
    means = [earned[rows][cases.arm[rows] == arm].mean() for arm in range(len(cases.arms))]
    return int(np.where(cases.contact, means, -np.inf).argmax())


def _draws(model: ResponseModel, part: Cases, field: str) -> Array:
    """Return draws of a field for each customer under each arm, (n, arms, draws)."""
    wide = len(part.arms)
    whole = [part.cells(arm) for arm in range(wide)]
    cells = Cells(
        twins=part.frame,
        interventions=part.items,
        twin=np.repeat(np.arange(len(part)), wide),
        intervention=np.stack([it.intervention for it in whole], axis=1).ravel(),
        now=whole[0].now,
        days=part.days,
    )
    return drawn(cells, model, field, horizon_days=DAYS, draws=DRAWS, seed=0).reshape(len(part), wide, DRAWS)


def _chosen(better: Array, expected: Array, single: Index) -> Chosen:
    rule = np.where(better.max(axis=1) > SURE, better.argmax(axis=1), single)
    return Chosen(rule=rule, boldly=expected.argmax(axis=1), single=single, expected=expected)


def judged(cases: Cases, it: Objective, chosen: Chosen, earned: Array) -> list[Figure]:
    """Return what each rule would have brought, and by how much it lies above the best e-mail to all."""
    nobody = np.full(len(cases), cases.nothing or 0)
    rules = {"the rule": chosen.rule, "the best e-mail to all": chosen.single, "nobody": nobody}
    left = float((chosen.rule != chosen.single).mean())
    return [
        *(_weighted(f"{it.name}: {who}", cases, [rule], earned, it) for who, rule in rules.items()),
        Figure(name="  customers for whom the rule leaves the best e-mail", value=left, note="share of all"),
        _weighted("  the rule above the best e-mail to all", cases, [chosen.rule, chosen.single], earned, it, it.bar),
        _robust("    doubly robust", cases, chosen, earned, it),
        _weighted("  the model's favourite above it", cases, [chosen.boldly, chosen.single], earned, it),
    ]


def _weighted(
    name: str,
    cases: Cases,
    policies: Sequence[Index],
    earned: Array,
    it: Objective,
    bar: tuple[str, float] | None = None,
) -> Figure:
    """Return the self-normalised value of one policy, or of the first less that of the second, on the same draws."""
    weights = [np.where(policy == cases.arm, 1.0 / cases.propensity, 0.0) for policy in policies]

    def value(times: Array) -> float:
        means = [float((times * w * earned).sum() / (times * w).sum()) for w in weights]
        return it.scale * (means[0] - sum(means[1:]))

    (found,) = bootstrap(value, len(earned), level=LEVEL)
    return Figure(name=name, value=found.value, low=found.low, high=found.high, level=LEVEL, bar=bar)


def _robust(name: str, cases: Cases, chosen: Chosen, earned: Array, it: Objective) -> Figure:
    policies = (chosen.rule, chosen.single)
    ours, theirs = (robust_values(p, cases.arm, earned, cases.propensity, chosen.expected) for p in policies)
    gap = it.scale * (ours - theirs)
    (found,) = bootstrap(lambda w: float(w @ gap / w.sum()), len(gap), level=LEVEL)
    return Figure(name=name, value=found.value, low=found.low, high=found.high, level=LEVEL)
