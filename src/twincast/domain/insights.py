"""What a batch says about whom a message works for, when, and what would help: with its evidence, or why not."""

from dataclasses import dataclass

from twincast.domain.predictions import Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupEffect:
    """A group of customers for whom a message does more, or less, than for the others.

    Attributes:
        name: its traits, joined by ` + `.
        customers: how many of the batch are in it.
        difference: effect in the group less that among the others; its interval holds together with those of all groups
            that were looked at.
    """

    name: str
    customers: int
    difference: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """The window of the week in which most customers engage; `gain` over the given one, in probability."""

    token: str
    gain: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Improvement:
    """A change that was tried on these customers: mean P(engage) with it, and by how much it is above that without."""

    text: str
    change: str
    value: float
    gain: Estimate
    customers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Insights:
    """What can be said; each part is None where the evidence does not carry it, and `reasons` says why, by part.

    Attributes:
        variant_id: which variant it is about.
        measured_by: what `effect` means here.
        compared: groups that were looked at together.
    """

    variant_id: str
    measured_by: str
    compared: int
    most: GroupEffect | None
    least: GroupEffect | None
    timing: Timing | None
    improvements: tuple[Improvement, ...]
    reasons: dict[str, str]
