"""Comparing variants on one twin at the same moment: a ranking, P(best), and a recommendation or none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from twincast.domain.channels import OPENING
from twincast.domain.comparisons import DECISION_THRESHOLD, NO_CONTACT_ID, Comparison
from twincast.domain.errors import FieldProblem, InvalidInput, TooLarge, UnknownComparison
from twincast.domain.fields import COMPARISON_FIELDS, VARIANT_PREFERENCE, resolve
from twincast.domain.ids import ComparisonId
from twincast.domain.interventions import MAX_VARIANTS, NO_CONTACT, Intervention, ReadIntervention
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.domain.trials import TrialSettings
from twincast.domain.twins import Warning
from twincast.reading.interventions import default_response, read_intervention
from twincast.response.cells import Cells, grid
from twincast.response.ranking import MONEY_TARGETS, TARGETS
from twincast.usecases.answers import answer, channels_of
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.learning import answering
from twincast.usecases.pasts import NO_PAST, Past, past_of
from twincast.usecases.rankings import Row, ranked, recommended
from twincast.usecases.references import find, is_text
from twincast.usecases.scenes import Subject
from twincast.usecases.sessions import find as find_session
from twincast.usecases.subjects import subject_met, until_of
from twincast.usecases.texts import MAX_NAME, text_problems
from twincast.usecases.trials import (
    TrialRequest,
    provenance_of,
    seeded,
    settings_of,
    twin_warnings,
    with_warnings,
)
from twincast.usecases.visits import Visit, settle, visit
from twincast.usecases.words import NOBODY_SPEAKS, Cell, in_words

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
        session: id of the session it is run in; None: an ephemeral one is opened for it.
        predict: field names in any accepted spelling.
        rank_by: field to rank by; None: the first asked field that can rank.
        include_no_contact: adds a row for sending nothing.
        decision_threshold: P(best) from which a variant is recommended.
        seed: for draws; None: that of the session.
        notes: further warnings, stored with every row.
        words: whether a language model says what the customer answers to each variant, one call each.
    """

    twin: str
    variants: tuple[Variant, ...]
    session: str | None = None
    predict: tuple[str, ...] | None = None
    rank_by: str | None = None
    include_no_contact: bool = False
    decision_threshold: float = DECISION_THRESHOLD
    horizon_days: int | None = None
    level: float | None = None
    as_of: date | None = None
    rounds: int = 1
    thinking: bool = False
    seed: int | None = None
    notes: tuple[Warning, ...] = ()
    words: bool = False


def run(ctx: Context, request: ComparisonRequest) -> Comparison:
    """Compare variants on a twin, store the result, return it.

    Raises:
        InvalidInput, UnknownField, TooLarge: the request is not valid; nothing is stored.
        UnknownTwin, UnknownSession: there is none in this workspace.
        PhaseRefused, SessionRequired: the session does not allow it, or none was named where one must be.
        ProfilingRefused: the customer opted out.
    """
    _check(request)
    settings = _settings(ctx, request)
    now = ctx.clock.now()
    with ctx.store.reading(ctx.workspace) as unit:
        met = visit(ctx, unit, request.twin, request.session)
        at = _earliest(request)
        subject = subject_met(ctx, unit, met, request.as_of, at, now)
        until = until_of(met, request.as_of, at, subject.now)
        past = past_of(unit, met, subject.memory, until) if request.words and ctx.chat is not None else NO_PAST
        ctx = answering(ctx, unit)
    twin, settings = met.twin, seeded(settings, request.seed, met)
    ids, items = _read(request, twin.currency)
    cells = grid(subject.frame, items, subject.now, subject.remembered)
    target = _target(request, settings, channels_of(cells))
    rows = _rows(ctx, subject, cells, ids, settings, target)
    notes = (NOBODY_SPEAKS,) if request.words and ctx.chat is None else ()
    warnings = (*twin_warnings(twin, settings), *_mixed(rows), *request.notes, *notes)
    if request.words:
        rows = _spoken(ctx, met, past, rows)
    rankings = ranked([replace(row, answer=with_warnings(row.answer, warnings)) for row in rows], target)
    comparison = Comparison(
        id=ComparisonId(ctx.ids.new("comp_")),
        session_id=met.session.id,
        head=met.head,
        twin_id=twin.id,
        customer_id=twin.customer_id,
        twin_version=twin.version,
        settings=settings,
        target=target,
        rankings=rankings,
        recommendation=recommended(rankings, rows, target, request.decision_threshold),
        draws=DRAWS,
        currency=twin.currency,
        provenance={
            variant: provenance_of(ctx, met, item, settings.seed, subject.policy)
            for variant, item in zip(ids, items, strict=True)
        },
        created_at=now,
    )
    _store(ctx, met, comparison)
    return comparison


def _earliest(request: ComparisonRequest) -> datetime | None:
    """Return the first moment of the variants where each has one of its own: what comes later is known to none."""
    moments = [variant.intervention.at for variant in request.variants]
    known = [moment for moment in moments if moment is not None]
    return min(known) if known and len(known) == len(moments) else None


def _store(ctx: Context, met: Visit, comparison: Comparison) -> None:
    with ctx.store.writing(ctx.workspace) as unit:
        settle(unit, ctx, met, result=comparison.id)
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
        found = unit.comparisons.get(ComparisonId(comparison_id)) if is_text(comparison_id) else None
    if found is None:
        raise UnknownComparison(f"There is no comparison '{ascii(comparison_id[:80])[1:-1]}' in this workspace.")
    return found


