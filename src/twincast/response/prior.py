"""The prior: one reviewed file of means, widths and their reasons, turned into arrays that line up with features."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.domain.errors import Misconfigured
from twincast.response.features import CUSTOMER_NAMES, FATIGUE_NAMES, MATCH_NAMES, MESSAGE_NAMES, TASTE_NAMES
from twincast.response.heads import CONTACT_ONLY, HEADS, ORGANIC
from twincast.response.orders import Fit

Array = NDArray[np.float64]
FLAT = "level"
WORD = re.compile(r"[a-z]+\d*")
"""A word of a reason; sources are named like this."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Weights:
    """Independent normal weights of a block of features: means and widths, each (K,); absent terms are 0 and 0."""

    mean: Array
    width: Array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HeadPrior:
    """The prior of one binary head.

    Attributes:
        level: mean and width of the intercept by channel, each (len(CHANNELS),); equal over channels for organic heads.
        contact: what being contacted adds, by channel; all 0 for contact-only heads, whose level holds it.
        base: terms of the customer without contact (organic heads).
        reach: terms of the customer that act through the contact.
        message, match: terms of the message and of the match.
        fatigue: terms of what the twin remembers.
        send_sd: sd of the effect that each message has beyond its text.
        horizon: days that the level speaks of.
        organic: whether it also happens without contact.
    """

    level: Weights
    contact: Weights
    base: Weights
    reach: Weights
    message: Weights
    match: Weights
    fatigue: Weights
    send_sd: float
    horizon: float
    organic: bool


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StatedPrior:
    """The prior of one stated scale: linear terms over all features, and a level."""

    level: tuple[float, float]
    customer: Weights
    message: Weights
    match: Weights
    fatigue: Weights


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Prior:
    """Everything that is believed before a company's first outcome.

    Attributes:
        version: as the file says; `digest`: SHA-256 of the file.
        decay_days: mean delay of an effect by channel, (len(CHANNELS),).
        response_hours: median and log-sd of the response time by channel, each (len(CHANNELS),).
        fits: published fits of the purchase process, of which a company's customers are a mixture.
        constants: the file's single figures by section (`process`, `order_value`, `items`, `memory`).
    """

    version: str
    digest: str
    heads: Mapping[str, HeadPrior]
    stated: Mapping[str, StatedPrior]
    cuts: tuple[float, float]
    decay_days: Array
    response_hours: Weights
    fits: tuple[Fit, ...]
    constants: Mapping[str, Mapping[str, float]]


@cache
def shipped_prior() -> Prior:
    """Return the prior that ships with Twincast.

    Raises:
        Misconfigured: the file names a feature, channel or source that does not exist.
    """
    return read_prior(files("twincast.response").joinpath("prior.toml").read_bytes())


def read_prior(data: bytes) -> Prior:
    """Turn the file into arrays, checking that every entry means something and gives its reason."""
    document = tomllib.loads(data.decode())
    _check_reasons(document)
    return Prior(
        version=document["version"],
        digest=sha256(data).hexdigest(),
        heads={head: _head(document, head) for head in HEADS},
        stated={name: _stated(document, name) for name in ("satisfaction", "brand", "valence")},
        cuts=(document["stated"]["cuts"]["negative"], document["stated"]["cuts"]["positive"]),
        decay_days=_decay(document["decay_days"]),
        response_hours=_by_channel(document["response_time"], "response_time"),
        fits=tuple(_fit(section) for section in document["process"]["fits"].values()),
        constants={
            section: {name: float(value) for name, value in document[section].items() if isinstance(value, float)}
            for section in ("process", "order_value", "items", "memory")
        },
    )


def _fit(section: Mapping[str, Any]) -> Fit:
    return Fit(**{name: float(value) for name, value in section.items() if name != "why"})


