"""A world: customers, randomised messages with an arm of no contact, what happened, and the truth beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from twincast.stats.streams import stream
from twincast.world.people import People, people, records_of, rows_of
from twincast.world.process import ANNOYED, MESSAGES, VISITS, WINDOW_DAYS, Chances, chances

Array = NDArray[np.float64]
START: Final = date(2025, 1, 6)
WEEKS: Final = 12
NO_CONTACT: Final = "none"
ARMS: Final[tuple[str, ...]] = (NO_CONTACT, *(message.id for message in MESSAGES))
MOST_CUSTOMERS: Final = 1_000_000
NAMES: Final[dict[str, str]] = {
    "planted": "messages work, differently for different people",
    "no-effect": "nobody buys or visits because of a message, but people differ",
    "no-signal": "nothing that is on record tells anything of what people do; messages work, the same for all",
    "nothing": "no message does anything, and nothing on record tells anything",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """Which world.

    Attributes:
        customers: how many; each is in one of twelve weekly sends.
        kind: a key of `NAMES`.
        drift: jump of the logarithm of every order rate half way through the sends.
        confounding: 0 sends at random; above 0 the active and recent get more messages, by so many logits a standard
            deviation of activity, and the rows are marked observational, without a propensity.
        seed: the same gives the same bytes.
    """

    customers: int = 5_000
    kind: str = "planted"
    drift: float = 0.0
    confounding: float = 0.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class World:
    """n contacts (or none) of n synthetic customers.

    Attributes:
        options: what was asked for.
        columns: name -> n values: the record, the arm, its propensity, and what happened within the window.
        outcomes: names of the columns that only time could tell.
        truth: name -> (n,) true probabilities, which no record shows: `visit`, `purchase`, `click` under the arm drawn,
            `visit_none` and `purchase_none` without contact, and `uplift_...` of each message on purchases.
        interventions: arm -> the message, as the API takes it; None sends nothing.
        window_days: days after the send within which outcomes count.
    """

    options: Options
    columns: Mapping[str, list[Any]]
    outcomes: tuple[str, ...]
    truth: Mapping[str, Array]
    interventions: Mapping[str, dict[str, Any] | None]
    window_days: int

    def __len__(self) -> int:
        return len(self.columns["customer_id"])

    def records(self) -> list[dict[str, Any]]:
        """Return the customers as records in the shape of the API, as of their send."""
        return records_of(dict(self.columns))


def make(options: Options) -> World:
    """Make a world; the seed decides everything."""
    crowd, seed = people(options.customers, options.seed), options.seed
    week = np.minimum(_uniform(seed, "week", len(crowd)) * WEEKS, WEEKS - 1).astype(np.intp)
    days = [START + timedelta(weeks=number) for number in week.tolist()]
    boost = np.exp(options.drift * (week >= WEEKS // 2))
    effect, signal = 1.0 * (options.kind in ("planted", "no-signal")), options.kind in ("planted", "no-effect")
    arms = [chances(crowd, it, effect=effect, signal=signal, boost=boost) for it in (None, *MESSAGES)]
    arm, propensity = _assigned(crowd, options)
    drawn = _of_arm(arms, arm)
    happened = _happened(crowd, drawn, arm, seed)
    known = np.full(len(crowd), options.confounding == 0.0)
    columns: dict[str, list[Any]] = {
        **rows_of(crowd, days),
        "intervention": [ARMS[code] for code in arm.tolist()],
        "sent_on": [day.isoformat() for day in days],
        "randomised": known.tolist(),
        "propensity": [chance if sure else None for chance, sure in zip(propensity.tolist(), known, strict=True)],
        **{name: [None if cell != cell else cell for cell in values.tolist()] for name, values in happened.items()},
    }
    return World(
        options=options,
        columns=columns,
        outcomes=tuple(happened),
        truth=_truth(arms, drawn),
        interventions={NO_CONTACT: None, **{it.id: _as_given(it.content) for it in MESSAGES}},
        window_days=WINDOW_DAYS,
    )


def _uniform(seed: int, name: str, count: int) -> Array:
    return stream(seed, "world", name).random(count)


def _as_given(content: str) -> dict[str, Any]:
    return {"type": "promotional_email", "channel": "email", "content": content, "horizon_days": WINDOW_DAYS}


def _assigned(crowd: People, options: Options) -> tuple[NDArray[np.intp], Array]:
    """Return the arm of everyone and its probability: a quarter each, or more messages to the active."""
    activity = np.log1p(crowd.orders) - 0.01 * crowd.recency
    sd = float(activity.std())
    z = (activity - activity.mean()) / sd if sd > 0 else np.zeros(len(crowd))
    contacted = expit(np.log(len(MESSAGES)) + options.confounding * z)
    first, which = (_uniform(options.seed, name, len(crowd)) for name in ("contact", "message"))
    message = 1 + np.minimum(which * len(MESSAGES), len(MESSAGES) - 1).astype(np.intp)
    sent = first < contacted
    return np.where(sent, message, 0), np.where(sent, contacted / len(MESSAGES), 1.0 - contacted)


def _of_arm(arms: list[Chances], arm: NDArray[np.intp]) -> Chances:
    def pick(name: str) -> Array:
        return np.stack([getattr(it, name) for it in arms])[arm, np.arange(len(arm))]

    return replace(arms[0], **{name: pick(name) for name in ("rate", "seen", "persuaded", "annoyed", "clicked")})


def _happened(crowd: People, drawn: Chances, arm: NDArray[np.intp], seed: int) -> dict[str, Array | NDArray[np.bool_]]:
    """Play the window once for everyone, event by event; the truth is never looked at."""
    count = len(crowd)
    seen = _uniform(seed, "seen", count) < drawn.seen
    persuaded = seen & (_uniform(seed, "persuaded", count) < drawn.persuaded)
    annoyed = seen & (_uniform(seed, "annoyed", count) < drawn.annoyed)
    clicked = seen & (_uniform(seed, "clicks", count) < drawn.clicked)
    rate = drawn.rate * np.where(annoyed, ANNOYED, 1.0)
    anyway = -np.log1p(-_uniform(seed, "arrival", count)) < rate
    bought = persuaded | anyway
    visited = bought | clicked | (-np.log1p(-_uniform(seed, "visit", count)) < VISITS * rate)
    discount = np.array([0.0, *(it.discount for it in MESSAGES)])[arm]
    paid = crowd.basket * np.exp(0.5 * ndtri(_uniform(seed, "paid", count))) * (1.0 - np.where(seen, discount, 0.0))
    late = np.where(anyway & ~persuaded, WINDOW_DAYS, 4.0) * _uniform(seed, "delay", count)
    return {
        "opened": seen,
        "clicked": clicked,
        "visited": visited,
        "purchased": bought,
        "amount": np.where(bought, np.round(paid, 2), 0.0),
        "days_to_purchase": np.where(bought, np.round(late, 1), np.nan),
    }


def _truth(arms: list[Chances], drawn: Chances) -> dict[str, Array]:
    nothing = arms[0].purchase
    return {
        "visit": drawn.visit,
        "purchase": drawn.purchase,
        "click": drawn.click,
        "visit_none": arms[0].visit,
        "purchase_none": nothing,
        **{f"uplift_{name}": it.purchase - nothing for name, it in zip(ARMS[1:], arms[1:], strict=True)},
    }
