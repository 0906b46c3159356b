"""A company's contact policy: when, and how often, its customers may be written to. It flags; it changes no number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from twincast.domain.memories import MOST_RECENT, Contact
from twincast.domain.timings import QUIET_HOURS

MOST_CAPS: Final = 10
MOST_CAP_DAYS: Final = 365


@dataclass(frozen=True, kw_only=True, slots=True)
class Cap:
    """At most so many contacts within so many days, by one channel or by all together."""

    contacts: int
    days: int
    channel: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactPolicy:
    """When and how often a workspace's customers may be written to.

    Attributes:
        quiet: local hours in which nothing is sent, from inclusive to exclusive, past midnight where the first is the
            later one; None: there are none.
        caps: frequency caps; none by default.
    """

    quiet: tuple[int, int] | None = QUIET_HOURS
    caps: tuple[Cap, ...] = ()

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


def cap_problem(cap: Cap) -> str | None:
    """Return what is wrong with a cap in words, or None."""
    if not 1 <= cap.contacts <= MOST_RECENT:
        return f"contacts must be 1 to {MOST_RECENT}"
    if not 1 <= cap.days <= MOST_CAP_DAYS:
        return f"days must be 1 to {MOST_CAP_DAYS}"
    return None