def listing(
    ctx: Context,
    cursor: str | None = None,
    limit: int = DEFAULT_PAGE,
    twin: str | None = None,
    session: str | None = None,
) -> Page[Comparison]:
    """Page through stored comparisons, newest first: all, or those of one twin, of one session, or of both."""
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        twin_id = find(unit, twin).id if twin is not None else None
        session_id = find_session(unit, session).id if session is not None else None
        return unit.comparisons.newest(cursor, limit, twin_id, session_id)


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
        problem = FieldProblem(field="variants", message=f"has {count}", allowed=f"2 to {MAX_VARIANTS} variants")
        raise TooLarge(f"variants has {count} entries; at most {MAX_VARIANTS} can be compared at once.", [problem])
    if count < 2:
        return [FieldProblem(field="variants", message=f"has {count}", allowed=f"2 to {MAX_VARIANTS} variants")]
    return []


def _id_problems(variants: Sequence[Variant]) -> Iterator[FieldProblem]:
    first: dict[str, int] = {}
    for place, variant in enumerate(variants):
        field, shown = f"variants[{place}].id", ascii(variant.id[:80])[1:-1]
        earlier = first.setdefault(variant.id, place)
        if earlier != place:
            message = f"'{shown}' is the id of variants[{earlier}] too"
            yield FieldProblem(field=field, message=message, allowed="unique ids")
        if variant.id == NO_CONTACT_ID:
            message = f"'{shown}' is kept for the row that include_no_contact adds"
            yield FieldProblem(field=field, message=message, allowed="any other id")
        if not variant.id.strip():
            yield FieldProblem(field=field, message="is empty", allowed=f"1 to {MAX_NAME} characters")
        yield from text_problems(field, variant.id, MAX_NAME)


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


def _target(request: ComparisonRequest, settings: TrialSettings, channels: Sequence[str]) -> str:
    """Return the canonical field to rank by: as asked, else the first asked one that can rank these variants."""
    possible = [field for field in TARGETS if field != "will_open" or OPENING & set(channels)]
    if request.rank_by is None:
        return next((field for field in settings.fields.values() if field in possible), "will_purchase")
    chosen = resolve([request.rank_by], where="rank_by")[request.rank_by]
    if chosen not in possible:
        allowed = "one of: " + ", ".join(possible)
        raise InvalidInput.of(
            [FieldProblem(field="rank_by", message=f"these variants can not be ranked by '{chosen}'", allowed=allowed)]
        )
    return chosen


def _read(request: ComparisonRequest, currency: str) -> tuple[list[str], list[ReadIntervention]]:
    ids = [variant.id for variant in request.variants]
    items = [
        read_intervention(variant.intervention, currency=currency, path=f"variants[{place}]")
        for place, variant in enumerate(request.variants)
    ]
    if request.include_no_contact:
        ids.append(NO_CONTACT_ID)
        items.append(read_intervention(Intervention(type=NO_CONTACT)))
    return ids, with_one_meaning(items)


def with_one_meaning(items: Sequence[ReadIntervention]) -> list[ReadIntervention]:
    """Let sending nothing answer for the response that the first message asks for: clicks compare with no clicks."""
    asked = next((it.response or default_response(it.type, it.channel) for it in items if it.is_contact), None)
    return [it if it.is_contact or it.response else replace(it, response=asked) for it in items]


def _rows(
    ctx: Context, subject: Subject, cells: Cells, ids: Sequence[str], settings: TrialSettings, target: str
) -> list[Row]:
    """Answer for every variant, with what it is to be ranked by."""
    fields = {asked: field for asked, field in settings.fields.items() if field != VARIANT_PREFERENCE}
    if target not in fields.values():
        fields[target] = target
    answers = answer(ctx.engine, subject, cells.interventions, replace(settings, fields=fields))
    days, level = settings.horizon_days, settings.level
    shares = ctx.engine.best(cells, target, horizon_days=days, draws=DRAWS, seed=settings.seed).tolist()
    orders = [None] * len(ids)
    if target in MONEY_TARGETS:
        column = ctx.engine.predict(cells, ["purchase_amount"], horizon_days=days, level=level)["purchase_amount"]
        orders = column.value.tolist()
    return [
        Row(variant_id=variant, answer=found, p_best=share, order_value=order)
        for variant, found, share, order in zip(ids, answers, shares, orders, strict=True)
    ]


def _spoken(ctx: Context, met: Visit, past: Past, rows: Sequence[Row]) -> list[Row]:
    """Let the customer answer each variant in a language model's words; no number depends on it."""
    cells = [Cell(twin=met.twin, session=met.session.id, answered=row.answer, past=past) for row in rows]
    return [replace(row, answer=answered) for row, answered in zip(rows, in_words(ctx, cells), strict=True)]


def _mixed(rows: Sequence[Row]) -> Iterator[Warning]:
    """Say when a field means different things for different variants: such numbers can not be compared."""
    sent = [row.answer for row in rows if row.answer.intervention.is_contact]
    meant = sorted({answered.response for answered in sent})
    if len(meant) > 1:
        message = f"will_engage means {' and '.join(meant)}; set `response` on each variant to compare like with like."
        yield Warning(code="different-responses", field="variants", message=message)
    if len({answered.intervention.intervention.horizon_days for answered in sent}) > 1:
        message = "Not all variants have the same horizon_days: the longer one has more time to work."
        yield Warning(code="different-horizons", field="variants", message=message)
