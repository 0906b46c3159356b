"""How addresses are described in OpenAPI; the handlers themselves parse what comes and render what goes."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from twincast.wire.allocations import AllocationRequest
from twincast.wire.batches import BatchTestRequest
from twincast.wire.commons import CommonMessageRequest
from twincast.wire.comparisons import VariantComparisonRequest
from twincast.wire.estimates import EstimateRequest
from twincast.wire.experiments import AssignmentsIn, TestPlanIn
from twincast.wire.extractions import ExtractResultsRequest, StructuredExtractionRequest
from twincast.wire.histories import EventsIn
from twincast.wire.interactions import IndividualInteractionRequest
from twincast.wire.optimizations import MessageOptimizationRequest
from twincast.wire.outcomes import OutcomeIn, OutcomesIn
from twincast.wire.personas import GroundedPersonaRequest
from twincast.wire.policies import ContactPolicyIn
from twincast.wire.problems import Problem
from twincast.wire.readouts import ReadoutIn
from twincast.wire.segments import SegmentIn
from twincast.wire.sensitivity import SensitivityRequestIn
from twincast.wire.sequences import SequenceRequestIn
from twincast.wire.sessions import CheckpointMaking, SessionBeginning, SessionRestoring
from twincast.wire.surveys import AnswerCalibrationRequest
from twincast.wire.trials import InterventionTestRequest
from twincast.wire.twins import CustomerRecord
from twincast.wire.usage import UsageBudgetIn
from twincast.wire.validations import PredictionQualityRequest, TwinValidationRequest
from twincast.wire.webhooks import WebhookIn

API: Final = "/api/v1"
REFERENCE: Final = "#/components/schemas/{model}"
BODIES: Final[tuple[type[BaseModel], ...]] = (
    AnswerCalibrationRequest,
    AssignmentsIn,
    BatchTestRequest,
    AllocationRequest,
    CheckpointMaking,
    CommonMessageRequest,
    ContactPolicyIn,
    UsageBudgetIn,
    CustomerRecord,
    EstimateRequest,
    EventsIn,
    ExtractResultsRequest,
    GroundedPersonaRequest,
    IndividualInteractionRequest,
    InterventionTestRequest,
    OutcomeIn,
    OutcomesIn,
    PredictionQualityRequest,
    SensitivityRequestIn,
    SequenceRequestIn,
    ReadoutIn,
    SegmentIn,
    StructuredExtractionRequest,
    TestPlanIn,
    TwinValidationRequest,
    SessionBeginning,
    SessionRestoring,
    MessageOptimizationRequest,
    VariantComparisonRequest,
    WebhookIn,
)
DESCRIPTION: Final = """
Digital twins of customers that answer a message before it is sent: numbers with intervals beside sending nothing, and
reasons.

