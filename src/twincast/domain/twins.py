"""A twin: a versioned value made from one customer record, and what can be said of it in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from twincast.domain.ids import CustomerId, TwinId


@dataclass(frozen=True, kw_only=True, slots=True)
class Twin:
    """One version of one customer's twin. A changed twin is a new version; the old one still exists.

    Attributes:
        id: the twin's id, `twin_` and the customer's id made URL-safe.
        customer_id: the customer's id as the company knows it.
        version: 1 for the first, counted up by one when the data change.
        record: the customer record as canonical JSON text (sorted keys): nothing of it is thrown away.
        as_of: the day on which the record was true; recency and tenure count from here.
        digest: SHA-256 (hex) of the record and, where it was stated, of `as_of`: equal data, equal version.
        state: the numbers read from the record, little-endian float64 in the order of `reading.twins.STATE`.
        reading: version of the reading that made `state`; another version is read again from the record.
        zone: IANA time zone, where the record says or implies one.
        currency: ISO 4217 code of the money in the record.
        interests: categories and products the customer bought or named, lower case, strongest first.
        created_at: when this version was stored.
    """

    id: TwinId
    customer_id: CustomerId
    version: int
    record: str
    as_of: date
    digest: str
    state: bytes
    reading: str
    zone: str | None
    currency: str
    interests: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One field of the record and what it says about one preference.

    Attributes:
        preference: the dimension it speaks of (`price`, `quality`, ...).
        field: dotted path in the record (`psychographic_traits[0]`, `history.returns`).
        says: the value or phrase found there, short, as it stands in the record.
        shift: how far it moves the preference, in standard deviations of customers.
    """

    preference: str
    field: str
    says: str
    shift: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Preference:
    """One latent preference: mean and width in standard deviations of customers, before and after the record."""

    name: str
    mean: float
    sd: float
    prior_sd: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Warning:
    """Something about the input that its owner should know; never a reason to refuse it.

    Attributes:
        code: stable slug (`inconsistent-lifetime-value`, `unparsed-date`).
        field: dotted path it is about.
        message: one sentence.
    """

    code: str
    field: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfidencePart:
    """One factor of `model_confidence`: its name, its value in [0, 1], its weight, and how it was computed."""

    name: str
    value: float
    weight: float
    explanation: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Communication:
    """How this customer is best spoken to; each from a closed vocabulary (`reading.twins`)."""

    tone: str
    detail_level: str
    persuasion_style: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TwinProfile:
    """What can be said of a twin in words. Made from the record when someone looks, never stored.

    Attributes:
        model_confidence: share of the prior's uncertainty that the record removed, in [0, 1].
        confidence_formula: the formula behind it, in words.
        confidence_parts: its factors with their values.
        personality_summary: one or two sentences that only name what the record supports.
        key_drivers: from the driver vocabulary, strongest first; each has evidence.
        unrecognised_traits: stated traits outside the vocabulary; kept as text.
        further_attributes: dotted paths kept with the record that no known field reads; their weight is learned.
        orders: the purchase process in words and numbers: orders seen, since when, on what basis.
    """

    model_confidence: float
    confidence_formula: str
    confidence_parts: tuple[ConfidencePart, ...]
    personality_summary: str
    key_drivers: tuple[str, ...]
    communication: Communication
    preferences: tuple[Preference, ...]
    evidence: tuple[Evidence, ...]
    warnings: tuple[Warning, ...]
    unrecognised_traits: tuple[str, ...]
    further_attributes: tuple[str, ...]
    orders: Mapping[str, float | str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One difference between two versions of a record: dotted path, value before, value after (None: absent)."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, kw_only=True, slots=True)
class Tombstone:
    """That a customer was erased, when, and what went: kept without the id itself (a salted digest stands for it)."""

    subject: str
    erased_at: datetime
    removed: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class SubjectExport:
    """Everything that is kept about one person, as plain data that JSON can hold.

    Attributes:
        twins: every version: record, day, digest, what was read from it by name, and the words made of it.
        tests, comparisons, optimizations: everything that was asked and answered about this person, newest first.
        batches: the batches this person was in, and every number they hold of her.
        extracted: every row of a stored extraction that is about this person.
        outcomes: what really happened, newest first.
        model_answers: what language models said for this person, and is kept.
        events: everything that happened to the twin, really or in a session, with what it remembers after each.
    """

    twin_id: TwinId
    customer_id: CustomerId
    exported_at: datetime
    twins: tuple[Mapping[str, object], ...]
    tests: tuple[Mapping[str, object], ...]
    comparisons: tuple[Mapping[str, object], ...]
    optimizations: tuple[Mapping[str, object], ...]
    batches: tuple[Mapping[str, object], ...]
    extracted: tuple[Mapping[str, object], ...]
    outcomes: tuple[Mapping[str, object], ...]
    events: tuple[Mapping[str, object], ...]
    model_answers: tuple[Mapping[str, object], ...]
