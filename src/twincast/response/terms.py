"""The terms of a head as one vector: which weight stands where, and what is believed of all of them beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.response.features import CUSTOMER_NAMES, FATIGUE_NAMES, MATCH_NAMES, MESSAGE_NAMES
from twincast.response.prior import HeadPrior, Weights
from twincast.response.signals import WIDTH, Hearing
from twincast.stats.linear import inverse

Array = NDArray[np.float64]
Index = NDArray[np.intp]

COMPANY, KIND = 0.5, 0.2
"""Shares of a level's variance that all channels of a company have in common, and that a type of message on a channel
has to itself; the rest is the channel's. Judgement: companies differ more than their channels do, once the channel's
own mean is taken off. The total is the prior's width."""

FURTHER_WIDTH: Final = 0.5
"""Sd of the logit that all further attributes of a record may make together, on the prior; shared out among them."""

REACHED: Final = 0.5
"""Share of that width with which they may move the effect of a contact: effects differ less than customers do."""

SELECTION_WIDTH, SELECTION_ROWS = 0.5, 200.0
"""Sd of how much likelier to respond those are whom a company chose to contact, beyond what their records say; and
the number of randomised rows from which that can be told from the level. Without any, a log stands for everybody."""

NOTHING_HEARD: Final = Hearing()

