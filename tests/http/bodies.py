"""The document's bodies, as the OpenAPI description shows them, and small ones of our own."""

from copy import deepcopy
from typing import Any

from starlette.testclient import TestClient

from twincast.wire.batches import BatchTestRequest
from twincast.wire.comparisons import VariantComparisonRequest
from twincast.wire.trials import InterventionTestRequest
from twincast.wire.twins import CustomerRecord

API = "/api/v1"
TWINS = f"{API}/customers/digital-twin"
BULK = f"{TWINS}/bulk"
TEST = f"{API}/intervention-testing/test"
TESTS = f"{API}/intervention-testing/tests"
SESSIONS = f"{API}/simulation-control/sessions"
COMPARE = f"{API}/intervention-testing/compare-variants"
BATCH = f"{API}/intervention-testing/batch"
BATCHES = f"{API}/intervention-testing/batches"
COMPARISONS = f"{API}/intervention-testing/comparisons"

SESSION_FORM: dict[str, Any] = {
    "session_id": "session_uuid",
    "digital_twin_id": "twin_cust_12345",
    "intervention": {
        "type": "promotional_offer",
        "content": "Exclusive for you: 30% off our new premium line",
        "timing": "friday_morning",
        "channel": "email",
    },
    "interaction_config": {"rounds": 1, "enable_memory": True, "enable_thinking": True},
    "extraction_config": {
        "extract_results": True,
        "extraction_objective": "Predict customer response and purchase behavior",
        "fields": ["will_engage", "will_purchase", "purchase_amount", "emotional_response"],
        "extraction_hint": "Provide likelihood scores and detailed reasoning",
    },
}


def _example(model: Any, place: int = 0) -> dict[str, Any]:
    return deepcopy(model.model_config["json_schema_extra"]["examples"][place])


def customer(**more: Any) -> dict[str, Any]:
    """Return the document's customer, with other or further fields."""
    return _example(CustomerRecord) | more


def trial(**more: Any) -> dict[str, Any]:
    """Return the document's test."""
    return _example(InterventionTestRequest) | more


def comparison(**more: Any) -> dict[str, Any]:
    """Return the document's comparison."""
    return _example(VariantComparisonRequest) | more


def batch(**more: Any) -> dict[str, Any]:
    """Return the document's batch of one intervention."""
    return _example(BatchTestRequest) | more


def variants_batch(**more: Any) -> dict[str, Any]:
    """Return the document's batch of two variants; in no session unless one is given."""
    body = _example(BatchTestRequest, 1)
    del body["session_id"]
    return body | more


def session_form(**more: Any) -> dict[str, Any]:
    """Return the document's test in its session form."""
    return deepcopy(SESSION_FORM) | more


def begun(client: TestClient) -> str:
    """Begin a session; return its id."""
    return str(client.post(f"{SESSIONS}/begin", json={"session_name": "test"}).json()["session_id"])


def without(body: dict[str, Any], *path: str) -> dict[str, Any]:
    """Return a body without one of its keys, however deep it lies."""
    changed = deepcopy(body)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return changed


def with_(body: dict[str, Any], value: object, *path: str | int) -> dict[str, Any]:
    """Return a body with one value replaced, however deep it lies."""
    changed = deepcopy(body)
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed
