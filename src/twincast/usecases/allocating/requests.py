"""What an allocation asks for: checked as a whole before anything is predicted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Final

from twincast.domain.allocations import HOLDOUT, Capacities, Plan, share_problem
from twincast.domain.batches import Batch, Mode, Variant
from twincast.domain.channels import CHANNELS
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.interventions import NO_CONTACT
from twincast.domain.objectives import PROFIT, Costs, cost_problems, objective_of
from twincast.reading.interventions import canonical_type, read_intervention

SHOWN: Final = 40
KINDS: Final = {"gift": "gift", "shipping": "free_shipping"}
"""Costs of an order, and the kind of offer that has them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AllocationRequest:
    """What an allocation asks for; None is the documented default.

    Attributes:
        twins: ids of twins or customers; or `segment`, the name of one; or `batch`, the id of a batch that compared
            the offers, and then there are no `offers`.
        offers: what may be sent, ids unique.
        objective: any spelling of one of `domain.objectives`.
        costs: margin, and the contact cost of offers that state none.
        budget, capacities, holdout, seed: see `domain.allocations.Plan`.
        horizon_days, level, as_of: as for a batch; with `batch` they are the batch's.
    """

    twins: tuple[str, ...] | None = None
    segment: str | None = None
    batch: str | None = None
    offers: tuple[Variant, ...] | None = None
    objective: str = PROFIT
    costs: Costs = field(default_factory=Costs)
    budget: float | None = None
    capacities: Capacities = field(default_factory=Capacities)
    holdout: float = HOLDOUT
    horizon_days: int | None = None
    level: float | None = None
    as_of: date | None = None
    seed: int = 0


