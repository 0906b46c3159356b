"""What language models were asked and what that cost, and how much it may cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from twincast.domain.ids import SessionId


class Period(StrEnum):
    """The stretch of time that a budget is for: a day or a month of the calendar in UTC, or all there is."""

    DAY = "day"
    MONTH = "month"
    EVER = "ever"

    def begins(self, now: datetime) -> datetime | None:
        """Return when the current one began; None: it never did."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return {Period.DAY: midnight, Period.MONTH: midnight.replace(day=1), Period.EVER: None}[self]


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """How much may be spent on language models; it stops calls before they are made.

    Attributes:
        usd: most money in the period; None: no limit of money.
        tokens: most tokens in the period, in and out; None: no limit of tokens.
    """

    usd: float | None = None
    tokens: int | None = None
    period: Period = Period.MONTH


UNLIMITED = Budget()
"""What holds where no budget was set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One entry of the ledger: one request to a model, or one answer that was kept from before.

    Attributes:
        session: in which it was made.
        model, prompt: which model, and which prompt with its version.
        status: `answered`, `cached`, or the code of what went wrong.
        tokens_in, tokens_out: as the provider counted them; where it did not, from the length of the text, and
            `counted` is false.
        usd: what it cost; 0 for an answer kept from before or a model of one's own; None: its price is not known.
        seconds: until the answer was whole, or was given up.
        guessed: tokens in that its texts were thought to have; most: that its answer might have. 0: not known.
    """

    id: str
    at: datetime
    session: SessionId | None
    model: str
    prompt: str
    status: str
    tokens_in: int
    tokens_out: int
    counted: bool
    usd: float | None
    seconds: float
    guessed: int = 0
    most: int = 0

    @property
    def tokens(self) -> int:
        """Return its tokens, in and out."""
        return self.tokens_in + self.tokens_out


ANSWERED, CACHED = "answered", "cached"


@dataclass(frozen=True, kw_only=True, slots=True)
class UsageSum:
    """What some calls add up to.

    Attributes:
        requests: those that were really made.
        cached: answers that were kept from before and cost nothing.
        failed: requests without an answer that could be used.
        usd: what the requests of known price cost.
        unpriced: requests whose price is not known: `usd` leaves them out.
        uncounted: requests whose tokens were estimated.
        seconds: all their waiting added up.
    """

    requests: int = 0
    cached: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0
    unpriced: int = 0
    uncounted: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Return all tokens, in and out."""
        return self.tokens_in + self.tokens_out


def sum_of(calls: Iterable[Call]) -> UsageSum:
    """Return what calls add up to."""
    found = list(calls)
    made = [call for call in found if call.status != CACHED]
    return UsageSum(
        requests=len(made),
        cached=len(found) - len(made),
        failed=sum(1 for call in made if call.status != ANSWERED),
        tokens_in=sum(call.tokens_in for call in made),
        tokens_out=sum(call.tokens_out for call in made),
        usd=sum(call.usd for call in made if call.usd is not None),
        unpriced=sum(1 for call in made if call.usd is None),
        uncounted=sum(1 for call in made if not call.counted),
        seconds=sum(call.seconds for call in made),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionUsage:
    """What one session used; `last` is its newest call."""

    session: SessionId | None
    last: datetime
    usage: UsageSum


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a workspace used.

    Attributes:
        since: from when; None: from the beginning.
        total: of everything; the models add up to it, and so do the sessions with `other_sessions`.
        models: by model.
        sessions: those that called last.
        other_sessions: all the others together.
        budget: what may be spent; `spent`: what was, in its current period.
    """

    since: datetime | None
    total: UsageSum
    models: tuple[tuple[str, UsageSum], ...]
    sessions: tuple[SessionUsage, ...]
    other_sessions: UsageSum
    budget: Budget
    spent: UsageSum
