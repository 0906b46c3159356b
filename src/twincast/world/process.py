"""What happens to synthetic customers: orders that come anyway, messages that are seen, persuade or annoy.

Within the window orders come anyway at a customer's own rate. A message is seen or not; one that is seen may persuade
to an order that would not have come, the more the better its category and discount suit; or, after many others, annoy
and cost orders. Every probability follows in closed form, which is the truth.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.world.people import CATEGORIES, People

Array = NDArray[np.float64]
WINDOW_DAYS: Final = 14
LAPSED: Final = 0.04
"""Tempo of those who left, against their own before."""
VISITS: Final = 3.0
"""Visits without an order, for each order."""
ANNOYED: Final = 0.5
"""Orders of those whom a message annoyed, against their own."""
MANY: Final = 3.0
"""Contacts of the last 30 days above which a further message can annoy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message of the world: what is sent, and what it is about; a category of None suits nobody in particular."""

    id: str
    content: str
    category: str | None
    discount: float


MESSAGES: Final[tuple[Message, ...]] = (
    Message(
        id="kitchen-sale",
        content="20% off everything for the kitchen, this week only. Shop now and save.",
        category="kitchen",
        discount=0.2,
    ),
    Message(
        id="garden-news",
        content="New in: our garden collection for the season. Discover what is growing.",
        category="garden",
        discount=0.0,
    ),
    Message(
        id="book-offer",
        content="Save 10% on books for quiet evenings. Your code is inside.",
        category="books",
        discount=0.1,
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Chances:
    """True probabilities within the window for each customer, (n,): without contact, and with one message.

    Attributes:
        rate: expected orders that come anyway.
        seen: P(the message is seen); 0 without contact.
        persuaded: P(persuaded | seen).
        annoyed: P(annoyed | seen).
        clicked: P(click | seen).
    """

    rate: Array
    seen: Array
    persuaded: Array
    annoyed: Array
    clicked: Array

    @property
    def purchase(self) -> Array:
        """P(at least one order)."""
        unmoved = np.exp(-self.rate)
        put_off = np.exp(-ANNOYED * self.rate)
        if_seen = (self.annoyed * put_off + (1.0 - self.annoyed) * unmoved) * (1.0 - self.persuaded)
        return (1.0 - unmoved) + self.seen * (unmoved - if_seen)

    @property
    def visit(self) -> Array:
        """P(at least one visit): an order or a click is one too."""
        times = 1.0 + VISITS
        unmoved = np.exp(-times * self.rate)
        put_off = np.exp(-times * ANNOYED * self.rate)
        quiet = (
            (self.annoyed * put_off + (1.0 - self.annoyed) * unmoved) * (1.0 - self.persuaded) * (1.0 - self.clicked)
        )
        return (1.0 - unmoved) + self.seen * (unmoved - quiet)

    @property
    def click(self) -> Array:
        """P(a click)."""
        return self.seen * self.clicked


def chances(crowd: People, message: Message | None, *, effect: float, signal: bool, boost: Array) -> Chances:
    """Return the truth for everyone under one message, or under none.

    Args:
        crowd: n customers.
        message: what is sent; None sends nothing.
        effect: factor on how strongly messages persuade and annoy; 0: no message changes what is bought or visited.
        signal: False gives everyone the crowd's mean chances: nothing that is on record tells anything.
        boost: (n,) factor on the rate: drift.
    """
    tempo = crowd.tempo * np.where(crowd.active > 0, 1.0, LAPSED)
    rate = _levelled(tempo * WINDOW_DAYS / 365.25, signal) * boost
    if message is None:
        nothing = np.zeros(len(crowd))
        return Chances(rate=rate, seen=nothing, persuaded=nothing, annoyed=nothing, clicked=nothing)
    suits = crowd.favourite == (-1 if message.category is None else CATEGORIES.index(message.category))
    pull = np.maximum(message.discount - 0.15 * (1.0 - crowd.thrift), 0.0)
    hook = np.where(suits, 0.45, 0.06) + np.where(suits, 3.0, 1.2) * pull * crowd.thrift
    persuaded = 1.0 - np.exp(-effect * hook * np.where(crowd.active > 0, 1.0, 0.3))
    annoyed = np.minimum(effect * crowd.temper * (crowd.contacts > MANY), 1.0)
    # with no effect a click leads nowhere: to nobody who would not have come anyway
    clicked = np.where(suits, 0.3, 0.08) * (effect > 0.0)
    return Chances(
        rate=rate,
        seen=_levelled(crowd.attention, signal),
        persuaded=_levelled(persuaded, signal),
        annoyed=_levelled(annoyed, signal),
        clicked=_levelled(clicked, signal),
    )


def _levelled(values: Array, signal: bool) -> Array:
    return values if signal else np.full(len(values), values.mean())
