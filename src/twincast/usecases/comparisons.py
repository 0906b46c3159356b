"""Comparing variants on one twin at the same moment: a ranking, P(best), and a recommendation or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from twincast.domain.comparisons import (
    DECISION_THRESHOLD,
    NO_CONTACT_ID,
    Comparison,
    Ranking,
    Recommendation,
)
from twincast.domain.errors import FieldProblem, InvalidInput, TooLarge, UnknownComparison
from twincast.domain.fields import COMPARISON_FIELDS, VARIANT_PREFERENCE, resolve
from twincast.domain.ids import ComparisonId
from twincast.domain.interventions import MAX_VARIANTS, NO_CONTACT, Intervention, ReadIntervention
from twincast.domain.pages import DEFAULT_PAGE, MAX_PAGE, Page
from twincast.domain.predictions import Explanation, FieldPrediction
from twincast.domain.trials import Answered, TrialSettings
from twincast.domain.twins import Warning
from twincast.reading.interventions import read_intervention
from twincast.response.cells import grid
from twincast.response.ranking import TARGETS
from twincast.response.reasons import main_difference, reasoning
from twincast.usecases.answers import Subject, answer
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.references import find
from twincast.usecases.trials import (
    TrialRequest,
    provenance_of,
    settings_of,
    subject_of,
    twin_warnings,
    with_warnings,
)

DRAWS: Final = 2_000
"""Parameter draws behind P(best): its own error is then about one point."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One variant under the caller's id."""

    id: str
    intervention: Intervention


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparisonRequest:
    """What a comparison asks for; None is the documented default.

    Attributes:
        twin: id of a twin or of a customer.
        variants: two or more, ids unique.
        predict: field names in any accepted spelling.
        rank_by: field to rank by; None: the first asked field that can rank.
        include_no_contact: adds a row for sending nothing.
        decision_threshold: P(best) from which a variant is recommended.
        notes: further warnings, stored with every row.
    """

    twin: str
    variants: tuple[Variant, ...]
    predict: tuple[str, ...] | None = None
    rank_by: str | None = None
    include_no_contact: bool = False
    decision_threshold: float = DECISION_THRESHOLD
    horizon_days: int | None = None
    level: float | None = None
    as_of: date | None = None
    rounds: int = 1
    thinking: bool = False
    seed: int = 0
    notes: tuple[Warning, ...] = ()


def run(ctx: Context, request: ComparisonRequest) -> Comparison:
    """Compare variants on a twin, store the result, return it.

    Raises:
        InvalidInput, UnknownField, TooLarge: the request is not valid; nothing is stored.
        UnknownTwin: there is no such twin in this workspace.
        ProfilingRefused: the customer opted out.
    """
    _check(request)
    settings = _settings(ctx, request)
    target = _target(request, settings)
    with ctx.store.reading(ctx.workspace) as unit:
        twin = find(unit, request.twin)
    subject = subject_of(ctx, twin, request.as_of)
    ids, items = _read(request, twin.currency)
    known = replace(settings, fields={name: f for name, f in settings.fields.items() if f != VARIANT_PREFERENCE})
    scored = replace(known, fields={**known.fields, **({} if target in known.fields.values() else {target: target})})
    answers = answer(ctx.engine, subject, items, scored)
    p_best = _p_best(ctx, subject, items, target, settings)
    warnings = (*twin_warnings(twin, settings), *_mixed(items, answers), *request.notes)
    rankings = _rank(ids, answers, p_best, target, warnings)
    comparison = Comparison(
        id=ComparisonId(ctx.ids.new("comp_")),
        twin_id=twin.id,
        customer_id=twin.customer_id,
        twin_version=twin.version,
        settings=settings,
        target=target,
        rankings=rankings,
        recommendation=_recommend(rankings, target, request.decision_threshold),
        draws=DRAWS,
        currency=twin.currency,
        provenance={
            variant: provenance_of(ctx.engine, twin, item, settings.seed, ctx.software)
            for variant, item in zip(ids, items, strict=True)
        },
        created_at=ctx.clock.now(),
    )
    _store(ctx, comparison)
    return comparison


