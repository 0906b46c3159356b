"""A company's contact policy: when, how often and at what risk customers are written to. It changes no number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from twincast.domain.memories import MOST_RECENT, Contact
from twincast.domain.timings import QUIET_HOURS

MOST_CAPS: Final = 10
MOST_CAP_DAYS: Final = 365
UNSUBSCRIBE_RATIO: Final = 2.0
"""Default of `ContactPolicy.unsubscribe_ratio`. Judgement, on figures of `response/prior.toml`: twice the usual rate is
.33 % by e-mail, where .3 % is the most of any trade, and 1.6 % by SMS, where 1.2 % is still good and 2 % critical."""
MOST_RATIO: Final = 1_000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Cap:
    """At most so many contacts within so many days, by one channel or by all together."""

    contacts: int
    days: int
    channel: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactPolicy:
    """When, how often and at what risk of unsubscribing a workspace's customers may be written to.

    Attributes:
        quiet: local hours in which nothing is sent, from inclusive to exclusive, past midnight where the first is the
            later one; None: there are none.
        caps: frequency caps; none by default.
        unsubscribe_ratio: a contact's risk of unsubscribing may be at most so many times what is usual on its channel;
            None: no limit.
    """

    quiet: tuple[int, int] | None = QUIET_HOURS
    caps: tuple[Cap, ...] = ()
    unsubscribe_ratio: float | None = UNSUBSCRIBE_RATIO

    def is_quiet(self, hour: int) -> bool:
        """Whether an hour of the local clock is quiet."""
        if self.quiet is None:
            return False
        start, end = self.quiet
        return start <= hour < end if start < end else hour >= start or hour < end


DEFAULT_POLICY: Final = ContactPolicy()
"""Where a workspace has set none."""


def reached(policy: ContactPolicy, contacts: Sequence[Contact], channel: str, moment: datetime) -> tuple[Cap, ...]:
    """Return the caps that one more contact at a moment would break.

    Args:
        policy: whose caps.
        contacts: the latest contacts; `MOST_RECENT` of them are enough for every cap that is allowed.
        channel: of the contact that is thought of.
        moment: when it would be made; contacts after it do not count.
    """
    return tuple(cap for cap in policy.caps if len(within(cap, contacts, channel, moment)) >= cap.contacts)


def free_from(policy: ContactPolicy, contacts: Sequence[Contact], channel: str, moment: datetime) -> datetime:
    """Return the first moment, from one on, at which no cap stands in the way of a contact."""
    while broken := reached(policy, contacts, channel, moment):
        cap = broken[0]
        oldest = sorted(it.at for it in within(cap, contacts, channel, moment))[-cap.contacts]
        moment = oldest + timedelta(days=cap.days)
    return moment


def within(cap: Cap, contacts: Sequence[Contact], channel: str, moment: datetime) -> list[Contact]:
    """Return the contacts that a cap counts at a moment; none where it speaks of another channel."""
    if cap.channel not in (None, channel):
        return []
    since = moment - timedelta(days=cap.days)
    return [it for it in contacts if since < it.at <= moment and cap.channel in (None, it.channel)]


def ratio_problem(ratio: float | None) -> str | None:
    """Return what is wrong with the limit of unsubscribing in words, or None."""
    return None if ratio is None or 0.0 < ratio <= MOST_RATIO else f"{ratio!r} is out of range"


def cap_problem(cap: Cap) -> str | None:
    """Return what is wrong with a cap in words, or None."""
    if not 1 <= cap.contacts <= MOST_RECENT:
        return f"contacts must be 1 to {MOST_RECENT}"
    if not 1 <= cap.days <= MOST_CAP_DAYS:
        return f"days must be 1 to {MOST_CAP_DAYS}"
    return None
