"""Templates: messages for common occasions, with slots to fill in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_SLOT: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """A gap in a template: what belongs there, an example, and what is taken where nothing is said (None: required)."""

    name: str
    meaning: str
    example: str
    default: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A message for one occasion; `reading/lexicons/templates.toml` explains the attributes."""

    id: str
    type: str
    meaning: str
    text: str
    slots: tuple[Slot, ...]
    products: tuple[str, ...]
    fields: tuple[str, ...]

    def written(self, slots: Mapping[str, str]) -> str:
        """Return the message with its slots filled; what stands in a slot is never looked through for slots."""
        return _SLOT.sub(lambda found: slots[found.group(1)], self.text)

    @property
    def example(self) -> str:
        """Return the message as it may read."""
        return self.written({slot.name: slot.example for slot in self.slots})
