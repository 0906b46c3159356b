"""Channels, consent and past contacts of a customer, as columns."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS, canonical_channel
from twincast.reading.columns import Columns
from twincast.reading.fields import plain_word
from twincast.reading.prose import prose_of
from twincast.reading.states import CONSENT_CHANNELS
from twincast.reading.values import days, flag_of, flags, is_unknown, numbers, rates, short

Array = NDArray[np.float64]

LISTED: Final[tuple[float, ...]] = (1.0, 0.6, 0.4, 0.3)
"""Weight of the first, second, third and further preferred channels. Judgement: only order and sign carry meaning."""
NOT_LISTED: Final = -0.3
DISLIKED: Final = -1.0

_GOOD: Final = frozenset({
    "success", "successful", "succeeded", "converted", "conversion", "purchased", "bought", "redeemed", "responded",
    "response", "accepted", "subscribed", "positive", "yes", "true", "won",
})  # fmt: skip
_BAD: Final = frozenset({
    "failure", "failed", "fail", "no", "false", "negative", "rejected", "declined", "ignored", "no_response",
    "not_converted", "not_responded", "lost", "unsuccessful",
})  # fmt: skip
_SETTLED: Final = frozenset({"resolved", "solved", "closed", "satisfied", "fixed", "settled", "compensated"})
_UNSETTLED: Final = frozenset(
    {"unresolved", "open", "escalated", "complaint", "pending", "unsatisfied", "dissatisfied", "reopened"}
)
_SAYS_NOTHING: Final = frozenset({"nonexistent", "non_existent", "other", "not_contacted", "na"})


def channels_of(columns: Columns) -> dict[str, Array]:
    """Return `channel_<c>` columns: preferred ones by rank, others below zero where a list exists, disliked ones -1."""
    weights = np.full((columns.n, len(CHANNELS)), np.nan)
    known: dict[tuple[str, ...], tuple[float, ...] | None] = {}
    for slot, row, value in columns.entries("preferred_channels"):
        key = tuple(value) if type(value) is list and set(map(type, value)) == {str} else None
        if key is None or key not in known:
            said = len(columns.remarks)
            names = channel_names(columns, slot.path, row, value)
            found = None if names is None else _weights(names)
            if key is not None and len(columns.remarks) == said:  # a list that was understood is not read again
                known[key] = found
        else:
            found = known[key]
        if found is not None:
            weights[row] = found
    for slot, row, value in columns.entries("dispreferred_channels"):
        for name in channel_names(columns, slot.path, row, value) or ():
            channel = canonical_channel(name)
            if channel is not None:
                weights[row, CHANNELS.index(channel)] = DISLIKED
    return {f"channel_{channel}": weights[:, k] for k, channel in enumerate(CHANNELS)}


def channel_names(columns: Columns, path: str, row: int, value: Any) -> tuple[str, ...] | None:
    """Return the channels a value names, as written, best first; unknown ones are remarked, other types refused."""
    if isinstance(value, str):
        whole = canonical_channel(value[:60])
        parts: list[Any] = [value] if whole else [part.strip() for part in value[:500].split(",")]
    elif isinstance(value, list):
        parts = value[:50]
    elif isinstance(value, dict):
        scored = [
            (name, flag)
            for name, flag in value.items()
            if isinstance(flag, bool | int | float) and flag == flag and flag > 0
        ]
        parts = [name for name, _ in sorted(scored, key=lambda item: (-item[1], item[0]))]
    else:
        columns.refuse(row, path, f"must be a list of channels, not {short(value)}", "a list of texts")
        return None
    for k, part in enumerate(parts):
        if type(part) is not str:
            if part is not None:
                columns.refuse(row, f"{path}[{k}]", f"must be text, not {short(part)}", "a channel in words")
        elif not is_unknown(part) and canonical_channel(part[:60]) is None:
            columns.remark(row, "unknown-channel", f"{path}[{k}]", part)
    return tuple(part[:60] for part in parts if type(part) is str)


def _weights(names: tuple[str, ...]) -> tuple[float, ...] | None:
    """Weight per channel of an ordered list; None when it names no channel we know."""
    ordered = list(dict.fromkeys(channel for name in names if (channel := canonical_channel(name))))
    if not ordered:
        return None
    rank = {channel: LISTED[min(k, len(LISTED) - 1)] for k, channel in enumerate(ordered)}
    return tuple(rank.get(channel, NOT_LISTED) for channel in CHANNELS)


# ---------------------------------------------------------------- consent


def consents_of(columns: Columns) -> dict[str, Array]:
    """Return `consent_<c>` and `profiling_opt_out`. A list of consents is complete: what it leaves out is a no."""
    out = {channel: flags(columns, f"consent_{channel}").copy() for channel in CONSENT_CHANNELS}
    for slot, row, value in columns.entries("consents"):
        for channel, answer in _consents_in(columns, slot.path, row, value).items():
            if math.isnan(out[channel][row]):
                out[channel][row] = answer
    left, no_calls = flags(columns, "unsubscribed"), flags(columns, "do_not_call")
    out["email"] = np.where(left == 1, 0.0, out["email"])
    out["call"] = np.where(no_calls == 1, 0.0, out["call"])
    named = {f"consent_{channel}": values for channel, values in out.items()}
    return named | {"profiling_opt_out": flags(columns, "profiling_opt_out")}


def _consents_in(columns: Columns, path: str, row: int, value: Any) -> dict[str, float]:
    if isinstance(value, dict):
        found = {_consent_channel(key): flag_of(answer) for key, answer in value.items() if len(key) <= 60}
        everywhere = found.get("all", math.nan)
        return {channel: found.get(channel, everywhere) for channel in CONSENT_CHANNELS}
    if isinstance(value, list):
        granted = {_consent_channel(name[:60]) for name in value if isinstance(name, str)}
        return {channel: float(channel in granted or "all" in granted) for channel in CONSENT_CHANNELS}
    answer = flag_of(value)
    if math.isnan(answer) and not is_unknown(value):
        columns.remark(row, "unparsed-answer", path, value)
    return dict.fromkeys(CONSENT_CHANNELS, answer)


def _consent_channel(name: str) -> str:
    word = plain_word(name)
    for ending in ("_marketing", "_consent", "_opt_in"):
        word = word.removesuffix(ending)
    return "all" if word in {"all", "marketing", "any"} else canonical_channel(word) or word


# ---------------------------------------------------------------- contacts


def contacts_of(columns: Columns) -> dict[str, Array]:
    """Return what is known of past contacts, campaigns, opens and clicks, and of a recent failure."""
    sent = numbers(columns, "emails_sent")
    last = days(columns, "last_contact_date")
    ago = numbers(columns, "days_since_last_contact")
    return {
        "campaigns_received": numbers(columns, "campaigns_received"),
        "campaigns_redeemed": numbers(columns, "campaigns_redeemed"),
        "coupons_redeemed": numbers(columns, "coupons_redeemed"),
        "couponed_products_bought": numbers(columns, "couponed_products_bought_before"),
        "couponed_trips_84": numbers(columns, "couponed_trips_past_84_days"),
        "open_rate": _rate(rates(columns, "email_open_rate"), numbers(columns, "emails_opened"), sent),
        "click_rate": _rate(rates(columns, "email_click_rate"), numbers(columns, "emails_clicked"), sent),
        "contacts_recent": numbers(columns, "contacts_last_30_days"),
        "contacts_before": numbers(columns, "contacts_before"),
        "last_contact_day": np.where(np.isnan(last), columns.as_of - ago, last),
        "earlier_response": _outcomes(columns, "earlier_campaign_outcome", _GOOD, _BAD),
        "recent_failure": _failures(columns),
    }


def _rate(stated: Array, events: Array, sent: Array) -> Array:
    some = sent > 0
    counted = np.where(some, np.minimum(events / np.where(some, sent, 1.0), 1.0), np.nan)
    return np.where(np.isnan(stated), counted, stated)


def _outcomes(columns: Columns, name: str, good: frozenset[str], bad: frozenset[str]) -> Array:
    """Return 1 for a good outcome, 0 for a bad one, NaN for neither."""
    if name not in columns.slots:
        return columns.nothing
    out = columns.nothing.copy()
    for slot, row, value in columns.entries(name):
        word = plain_word(value) if isinstance(value, str) and len(value) <= 60 else None
        if word is None:
            out[row] = flag_of(value)
        else:
            out[row] = 1.0 if word in good else 0.0 if word in bad else math.nan
        if math.isnan(out[row]) and word not in _SAYS_NOTHING and not is_unknown(value):
            columns.remark(row, "unparsed-outcome", slot.path, value)
    return out


def _failures(columns: Columns) -> Array:
    """Return 1 for a recent failure or complaint, 0 where the record says that there is none, else NaN."""
    out = flags(columns, "open_complaint").copy()
    support = _outcomes(columns, "last_support_outcome", _GOOD | _SETTLED, _BAD | _UNSETTLED)
    out = np.where(np.isnan(out), 1.0 - support, out)
    for _, row, value in columns.entries("context"):
        if type(value) is str and math.isnan(out[row]):
            failure = columns.once(prose_of, value).failure
            if failure is not None:
                out[row] = failure
    return out
