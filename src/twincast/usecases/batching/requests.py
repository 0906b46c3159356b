"""What a batch asks for: checked as a whole before anybody is looked up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isfinite
from typing import Final

from twincast.domain.batches import MAX_TWINS, BatchSettings, Mode, Variant
from twincast.domain.errors import FieldProblem, InvalidInput, TooLarge
from twincast.domain.fields import (
    ALIASES,
    BY_NAME,
    DEFAULT_HORIZON_DAYS,
    DEFAULT_LEVEL,
    MAX_HORIZON_DAYS,
    MAX_LEVEL,
    MIN_LEVEL,
    VARIANT_PREFERENCE,
    resolve,
)
from twincast.domain.interventions import MAX_VARIANTS, Intervention, ReadIntervention
from twincast.domain.trials import MAX_ROUNDS
from twincast.domain.twins import Warning
from twincast.reading.interventions import YEARS, read_intervention
from twincast.response.model import NUMERIC
from twincast.usecases.comparisons import with_one_meaning
from twincast.usecases.context import Context
from twincast.usecases.freefields import without_model
from twincast.usecases.texts import MAX_NAME, text_problems
from twincast.usecases.trials import MAX_NAMES
from twincast.usecases.words import NOBODY_SPEAKS

SINGLE_VARIANT: Final = "intervention"
"""Id of the only variant where the request gives one intervention without an id."""
ROWS: Final = tuple(name for name in NUMERIC if BY_NAME[name].kind not in {"distribution", "window"})
"""Fields that a row can hold: single numbers."""
ONE_VARIANT: Final = "there is only one variant, so there is nothing to prefer"
FIRST: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchRequest:
    """What a batch asks for; None is the documented default.

    Attributes:
        twins: ids of twins or of customers; None where `segment` says whom.
        segment: a label that is kept with the batch; without `twins` the name of a segment that is defined.
        intervention: what would be sent to everybody; or `variants`, two or more of them, ids unique.
        mode: one of `Mode`; None: single for one intervention, else compare_variants.
        session: id of the session it is run in; None: an ephemeral one is opened for it.
        predict, extract: fields in any accepted spelling; free ones only in `extract`.
        memory: whether the twins remember what they were sent, in the session.
        analyze: whether insights are wanted; statistics: whether variants are compared in pairs.
        words: whether a language model says what each customer answers, one call for each cell that is sent something.
    """

    twins: tuple[str, ...] | None
    segment: str | None = None
    intervention: Intervention | None = None
    variants: tuple[Variant, ...] | None = None
    mode: str | None = None
    session: str | None = None
    predict: tuple[str, ...] = ()
    extract: tuple[str, ...] = ()
    horizon_days: int | None = None
    level: float | None = None
    as_of: date | None = None
    rounds: int = 1
    memory: bool = False
    analyze: bool = True
    statistics: bool = False
    seed: int | None = None
    words: bool = False


def variant_of(name: str, intervention: Intervention) -> Variant:
    """Return a variant under the caller's name."""
    return Variant(id=name, intervention=intervention)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request that was checked: the variants, how to predict, and what its author should know."""

    variants: tuple[Variant, ...]
    settings: BatchSettings
    warnings: tuple[Warning, ...]


def checked(ctx: Context, request: BatchRequest) -> Asked:
    """Check a request and fill in what was left out.

    Raises:
        InvalidInput, UnknownField: naming each field that is not right.
        TooLarge: there are too many twins, or variants, or a content is too long.
    """
    require_few(request.twins or (), "digital_twin_ids")
    problems = [*_audience_problems(request), *_choice_problems(request), *_number_problems(request)]
    if problems:
        raise InvalidInput.of(problems)
    variants = _variants(request)
    mode = _mode(request, len(variants))
    fields, unavailable = _fields(request, mode, len(variants))
    settings = BatchSettings(
        mode=mode,
        fields=fields,
        unavailable=unavailable,
        horizon_days=request.horizon_days or DEFAULT_HORIZON_DAYS,
        level=DEFAULT_LEVEL if request.level is None else request.level,
        as_of=request.as_of or ctx.clock.now().date(),
        dated=request.as_of is not None,
        rounds=request.rounds,
        memory=_remembers(request, mode),
        analyze=request.analyze,
        statistics=request.statistics,
        seed=request.seed or 0,
        words=request.words and ctx.chat is not None,
    )
    items = read(variants, ctx.currency)
    found = [warning for item in items for warning in item.warnings]
    warnings = tuple(dict.fromkeys((*found, *_notes(ctx, request, mode))))
    return Asked(variants=variants, settings=settings, warnings=warnings)


def require_few(twins: Sequence[str], field: str) -> Sequence[str]:
    """Return references of no more twins than a batch may have. Raises TooLarge."""
    if len(twins) > MAX_TWINS:
        allowed = f"at most {MAX_TWINS:,}"
        problem = FieldProblem(field=field, message=f"has {len(twins):,} entries", allowed=allowed)
        raise TooLarge(f"{field} has {len(twins):,} entries; {allowed} are taken.", [problem])
    return twins


def read(variants: tuple[Variant, ...], currency: str) -> list[ReadIntervention]:
    """Return the variants as they read to customers who pay in a currency; all mean the same by engaging."""
    several = len(variants) > 1
    items = [
        read_intervention(
            it.intervention, currency=currency, path=f"intervention_variants[{place}]" if several else "intervention"
        )
        for place, it in enumerate(variants)
    ]
    return with_one_meaning(items)


def _audience_problems(request: BatchRequest) -> Iterator[FieldProblem]:
    if request.twins is not None and not request.twins:
        yield FieldProblem(field="digital_twin_ids", message="is empty", allowed="at least one twin")
    if request.twins is None and request.segment is None:
        yield FieldProblem(field="digital_twin_ids", message="is missing", allowed="or the name of a segment")
    if request.segment is not None:
        yield from text_problems("customer_segment", request.segment, MAX_NAME)


def _choice_problems(request: BatchRequest) -> Iterator[FieldProblem]:
    one, several = request.intervention, request.variants
    if (one is None) == (several is None):
        message = "stands beside intervention_variants" if one is not None else "is missing"
        yield FieldProblem(field="intervention", message=message, allowed="exactly one of the two")
    if several is not None:
        if len(several) > MAX_VARIANTS:
            problem = FieldProblem(field="intervention_variants", message=f"has {len(several)}", allowed="at most 50")
            raise TooLarge(f"intervention_variants has {len(several)} entries; at most {MAX_VARIANTS}.", [problem])
        yield from _id_problems(several)
    if request.mode is not None and request.mode not in set(Mode):
        shown = ascii(request.mode[:40])[1:-1]
        allowed = ", ".join(Mode)
        yield FieldProblem(field="test_config.mode", message=f"'{shown}' is not known", allowed=allowed)
    elif request.mode is not None and (one is None) != (several is None):
        yield from _mode_problems(request.mode, one, several or ())


def _mode_problems(mode: str, one: Intervention | None, several: tuple[Variant, ...]) -> Iterator[FieldProblem]:
    if mode == Mode.SINGLE and len(several) > 1:
        message = f"'single' tests one intervention, and there are {len(several)}"
        yield FieldProblem(field="test_config.mode", message=message, allowed="compare_variants, assign or sequence")
    if mode in {Mode.COMPARE, Mode.ASSIGN} and (one is not None or len(several) < 2):
        message = f"'{mode}' needs two variants or more"
        yield FieldProblem(field="test_config.mode", message=message, allowed="single, or more intervention_variants")


def _id_problems(variants: tuple[Variant, ...]) -> Iterator[FieldProblem]:
    first: dict[str, int] = {}
    if not variants:
        yield FieldProblem(field="intervention_variants", message="is empty", allowed="at least one variant")
    for place, variant in enumerate(variants):
        field = f"intervention_variants[{place}].id"
        earlier = first.setdefault(variant.id, place)
        if earlier != place:
            shown = ascii(variant.id[:40])[1:-1]
            message = f"'{shown}' is the id of intervention_variants[{earlier}] too"
            yield FieldProblem(field=field, message=message, allowed="unique ids")
        if not variant.id.strip():
            yield FieldProblem(field=field, message="is empty", allowed=f"1 to {MAX_NAME} characters")
        yield from text_problems(field, variant.id, MAX_NAME)


def _number_problems(request: BatchRequest) -> Iterator[FieldProblem]:
    days, level, day, seed = request.horizon_days, request.level, request.as_of, request.seed
    checks = (
        ("horizon_days", days, days is None or 1 <= days <= MAX_HORIZON_DAYS, f"1 to {MAX_HORIZON_DAYS}"),
        (
            "level",
            level,
            level is None or (isfinite(level) and MIN_LEVEL <= level <= MAX_LEVEL),
            f"{MIN_LEVEL} to {MAX_LEVEL}",
        ),
        ("as_of", day, day is None or day.year in YEARS, f"a day from {YEARS[0]} to {YEARS[-1]}"),
        ("test_config.rounds", request.rounds, 1 <= request.rounds <= MAX_ROUNDS, f"1 to {MAX_ROUNDS}"),
        ("seed", seed, seed is None or 0 <= seed < 2**63, "0 to 2^63 - 1"),
    )
    for field, value, is_right, allowed in checks:
        if not is_right:
            yield FieldProblem(field=field, message=f"{str(value)[:40]} is out of range", allowed=allowed)
    for name, names in (("predict", request.predict), ("extraction_config.fields", request.extract)):
        if len(names) > MAX_NAMES:
            yield FieldProblem(field=name, message=f"has {len(names)} entries", allowed=f"at most {MAX_NAMES}")
    for place, asked in enumerate(request.extract[:MAX_NAMES]):
        yield from text_problems(f"extraction_config.fields[{place}]", asked, MAX_NAME)


def _variants(request: BatchRequest) -> tuple[Variant, ...]:
    if request.variants is not None:
        named = request.variants
    else:
        one = request.intervention or Intervention()
        named = (Variant(id=one.id or SINGLE_VARIANT, intervention=one),)
    return tuple(replace(it, intervention=replace(it.intervention, id=it.id)) for it in named)


def _mode(request: BatchRequest, variants: int) -> Mode:
    if request.mode is not None:
        return Mode(request.mode)
    return Mode.SINGLE if variants == 1 else Mode.COMPARE


def _fields(request: BatchRequest, mode: Mode, variants: int) -> tuple[dict[str, str], dict[str, str]]:
    """Return the asked fields, and why others have no value."""
    known = tuple(name for name in request.extract if name in ALIASES or name == VARIANT_PREFERENCE)
    fields = resolve(request.predict, extra=(VARIANT_PREFERENCE,))
    fields |= resolve(known, where="extraction_config.fields", extra=(VARIANT_PREFERENCE,))
    wrong = [
        FieldProblem(
            field=name,
            message=f"is a {BY_NAME[field].kind} and no number; a test of one twin answers it, and extract-results",
            allowed="one of: " + ", ".join((*ROWS, VARIANT_PREFERENCE)),
        )
        for name, field in fields.items()
        if field != VARIANT_PREFERENCE and field not in ROWS
    ]
    if wrong:
        raise InvalidInput.of(wrong)
    unavailable = {name: without_model(name) for name in request.extract if name not in known}
    if mode is not Mode.COMPARE or variants < 2:
        unavailable |= {name: ONE_VARIANT for name, field in fields.items() if field == VARIANT_PREFERENCE}
        fields = {name: field for name, field in fields.items() if field != VARIANT_PREFERENCE}
    return fields, unavailable


def _remembers(request: BatchRequest, mode: Mode) -> bool:
    """Tell whether the session keeps what the twins were sent: nothing of alternatives, of which none was chosen."""
    if request.session is None or mode is Mode.COMPARE:
        return False
    return request.memory or mode is Mode.SEQUENCE


def _notes(ctx: Context, request: BatchRequest, mode: Mode) -> Iterator[Warning]:
    if request.words and ctx.chat is None:
        yield NOBODY_SPEAKS
    if not request.memory:
        return
    field = "test_config.enable_memory"
    if mode is Mode.COMPARE:
        message = "Variants are compared as if none of them was sent, so the twins remember none of them."
        yield Warning(code="comparison-not-remembered", field=field, message=message)
    elif request.session is None:
        message = "No session was named, so what the twins were sent is remembered nowhere."
        yield Warning(code="no-session", field=field, message=message)
