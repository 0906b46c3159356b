"""What is usual in the trade: how many unsubscribe because of one message, by channel, before anything is learned."""

from functools import cache

from twincast.domain.channels import CHANNELS
from twincast.response.horizons import horizon_of
from twincast.response.prior import shipped_prior


@cache
def usual_unsubscribe(days: float) -> dict[str, float]:
    """Return P(unsubscribe within so many days of a message) by channel: `level.unsubscribe` of the prior's file.

    The prior and not what a company has learned: else a list that is worn out would make its own rate the usual one.
    """
    prior = shipped_prior()
    head = prior.heads["unsubscribe"]
    rates = horizon_of(days, head.horizon, prior.decay_days).only_contacted(head.level.mean)
    return dict(zip(CHANNELS, rates.tolist(), strict=True))
