"""What an optimisation asks for, and what can be wrong with it before anything is looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from twincast.domain.constraints import (
    CHANNEL_LIMITS,
    MAX_WORDS_LISTED,
    UNITS,
    URGENCIES,
    Constraints,
    Contradiction,
    stands_in,
)
from twincast.domain.errors import ContradictoryConstraints, FieldProblem, InvalidInput
from twincast.domain.fields import nearest
from twincast.domain.interventions import Intervention
from twincast.domain.objectives import DEFAULT_OBJECTIVE, Costs, Objective, cost_problems, objective_of
from twincast.domain.occasions import OCCASION_SPELLINGS, OCCASIONS
from twincast.domain.optimizations import DEFAULT_CANDIDATES, MAX_BASELINES, MAX_CANDIDATES, MAX_DRAFTS
from twincast.domain.plans import CLAIMS, OFFERS, Facts
from twincast.domain.tones import TONES, canonical_tone
from twincast.usecases.texts import MAX_NAME, MAX_NOTE, text_problems
from twincast.writing.drafts import contradictions_in

MAX_LENGTH: Final = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class OptimizationRequest:
    """What an optimisation asks for; None is the documented default.

    Attributes:
        twin: id of a twin or of a customer.
        objective: any spelling (`domain.objectives`); costs: what profit needs to know.
        constraints: what must hold; the tone in any spelling.
        occasion, product: the reason to write, in any spelling, and what the message is to be about.
        facts: what the company says may be said: brand, name, matter, remedy, claims; the rest is read in the record.
        offers: kinds of offer that the company can make.
        baselines: messages of the caller's own, by id: what is found never loses to them.
        channel, timing: of the message.
        candidates: most plans that are scored; drafts: texts that a language model is asked for.
        session, horizon_days, level, as_of, seed: as in a test.
    """

    twin: str
    objective: str = DEFAULT_OBJECTIVE
    constraints: Constraints = field(default_factory=Constraints)
    costs: Costs = field(default_factory=Costs)
    occasion: str | None = None
    product: str | None = None
    facts: Facts = field(default_factory=Facts)
    offers: tuple[str, ...] = ("percent",)
    baselines: Mapping[str, Intervention] = field(default_factory=dict)
    channel: str | None = None
    timing: str | None = None
    candidates: int = DEFAULT_CANDIDATES
    drafts: int = 0
    session: str | None = None
    horizon_days: int | None = None
    level: float | None = None
    as_of: date | None = None
    seed: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What was asked for, in canonical names."""

    objective: Objective
    constraints: Constraints
    occasion: str | None


def checked(request: OptimizationRequest) -> Asked:
    """Return what was asked for in canonical names.

    Raises:
        InvalidInput: names every field that is not right.
        ContradictoryConstraints: constraints that no message can keep together; the smallest contradiction is named.
    """
    objective = objective_of(request.objective)
    problems = [
        *cost_problems(objective, request.costs),
        *_constraint_problems(request.constraints),
        *_context_problems(request),
        *_search_problems(request),
    ]
    if problems:
        raise InvalidInput.of(problems)
    constraints = _canonical(request)
    _refuse_contradictions(constraints, request)
    return Asked(objective=objective, constraints=constraints, occasion=_occasion(request.occasion))


def _canonical(request: OptimizationRequest) -> Constraints:
    given = request.constraints
    return given if given.tone is None else replace(given, tone=canonical_tone(given.tone))


def _occasion(given: str | None) -> str | None:
    key = (given or "").strip().lower().replace("-", "_").replace(" ", "_")
    return OCCASION_SPELLINGS.get(key, key) or None


def _constraint_problems(given: Constraints) -> Iterator[FieldProblem]:
    most, length = given.discount_max, given.length_max
    if most is not None and not 0.0 <= most <= 1.0:
        message = f"{most:g} is no share of the list price"
        yield FieldProblem(field="constraints.discount_max", message=message, allowed="0 to 1: 0.3 is 30 %")
    if length is not None and not 1 <= length <= MAX_LENGTH:
        field_ = "constraints.message_length_max"
        yield FieldProblem(field=field_, message=f"{length} is out of range", allowed=f"1 to {MAX_LENGTH}")
    yield from _listed("constraints.message_length_unit", given.length_unit, UNITS)
    yield from _listed("context.urgency", given.urgency, URGENCIES)
    if given.tone is not None and canonical_tone(given.tone) is None:
        yield _unknown("constraints.tone", given.tone, TONES, "unsupported_tone: ")
    for name, texts, most_ in (
        ("forbidden_words", given.forbidden, MAX_NAME),
        ("required_facts", given.required, MAX_NOTE),
    ):
        if len(texts) > MAX_WORDS_LISTED:
            allowed = f"at most {MAX_WORDS_LISTED}"
            yield FieldProblem(field=f"constraints.{name}", message=f"has {len(texts)} entries", allowed=allowed)
        for place, text in enumerate(texts[:MAX_WORDS_LISTED]):
            where = f"constraints.{name}[{place}]"
            yield from text_problems(where, text, most_)
            if not text.strip():
                yield FieldProblem(field=where, message="is empty", allowed="text")


