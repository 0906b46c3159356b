"""Identifiers, each a type of its own, and the one rule that turns a customer's id into a twin's id."""

from typing import Final, NewType
from urllib.parse import quote, unquote

WorkspaceId = NewType("WorkspaceId", str)
CustomerId = NewType("CustomerId", str)
TwinId = NewType("TwinId", str)
TrialId = NewType("TrialId", str)
ComparisonId = NewType("ComparisonId", str)
OptimizationId = NewType("OptimizationId", str)
ImportId = NewType("ImportId", str)
OutcomeId = NewType("OutcomeId", str)
SessionId = NewType("SessionId", str)
CheckpointId = NewType("CheckpointId", str)
BranchId = NewType("BranchId", str)
EventId = NewType("EventId", str)
BacktestId = NewType("BacktestId", str)
ExperimentId = NewType("ExperimentId", str)
ReadoutId = NewType("ReadoutId", str)
JobId = NewType("JobId", str)
BatchId = NewType("BatchId", str)
AllocationId = NewType("AllocationId", str)
WebhookId = NewType("WebhookId", str)
DeliveryId = NewType("DeliveryId", str)
ExtractionId = NewType("ExtractionId", str)
KeyId = NewType("KeyId", str)

TWIN_PREFIX: Final = "twin_"
DEFAULT_WORKSPACE: Final = WorkspaceId("default")
MAX_ID_LENGTH: Final = 200


def twin_id_of(customer_id: CustomerId) -> TwinId:
    """Return the id of a customer's twin: `twin_` and the customer's id, made safe for URLs without losing anything."""
    return TwinId(TWIN_PREFIX + quote(customer_id, safe="-_.~@"))


def customer_id_of(twin_id: TwinId) -> CustomerId:
    """Return the customer's id behind a twin's id; the inverse of `twin_id_of`."""
    return CustomerId(unquote(twin_id.removeprefix(TWIN_PREFIX)))
