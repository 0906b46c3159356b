"""What the reading understands, for looking up: fields of a record, traits, and its version."""

from twincast.reading.fields import KNOWN_FIELDS, KnownField
from twincast.reading.preferences import Trait, traits
from twincast.reading.states import READING

__all__ = ["KnownField", "Trait", "reading_version", "record_fields", "traits"]


def record_fields() -> tuple[KnownField, ...]:
    """Return every field of a customer record that has a meaning."""
    return KNOWN_FIELDS


def reading_version() -> str:
    """Return the version of what is read in a record."""
    return READING
