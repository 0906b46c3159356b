"""The range that a run's cost will lie in, from the lengths of its prompts and this workspace's own past runs.

What the tokens of a text are, how long a model speaks (its thoughts are among the tokens it is paid for), how often it
fails and how fast it is differs from run to run, so runs are groups (`stats.pooling`): none leaves the ranges wide.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.costs import ModelTerms, Terms, Weight
from twincast.domain.predictions import Estimate
from twincast.domain.usage import ANSWERED, Call
from twincast.stats.pooling import Before, next_group
from twincast.stats.streams import stream

Array = NDArray[np.float64]
LEVEL: Final = 0.95
DRAWS: Final = 4_000
TEXT: Final = Before(mean=float(np.log(0.72)), sd=0.15, spread=0.15)
"""Tokens of a request for one of its estimate: about 4.2 bytes of English a token, where 3 are reckoned with."""
SPEECH: Final = Before(mean=float(np.log(0.3)), sd=0.55, spread=0.3)
"""Tokens of an answer for one that it may have: a few sentences of 320, or thoughts that use up all of them."""
CHARGE: Final = Before(mean=0.0, sd=0.08, spread=0.08)
"""Money for what the table of prices makes of the tokens: providers take less for what they have kept."""
WAIT: Final = Before(mean=float(np.log(2.0)), sd=0.8, spread=0.4)
"""Seconds of a request."""
NOISE: Final[dict[Before, float]] = {TEXT: 0.1, SPEECH: 0.5, CHARGE: 0.1, WAIT: 0.6}
"""Spread of single requests within a run, relative to their mean, until runs of several were seen."""
FAILING: Final = (0.5, 9.5)
"""Requests that failed, and that did not, before any was seen."""
MOST_RUNS: Final = 30
"""Runs that are learned from, the newest."""
MOST_SEEN: Final = 100.0
"""Requests that past failures count for at most: the next day is another one."""
OWN: Final = (0.003, 0.02)
"""Seconds of our own for each cell."""
START: Final = (0.02, 1.5)
"""Seconds before and after, a worker's look at its board among them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranges:
    """What a run will take, each with its range; `usd` is None where a price is not known.

    Attributes:
        calls_seen, runs_seen: what they were learned from.
    """

    calls: Estimate
    tokens_in: Estimate
    tokens_out: Estimate
    usd: Estimate | None
    seconds: Estimate
    calls_seen: int
    runs_seen: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What is to be asked.

    Attributes:
        weights: prompts that were looked at; share: how many there are for each of these.
        turns: requests that follow one another for each.
        cells: all of them, those that cost nothing too.
    """

    weights: Sequence[Weight]
    share: float
    turns: int
    cells: int


def ranges(load: Load, terms: Terms, past: Sequence[Call]) -> Ranges:
    """Return what a run will take."""
    source = stream(0, "costs", len(past), load.cells)
    past = _latest(past)
    prompts = _prompts(load, source)
    basis = "observed" if past else "prior"
    if not prompts.any():
        return _nothing(load, basis, source)
    tokens = float(np.mean([it.tokens for it in load.weights]))
    most = float(np.mean([it.most for it in load.weights]))
    calls, paid = _calls(prompts, terms.most_calls, past, source)
    each_in = tokens * _each(TEXT, past, lambda it: it.tokens_in / it.guessed if it.guessed else None, paid, source)
    each_out = most * _each(SPEECH, past, lambda it: it.tokens_out / it.most if it.most else None, paid, source)
    wait = _each(WAIT, past, lambda it: it.seconds or None, calls, source, whole=False)
    tokens_in, tokens_out = paid * each_in, paid * each_out
    usd = _money(tokens_in, tokens_out, terms, past, paid, source)
    seconds = _wall(calls, wait, tokens + most, load, terms, source)
    return Ranges(
        calls=_range(calls, "requests", basis),
        tokens_in=_range(tokens_in, "tokens", basis),
        tokens_out=_range(tokens_out, "tokens", basis),
        usd=None if usd is None else _range(usd, "USD", basis),
        seconds=_range(seconds, "seconds", basis),
        calls_seen=len(past),
        runs_seen=len({call.session for call in past}),
    )


def _latest(past: Sequence[Call]) -> list[Call]:
    """Return the calls of the newest runs alone: models change, and what they were long ago says little."""
    runs = list(dict.fromkeys(call.session for call in past))[:MOST_RUNS]
    return [call for call in past if call.session in runs]


def _prompts(load: Load, source: np.random.Generator) -> Array:
    """Return draws of how many answers are to be asked for; those kept of a sample say what share is kept of all."""
    seen, new = len(load.weights), sum(not it.kept for it in load.weights)
    whole = seen * load.share
    if load.share == 1.0 or seen == 0:
        first = np.full(DRAWS, float(new))
    else:
        share = source.beta(new + 0.5, seen - new + 0.5, DRAWS) if 0 < new < seen else np.full(DRAWS, new / seen)
        first = np.round(whole * share)
    if load.turns == 1:
        return first
    later = source.uniform(0.0, 1.0, DRAWS) if new < seen else 1.0  # whether what follows a kept turn is kept too
    return np.asarray(first * load.turns + np.round((whole - first) * (load.turns - 1) * later))


def _calls(prompts: Array, most: int, past: Sequence[Call], source: np.random.Generator) -> tuple[Array, Array]:
    """Return draws of how many requests that takes, and of how many of them are paid for."""
    failed = [it for it in past if it.status != ANSWERED]
    scale = min(1.0, MOST_SEEN / max(len(past), 1))
    again = source.beta(FAILING[0] + len(failed) * scale, FAILING[1] + (len(past) - len(failed)) * scale, DRAWS)
    extra = source.negative_binomial(np.maximum(prompts, 1.0), 1.0 - np.minimum(again, 0.9)) * (prompts > 0.0)
    extra = np.minimum(extra, (most - 1) * prompts)
    charged = sum(it.tokens > 0 for it in failed)
    paid = source.binomial(extra.astype(np.int64), source.beta(charged + 0.5, len(failed) - charged + 0.5, DRAWS))
    return prompts + extra, prompts + paid


def _each(
    kind: Before,
    past: Sequence[Call],
    measure: Callable[[Call], float | None],
    count: Array,
    source: np.random.Generator,
    *,
    whole: bool = True,
) -> Array:
    """Return draws of the mean over the next run's requests, of which there are `count`.

    Args:
        kind: what is measured.
        past: requests that were made, newest first.
        measure: a request's own, a positive number; None where it has none.
        count: (draws,) how many requests it will be the mean of.
        source: random numbers.
        whole: whether only requests that were paid for are looked at.
    """
    groups: dict[str | None, list[float]] = {}
    for call in past:
        found = measure(call) if call.tokens > 0 or not whole else None
        if found:
            groups.setdefault(call.session, []).append(found)
    spread = _within(groups.values()) or NOISE[kind]
    values = np.log([np.mean(group) for group in groups.values()]) if groups else np.empty(0)
    variances = np.array([np.log1p(spread**2 / len(group)) for group in groups.values()])
    centre = next_group(values, variances, kind, draws=DRAWS, source=source)
    own = np.sqrt(np.log1p(spread**2 / np.maximum(count, 1.0)))
    return np.asarray(np.exp(centre + own * source.standard_normal(DRAWS)))


def _within(groups: Iterable[Sequence[float]]) -> float | None:
    """Return the spread of single requests within runs, relative to their mean; None where each run was of one."""
    several = [np.array(group) / np.mean(group) for group in groups if len(group) > 1]
    freedom = sum(len(group) - 1 for group in several)
    if freedom < 5:
        return None
    return float(np.sqrt(sum(float(((group - 1.0) ** 2).sum()) for group in several) / freedom))


def _money(
    tokens_in: Array, tokens_out: Array, terms: Terms, past: Sequence[Call], paid: Array, source: np.random.Generator
) -> Array | None:
    """Return draws of the money; None where a model's price is not known."""
    by_name = {it.name: it for it in terms.models}
    if any(it.usd_in is None or it.usd_out is None for it in terms.models):
        return None
    if all(it.usd_in == it.usd_out == 0.0 for it in terms.models):
        return np.zeros(DRAWS)
    answered = np.array([sum(call.model == it.name for call in past) for it in terms.models], dtype=np.float64)
    answered *= min(1.0, MOST_SEEN / max(answered.sum(), 1.0))
    answered += [4.0, *([0.2] * (len(terms.models) - 1))]  # the first one answers, until it was seen that it does not
    shares = source.dirichlet(answered, DRAWS)
    price_in, price_out = (
        shares @ np.array([getattr(it, name) for it in terms.models]) for name in ("usd_in", "usd_out")
    )
    charge = _each(CHARGE, past, lambda it: _charged(it, by_name.get(it.model)), paid, source)
    return np.asarray((tokens_in * price_in + tokens_out * price_out) * charge)