def _head(document: Mapping[str, Any], head: str) -> HeadPrior:
    def block(section: str, names: Iterable[str]) -> Weights:
        return _weights(document.get(section, {}).get(head, {}), tuple(names), f"{section}.{head}")

    channels = len(CHANNELS)
    nothing = Weights(mean=np.zeros(channels), width=np.zeros(channels))
    return HeadPrior(
        level=_by_channel(document["level"][head], f"level.{head}"),
        contact=_by_channel(document["contact"][head], f"contact.{head}") if head in ORGANIC else nothing,
        base=block("base", CUSTOMER_NAMES),
        reach=block("reach", CUSTOMER_NAMES),
        message=block("message", MESSAGE_NAMES),
        match=block("match", MATCH_NAMES),
        fatigue=block("fatigue", FATIGUE_NAMES),
        send_sd=float(document["send"].get(head, document["send"]["sd"])),
        horizon=float(document["horizon"][head]),
        organic=head in ORGANIC,
    )


def _stated(document: Mapping[str, Any], name: str) -> StatedPrior:
    section = dict(document["stated"][name])
    mean, width, _ = section.pop(FLAT)
    blocks = (CUSTOMER_NAMES, MESSAGE_NAMES, MATCH_NAMES, FATIGUE_NAMES)
    every = _weights(section, tuple(chain.from_iterable(blocks)), f"stated.{name}")
    ends = list(accumulate((len(names) for names in blocks), initial=0))
    parts = [Weights(mean=every.mean[i:j], width=every.width[i:j]) for i, j in pairwise(ends)]
    return StatedPrior(level=(mean, width), customer=parts[0], message=parts[1], match=parts[2], fatigue=parts[3])


def _weights(section: Mapping[str, Any], names: tuple[str, ...], where: str) -> Weights:
    entries = _spread(section)
    unknown = sorted(set(entries) - set(names))
    if unknown:
        raise Misconfigured(f"The prior's [{where}] names features that do not exist: {', '.join(unknown)}.")
    mean, width = np.zeros(len(names)), np.zeros(len(names))
    for position, name in enumerate(names):
        if name in entries:
            mean[position], width[position] = entries[name][:2]
    return Weights(mean=mean, width=width)


def _spread(section: Mapping[str, Any]) -> dict[str, Any]:
    """Give every preference the belief held of `tastes`: nothing was found that would tell them apart."""
    entries = dict(section)
    shared = entries.pop("tastes", None)
    return entries if shared is None else entries | dict.fromkeys(TASTE_NAMES, shared)


def _by_channel(section: Mapping[str, Any], where: str) -> Weights:
    unknown = sorted(set(section) - set(CHANNELS) - {"default"})
    if unknown:
        raise Misconfigured(f"The prior's [{where}] names channels that do not exist: {', '.join(unknown)}.")
    fallback = section.get("default", [np.nan, np.nan])
    rows = [section.get(channel, fallback)[:2] for channel in CHANNELS]
    table = np.array(rows, dtype=np.float64)
    return Weights(mean=table[:, 0].copy(), width=table[:, 1].copy())


def _decay(section: Mapping[str, Any]) -> Array:
    return np.array([float(section.get(channel, section["default"])) for channel in CHANNELS])


def _check_reasons(document: Mapping[str, Any]) -> None:
    """Refuse a figure without a reason that names a source of the file or says that it is a judgement.

    Raises:
        Misconfigured: a figure has no such reason, or a width that is not above 0.
    """
    known = {*document["sources"], "judgement"}
    for path, reason in _reasons(document):
        if not (known & set(WORD.findall(reason.lower())) or "by construction" in reason):
            raise Misconfigured(f"The prior's [{path}] gives no source and does not say that it is a judgement.")
    for path, width in _widths(document):
        if not width > 0.0:
            raise Misconfigured(f"The prior's [{path}] has the width {width}; a width is above 0.")


def _widths(node: Mapping[str, Any], path: str = "") -> Iterable[tuple[str, float]]:
    for key, value in node.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from _widths(value, here)
        elif isinstance(value, list):
            yield here, value[1]


def _reasons(node: Mapping[str, Any], path: str = "") -> Iterable[tuple[str, str]]:
    for key, value in node.items():
        here = f"{path}.{key}" if path else key
        if key == "sources":
            continue
        if isinstance(value, Mapping):
            yield from _reasons(value, here)
        elif isinstance(value, list):
            yield here, str(value[2]) if len(value) == 3 else ""
        elif key.endswith("why"):
            yield here, value


def contact_only(head: str) -> bool:
    """Return whether a head can not occur without contact."""
    return head in CONTACT_ONLY
