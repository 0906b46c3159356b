"""Twins: the customer record that makes one, what is said of it, its versions, and a person's rights."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.twins import Change, SubjectExport, Tombstone, Twin, TwinProfile
from twincast.wire.remarks import Remark, remarks
from twincast.wire.shapes import Answer, Day, Listed, Request, parsed, shown


class CustomerRecord(BaseModel):
    """A customer as your company knows it.

    Only `customer_id` is needed. Known fields have a meaning (`GET /fields` lists them with their spellings), any other
    attribute is kept with the record. null, "" and "unknown" mean unknown; what can not be read is kept as text, and
    the answer's `warnings` say so.
    """

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "cust_12345",
                    "profile": {
                        "age": 45,
                        "location": "Seattle, WA",
                        "income_bracket": "$100-150k",
                        "family_status": "Married, 2 children",
                    },
                    "behavioral_data": {
                        "purchase_frequency": "monthly",
                        "average_order_value": 250,
                        "lifetime_value": 12000,
                        "preferred_channels": ["email", "mobile_app"],
                        "browsing_patterns": "researches thoroughly before purchase",
                    },
                    "history": {
                        "customer_since": "2019-03-15",
                        "total_purchases": 48,
                        "returns": 2,
                        "support_interactions": 5,
                        "satisfaction_scores": [4, 5, 3, 5, 4],
                    },
                    "psychographic_traits": ["quality_focused", "brand_loyal", "time_constrained"],
                    "context": "Premium customer, early adopter, influences others in network",
                }
            ]
        },
    )

    customer_id: str = Field(min_length=1, max_length=200)
    profile: dict[str, JsonValue] | None = None
    behavioral_data: dict[str, JsonValue] | None = None
    history: dict[str, JsonValue] | None = None
    psychographic_traits: list[str] | None = None
    context: str | None = None
    as_of: Day | None = Field(None, description="Day on which the record was true. Default: today.")
    currency: str | None = Field(None, description="ISO 4217 code of its money.")
    timezone: str | None = Field(None, description="IANA zone of the customer.")


class _Dated(Request):
    as_of: Day | None = None


def record_and_day(body: object) -> tuple[dict[str, Any], date | None]:
    """Return the record in a body, and the day on which it was true where that is stated.

    What the fields mean and what they may hold is the reading's business: it sees the record as it was sent.

    Raises:
        InvalidInput: the body is no object, or `as_of` is no day.
    """
    if not isinstance(body, Mapping):
        problem = FieldProblem(field="body", message=f"must be an object, not {shown(body)}", allowed="an object")
        raise InvalidInput.of([problem])
    record = {key: value for key, value in body.items() if key != "as_of"}
    return record, parsed(_Dated, {"as_of": body.get("as_of")}).as_of


class CommunicationPreferences(Answer):
    """How this customer is best spoken to."""

    tone: str
    detail_level: str
    persuasion_style: str


class ConfidencePartOut(Answer):
    """One factor of the confidence."""

    name: str
    value: float
    weight: float
    explanation: str


class ConfidenceBasis(Answer):
    """How `model_confidence` comes about."""

    formula: str
    parts: list[ConfidencePartOut]


class DigitalTwin(Answer):
    """A twin in the document's shape, with what its confidence rests on and what its owner should know."""

    digital_twin_id: str
    customer_id: str
    model_confidence: float = Field(description="Share of what the model must know that the record tells, 0 to 1.")
    personality_summary: str
    key_drivers: list[str]
    communication_preferences: CommunicationPreferences
    version: int = Field(description="Counted up by one when the data change.")
    as_of: date = Field(description="Day on which the record was true.")
    currency: str
    timezone: str | None
    confidence_basis: ConfidenceBasis
    purchase_process: dict[str, float | str | None]
    unrecognised_traits: list[str]
    further_attributes: list[str] = Field(description="Kept with the record; their weight is learned from outcomes.")
    warnings: list[Remark]
    created_at: datetime = Field(description="When this version was stored.")

    @classmethod
    def of(cls, twin: Twin, profile: TwinProfile) -> "DigitalTwin":
        """Render a version of a twin."""
        return cls(**_said(twin, profile))


class PreferenceOut(Answer):
    """A latent preference, in standard deviations of customers; 0 is the average one."""

    name: str
    mean: float
    sd: float
    prior_sd: float


class EvidenceOut(Answer):
    """A field of the record, and how far it moves a preference."""

    preference: str
    field: str
    says: str
    shift: float


class DigitalTwinDetail(DigitalTwin):
    """A twin with its record, its preferences and the evidence behind each."""

    digest: str = Field(description="SHA-256 of the record: equal data, equal digest.")
    record: dict[str, JsonValue]
    preferences: list[PreferenceOut]
    evidence: list[EvidenceOut]

    @classmethod
    def of(cls, twin: Twin, profile: TwinProfile) -> "DigitalTwinDetail":
        """Render a version of a twin with everything behind it."""
        return cls(
            **_said(twin, profile),
            digest=twin.digest,
            record=json.loads(twin.record),
            preferences=[
                PreferenceOut(name=it.name, mean=it.mean, sd=it.sd, prior_sd=it.prior_sd) for it in profile.preferences
            ],
            evidence=[
                EvidenceOut(preference=it.preference, field=it.field, says=it.says, shift=it.shift)
                for it in profile.evidence
            ],
        )


