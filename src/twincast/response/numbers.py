"""What outcomes say of money, counts and time, as one value that is written down with a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from twincast.response import delays, sizes
from twincast.response.delays import Delay
from twincast.response.sizes import Size

SPENDING: Final = "spending"
ITEMS: Final = "items"
DELAY: Final = "delay:"
"""Stand among the heads where what they rest on is asked for: money and items given a purchase; and, with the channel
behind it, the hours to a response."""

OF_PURCHASES: Final = {"purchase_amount": SPENDING, "items_purchased": ITEMS}
"""Fields that say how much a purchase is."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Numbers:
    """What was learned of amounts.

    Attributes:
        spending, items: of the money and the items of a purchase; None without any.
        delays: channel -> hours to a response, where there were any.
    """

    spending: Size | None = None
    items: Size | None = None
    delays: Mapping[str, Delay] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything was learned."""
        return bool(self.spending or self.items or self.delays)

    def behind(self, name: str) -> Size | Delay | None:
        """Return what was learned of `SPENDING`, `ITEMS` or `DELAY` + channel."""
        if name.startswith(DELAY):
            return self.delays.get(name.removeprefix(DELAY))
        return self.spending if name == SPENDING else self.items if name == ITEMS else None


def as_plain(numbers: Numbers) -> Mapping[str, object]:
    """Return it as plain data."""
    return {
        "spending": sizes.as_plain(numbers.spending) if numbers.spending else None,
        "items": sizes.as_plain(numbers.items) if numbers.items else None,
        "delays": {channel: delays.as_plain(it) for channel, it in sorted(numbers.delays.items())},
    }


def of_first_form(spending: Mapping[str, Any] | None) -> Numbers:
    """Read what models held when money was all that was learned of amounts, without tails."""
    if spending is None:
        return Numbers()
    return Numbers(spending=sizes.of_plain({**spending, "count": spending["amounts"], "tails": None}))


def of_plain(data: Mapping[str, Any]) -> Numbers:
    """Read what `as_plain` wrote."""
    return Numbers(
        spending=sizes.of_plain(data["spending"]) if data["spending"] else None,
        items=sizes.of_plain(data["items"]) if data["items"] else None,
        delays={channel: delays.of_plain(it) for channel, it in data["delays"].items()},
    )
