"""Grounded personas: several sources about one customer in, a twin out."""

import json
from typing import Any

from pydantic import ConfigDict, Field, JsonValue

from twincast.domain.twins import Twin, TwinProfile, Warning
from twincast.wire.remarks import Remark, remarks
from twincast.wire.shapes import Day, Name, Names, Request
from twincast.wire.twins import CustomerRecord, DigitalTwin

_CUSTOMER: Any = CustomerRecord.model_config["json_schema_extra"]
_RECORD: dict[str, Any] = _CUSTOMER["examples"][0]


class GroundingSource(Request):
    """One source: what kind it is, and what it says."""

    type: Name = Field(description="crm_profile, purchase_history, behavioral_data; any other is kept.")
    content: JsonValue = Field(
        description="An object, a list, or text: JSON where it can be read as such, else kept as text with a warning."
    )


class GroundedPersonaRequest(Request):
    """What is known about one customer, by source; made into one record and its twin.

    The profile is the record. Its `customer_id` (or `id`) says who it is; without one the name does.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "customer_twin_12345",
                    "grounding_sources": [
                        {
                            "type": "crm_profile",
                            "content": json.dumps({"customer_id": "cust_12345", "profile": _RECORD["profile"]}),
                        },
                        {"type": "purchase_history", "content": _RECORD["history"]},
                        {"type": "behavioral_data", "content": _RECORD["behavioral_data"]},
                    ],
                    "personality_fragments": _RECORD["psychographic_traits"],
                    "context": _RECORD["context"],
                }
            ]
        },
    )

    name: Name | None = Field(None, description="A label, no part of the data; the customer's id where none is stated.")
    grounding_sources: list[GroundingSource] = Field(default_factory=list)
    personality_fragments: Names | None = Field(None, description="In the vocabulary of psychographic_traits.")
    context: str | None = None
    as_of: Day | None = Field(None, description="Day on which all of it was true. Default: the profile's, else today.")

    @property
    def sources(self) -> tuple[tuple[str, object], ...]:
        """Return type and content of each source."""
        return tuple((it.type, it.content) for it in self.grounding_sources)


class GroundedPersona(DigitalTwin):
    """A twin made of several sources; its `persona_id` is accepted wherever a twin is expected."""

    persona_id: str = Field(description="The same as `digital_twin_id`.")
    name: str | None
    grounding_warnings: list[Remark] = Field(description="What was kept as text, taken from elsewhere or disagreed.")

    @classmethod
    def grounded(
        cls, twin: Twin, profile: TwinProfile, name: str | None, warnings: tuple[Warning, ...]
    ) -> "GroundedPersona":
        """Render a version of a twin, the label it was given, and what came up when it was grounded."""
        shown = dict(DigitalTwin.of(twin, profile))
        return cls(**shown, persona_id=twin.id, name=name, grounding_warnings=remarks(warnings))