def _said(twin: Twin, profile: TwinProfile) -> dict[str, Any]:
    speak = profile.communication
    parts = [
        ConfidencePartOut(name=it.name, value=it.value, weight=it.weight, explanation=it.explanation)
        for it in profile.confidence_parts
    ]
    return {
        "digital_twin_id": twin.id,
        "customer_id": twin.customer_id,
        "model_confidence": profile.model_confidence,
        "personality_summary": profile.personality_summary,
        "key_drivers": list(profile.key_drivers),
        "communication_preferences": CommunicationPreferences(
            tone=speak.tone, detail_level=speak.detail_level, persuasion_style=speak.persuasion_style
        ),
        "version": twin.version,
        "as_of": twin.as_of,
        "currency": twin.currency,
        "timezone": twin.zone,
        "confidence_basis": ConfidenceBasis(formula=profile.confidence_formula, parts=parts),
        "purchase_process": dict(profile.orders),
        "unrecognised_traits": list(profile.unrecognised_traits),
        "further_attributes": list(profile.further_attributes),
        "warnings": remarks(profile.warnings),
        "created_at": twin.created_at,
    }


class TwinVersion(Answer):
    """One version of a twin, in a list."""

    digital_twin_id: str
    customer_id: str
    version: int
    as_of: date
    currency: str
    timezone: str | None
    digest: str
    created_at: datetime

    @classmethod
    def of(cls, twin: Twin) -> "TwinVersion":
        """Render one version."""
        return cls(
            digital_twin_id=twin.id,
            customer_id=twin.customer_id,
            version=twin.version,
            as_of=twin.as_of,
            currency=twin.currency,
            timezone=twin.zone,
            digest=twin.digest,
            created_at=twin.created_at,
        )


class DigitalTwins(Listed[TwinVersion]):
    """A page of twins by id, each in its newest version."""


class TwinVersions(Answer):
    """Every version of a twin, oldest first."""

    digital_twin_id: str
    versions: list[TwinVersion]

    @classmethod
    def of(cls, twins: Iterable[Twin]) -> "TwinVersions":
        """Render the versions, of which there is at least one."""
        versions = [TwinVersion.of(twin) for twin in twins]
        return cls(digital_twin_id=versions[0].digital_twin_id, versions=versions)


class ChangeOut(Answer):
    """One difference; null where the field is absent."""

    field: str
    before: JsonValue
    after: JsonValue


class TwinDiff(Answer):
    """What changed in the record between two versions."""

    digital_twin_id: str
    before: TwinVersion
    after: TwinVersion
    changes: list[ChangeOut]

    @classmethod
    def of(cls, before: Twin, after: Twin, changes: Iterable[Change]) -> "TwinDiff":
        """Render the differences."""
        found = [{"field": it.field, "before": it.before, "after": it.after} for it in changes]
        return cls(
            digital_twin_id=after.id,
            before=TwinVersion.of(before),
            after=TwinVersion.of(after),
            changes=[ChangeOut.model_validate(it) for it in found],
        )


class ErasureCertificate(Answer):
    """That a customer was erased, when, and what went. `subject` is a salted digest: the id itself is not kept."""

    subject: str
    erased_at: datetime
    removed: dict[str, int]

    @classmethod
    def of(cls, tombstone: Tombstone) -> "ErasureCertificate":
        """Render the certificate."""
        return cls(subject=tombstone.subject, erased_at=tombstone.erased_at, removed=dict(tombstone.removed))


class PersonExport(Answer):
    """Everything that is kept about one person."""

    digital_twin_id: str
    customer_id: str
    exported_at: datetime
    twins: list[dict[str, JsonValue]]
    tests: list[dict[str, JsonValue]]
    comparisons: list[dict[str, JsonValue]]
    optimizations: list[dict[str, JsonValue]]
    batches: list[dict[str, JsonValue]]
    extracted: list[dict[str, JsonValue]] = Field(description="Rows of stored extractions.")
    outcomes: list[dict[str, JsonValue]]
    events: list[dict[str, JsonValue]]
    model_answers: list[dict[str, JsonValue]]

    @classmethod
    def of(cls, found: SubjectExport) -> "PersonExport":
        """Render the export."""
        return cls.model_validate(
            {
                "digital_twin_id": found.twin_id,
                "customer_id": found.customer_id,
                "exported_at": found.exported_at,
                "twins": [dict(it) for it in found.twins],
                "tests": [dict(it) for it in found.tests],
                "comparisons": [dict(it) for it in found.comparisons],
                "optimizations": [dict(it) for it in found.optimizations],
                "batches": [dict(it) for it in found.batches],
                "extracted": [dict(it) for it in found.extracted],
                "outcomes": [dict(it) for it in found.outcomes],
                "events": [dict(it) for it in found.events],
                "model_answers": [dict(it) for it in found.model_answers],
            }
        )