BLOCKS: Final[tuple[str, ...]] = ("still", "item", "reach", "match", "selection")
"""Neighbouring terms: the customer without contact; message and channel; the customer when contacted; the match, and
what the twin remembers; and who was chosen."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Terms:
    """The P terms of one head that have a width, in a fixed order.

    Attributes:
        names: of the terms: `level:email`, `base:recency`, `send:<digest>`.
        places: block -> its terms; `columns`: part of a block -> which of its features have a term.
        mean, covariance, precision: the prior's, (P,), (P, P) and its inverse.
        effect: (P,) whether a term acts through the contact, and belongs to the effect where there is a base too.
        fast: (P,) whether a term is a level, which drifts faster than a slope.
        kind_variance: variance of what a type of message never seen adds, by channel; send_variance: a message.
    """

    names: tuple[str, ...]
    places: Mapping[str, slice]
    columns: Mapping[str, Index]
    mean: Array
    covariance: Array
    precision: Array
    effect: NDArray[np.bool_]
    fast: NDArray[np.bool_]
    kind_variance: Array
    send_variance: float

    def __len__(self) -> int:
        return len(self.names)

    def with_sends(self, variance: float) -> "Terms":
        """Return the same with another variance of the effects of sends."""
        covariance, precision = self.covariance.copy(), self.precision.copy()
        for place, name in enumerate(self.names):
            if name.startswith("send:"):
                covariance[place, place], precision[place, place] = variance, 1.0 / variance
        return replace(self, covariance=covariance, precision=precision, send_variance=variance)

    def place(self, name: str) -> int | None:
        """Return where a term stands, or None."""
        return self.names.index(name) if name in self.names else None


def terms_of(
    head: HeadPrior,
    further: Sequence[tuple[str, str]],
    kinds: Sequence[str],
    sends: Sequence[str],
    randomised: float,
    hearing: Hearing = NOTHING_HEARD,
    name: str = "",
) -> Terms:
    """Lay out the terms of a head.

    Args:
        head: its prior.
        further: path and name of each feature that further attributes of records make.
        kinds: `channel/type` of the messages that were seen; sends: their digests.
        randomised: number of randomised rows: from them selection can be told.
        hearing: what is listened to; name: of the head, which says what of it.
    """
    weights = {
        "base": head.base,
        "reach": head.reach,
        "message": head.message,
        "match": head.match,
        "fatigue": head.fatigue,
    }
    columns = {name: np.flatnonzero(block.width > 0.0) for name, block in weights.items()}
    by_channel = head.contact if head.organic else head.level
    channels = np.flatnonzero(by_channel.width > 0.0)
    columns |= {"channel": channels, "further": np.arange(len(further))}
    columns |= {"heard": hearing.places(name, cell=False), "said": hearing.places(name, cell=True)}
    heard, said = (_signals(block, hearing, columns[block]) for block in ("heard", "said"))
    own = [f"further:{name}" for _, name in further]
    spread = FURTHER_WIDTH / sqrt(max(len({path for path, _ in further}), 1))
    beyond = (own, np.zeros(len(own)), np.full(len(own), spread))
    moved = ([f"reached:{name}" for _, name in further], np.zeros(len(own)), np.full(len(own), REACHED * spread))
    level = "contact" if head.organic else "level"
    chosen = SELECTION_WIDTH * sqrt(randomised / (randomised + SELECTION_ROWS)) if head.organic else 0.0
    kind_widths = np.array([by_channel.width[_channel_of(kind)] for kind in kinds]) * sqrt(KIND)
    parts = {
        "still": [
            (["level"], head.level.mean[:1], head.level.width[:1]),
            _known("base", head.base, columns),
            beyond,
            heard,
        ]
        if head.organic
        else [],
        "item": [
            ([f"{level}:{CHANNELS[k]}" for k in channels], by_channel.mean[channels], by_channel.width[channels]),
            ([f"kind:{kind}" for kind in kinds], np.zeros(len(kinds)), kind_widths),
            ([f"send:{send}" for send in sends], np.zeros(len(sends)), np.full(len(sends), head.send_sd)),
            _known("message", head.message, columns),
        ],
        "reach": [_known("reach", head.reach, columns), moved if head.organic else beyond],
        "match": [_known("match", head.match, columns), _known("fatigue", head.fatigue, columns), said],
        "selection": [(["selection"], np.zeros(1), np.array([chosen]))] if chosen > 0.0 else [],
    }
    return _laid_out(head, parts, columns, by_channel)


_Part = tuple[list[str], Array, Array]
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "base": CUSTOMER_NAMES,
    "reach": CUSTOMER_NAMES,
    "message": MESSAGE_NAMES,
    "match": MATCH_NAMES,
    "fatigue": FATIGUE_NAMES,
}


def _known(block: str, weights: Weights, columns: Mapping[str, Index]) -> _Part:
    mine = columns[block]
    return [f"{block}:{_NAMES[block][k]}" for k in mine], weights.mean[mine], weights.width[mine]


def _signals(block: str, hearing: Hearing, places: Index) -> _Part:
    names = [f"{block}:{hearing.columns[place].signal}" for place in places.tolist()]
    return names, np.zeros(len(names)), np.full(len(names), WIDTH)


def _channel_of(kind: str) -> int:
    return CHANNELS.index(kind.split("/")[0])


def _laid_out(
    head: HeadPrior, parts: Mapping[str, list[_Part]], columns: Mapping[str, Index], by_channel: Weights
) -> Terms:
    places, start = {}, 0
    for block in BLOCKS:
        size = sum(len(part[0]) for part in parts[block])
        places[block] = slice(start, start + size)
        start += size
    every = list(chain.from_iterable(parts[block] for block in BLOCKS))
    names = tuple(chain.from_iterable(part[0] for part in every))
    width = np.concatenate([part[2] for part in every])
    covariance = np.diag(width**2)
    levels = slice(places["item"].start, places["item"].start + len(columns["channel"]))
    spread = width[levels]
    covariance[levels, levels] = COMPANY * np.outer(spread, spread) + np.diag((1.0 - COMPANY - KIND) * spread**2)
    effect = np.ones(len(names), dtype=np.bool_)
    effect[places["still"]] = effect[places["selection"]] = False
    return Terms(
        names=names,
        places=places,
        columns=columns,
        mean=np.concatenate([part[1] for part in every]),
        covariance=covariance,
        precision=inverse(covariance),
        effect=effect,
        fast=np.array([name.startswith(("level", "contact:", "kind:", "send:", "selection")) for name in names]),
        kind_variance=KIND * np.nan_to_num(by_channel.width) ** 2,
        send_variance=head.send_sd**2,
    )
