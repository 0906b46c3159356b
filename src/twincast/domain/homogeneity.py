"""Whether the twins of a batch differ as customers do, or are more alike than they should be."""

from dataclasses import dataclass
from typing import Final

UNDER: Final = 0.25
"""Share of the expected variance below which twins are called too much alike: half of the expected spread."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """How far predictions of one field differ between customers.

    Attributes:
        observed: variance between the customers: of the logit of the prediction, on basis `known` of the value itself.
        expected: variance that customers who differ in all that the model looks at would have, or the known one.
        ratio: observed over expected; None where nothing is expected.
        basis: what the expectation rests on: the model's own weights, `prior` or `fitted`, or what is `known`.
    """

    field: str
    observed: float
    expected: float
    ratio: float | None
    customers: int
    basis: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Homogeneity:
    """The spread of a batch beside the one that was to be expected.

    Attributes:
        alike: whether the batch is under-dispersed: None where there are too few customers to tell.
        agreeing: share of customers for whom the same variant is best by its value; None for one variant.
        stable: share of draws in which the variants stand in the order of their values; None for one variant.
        about: what it means, in a sentence.
    """

    spreads: tuple[Spread, ...]
    alike: bool | None
    agreeing: float | None
    stable: float | None
    about: str
