"""The settings of one process: read once, from arguments and from variables named TWINCAST_*, and never again."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from zoneinfo import ZoneInfo

from twincast.bootstrap.chats import NO_CHAT, ChatSettings, read_chat
from twincast.domain.errors import Misconfigured

DEFAULT_DATABASE: Final = "sqlite:///twincast.db"
IN_MEMORY: Final = "memory://"
"""Database that is gone when the process ends."""
MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What may differ from one installation to another.

    Attributes:
        database: path or URL of an SQLite file, URL of a PostgreSQL database, or `memory://`.
        host, port: where the HTTP service listens.
        currency: ISO 4217 code for records that state none.
        zone: IANA zone for customers whose own is not known.
        require_session: whether nothing may be tested outside a session that was begun.
        private_webhooks: whether webhooks may lead into a private network, or to this machine.
        max_body: longest JSON body of a request, in bytes.
        max_upload: longest uploaded table, in bytes.
        max_batch: longest body that asks for a batch, in bytes: a million ids.
        batch_inline: cells (customers x variants) of a batch that are computed before it is answered.
        files: folder that this machine's workers share with those of other machines; None: none. Only files in it are
            spread over workers (`twincast batch --spread`).
        log_level: least severe log line that is written.
        chat: which language models answer, and how they are asked.
    """

    database: str = field(default=DEFAULT_DATABASE, repr=False)  # it may hold a password
    host: str = "127.0.0.1"
    port: int = 8000
    currency: str = "USD"
    zone: str = "UTC"
    require_session: bool = False
    private_webhooks: bool = False
    max_body: int = 2 * MEGABYTE
    max_upload: int = 200 * MEGABYTE
    max_batch: int = 40 * MEGABYTE
    batch_inline: int = 5_000
    files: str | None = None
    log_level: str = "info"
    chat: ChatSettings = NO_CHAT

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service: then no API key is needed."""
        return is_loopback(self.host)


_ON: Final = frozenset({"1", "true", "yes", "on"})
_OFF: Final = frozenset({"0", "false", "no", "off"})
LOG_LEVELS: Final[tuple[str, ...]] = ("debug", "info", "warning", "error")


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Tell whether an address or the name `localhost` means this machine only."""
    name = host.strip().lower().removeprefix("[").removesuffix("]")
    if name == "localhost":
        return True
    try:
        return ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def without_secrets(database: str) -> str:
    """Return the URL or path of a database as it may be shown: without password and options."""
    scheme, sign, rest = database.partition("://")
    if not sign or scheme.startswith("sqlite"):
        return database
    who, at, where = rest.partition("?")[0].rpartition("@")
    return f"{scheme}{sign}{who.partition(':')[0]}{at}{where}"


def read_settings(
    environment: Mapping[str, str] | None = None,
    *,
    database: str | None = None,
    host: str | None = None,
    port: int | None = None,
    models: tuple[str, ...] = (),
) -> Settings:
    """Return the settings: an argument wins over its TWINCAST_* variable, and that over the default.

    Args:
        environment: variables; None for those of this process.
        database, host, port, models: what was typed on the command line.

    Raises:
        Misconfigured: a variable can not be read; names it and what is allowed.
    """
    given = os.environ if environment is None else environment
    usual = Settings()
    return Settings(
        database=database or given.get("TWINCAST_DATABASE") or usual.database,
        host=host or given.get("TWINCAST_HOST") or usual.host,
        port=port if port is not None else _whole(given, "TWINCAST_PORT", usual.port, 0, 65_535),
        currency=_currency(given.get("TWINCAST_CURRENCY") or usual.currency),
        zone=_zone(given.get("TWINCAST_ZONE") or usual.zone),
        require_session=_switch(given, "TWINCAST_REQUIRE_SESSION", "REQUIRE_SESSION"),
        private_webhooks=_switch(given, "TWINCAST_PRIVATE_WEBHOOKS"),
        max_body=_whole(given, "TWINCAST_MAX_BODY", usual.max_body, 1_024, 512 * MEGABYTE),
        max_upload=_whole(given, "TWINCAST_MAX_UPLOAD", usual.max_upload, 1_024, 512 * MEGABYTE),
        max_batch=_whole(given, "TWINCAST_MAX_BATCH", usual.max_batch, 1_024, 512 * MEGABYTE),
        batch_inline=_whole(given, "TWINCAST_BATCH_INLINE", usual.batch_inline, 0, 100_000),
        files=given.get("TWINCAST_FILES") or usual.files,
        log_level=_level(given.get("TWINCAST_LOG_LEVEL") or usual.log_level),
        chat=read_chat(given, models),
    )


def _whole(given: Mapping[str, str], name: str, usual: int, least: int, most: int) -> int:
    text = given.get(name)
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise Misconfigured(f"{name} is {text[:40]!r}; a whole number from {least} to {most} is needed.")
    return int(text)


def _switch(given: Mapping[str, str], name: str, short: str = "") -> bool:
    """Read a switch under its name, or else under the short one that the document gives it."""
    text = (given.get(name) or given.get(short) or "").strip().lower()
    if text not in {"", *_ON, *_OFF}:
        raise Misconfigured(f"{name} is {text[:40]!r}; 1 or 0 is needed.")
    return text in _ON


def _currency(code: str) -> str:
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise Misconfigured(f"TWINCAST_CURRENCY is {code[:40]!r}; an ISO 4217 code such as EUR is needed.")
    return code.upper()


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError is one
        raise Misconfigured(f"TWINCAST_ZONE is {name[:40]!r}; an IANA zone such as Europe/Berlin is needed.") from None
    return name


def _level(name: str) -> str:
    if name.lower() not in LOG_LEVELS:
        raise Misconfigured(f"TWINCAST_LOG_LEVEL is {name[:40]!r}; one of {', '.join(LOG_LEVELS)} is needed.")
    return name.lower()
