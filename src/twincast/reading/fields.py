"""The fields of a customer record that have a meaning, and how a key of a record finds its field."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

import msgspec

SECTIONS: Final[tuple[str, ...]] = ("profile", "behavioral_data", "history")
"""The document's sections: these must be objects."""

USUAL: Final[frozenset[str]] = frozenset({
    "", *SECTIONS, "behavioural_data", "behavior", "behaviour", "behavioral", "behavioural", "customer", "demographics",
    "attributes", "properties", "purchases", "orders", "purchase_history", "order_history", "crm", "preferences",
    "stats", "engagement", "metrics", "support", "summary",
})  # fmt: skip
"""Sections in which a known key has its meaning. An `age` under `pet` is not the customer's."""

PROTECTED: Final[frozenset[str]] = frozenset({
    "name", "first_name", "last_name", "full_name", "surname", "title", "salutation", "gender", "sex", "pronouns",
    "age", "birth_date", "date_of_birth", "dob", "birthday", "race", "ethnicity", "nationality", "religion", "belief",
    "sexual_orientation", "disability", "health", "pregnancy", "pregnant", "marital_status", "political_views",
    "union_member", "email_address", "phone_number", "marital",
})  # fmt: skip
"""Keys kept with the record that are never a feature of any number: protected attributes, and names, their proxies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownField:
    """A field with a meaning; the catalogue `lexicons/fields.toml` explains the attributes."""

    name: str
    section: str
    kind: str
    unit: str
    meaning: str
    feeds: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    anywhere: bool = False
    min: float | None = None
    max: float | None = None
    whole: bool = False

    @property
    def path(self) -> str:
        """Dotted path of its usual place."""
        return f"{self.section}.{self.name}" if self.section else self.name


@cache
def lexicon(name: str) -> dict[str, Any]:
    """Return one of the packaged lexicons of customer records as plain data; read once."""
    return tomllib.loads(resources.files("twincast.reading").joinpath("lexicons", f"{name}.toml").read_text("utf-8"))


def _fields() -> tuple[KnownField, ...]:
    return msgspec.convert(lexicon("fields")["field"], tuple[KnownField, ...])


KNOWN_FIELDS: Final[tuple[KnownField, ...]] = _fields()
"""Every field with a meaning, with its accepted aliases and unit. `GET /fields` and the documentation list it."""

FIELDS: Final[dict[str, KnownField]] = {field.name: field for field in KNOWN_FIELDS}

_BY_KEY: Final[dict[str, tuple[KnownField, int]]] = {
    alias: (field, rank) for field in KNOWN_FIELDS for rank, alias in enumerate((field.name, *field.aliases))
}


def plain_word(text: str) -> str:
    """Return a text in lower snake case: `lastPurchaseDate`, `Last purchase-date` and `last_purchase_date` are one."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text[:100].strip())
    return re.sub(r"[\s\-_.]+", "_", spaced).lower()


@lru_cache(maxsize=4096)
def field_at(section: str, key: str) -> tuple[KnownField, int] | None:
    """Return the field that a key of a section means, and how far down its list of spellings it stands.

    Args:
        section: dotted path of the section the key stands in, "" for the top level.
        key: the key as it stands in the record.
    """
    name = plain_word(key)
    parent = plain_word(section.rpartition(".")[2])
    found = _BY_KEY.get(f"{parent}.{name}") or _BY_KEY.get(name)
    if found is None:
        return None
    field, _ = found
    if field.name == "customer_id":
        return found if section == "" else None
    if field.anywhere or f"{parent}.{name}" in _BY_KEY:
        return found
    return found if section.count(".") == 0 and parent in USUAL else None