def _charged(call: Call, terms: ModelTerms | None) -> float | None:
    """Return what a call cost for what its tokens cost by the table."""
    if terms is None or terms.usd_in is None or terms.usd_out is None or call.usd is None:
        return None
    listed = call.tokens_in * terms.usd_in + call.tokens_out * terms.usd_out
    return call.usd / listed if listed else None


def _wall(calls: Array, wait: Array, tokens: float, load: Load, terms: Terms, source: np.random.Generator) -> Array:
    """Return draws of the seconds until all is answered: as many at a time as may be, and within the quotas."""
    width = np.minimum(np.maximum(calls / load.turns, 1.0), terms.at_once)
    slowest = 1.0 + NOISE[WAIT] * np.sqrt(2.0 * np.log(width))
    asking = np.maximum(calls * wait / width, wait * load.turns * slowest)
    for quota, each in ((terms.requests_per_minute, 1.0), (terms.tokens_per_minute, tokens)):
        if quota is not None:
            asking = np.maximum(asking, (calls * each - quota / 60.0) * 60.0 / quota + wait)
    return np.asarray(asking + load.cells * source.uniform(*OWN, DRAWS) + source.uniform(*START, DRAWS))


def _range(draws: Array, unit: str, basis: str) -> Estimate:
    low, value, high = np.quantile(draws, [0.5 - LEVEL / 2.0, 0.5, 0.5 + LEVEL / 2.0])
    return Estimate(value=float(value), low=float(low), high=float(high), level=LEVEL, unit=unit, basis=basis)


def _nothing(load: Load, basis: str, source: np.random.Generator) -> Ranges:
    """Return the ranges of a run that asks nobody."""
    none = np.zeros(DRAWS)
    own = load.cells * source.uniform(*OWN, DRAWS) + source.uniform(*START, DRAWS)
    return Ranges(
        calls=_range(none, "requests", basis),
        tokens_in=_range(none, "tokens", basis),
        tokens_out=_range(none, "tokens", basis),
        usd=_range(none, "USD", basis),
        seconds=_range(own, "seconds", basis),
        calls_seen=0,
        runs_seen=0,
    )
