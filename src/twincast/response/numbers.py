"""What outcomes say of money, counts, time and opinions, as one value that is written down with a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from twincast.response import delays, opinions, sizes
from twincast.response.delays import Delay
from twincast.response.opinions import Opinion
from twincast.response.sizes import Size

SPENDING: Final = "spending"
ITEMS: Final = "items"
WINDOW: Final = "window"
DELAY: Final = "delay:"
"""Stand among the heads where what they rest on is asked for: money and items given a purchase; and, with the channel
behind it, the hours to a response."""

STATED: Final = {"satisfaction_change": "satisfaction", "brand_perception_change": "brand"}
"""Fields on the stated scales that answers to surveys teach."""

OF_PURCHASES: Final = {"purchase_amount": SPENDING, "items_purchased": ITEMS, "purchase_window": WINDOW}
"""Fields that say how much a purchase is, and when it comes."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Numbers:
    """What was learned of amounts.

    Attributes:
        spending, items: of the money and the items of a purchase; None without any.
        delays: channel -> hours to a response, where there were any.
        window: where purchases fell in the time that the hazard gives them, on the scale of a normal; None with few.
        opinions: stated scale -> what answers to surveys say of it, where there were any.
    """

    spending: Size | None = None
    items: Size | None = None
    delays: Mapping[str, Delay] = field(default_factory=dict)
    window: Delay | None = None
    opinions: Mapping[str, Opinion] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything was learned."""
        return bool(self.spending or self.items or self.delays or self.window or self.opinions)

    def behind(self, name: str) -> Size | Delay | Opinion | None:
        """Return what was learned of `SPENDING`, `ITEMS`, `WINDOW`, `DELAY` + channel, or a stated scale."""
        if name in self.opinions:
            return self.opinions[name]
        if name.startswith(DELAY):
            return self.delays.get(name.removeprefix(DELAY))
        return {SPENDING: self.spending, ITEMS: self.items, WINDOW: self.window}.get(name)


def as_plain(numbers: Numbers) -> Mapping[str, object]:
    """Return it as plain data."""
    return {
        "spending": sizes.as_plain(numbers.spending) if numbers.spending else None,
        "items": sizes.as_plain(numbers.items) if numbers.items else None,
        "delays": {channel: delays.as_plain(it) for channel, it in sorted(numbers.delays.items())},
        "window": delays.as_plain(numbers.window) if numbers.window else None,
        "opinions": opinions.as_plain(numbers.opinions),
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
        window=delays.of_plain(data["window"]) if data.get("window") else None,
        opinions=opinions.of_plain(data.get("opinions", {})),
    )
