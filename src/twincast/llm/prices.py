"""What calls cost, by a table that is kept up by others and read offline; a price that is not known is never 0."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

Priced = Callable[[int, int, int], float | None]
"""Tokens in, of these kept by the provider, tokens out -> US dollars; None: not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StatedPrice:
    """A price that the owner of this installation stated.

    Attributes:
        per_million_in, per_million_out: US dollars.
    """

    per_million_in: float
    per_million_out: float

    def __call__(self, tokens_in: int, _kept: int, tokens_out: int) -> float | None:
        return (tokens_in * self.per_million_in + tokens_out * self.per_million_out) / 1e6


FREE = StatedPrice(per_million_in=0.0, per_million_out=0.0)
"""What a model on one's own machine costs: no money."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedPrice:
    """The price in the table, by provider and model."""

    provider: str
    model: str

    def __call__(self, tokens_in: int, kept: int, tokens_out: int) -> float | None:
        if not tokens_in + tokens_out:
            return 0.0 if _is_listed(self.provider, self.model) else None
        if not _is_listed(self.provider, self.model):
            return None
        from genai_prices import Usage, calc_price

        usage = Usage(input_tokens=tokens_in, cache_read_tokens=min(kept, tokens_in), output_tokens=tokens_out)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(calc_price(usage, model_ref=self.model, provider_id=self.provider).total_price)


@lru_cache(maxsize=64)
def _is_listed(provider: str, model: str) -> bool:
    from genai_prices import Usage, calc_price

    try:
        calc_price(Usage(input_tokens=1, output_tokens=1), model_ref=model, provider_id=provider)
    except (LookupError, ValueError):
        return False
    return True


class UnknownPrice:
    """The price of a model that no table knows, and nobody stated."""

    def __call__(self, _tokens_in: int, _kept: int, _tokens_out: int) -> float | None:
        return None