def plan_of(
    request: AllocationRequest, offers: Sequence[Variant], where: str, currency: str
) -> tuple[Plan, dict[str, float]]:
    """Return the plan of a request for some offers, and what a contact with each costs.

    Args:
        request: as given.
        offers: what can be allotted; where: the field in which they were given.
        currency: in which their texts are read.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    objective = objective_of(request.objective)
    contacts = {it.id: _contact(it, request.costs) for it in offers}
    needed = objective.needs_costs or request.budget is not None
    problems = list(_of_costs(request, objective.name))
    if objective.sign < 0:
        message = f"{objective.name} is best served by sending nothing to anybody"
        problems.append(
            FieldProblem(field="objective", message=message, allowed="an objective that an offer can raise")
        )
    if needed:
        problems += _uncosted(contacts, where)
        problems += _unpriced(request.costs, offers, currency)
    if not offers:
        problems.append(FieldProblem(field=where, message="holds no offer", allowed="at least one that is sent"))
    problems += _of_limits(request, [it.id for it in offers])
    known = {name: cost for name, cost in contacts.items() if cost is not None}
    if (
        request.budget is not None
        and known
        and len(known) == len(contacts)
        and 0.0 <= request.budget < min(known.values())
    ):
        cheapest = min(known, key=lambda name: known[name])
        message = f"{request.budget:g} is less than one contact with the cheapest offer, '{_shown(cheapest)}'"
        allowed = f"at least {known[cheapest]:g}, and what the offers give away, or null for no limit"
        problems.append(FieldProblem(field="budget", message=message, allowed=allowed))
    if problems:
        raise InvalidInput.of(problems)
    plan = Plan(
        objective=objective.name,
        costs=request.costs,
        budget=request.budget,
        capacities=request.capacities,
        holdout=request.holdout,
        seed=request.seed,
    )
    return plan, known


def offers_of(batch: Batch) -> tuple[Variant, ...]:
    """Return the variants of a batch that are sent.

    Raises:
        InvalidInput: not every customer was asked about every variant by itself.
    """
    if batch.settings.mode not in {Mode.SINGLE, Mode.COMPARE}:
        message = f"was run in mode '{batch.settings.mode}'"
        allowed = "a batch of mode compare_variants, in which each customer met each offer; or single"
        raise InvalidInput.of([FieldProblem(field="batch_id", message=message, allowed=allowed)])
    return sent_of(batch.variants)


def sent_of(variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """Return the variants that are sent: sending nothing is always a choice, and needs no offer."""
    return tuple(it for it in variants if canonical_type(it.intervention.type) != NO_CONTACT)


def audience_problems(request: AllocationRequest) -> Iterator[FieldProblem]:
    """Yield what is wrong with whom an allocation is about, and where its offers stand."""
    whom = {"digital_twin_ids": request.twins, "customer_segment": request.segment, "batch_id": request.batch}
    named = [name for name, value in whom.items() if value is not None]
    if not named:
        yield FieldProblem(field="digital_twin_ids", message="is missing", allowed="one of: " + ", ".join(whom))
    if request.batch is None:
        if request.offers is None:
            yield FieldProblem(field="offers", message="is missing", allowed="one to 50 offers, or a batch_id")
        return
    beside = {
        **{name: whom[name] for name in named if name != "batch_id"},
        "offers": request.offers,
        "horizon_days": request.horizon_days,
        "level": request.level,
        "as_of": request.as_of,
    }
    for name, value in beside.items():
        if value is not None:
            yield FieldProblem(field=name, message="stands beside batch_id", allowed="left out: it is the batch's")


def _contact(offer: Variant, costs: Costs) -> float | None:
    cost = offer.intervention.cost
    return costs.contact if cost is None else cost


def _of_costs(request: AllocationRequest, objective: str) -> Iterator[FieldProblem]:
    """Yield what is wrong with the costs; the contact cost is looked for with each offer."""
    for problem in cost_problems(objective_of(objective), request.costs):
        if problem.field != "costs.contact" or request.costs.contact is not None:
            yield problem


def _uncosted(contacts: Mapping[str, float | None], where: str) -> Iterator[FieldProblem]:
    for place, (name, cost) in enumerate(contacts.items()):
        if cost is None:
            message = (
                f"is missing: nobody said what a contact with '{_shown(name)}' costs; 0 is an answer, silence is none"
            )
            yield FieldProblem(
                field=f"{where}[{place}].cost", message=message, allowed="money, 0 or more, or costs.contact"
            )


def _unpriced(costs: Costs, offers: Sequence[Variant], currency: str) -> Iterator[FieldProblem]:
    """Yield what offers give away with an order, beside a discount, that nobody has said the price of."""
    read = [(it, read_intervention(it.intervention, currency=currency, path="offers")) for it in offers]
    for name, kind in KINDS.items():
        having = (it.id for it, item in read if item.reading and any(term.kind == kind for term in item.reading.offers))
        first = next(having, None)
        if first is not None and getattr(costs, name) is None:
            message = f"is missing: '{_shown(first)}' gives it away, and 0 is an answer, silence is none"
            yield FieldProblem(field=f"costs.{name}", message=message, allowed="money for an order, 0 or more")


def _of_limits(request: AllocationRequest, offers: Sequence[str]) -> Iterator[FieldProblem]:
    if request.budget is not None and not (isfinite(request.budget) and request.budget >= 0.0):
        message = f"{request.budget!r} is not allowed"
        yield FieldProblem(field="budget", message=message, allowed="money, 0 or more, or null for no limit")
    wrong = share_problem(request.holdout)
    if wrong is not None:
        yield wrong
    if not 0 <= request.seed < 2**63:
        yield FieldProblem(field="seed", message=f"{request.seed} is out of range", allowed="0 to 2^63 - 1")
    limits = {"offers": (request.capacities.offers, offers), "channels": (request.capacities.channels, CHANNELS)}
    for kind, (given, known) in limits.items():
        for name, most in given.items():
            path = f"capacities.{kind}.{_shown(name)}"
            if name not in known:
                message = f"'{_shown(name)}' is not one of the {kind}"
                yield FieldProblem(field=path, message=message, allowed="one of: " + ", ".join(map(_shown, known)))
            if most < 0:
                yield FieldProblem(field=path, message=f"{most} is not allowed", allowed="customers, 0 or more")


def _shown(name: str) -> str:
    return ascii(name[:SHOWN])[1:-1]
