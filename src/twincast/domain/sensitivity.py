"""Whether a result hangs on what should not matter: twins too much alike, the wording, the model, the draw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from twincast.domain.homogeneity import Spread
from twincast.domain.twins import Warning

HOLDS: Final = 0.75
"""Share of rankings in which the leader must stay the leader, as it must be best in so many draws to be recommended."""
UNIFORM: Final = 0.9
"""Share of twins with one and the same emotion from which replies are called uniform."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stability:
    """How a ranking holds when something is changed that should not decide it.

    Attributes:
        over: `draws` (of what the model does not know), `wordings`, `models`; for replies of language models
            `reply draws` and `language models`.
        rankings: how many others it was laid beside.
        first: share of them with the same leader; order: with the same order throughout.
        tau: mean rank correlation (Kendall) with them.
    """

    over: str
    rankings: int
    first: float
    order: float
    tau: float


@dataclass(frozen=True, kw_only=True, slots=True)
class WordedVariant:
    """What a variant reaches on average, and how far that moves with its wording.

    Attributes:
        value: mean over the customers, in its first wording; low, high: its interval.
        wordings: how many there are, the first among them.
        lowest, highest: least and greatest mean over the wordings.
    """

    variant: str
    value: float
    low: float
    high: float
    wordings: int
    lowest: float
    highest: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SpokenPanel:
    """What language models say for some of the twins, as an emotion from -1 (negative) to 1 (positive).

    Attributes:
        models: by name; draws: replies of each model to each message.
        replies: whole ones; failed: those that did not come.
        leading: the variant with the best mean emotion; None where no twin has all replies.
        spread: between twins of their mean emotion, beside the known one where it is known; None under two twins.
        agreeing: share of twins with the commonest emotion towards the leading variant.
        stabilities: over draws and over models; empty for one variant.
    """

    models: tuple[str, ...]
    twins: int
    draws: int
    replies: int
    failed: int
    leading: str | None
    spread: Spread | None
    agreeing: float | None
    stabilities: tuple[Stability, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensitivity:
    """A panel: variants on the same customers, and on what their ranking hangs.

    Attributes:
        field: canonical name of what is looked at; more is better.
        customers: who were predicted; refused: who opted out of profiling.
        leading: the variant with the greatest mean.
        spreads: how far customers differ, beside what the model's weights expect and what is known.
        alike: whether twins are under-dispersed; None where there are too few to tell.
        agreeing: share of customers for whom one variant is best; None for one variant.
        models: what made the numbers, the first answered.
        spoken: replies of language models; None where none was asked for.
    """

    field: str
    as_of: date
    horizon_days: int
    level: float
    seed: int
    customers: int
    refused: int
    leading: str
    variants: tuple[WordedVariant, ...]
    spreads: tuple[Spread, ...]
    alike: bool | None
    agreeing: float | None
    stabilities: tuple[Stability, ...]
    models: Mapping[str, str]
    prior: str
    spoken: SpokenPanel | None
    warnings: tuple[Warning, ...]
