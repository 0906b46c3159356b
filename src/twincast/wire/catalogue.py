"""Lists to look things up in: fields, traits, types of intervention, templates, channels, timings."""

from collections.abc import Iterable

from pydantic import Field

from twincast.domain.objectives import Objective
from twincast.domain.templates import Template
from twincast.wire.shapes import Answer


class PredictionField(Answer):
    """A field that can be predicted."""

    name: str
    kind: str
    unit: str
    meaning: str
    aliases: list[str] = Field(description="Further spellings; the answer keeps the one that was asked.")
    compared: bool = Field(description="Whether `no_contact` and `uplift` stand beside it.")
    stated: bool = Field(description="Whether only a survey could confirm it.")


class RecordField(Answer):
    """A field of a customer record that has a meaning."""

    path: str
    kind: str
    unit: str
    meaning: str
    aliases: list[str]
    feeds: list[str] = Field(description="What is made of it.")


class FieldCatalogue(Answer):
    """Every field that can be predicted, and every field of a record that is understood."""

    predictions: list[PredictionField]
    default: list[str]
    comparison_default: list[str]
    comparison_only: list[str]
    record: list[RecordField]


class Trait(Answer):
    """A psychographic trait and the preferences it shifts, in standard deviations of customers."""

    name: str
    meaning: str
    aliases: list[str]
    shifts: dict[str, float]


class TraitCatalogue(Answer):
    """Traits that are understood, and the words for key drivers; other traits are kept as text."""

    traits: list[Trait]
    drivers: list[str]


class InterventionType(Answer):
    """A known type."""

    name: str
    channel: str | None = Field(description="The channel that the type implies.")


class InterventionTypes(Answer):
    """Known types; others are read as `custom`, with a warning."""

    types: list[InterventionType]
    responses: list[str] = Field(description="What will_engage can mean.")


class TemplateSlot(Answer):
    """A gap in a template."""

    name: str
    meaning: str
    example: str
    default: str | None = Field(description="Taken where the slot is left out; null: it must be filled.")


class MessageTemplate(Answer):
    """A message for one occasion, with slots."""

    id: str = Field(description="Write it as `template` in an intervention, with `slots`, instead of `content`.")
    type: str
    meaning: str
    text: str
    slots: list[TemplateSlot]
    example: str = Field(description="The message as it may read.")
    fields: list[str] = Field(description="What is predicted unless the request says otherwise.")


class MessageTemplates(Answer):
    """All templates."""

    templates: list[MessageTemplate]

    @classmethod
    def of(cls, known: Iterable[Template]) -> "MessageTemplates":
        """Render templates."""
        return cls(
            templates=[
                MessageTemplate(
                    id=it.id,
                    type=it.type,
                    meaning=it.meaning,
                    text=it.text,
                    slots=[
                        TemplateSlot(name=slot.name, meaning=slot.meaning, example=slot.example, default=slot.default)
                        for slot in it.slots
                    ],
                    example=it.example,
                    fields=list(it.fields),
                )
                for it in known
            ]
        )


class ObjectiveOut(Answer):
    """Something that a message, or an allocation, can aim at."""

    name: str
    aliases: list[str]
    meaning: str
    unit: str
    better: str = Field(description="more or less: which is the better.")
    incremental: bool = Field(description="Whether it is a difference against sending nothing.")
    needs_costs: bool = Field(description="Whether margin and contact cost must be given.")


class Objectives(Answer):
    """All objectives."""

    objectives: list[ObjectiveOut]
    default: str

    @classmethod
    def of(cls, known: Iterable[Objective], default: str) -> "Objectives":
        """Render objectives."""
        return cls(
            objectives=[
                ObjectiveOut(
                    name=it.name,
                    aliases=list(it.aliases),
                    meaning=it.meaning,
                    unit=it.unit,
                    better="more" if it.sign > 0 else "less",
                    incremental=it.incremental,
                    needs_costs=it.needs_costs,
                )
                for it in known
            ],
            default=default,
        )


class Channel(Answer):
    """A channel, its further spellings, and whether messages on it can be opened."""

    name: str
    aliases: list[str]
    has_opens: bool


class Channels(Answer):
    """All channels."""

    channels: list[Channel]


class Daypart(Answer):
    """A part of the day, in hours of local time."""

    name: str
    from_hour: int
    to_hour: int


class Timings(Answer):
    """How a timing is written: `<weekday>_<daypart>`, either alone, or ISO 8601."""

    grammar: str
    weekdays: list[str]
    dayparts: list[Daypart]
    quiet_hours: tuple[int, int]
