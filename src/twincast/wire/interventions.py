"""An intervention as callers write it, and as it was understood."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import ConfigDict, Field, JsonValue

from twincast.domain.errors import FieldProblem
from twincast.domain.interventions import Intervention
from twincast.domain.messages import OfferTerm, Span
from twincast.domain.trials import Answered
from twincast.wire.predictions import TimeWindow
from twincast.wire.shapes import Answer, Moment, Name, Number, Plain, Request, Whole

UNSTATED: Final = "custom"
"""Type of an intervention that names none."""
_SHARED: Final = (
    "channel", "timing", "personalization_level", "response", "products", "cost", "horizon_days", "at",
    "template", "slots",
)  # fmt: skip


class InterventionIn(Request):
    """What would be sent. `type: none` is sending nothing and needs nothing else; further attributes are kept."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "type": "promotional_offer",
                    "channel": "email",
                    "content": "Exclusive for you: 30% off our new premium line, this weekend only",
                    "timing": "friday_morning",
                    "personalization_level": "high",
                }
            ]
        },
    )

    type: str | None = Field(None, description="Open vocabulary, see `GET /intervention-types`; others are `custom`.")
    intervention_type: str | None = Field(None, description="The same as `type`.")
    channel: str | None = Field(None, description="See `GET /channels`; default: the customer's first preferred one.")
    content: str | None = Field(None, description="The text of the message, at most 20,000 characters.")
    timing: str | None = Field(None, description="`friday_morning`, either part alone, or ISO 8601.")
    personalization_level: str | None = Field(None, description="low, medium or high, as you see it.")
    response: str | None = Field(None, description="What will_engage is to mean: visit, click, tap, reply, redemption.")
    products: list[Name] | None = Field(None, description="Products or categories that the message is about.")
    cost: Number | None = Field(None, description="Money that one contact costs.")
    horizon_days: Whole | None = Field(None, description="Days within which to predict; default: the request's.")
    at: Moment | None = Field(None, description="Simulated moment of sending.")
    template: Name | None = Field(None, description="Instead of content: the id of one of `GET /templates`.")
    slots: dict[Name, JsonValue] | None = Field(None, description="What fills the template: text or numbers by slot.")

    def conflicts(self, path: str) -> Iterator[FieldProblem]:
        """Yield what contradicts itself, `path` being where the intervention stands in the body."""
        if self.type is not None and self.intervention_type is not None and self.type != self.intervention_type:
            message = "differs from `type`, which means the same"
            yield FieldProblem(field=f"{path}.intervention_type", message=message, allowed="one of the two")
        if self.template is not None and self.content is not None:
            message = "stands beside a template, which makes the content"
            yield FieldProblem(field=f"{path}.content", message=message, allowed="one of the two")
        if self.template is None and self.slots is not None:
            message = "are the slots of a template, and none is named"
            yield FieldProblem(field=f"{path}.slots", message=message, allowed="with `template`")

    def stated(self) -> dict[str, Any]:
        """Return what is said, by the names of the domain; nulls are left out."""
        said = {name: value for name in _SHARED if (value := getattr(self, name)) is not None}
        type_ = self.type if self.type is not None else self.intervention_type
        return said | ({} if type_ is None else {"type": type_})

    def to_domain(self, id: str | None = None, shared: Mapping[str, Any] | None = None) -> Intervention:
        """Return the intervention as given; what it leaves out it takes from `shared`."""
        said = {"type": UNSTATED, **(shared or {}), **self.stated()}
        said["products"] = tuple(said.get("products", ()))
        return Intervention(id=id, content=self.content, attributes=self.__pydantic_extra__ or None, **said)


class TextSpan(Answer):
    """A piece of the message."""

    start: int
    end: int
    text: str

    @staticmethod
    def plain(span: Span) -> Plain:
        """Render a span."""
        return {
            "start": span.start,
            "end": span.end,
            "text": span.text,
        }


class Offer(Answer):
    """One term of the offer, and where it stands."""

    kind: str = Field(description="percent, amount, n_for_m, free_shipping, gift, threshold, validity or coupon.")
    value: float | None = Field(description="Percent as a fraction, money, days, or how many; null without a number.")
    up_to: bool = Field(description="True for a ceiling: 'up to 50 %'.")
    span: TextSpan

    @staticmethod
    def plain(term: OfferTerm) -> Plain:
        """Render a term."""
        return {
            "kind": term.kind,
            "value": term.value,
            "up_to": term.up_to,
            "span": TextSpan.plain(term.span),
        }


class AppealFound(Answer):
    """What the text appeals to."""

    name: str
    strength: float
    spans: list[TextSpan]


class Message(Answer):
    """What was read in the content."""

    language: str
    offers: list[Offer]
    discount: float | None = Field(description="Fraction of the list price taken off; null where none could be told.")
    discount_amount: float
    appeals: list[AppealFound]
    products: list[str]
    tone: str
    words: int
    call_to_action: TextSpan | None
    pressure: float
    spam: float
    flags: list[str]


class ResolvedTiming(Answer):
    """When it goes out, as understood."""

    given: str | None
    source: str = Field(description="declared, default or unparsed.")
    weekday: int | None = Field(description="0 is Monday.")
    daypart: str | None
    moment: datetime | None
    window: TimeWindow | None


class Personalization(Answer):
    """Declared and detected: what in the text addresses the person."""

    declared: str | None
    detected: list[TextSpan]


class Resolved(Answer):
    """An intervention as it was understood: nothing that changes a number is silent."""

    type: str
    channel: str | None
    response: str
    template: str | None
    template_text: str | None = Field(description="The message, where a template made it.")
    timing: ResolvedTiming
    personalization: Personalization
    message: Message | None

    @staticmethod
    def plain(answer: Answered) -> Plain:
        """Render what an answer rests on."""
        read = answer.intervention
        timing = read.timing
        spans = read.reading.personalisation if read.reading else ()
        return {
            "type": read.type,
            "channel": answer.channel,
            "response": answer.response,
            "template": read.intervention.template,
            "template_text": read.intervention.content if read.intervention.template else None,
            "timing": {
                "given": timing.given,
                "source": timing.source,
                "weekday": timing.weekday,
                "daypart": timing.daypart,
                "moment": timing.moment,
                "window": TimeWindow.plain(answer.window),
            },
            "personalization": {"declared": read.intervention.personalization_level, "detected": _spans(spans)},
            "message": _message(answer),
        }


def _message(answer: Answered) -> Plain | None:
    reading = answer.intervention.reading
    if reading is None:
        return None
    return {
        "language": reading.language,
        "offers": [Offer.plain(term) for term in reading.offers],
        "discount": reading.discount,
        "discount_amount": reading.discount_amount,
        "appeals": [{"name": it.name, "strength": it.strength, "spans": _spans(it.spans)} for it in reading.appeals],
        "products": list(reading.products),
        "tone": reading.tone,
        "words": reading.words,
        "call_to_action": TextSpan.plain(reading.call_to_action) if reading.call_to_action else None,
        "pressure": reading.pressure,
        "spam": reading.spam,
        "flags": list(reading.flags),
    }


def _spans(spans: Iterable[Span]) -> list[Plain]:
    return [TextSpan.plain(span) for span in spans]
