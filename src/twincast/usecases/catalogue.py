"""What the reading understands, for looking up: fields of a record, traits, templates of messages, and its version."""

from collections.abc import Sequence

from twincast.domain.templates import Template
from twincast.reading import templates
from twincast.reading.fields import KNOWN_FIELDS, KnownField
from twincast.reading.preferences import Trait, traits
from twincast.reading.states import READING

__all__ = ["KnownField", "Trait", "message_templates", "reading_version", "record_fields", "traits"]


def record_fields() -> tuple[KnownField, ...]:
    """Return every field of a customer record that has a meaning."""
    return KNOWN_FIELDS


def message_templates(only: str | None = None) -> Sequence[Template]:
    """Return the templates of messages; one of them by its id. Raises InvalidInput for an id that is not known."""
    return tuple(templates.templates().values()) if only is None else (templates.template_of(only),)


def reading_version() -> str:
    """Return the version of what is read in a record."""
    return READING