def _store(ctx: Context, comparison: Comparison) -> None:
    with ctx.store.writing(ctx.workspace) as unit:
        unit.comparisons.add(comparison)
        record(unit, ctx, "comparison.run", comparison.id, {"variants": len(comparison.rankings)})
        ctx.keep(unit, comparison)
        unit.commit()


def get(ctx: Context, comparison_id: str) -> Comparison:
    """Return a stored comparison.

    Raises:
        UnknownComparison: there is none in this workspace.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        found = unit.comparisons.get(ComparisonId(comparison_id))
    if found is None:
        raise UnknownComparison(f"There is no comparison '{ascii(comparison_id[:80])[1:-1]}' in this workspace.")
    return found


def listing(
    ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE, twin: str | None = None
) -> Page[Comparison]:
    """Page through stored comparisons, newest first, of one twin or of all."""
    if not 1 <= limit <= MAX_PAGE:
        problem = FieldProblem(field="limit", message=f"{limit} is out of range", allowed=f"1 to {MAX_PAGE}")
        raise InvalidInput.of([problem])
    with ctx.store.reading(ctx.workspace) as unit:
        twin_id = find(unit, twin).id if twin is not None else None
        return unit.comparisons.newest(cursor, limit, twin_id)


def _check(request: ComparisonRequest) -> None:
    problems = [*_count_problems(request), *_id_problems(request.variants)]
    if not 0.0 <= request.decision_threshold <= 1.0:
        problems.append(
            FieldProblem(
                field="decision_threshold", message=f"{request.decision_threshold} is out of range", allowed="0 to 1"
            )
        )
    if problems:
        raise InvalidInput.of(problems)


def _count_problems(request: ComparisonRequest) -> list[FieldProblem]:
    count = len(request.variants)
    if count > MAX_VARIANTS:
        raise TooLarge(f"variants has {count} entries; at most {MAX_VARIANTS} can be compared at once.")
    if count < 2:
        return [FieldProblem(field="variants", message=f"has {count}", allowed=f"2 to {MAX_VARIANTS} variants")]
    return []


def _id_problems(variants: Sequence[Variant]) -> list[FieldProblem]:
    first: dict[str, int] = {}
    problems = []
    for place, variant in enumerate(variants):
        earlier = first.setdefault(variant.id, place)
        if earlier != place:
            problems.append(
                FieldProblem(
                    field=f"variants[{place}].id",
                    message=f"'{variant.id[:80]}' is the id of variants[{earlier}] too",
                    allowed="unique ids",
                )
            )
        if variant.id == NO_CONTACT_ID:
            problems.append(
                FieldProblem(
                    field=f"variants[{place}].id",
                    message=f"'{NO_CONTACT_ID}' is kept for the row that include_no_contact adds",
                    allowed="any other id",
                )
            )
    return problems


def _settings(ctx: Context, request: ComparisonRequest) -> TrialSettings:
    plain = TrialRequest(
        twin=request.twin,
        intervention=Intervention(type=NO_CONTACT),
        predict=request.predict if request.predict is not None else COMPARISON_FIELDS,
        horizon_days=request.horizon_days,
        level=request.level,
        as_of=request.as_of,
        rounds=request.rounds,
        thinking=request.thinking,
        seed=request.seed,
    )
    return settings_of(ctx, plain, extra=(VARIANT_PREFERENCE,))


def _target(request: ComparisonRequest, settings: TrialSettings) -> str:
    """Return the canonical field to rank by: as asked, else the first asked one that can rank."""
    if request.rank_by is not None:
        chosen = resolve([request.rank_by], where="rank_by")[request.rank_by]
        if chosen not in TARGETS:
            allowed = "one of: " + ", ".join(TARGETS)
            problem = FieldProblem(
                field="rank_by", message=f"variants can not be ranked by '{chosen}'", allowed=allowed
            )
            raise InvalidInput.of([problem])
        return chosen
    return next((field for field in settings.fields.values() if field in TARGETS), "will_purchase")


def _read(request: ComparisonRequest, currency: str) -> tuple[list[str], list[ReadIntervention]]:
    ids = [variant.id for variant in request.variants]
    items = [
        read_intervention(variant.intervention, currency=currency, path=f"variants[{place}]")
        for place, variant in enumerate(request.variants)
    ]
    if request.include_no_contact:
        ids.append(NO_CONTACT_ID)
        items.append(read_intervention(Intervention(type=NO_CONTACT)))
    return ids, items


def _p_best(
    ctx: Context, subject: Subject, items: Sequence[ReadIntervention], target: str, settings: TrialSettings
) -> list[float]:
    cells = grid(subject.frame, items, subject.now)
    shares = ctx.engine.best(cells, target, horizon_days=settings.horizon_days, draws=DRAWS, seed=settings.seed)
    return [float(share) for share in shares]


def _mixed(items: Sequence[ReadIntervention], answers: Sequence[Answered]) -> tuple[Warning, ...]:
    """Say when engaging means different things for different variants: their rates can not be compared."""
    meant = sorted({found.response for item, found in zip(items, answers, strict=True) if item.is_contact})
    if len(meant) < 2:
        return ()
    message = f"will_engage means {' and '.join(meant)}; set `response` on each variant to compare like with like."
    return (Warning(code="different-responses", field="variants", message=message),)


def _rank(
    ids: Sequence[str],
    answers: Sequence[Answered],
    p_best: Sequence[float],
    target: str,
    warnings: tuple[Warning, ...],
) -> tuple[Ranking, ...]:
    sign = -1.0 if target == "will_unsubscribe" else 1.0
    value = {variant: sign * target_value(found, target) for variant, found in zip(ids, answers, strict=True)}
    share, cell = dict(zip(ids, p_best, strict=True)), dict(zip(ids, answers, strict=True))
    order = sorted(ids, key=lambda variant: (-value[variant], variant))
    return tuple(
        Ranking(
            variant_id=variant,
            rank=place + 1,
            tied_with=tuple(other for other in order if other != variant and value[other] == value[variant]),
            p_best=share[variant],
            answer=with_warnings(cell[variant], warnings),
            reasoning=_place_reason(cell[variant], target),
        )
        for place, variant in enumerate(order)
    )


def target_value(answered: Answered, target: str) -> float:
    """Return the value of the field that variants are ranked by; a field without a value ranks last."""
    found = next((part for part in answered.predictions if part.field == target), None)
    return found.estimate.value if found is not None and found.estimate is not None else float("-inf")


def _explained(answered: Answered, target: str) -> Explanation | None:
    parts = {part.field: part for part in answered.explanations}
    return next((parts[name] for name in (target, "will_purchase", "will_engage") if name in parts), None)


def _place_reason(answered: Answered, target: str) -> str:
    return reasoning(_explained(answered, target), if_none="Nothing is sent, so nothing can come of it.")


def _recommend(rankings: Sequence[Ranking], target: str, threshold: float) -> Recommendation:
    first, second = rankings[0], rankings[1]
    sure = first.p_best >= threshold and not first.tied_with
    reason = None
    if first.tied_with:
        reason = f"too close to call: {first.variant_id} and {', '.join(first.tied_with)} are exactly equal"
    elif not sure:
        reason = f"too close to call: P({first.variant_id} is best) is {first.p_best:.2f}, below {threshold:.2f}"
    return Recommendation(
        best_variant=first.variant_id if sure else None,
        leading_variant=first.variant_id,
        confidence=first.p_best,
        threshold=threshold,
        reason=reason,
        explanation=_difference(first, second, target),
    )


def _difference(first: Ranking, second: Ranking, target: str) -> str:
    better, other = _explained(first.answer, target), _explained(second.answer, target)
    if first.tied_with:
        return f"{first.variant_id} and {second.variant_id} do not differ in anything that was read."
    if better is None or other is None:
        return f"{first.variant_id} stands before {second.variant_id} by {target}: one of them sends nothing."
    driver = main_difference(better, other) or "the value of the order after the discount"
    return f"{first.variant_id} stands before {second.variant_id} by {target}, most of all through {driver}."


def asked_predictions(comparison: Comparison, ranking: Ranking) -> tuple[FieldPrediction, ...]:
    """Return the predictions of a row that were asked for, without the field added for ranking."""
    asked = set(comparison.settings.fields)
    return tuple(part for part in ranking.answer.predictions if part.asked_as in asked)
