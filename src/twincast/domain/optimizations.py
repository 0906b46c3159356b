"""An optimisation: the best message that was found for a twin, what it owes to its parts, and how it was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from twincast.domain.constraints import Constraints
from twincast.domain.events import Head
from twincast.domain.ids import CustomerId, OptimizationId, SessionId, TwinId
from twincast.domain.objectives import BY_NAME, Costs
from twincast.domain.predictions import Estimate, Provenance
from twincast.domain.trials import Answered, TrialSettings
from twincast.domain.twins import Warning

DEFAULT_CANDIDATES: Final = 1_000
MAX_CANDIDATES: Final = 20_000
"""Most plans that one search scores: ten seconds of work."""
MAX_BASELINES: Final = 20
MAX_DRAFTS: Final = 10
"""Most texts that a language model is asked for in one search."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One batch of the search: how many plans were scored in it, and the best cautious value after it."""

    scored: int
    best: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Finalist:
    """A text that was written, read back and scored again, or why it was not.

    Attributes:
        source: where it comes from: `plan`, `template:<id>`, `baseline:<id>`, `draft:<number>`.
        content: the text; empty for plans that no words could be found for.
        value, cautious: estimate of the objective and its 20 % quantile, as ranked (`usecases.optimizing.supports`);
            None where it was rejected.
        fresh: mean over draws that the search never used; None where it was rejected.
        rejected: which rule it breaks, in a sentence, or None.
    """

    source: str
    content: str
    value: float | None = None
    cautious: float | None = None
    fresh: float | None = None
    rejected: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """How the message was found.

    Attributes:
        rounds: of the search.
        rejected: rule -> plans that break it, and were not scored.
        finalists: texts, best first; rejected ones last.
        searched, fresh: objective of the message as the search saw it, and over fresh draws.
        shrunk: `fresh`, drawn towards the mean of all finalists by how uncertain they are (`optimizing.finals.shrunk`).
        runner_up: the text next to it, or None where there was no other.
        draws: number of the fresh draws; seed: that keyed them.
        skipped: starting points that could not be made, and why.
    """

    rounds: tuple[Round, ...]
    rejected: Mapping[str, int]
    finalists: tuple[Finalist, ...]
    searched: float
    fresh: float
    shrunk: float
    runner_up: str | None
    draws: int
    seed: int
    skipped: Mapping[str, str]

    @property
    def candidates(self) -> int:
        """Return how many plans were scored."""
        return sum(it.scored for it in self.rounds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """A part of the message, or one that it goes without.

    Attributes:
        name: `occasion`, `offer`, `appeal:exclusive`, `sentence:2`, ...
        words: what it is, for a reader.
        effect: of a part: the objective with it less without it. Of one avoided: what it would have added; below 0,
            where more is better, what it would have cost.
        rule: the constraint that excludes it, or None where it was only tried.
    """

    name: str
    words: str
    effect: Estimate
    rule: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Optimization:
    """A stored optimisation.

    Attributes:
        objective: canonical name (`domain.objectives`).
        occasion, product: the reason to write and what it is about, as asked.
        source: of the message (`Finalist.source`).
        subject: line above it, where its channel has one.
        answer: what a test of the message says, to the same bit.
        aim: the objective with the message: estimate and interval.
        confidence: P(the message is truly better than its runner-up), over fresh draws; None without one.
        beats_baselines: whether it is at least as good as each baseline, over fresh draws; None where none was given.
        plan: its elements (`domain.plans.elements`), in words; empty where it was written otherwise.
        key, avoided: its parts with their effects, and parts that it goes without.
    """

    id: OptimizationId
    session_id: SessionId
    head: Head
    twin_id: TwinId
    customer_id: CustomerId
    twin_version: int
    settings: TrialSettings
    objective: str
    constraints: Constraints
    costs: Costs
    occasion: str | None
    product: str | None
    content: str
    subject: str | None
    source: str
    answer: Answered
    aim: Estimate
    confidence: float | None
    beats_baselines: bool | None
    plan: tuple[str, ...]
    key: tuple[Element, ...]
    avoided: tuple[Element, ...]
    trace: Trace
    warnings: tuple[Warning, ...]
    currency: str
    provenance: Provenance
    created_at: datetime

    def helpful(self) -> tuple[Element, ...]:
        """Return the parts that help, the strongest first."""
        sign = BY_NAME[self.objective].sign
        return tuple(it for it in self.key if sign * it.effect.value > 0.0)


MAX_TOGETHER: Final = 500
"""Most customers for whom one message is looked for at once; of more, as many are drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CommonMessage:
    """One message for many customers, and the price of not writing to each of them as suits her best.

    Attributes:
        objective: canonical name.
        customers: how many the numbers rest on; `members`: how many there are; `refused`: who opted out of profiling.
        content, subject: the message.
        worth: mean of the objective over the customers.
        price: by how much a customer's own best of the same plans is better, on average; below 0 never on purpose.
        suits: share of the customers for whom the common plan is the best of them.
        plans: how many different plans are somebody's best.
        candidates: plans that were scored for everybody; draws: behind the intervals.
    """

    objective: str
    customers: int
    members: int
    refused: int
    content: str
    subject: str | None
    plan: tuple[str, ...]
    worth: Estimate
    price: Estimate
    suits: float
    plans: int
    candidates: int
    draws: int
    currency: str