- Every failure is `application/problem+json` with a stable `code` and, in `errors`, the fields it is about.
- A POST that creates takes an `Idempotency-Key`: the same key and body give the first answer again, byte for byte.
- Ids in paths are percent-encoded as a whole, `%` included: `twin_a%20b` is written `twin_a%2520b`.
- On this machine no key is needed; elsewhere send `Authorization: Bearer <key>` (`twincast keys create`).
"""
_WORDS: Final[dict[int, str]] = {
    400: "The body can not be read.",
    401: "A valid API key is needed.",
    403: "The key does not allow this, or the customer has opted out of profiling.",
    404: "There is no such thing in this workspace.",
    409: "It is there already, or the `Idempotency-Key` belongs to another request.",
    413: "The body, or a text in it, is too long.",
    415: "The content type is not taken here.",
    422: "Some fields are not valid; `errors` names each.",
}
IDEMPOTENCY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key and body give the first answer again.",
}


def address(
    summary: str,
    answer: type[BaseModel] | None,
    *,
    scope: str | None,
    status: int = 200,
    body: type[BaseModel] | tuple[type[BaseModel], ...] | None = None,
    problems: tuple[int, ...] = (),
    creates: bool = False,
    also: Mapping[int, str] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """Return the keyword arguments that describe one address to FastAPI.

    Args:
        summary: what it does, in a few words.
        answer: shape of the answer; None for one that is no JSON.
        scope: what a key must allow; None where no key is needed.
        status: of the usual answer.
        body: shape of the body, or the shapes that it may have.
        problems: statuses of failures, beside those of the key.
        creates: whether it takes an `Idempotency-Key`.
        also: further statuses with the same shape of answer, and when they come.
        extra: further keys of the OpenAPI operation.
    """
    failures = sorted({*problems, *((401, 403) if scope else ()), *((409,) if creates else ())})
    operation: dict[str, Any] = dict(extra)
    if scope is not None:
        operation |= {"security": [{}, {"key": []}], "x-scope": scope}
    if creates:
        operation["parameters"] = [*operation.get("parameters", []), IDEMPOTENCY]
    if body is not None:
        shapes = [
            {"$ref": REFERENCE.format(model=it.__name__)} for it in (body if isinstance(body, tuple) else (body,))
        ]
        schema = shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    answers: dict[int | str, dict[str, Any]] = {code: _problem(code) for code in failures}
    if answer is not None:
        answers[status] = {"model": answer, "description": (answer.__doc__ or "").strip().split("\n")[0]}
        answers |= {code: {"model": answer, "description": words} for code, words in (also or {}).items()}
    return {
        "summary": summary,
        "status_code": status,
        "response_model": None,
        "response_class": Response,
        "responses": answers,
        "openapi_extra": operation,
    }


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": REFERENCE.format(model="Problem")}
    return {"description": _WORDS[status], "content": {"application/problem+json": {"schema": schema}}}


def install(app: FastAPI) -> None:
    """Let an app describe the shapes that its handlers parse themselves."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to change its schema


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=[
            {"name": "twins", "description": "Customers' twins: made from their records, versioned, exported, erased."},
            {"name": "tests", "description": "One message on one twin, before it is sent."},
            {"name": "comparisons", "description": "Several messages on one twin, against one another."},
            {"name": "batches", "description": "One message, or several, on many twins: rows, sums, insights."},
            {"name": "allocations", "description": "One offer or none for each customer, within a budget."},
            {"name": "sessions", "description": "Stretches of simulation: begun, marked, branched, ended."},
            {"name": "disclosure", "description": "What a study rests on: data, model, checks, limits."},
            {"name": "extraction", "description": "Results as rows, what they add up to, and what to do by them."},
            {"name": "validation", "description": "Whether a twin, or a prediction, may be relied on."},
            {"name": "backtests", "description": "Predictions laid beside what really happened."},
            {"name": "proof", "description": "Tests with real customers: planned, assigned, read."},
            {"name": "outcomes", "description": "What customers really did, or did not do."},
            {"name": "calibration", "description": "What was learned from outcomes, and how right the numbers are."},
            {"name": "usage", "description": "What language models cost, and how much they may."},
            {"name": "policy", "description": "When and how often customers may be written to."},
            {"name": "segments", "description": "Rules over what is known of customers, and who belongs."},
            {"name": "jobs", "description": "Long work that was accepted: how far it is, cancelled, begun anew."},
            {"name": "webhooks", "description": "Addresses that are told, with a signature, when a job has ended."},
            {"name": "catalogue", "description": "What can be asked for and said."},
            {"name": "audit", "description": "Who did what, without contents."},
            {"name": "operations", "description": "Whether the service lives and works."},
        ],
    )
    inputs = [(body, "validation") for body in BODIES]
    _, shapes = models_json_schema([*inputs, (Problem, "serialization")], ref_template=REFERENCE)  # type: ignore[list-item]  # the modes are literals
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {}) | shapes["$defs"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["schemas"] = dict(sorted(schemas.items()))
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for methods in document["paths"].values():
        for operation in methods.values():
            _mend(operation)
    return document


def _mend(operation: dict[str, Any]) -> None:
    """FastAPI describes wrong parameters in a shape of its own; ours is the problem."""
    wrong = operation["responses"].get("422")
    if wrong is not None and "application/json" in wrong.get("content", {}):
        operation["responses"]["422"] = _problem(422)
