"""Which language models answer: read from the settings, checked before anything starts, loaded by the first call."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from twincast.domain.errors import Misconfigured
from twincast.ports.chats import ChatModel
from twincast.ports.clock import Clock, Ids
from twincast.ports.stores import Store

if TYPE_CHECKING:
    from twincast.llm.prices import Priced
    from twincast.llm.providers import Provider

FORMS: Final = (
    "local, replay:FILE, openai:MODEL, anthropic:MODEL, google:MODEL, or URL#MODEL of a server that speaks as OpenAI"
)
LIBRARY: Final = "pydantic_ai"
LOCAL, REPLAY = "local", "replay:"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatSettings:
    """How language models are asked.

    Attributes:
        models: in the order in which they are asked: the next one where one has no answer; empty: none is.
        keys: variable -> key of a provider; `TWINCAST_LLM_KEY` is that of a server given by its URL.
        timeout: seconds after which a request is given up.
        at_once: requests under way at a time.
        requests_per_minute, tokens_per_minute: quotas; None: none.
        price: US dollars for a million tokens in and out, where the table of prices has none; None: not known.
        record: file to which answers are written, to be played back; None: none.
    """

    models: tuple[str, ...] = ()
    keys: Mapping[str, str]
    timeout: float = 30.0
    at_once: int = 64
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    price: tuple[float, float] | None = None
    record: str | None = None


KEY: Final = "TWINCAST_LLM_KEY"
KEYS: Final = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "google": "GOOGLE_API_KEY"}
NO_CHAT: Final = ChatSettings(keys={})
"""No language model."""


def read_chat(given: Mapping[str, str], models: tuple[str, ...] = ()) -> ChatSettings:
    """Return the settings in TWINCAST_LLM*; models that were typed win over `TWINCAST_LLM`.

    Raises:
        Misconfigured: a variable can not be read; names it and what is allowed.
    """
    named = models or tuple(part for part in given.get("TWINCAST_LLM", "").replace(",", " ").split() if part)
    return ChatSettings(
        models=named,
        keys={name: given[name] for name in (KEY, *KEYS.values()) if given.get(name)},
        timeout=_number(given, "TWINCAST_LLM_TIMEOUT", 0.1, 600.0) or NO_CHAT.timeout,
        at_once=int(_number(given, "TWINCAST_LLM_AT_ONCE", 1, 1_000) or NO_CHAT.at_once),
        requests_per_minute=_number(given, "TWINCAST_LLM_REQUESTS_PER_MINUTE", 1, 1e9),
        tokens_per_minute=_number(given, "TWINCAST_LLM_TOKENS_PER_MINUTE", 1, 1e12),
        price=_price(given.get("TWINCAST_LLM_PRICE", "")),
        record=given.get("TWINCAST_LLM_RECORD") or None,
    )


def _number(given: Mapping[str, str], name: str, least: float, most: float) -> float | None:
    text = given.get(name)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise Misconfigured(f"{name} is {text[:40]!r}; a number from {least:g} to {most:g} is needed.")
    return value


def _price(text: str) -> tuple[float, float] | None:
    if not text.strip():
        return None
    parts = text.split(",")
    try:
        found = [float(part) for part in parts]
    except ValueError:
        found = []
    if len(found) != 2 or not all(0.0 <= price < 1e6 for price in found):
        raise Misconfigured(
            f"TWINCAST_LLM_PRICE is {text[:40]!r}; US dollars for a million tokens in and out are needed, such as "
            "0.15,0.60."
        )
    return found[0], found[1]


def open_chat(settings: ChatSettings, store: Store, clock: Clock, ids: Ids) -> ChatModel | None:
    """Return the language models of the settings; None where there are none. Nothing is called yet.

    Raises:
        Misconfigured: a model is not known, lacks its key, or what it needs is not installed.
    """
    if not settings.models:
        return None
    from twincast.llm.budgets import Budgeted
    from twincast.llm.chats import Chat
    from twincast.llm.doubles import Recording
    from twincast.llm.retries import FallenBack, Quota, Retrying

    quota = Quota(
        requests_per_minute=settings.requests_per_minute,
        tokens_per_minute=settings.tokens_per_minute,
        at_once=settings.at_once,
    )
    models = []
    for spec in settings.models:
        provider, price = _provider(spec, settings)
        if settings.record is not None:
            provider = Recording(provider, Path(settings.record))
        models.append(Retrying(Budgeted(provider, price, clock, ids, time.monotonic), quota, time.monotonic))
    return Chat(FallenBack(tuple(models)), store, clock, ids)


def _provider(spec: str, settings: ChatSettings) -> "tuple[Provider, Priced]":
    """Return the model that a setting names, and what it costs."""
    from twincast.llm.doubles import Replaying
    from twincast.llm.prices import FREE, ListedPrice, StatedPrice, UnknownPrice

    stated = None
    if settings.price is not None:
        stated = StatedPrice(per_million_in=settings.price[0], per_million_out=settings.price[1])
    if spec.startswith(REPLAY):
        return Replaying(Path(spec.removeprefix(REPLAY))), FREE
    if find_spec(LIBRARY) is None:
        raise Misconfigured(f"The language model {spec[:80]!r} needs more: `pip install 'twincast[llm]'`.")
    from twincast.llm.models import COMPATIBLE, Address, Remote

    if spec == LOCAL:
        from twincast.llm.local import Local

        return Local(max(settings.timeout, 120.0)), FREE
    if spec.startswith(("http://", "https://")):
        url, _, model = spec.partition("#")
        parts = urlsplit(url)
        name = f"{parts.hostname}:{parts.port}/{model or 'default'}" if parts.port else f"{parts.hostname}/{model}"
        key = settings.keys.get(KEY)
        address = Address(
            name=name, provider=COMPATIBLE, model=model or "default", url=url, key=key, timeout=settings.timeout
        )
        return Remote(address), stated or UnknownPrice()
    provider, _, model = spec.partition(":")
    if provider not in KEYS or not model:
        raise Misconfigured(f"{spec[:80]!r} is no language model: {FORMS}.")
    key = settings.keys.get(KEYS[provider])
    if key is None:
        raise Misconfigured(f"The language model {spec[:80]!r} needs a key, in the variable {KEYS[provider]}.")
    address = Address(name=spec, provider=provider, model=model, url=None, key=key, timeout=settings.timeout)
    return Remote(address), stated or ListedPrice(provider=provider, model=model)
