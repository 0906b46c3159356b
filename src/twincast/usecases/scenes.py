"""What answering about one twin rests on: whom it is about, the cells, and what the engine says of them."""

from dataclasses import dataclass, replace
from datetime import datetime

from twincast.domain.interventions import ReadIntervention
from twincast.domain.memories import Memory
from twincast.domain.policies import DEFAULT_POLICY, ContactPolicy
from twincast.domain.predictions import Explanation
from twincast.domain.timings import Window
from twincast.domain.trials import TrialSettings
from twincast.ports.engines import Backing, Engine, Examination
from twincast.reading.twins import TwinFrame
from twincast.response.cells import Cells, Remembered
from twincast.response.heads import EXPLAINED_HEADS, RESPONSE_HEADS
from twincast.response.learned import UNCONTACTED
from twincast.response.numbers import DELAY, OF_PURCHASES, STATED
from twincast.response.opinions import SURVEY
from twincast.usecases.suggestions import Candidate
from twincast.usecases.wholes import Whole, sent

BEHAVIOUR, NOTHING = "behaviour", "nothing"
PRIOR = Backing(basis="prior", uplift_basis="prior", outcomes=0)
"""What stands behind numbers that no outcome informs."""

WITH_PURCHASE = ("expected_revenue", "revenue_impact", "amount_spent")
"""Money that is P(purchase) x the value of an order: fitted as far as the purchase is, and not validated by it."""

DIFFERENCES = ("loyalty_impact",)
"""A probability's change, and not the probability."""

ALWAYS = ("will_engage", "will_purchase")
"""Predicted for every answer: the reply and the key factors rest on them."""


def backing_of(engine: Engine, field: str, response: str, channel: str) -> Backing:
    """Return what stands behind a field on a channel, where engaging means this response."""
    if field in WITH_PURCHASE:
        return replace(engine.backing("purchase"), checked=(), reliability=None)
    number = DELAY + channel if field == "response_time" else {**OF_PURCHASES, **STATED}.get(field)
    if number is not None:
        return engine.backing(number)
    head = RESPONSE_HEADS[response] if field == "will_engage" else EXPLAINED_HEADS.get(field)
    return PRIOR if head is None else engine.backing(head)


def validated_on(backing: Backing, field: str, channel: str | None) -> str:
    """Return what a field was checked on that was not fitted to: a survey, behaviour on this channel, or nothing.

    What is a difference by itself needs people with the contact and without.
    """
    if SURVEY in backing.checked:
        return SURVEY
    own = {UNCONTACTED if channel is None else channel}
    needed = own | {UNCONTACTED} if field in DIFFERENCES else own
    return BEHAVIOUR if needed <= {*backing.checked} else NOTHING


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """The one twin an answer is about.

    Attributes:
        frame: a frame of one row.
        currency: of its money.
        now: the moment the prediction is made from.
        zone: the workspace's zone, where the twin's own is not known.
        memory: what the twin remembers; None where that is nothing.
        policy: when and how often the company writes to its customers.
    """

    frame: TwinFrame
    currency: str
    now: datetime
    zone: str
    memory: Memory | None = None
    policy: ContactPolicy = DEFAULT_POLICY

    @property
    def remembered(self) -> Remembered | None:
        """Return the memory as cells take it."""
        return None if self.memory is None else Remembered(memories=(self.memory,), zone=self.zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Everything about the cells of one twin that answering needs: gathered first, rendered after.

    The cells are the interventions asked about, and after them the candidates for suggestions, cell by cell.

    Attributes:
        channels, responses: of the cells asked about: what each goes out on, and what engaging means.
        tried: the candidates of each cell asked about.
    """

    engine: Engine
    subject: Subject
    settings: TrialSettings
    cells: Cells
    examination: Examination
    channels: tuple[str, ...]
    responses: tuple[str, ...]
    tried: tuple[tuple[Candidate, ...], ...]

    def item(self, cell: int) -> ReadIntervention:
        """Return the intervention of a cell."""
        return self.cells.interventions[cell]

    def scores(self, cell: int) -> list[float]:
        """Return the target's value for each candidate that was tried on a cell."""
        start = sum(len(group) for group in self.tried[:cell])
        scores: list[float] = self.examination.scores[start : start + len(self.tried[cell])].tolist()
        return scores

    def backing(self, field: str, cell: int) -> Backing:
        """Return what stands behind a field of a cell."""
        return backing_of(self.engine, field, self.responses[cell], self.channels[cell])

    def sent_on(self, cell: int) -> str | None:
        """Return the channel that a message goes out on; None where nothing is sent."""
        return self.channels[cell] if self.item(cell).is_contact else None

    def days(self, cell: int) -> int:
        """Return the horizon of a cell."""
        return self.item(cell).intervention.horizon_days or self.settings.horizon_days

    def explanation(self, field: str, cell: int) -> Explanation | None:
        """Return the parts of a probability, or None."""
        return self.examination.explanations[field][cell]

    def explained(self, cell: int) -> tuple[Explanation, ...]:
        """Return the parts of every probability of a cell that has any."""
        parts = (found[cell] for found in self.examination.explanations.values())
        return tuple(part for part in parts if part is not None)

    def window(self, cell: int) -> Window | None:
        """Return when a message goes out, by the customer's clock; None where nothing is sent."""
        item, subject = self.item(cell), self.subject
        if not item.is_contact:
            return None
        contacts = () if subject.memory is None else subject.memory.recent
        zone = subject.frame.zones[0]
        return sent(item, contacts, zone or subject.zone, subject.now, zone_assumed=zone is None)

    def whole(self, cell: int) -> Whole:
        """Return a cell as rankings and windows need it."""
        columns = self.examination.columns.items()
        always = (self.explanation(field, cell) for field in ALWAYS)
        return Whole(
            engine=self.engine,
            frame=self.subject.frame,
            remembered=self.subject.remembered,
            policy=self.subject.policy,
            zone=self.subject.frame.zones[0] or self.subject.zone,
            now=self.subject.now,
            item=self.item(cell),
            channel=self.channels[cell],
            days=self.days(cell),
            level=self.settings.level,
            columns={
                field: (float(column.value[cell]), float(column.low[cell]), float(column.high[cell]))
                for field, column in columns
            },
            explanations=tuple(part for part in always if part is not None),
            basis=self.backing("will_engage", cell).basis,
        )
