"""One message for many customers: whom it is for, what it must keep to, and the price of not personalising."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import Field

from twincast.domain.errors import FieldProblem
from twincast.domain.optimizations import MAX_TOGETHER, CommonMessage
from twincast.wire.optimizations import (
    MessageConstraints,
    MessageContext,
    MessageCosts,
    MessageOptimizationRequest,
    Value,
)
from twincast.wire.shapes import Answer, Day, Name, Number, Request, Whole

_SHARED: Final = (
    "objective", "constraints", "context", "costs", "channel", "timing", "candidates", "horizon_days", "level", "as_of",
    "seed",
)  # fmt: skip


class CommonMessageRequest(Request):
    """A segment, or twins by id; the rest as for one customer."""

    customer_segment: Name | None = Field(None, description="Name of a segment.")
    digital_twin_ids: list[Name] | None = Field(None, max_length=MAX_TOGETHER, description="Or ids of twins.")
    objective: Name | None = None
    constraints: MessageConstraints | None = None
    context: MessageContext | None = None
    costs: MessageCosts | None = None
    channel: Name | None = None
    timing: Name | None = None
    candidates: Whole | None = Field(None, description="Most plans that are scored for everybody. Default: 200.")
    horizon_days: Whole | None = None
    level: Number | None = None
    as_of: Day | None = None
    seed: Whole | None = Field(None, ge=0, lt=2**63)

    def problems(self) -> Iterable[FieldProblem]:
        """Yield that nobody is named, or both are."""
        if (self.customer_segment is None) == (not self.digital_twin_ids):
            message = "name a segment or twins"
            yield FieldProblem(field="customer_segment", message=message, allowed="one of the two")

    def asked(self) -> dict[str, Any]:
        """Return what is asked for, as for one customer."""
        shared = {name: value for name in _SHARED if (value := getattr(self, name)) is not None}
        return MessageOptimizationRequest.model_construct(digital_twin_id="-", **shared).asked()


class CommonMessageOut(Answer):
    """The best common message, and what writing to each as suits her best would add."""

    objective: str
    customers: int = Field(description="How many the numbers rest on: of more than 500 as many are drawn.")
    members: int
    refused: int = Field(description="Who opted out of profiling.")
    content: str
    subject: str | None
    plan: list[str]
    worth: Value = Field(description="Mean of the objective over these customers.")
    price_of_not_personalising: Value = Field(
        description="What each one's own best of the same plans would add, on average."
    )
    suits: float = Field(description="Share of them for whom the common plan is the best.")
    plans: int = Field(description="How many different plans are somebody's best.")
    candidates: int
    draws: int
    currency: str

    @classmethod
    def of(cls, found: CommonMessage) -> "CommonMessageOut":
        """Render what was found."""
        names = ("objective", "customers", "members", "refused", "content", "subject", "suits", "plans", "candidates")
        return cls.model_validate(
            {
                **{name: getattr(found, name) for name in (*names, "draws", "currency")},
                "plan": list(found.plan),
                "worth": Value.plain(found.worth),
                "price_of_not_personalising": Value.plain(found.price),
            }
        )
