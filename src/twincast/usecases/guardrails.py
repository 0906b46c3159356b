"""The guardrail against driving customers away: which risk of unsubscribing is too high, and what is said of it."""

from twincast.domain.policies import ContactPolicy
from twincast.domain.twins import Warning
from twincast.response.usual import usual_unsubscribe

RISK = "will_unsubscribe"
CODE = "unsubscribe-risk"


def most_unsubscribing(policy: ContactPolicy, channel: str, days: float) -> float:
    """Return the highest P(unsubscribe within so many days) that a contact on a channel may have; 1.0: no limit."""
    ratio = policy.unsubscribe_ratio
    return 1.0 if ratio is None else min(ratio * usual_unsubscribe(days)[channel], 1.0)


def limit_words(policy: ContactPolicy, channel: str, days: float) -> str:
    """Return the limit in words, the same for every message on a channel."""
    most = most_unsubscribing(policy, channel, days)
    ratio = f"{policy.unsubscribe_ratio:g} times what is usual by {channel}"
    return f"the contact policy's {most:.2%} within {days:g} days, {ratio}"


def risk_flags(policy: ContactPolicy, channel: str, days: float, risk: float) -> tuple[Warning, ...]:
    """Return the flag of a contact whose P(unsubscribe) is above the limit; a flag never changes a number.

    Args:
        policy: the company's.
        channel: what it goes out on.
        days: within which the risk counts.
        risk: the estimate; NaN where nobody can unsubscribe.
    """
    if not risk > most_unsubscribing(policy, channel, days):
        return ()
    message = f"The risk of unsubscribing, {risk:.2%}, is above {limit_words(policy, channel, days)}."
    return (Warning(code=CODE, field="intervention", message=message),)