def _context_problems(request: OptimizationRequest) -> Iterator[FieldProblem]:
    occasion = _occasion(request.occasion)
    if occasion is not None and occasion not in OCCASIONS:
        yield _unknown("context.occasion", str(request.occasion), OCCASIONS, "")
    facts = request.facts
    texts = {
        "context.product_focus": request.product,
        "context.brand": facts.brand,
        "context.customer_name": facts.name,
        "context.matter": facts.matter,
        "context.remedy": facts.remedy,
        **{f"context.claims.{name[:40]}": said for name, said in facts.claims.items()},
    }
    for where, text in texts.items():
        if text is not None:
            yield from text_problems(where, text, MAX_NOTE if "claims" in where or "remedy" in where else MAX_NAME)
    if request.product is not None and not request.product.strip():
        yield FieldProblem(field="context.product_focus", message="is empty", allowed="text, or leave it out")
    for name in facts.claims:
        if name not in CLAIMS:
            yield _unknown(f"context.claims.{name[:40]}", name, CLAIMS, "")
    if occasion == "service_recovery" and not (facts.matter or "").strip():
        message = "is missing: an apology needs to say what it is for"
        yield FieldProblem(field="context.matter", message=message, allowed="a few words, such as 'your late delivery'")
    for place, kind in enumerate(request.offers):
        yield from _listed(f"context.offers[{place}]", kind, OFFERS)


def _search_problems(request: OptimizationRequest) -> Iterator[FieldProblem]:
    if not 1 <= request.candidates <= MAX_CANDIDATES:
        message, allowed = f"{request.candidates} is out of range", f"1 to {MAX_CANDIDATES}"
        yield FieldProblem(field="candidates", message=message, allowed=allowed)
    if not 0 <= request.drafts <= MAX_DRAFTS:
        yield FieldProblem(field="drafts", message=f"{request.drafts} is out of range", allowed=f"0 to {MAX_DRAFTS}")
    if len(request.baselines) > MAX_BASELINES:
        message = f"has {len(request.baselines)} entries"
        yield FieldProblem(field="baselines", message=message, allowed=f"at most {MAX_BASELINES}")
    if request.channel is not None and request.channel not in CHANNEL_LIMITS:
        yield _unknown("channel", request.channel, CHANNEL_LIMITS, "no messages are written for it: ")
    for name, item in request.baselines.items():
        if not item.is_contact or (item.content is None and item.template is None):
            message = "sends nothing; a baseline is a message"
            yield FieldProblem(field=f"baselines.{ascii(name[:40])[1:-1]}", message=message, allowed="content")


def _listed(where: str, value: str | None, known: tuple[str, ...]) -> Iterator[FieldProblem]:
    if value is not None and value not in known:
        yield _unknown(where, value, known, "")


def _unknown(
    where: str, value: str, known: Iterator[str] | Mapping[str, object] | tuple[str, ...], lead: str
) -> FieldProblem:
    names = tuple(known)
    close = nearest(value[:80], names)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    shown = ascii(value[:60])[1:-1]
    return FieldProblem(
        field=where, message=f"{lead}'{shown}' is not known{hint}", allowed="one of: " + ", ".join(names)
    )


_PATHS: Final[dict[str, str]] = {
    "discount_max": "constraints.discount_max",
    "length_max": "constraints.message_length_max",
    "tone": "constraints.tone",
    "urgency": "context.urgency",
    "forbidden": "constraints.forbidden_words",
    "required": "constraints.required_facts",
    "channel": "channel",
}
"""A constraint, and where it stands in a body."""


def _refuse_contradictions(constraints: Constraints, request: OptimizationRequest) -> None:
    """Raise for what no message can keep together, the smallest contradiction first."""
    found = [*contradictions_in(constraints, request.facts), *_of_product(constraints, request.product)]
    if found:
        first = min(found, key=lambda it: len(it.fields))
        paths = [_path(name) for name in first.fields]
        detail = f"{' and '.join(paths)} can not hold together: {first.message}"
        raise ContradictoryConstraints(detail, [FieldProblem(field=path, message=first.message) for path in paths])


def _of_product(constraints: Constraints, product: str | None) -> Iterator[Contradiction]:
    for place, word in enumerate(constraints.forbidden):
        if product is not None and stands_in(word, product.replace("_", " ")):
            message = f"{word!r} is forbidden, and the product has to be named."
            yield Contradiction(fields=(f"forbidden[{place}]", "context.product_focus"), message=message)


def _path(name: str) -> str:
    head, bracket, rest = name.partition("[")
    return _PATHS.get(head, head) + bracket + rest
