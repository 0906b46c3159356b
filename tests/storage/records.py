"""Values to store, with everything in them that could be lost on the way."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from twincast.domain.comparisons import Comparison, Ranking, Recommendation
from twincast.domain.events import Branch, Event, EventKind, Head, root_of
from twincast.domain.ids import (
    BranchId,
    CheckpointId,
    ComparisonId,
    CustomerId,
    KeyId,
    OutcomeId,
    SessionId,
    TrialId,
    TwinId,
    WorkspaceId,
    twin_id_of,
)
from twincast.domain.interventions import Intervention, ReadIntervention
from twincast.domain.messages import Appeal, MessageReading, OfferTerm, Span
from twincast.domain.models import ModelVersion
from twincast.domain.outcomes import Outcome
from twincast.domain.policies import Cap, ContactPolicy
from twincast.domain.predictions import (
    Contribution,
    Estimate,
    Explanation,
    Factor,
    FieldPrediction,
    KeyFactors,
    Provenance,
    Ranked,
    Suggestion,
)
from twincast.domain.sessions import Checkpoint, Phase, Session
from twincast.domain.timings import Timing, Window
from twincast.domain.trials import Answered, Trial, TrialSettings
from twincast.domain.twins import Tombstone, Twin, Warning
from twincast.domain.workspaces import ApiKey, AuditEntry, KeptReply

NOON = datetime(2024, 5, 1, 12, 0, 0, 123457, tzinfo=UTC)
ODD = 0.1 + 0.2
SHOP, OTHER = WorkspaceId("shop"), WorkspaceId("other")
SESSION = SessionId("sess_1")


def a_twin(customer: str = "C1", version: int = 1, **changes: Any) -> Twin:
    """A twin with a record that has everything in it."""
    values: dict[str, Any] = {
        "id": twin_id_of(CustomerId(customer)),
        "customer_id": CustomerId(customer),
        "version": version,
        "record": '{"age":41,"note":"a\\u0000b – 日本","spent":0.30000000000000004}',
        "as_of": date(2024, 2, 29),
        "digest": "ab" * 32,
        "state": bytes(range(256)),
        "reading": "r1",
        "zone": "Europe/Berlin",
        "currency": "EUR",
        "interests": ("tea", 'quote"d', "日本"),
        "created_at": NOON,
    }
    return Twin(**(values | changes))


def an_answer(probability: float = ODD) -> Answered:
    """A full answer for one cell."""
    warning = Warning(code="unparsed-timing", field="timing", message="kept as text")
    estimate = Estimate(value=probability, low=5e-324, high=1 - 2**-53, level=0.8, unit="probability", basis="prior")
    window = Window(token="friday_morning", starts_at=NOON, ends_at=NOON, zone="UTC", zone_assumed=True)
    contribution = Contribution(group="match", term="tea", words="bought tea", amount=-0.0, value=1e22, reference=1 / 3)
    return Answered(
        intervention=a_read_intervention(),
        channel="email",
        response="click",
        window=window,
        predictions=(
            FieldPrediction(
                field="will_engage",
                asked_as="engagement",
                kind="probability",
                unit="probability",
                horizon_days=7,
                basis="prior",
                outcomes=0,
                validated_on="nothing",
                estimate=estimate,
                no_contact=estimate,
                uplift=None,
                distribution={"positive": ODD, "negative": 1e-17},
                ranking=(Ranked(name="tea", weight=1.0, reason="bought"),),
                window=window,
            ),
        ),
        explanations=(
            Explanation(
                field="will_engage",
                probability=ODD,
                base=0.1,
                base_logit=-2.197224577336219,
                reference="the average customer",
                contributions=(contribution,),
            ),
        ),
        key_factors=KeyFactors(
            positive=(Factor(name="tea", field="will_engage", amount=ODD, words="bought tea"),),
            negative=(),
            suggestions=(Suggestion(text="try", field="will_engage", before=0.1, after=ODD, change="10 % off"),),
        ),
        predicted_response="I might look.",
        thinking=("first", "then"),
        warnings=(warning,),
        flags=(),
    )


def a_read_intervention() -> ReadIntervention:
    """A message with an offer, as read."""
    span = Span(start=0, end=4, text="30 %")
    reading = MessageReading(
        digest="cd" * 32,
        language="en",
        offers=(OfferTerm(kind="percent", value=0.3, up_to=False, span=span),),
        discount=0.3,
        discount_amount=0.0,
        appeals=(Appeal(name="scarcity", strength=ODD, spans=(span,)),),
        products=("tea",),
        tone="plain",
        words=3,
        sentences=1,
        personalisation=(),
        call_to_action=None,
        pressure=0.1,
        spam=0.0,
        attributes={"discount": 0.3, "length": 12.5},
        flags=("no-call-to-action",),
    )
    timing = Timing(given="soon", source="unparsed", weekday=None, daypart=None, moment=None)
    given = Intervention(
        id="A",
        content="30 % off tea\nnow",
        cost=0.07,
        at=NOON,
        attributes={"list": [1, 2.5, None], "deep": {"a": True}},
    )
    return ReadIntervention(
        intervention=given, type="custom", channel=None, response=None, timing=timing, reading=reading, warnings=()
    )


PROVENANCE = Provenance(
    model="m1", prior="p1", reading="r1", twin_digest="ab", message_digest=None, seed=2**63 - 1, software="0.1.0"
)
SETTINGS = TrialSettings(
    fields={"engagement": "will_engage", "b": "c"}, horizon_days=7, level=0.8, as_of=date(2024, 5, 1)
)


def a_trial(
    name: str = "test_1",
    customer: str = "C1",
    seconds: int = 0,
    probability: float = ODD,
    session: SessionId = SESSION,
) -> Trial:
    """A stored test, made some seconds after noon."""
    return Trial(
        id=TrialId(name),
        session_id=session,
        head=Head(branch=BranchId("real:twin_C1"), position=7),
        twin_id=twin_id_of(CustomerId(customer)),
        customer_id=CustomerId(customer),
        twin_version=3,
        settings=SETTINGS,
        answer=an_answer(probability),
        currency="EUR",
        extracted={"mood": "calm"},
        unavailable={"will_open": "no open on this channel"},
        provenance=PROVENANCE,
        created_at=NOON + timedelta(seconds=seconds),
    )


def a_comparison(
    name: str = "cmp_1", customer: str = "C1", seconds: int = 0, session: SessionId = SESSION
) -> Comparison:
    """A stored comparison, made some seconds after noon."""
    ranking = Ranking(variant_id="A", rank=1, tied_with=("B",), p_best=0.5, answer=an_answer(), reasoning="tied")
    return Comparison(
        id=ComparisonId(name),
        session_id=session,
        head=Head(branch=BranchId("sess_1"), position=0),
        twin_id=twin_id_of(CustomerId(customer)),
        customer_id=CustomerId(customer),
        twin_version=1,
        settings=SETTINGS,
        target="will_engage",
        rankings=(ranking,),
        recommendation=Recommendation(
            best_variant=None,
            leading_variant="A",
            confidence=0.5,
            threshold=0.75,
            reason="tie",
            explanation="too close",
        ),
        draws=4000,
        currency="EUR",
        provenance={"A": PROVENANCE},
        created_at=NOON + timedelta(seconds=seconds),
    )


SENT = Intervention(
    id="A",
    type="promotional_email",
    channel="email",
    content="30 % off tea – 日本",
    attributes={"deep": {"a": [1, None]}},
)


def an_outcome(name: str = "event_1", customer: str = "C1", seconds: int = 0, **changes: Any) -> Outcome:
    """A purchase the day after a mail, reported some seconds after noon."""
    values: dict[str, Any] = {
        "id": OutcomeId(name),
        "twin_id": twin_id_of(CustomerId(customer)),
        "kind": "purchase",
        "value": 1.0,
        "amount": ODD,
        "items": 3.0,
        "intervention": SENT,
        "sent_at": NOON - timedelta(days=20),
        "occurred_at": NOON - timedelta(days=19) + timedelta(seconds=seconds),
        "window_days": 14.0,
        "observed_until": NOON - timedelta(days=1),
        "assignment": "randomised",
        "propensity": 1 / 3,
        "trial_id": TrialId("test_1"),
        "received_at": NOON + timedelta(seconds=seconds),
    }
    return Outcome(**(values | changes))


def a_silence(name: str = "event_0", customer: str = "C1", **changes: Any) -> Outcome:
    """Nothing seen yet of a customer who was sent nothing."""
    nothing = {
        "value": 0.0, "amount": None, "items": None, "intervention": None, "occurred_at": None, "observed_until": None,
        "assignment": "observational", "propensity": None, "trial_id": None,
    }  # fmt: skip
    return an_outcome(name, customer, **(nothing | changes))


def a_model(version: int = 1, **changes: Any) -> ModelVersion:
    """A model version."""
    values: dict[str, Any] = {
        "version": version,
        "parent": version - 1,
        "digest": f"{version:064d}",
        "prior": "1+ab",
        "outcomes": {"purchase": 1_000},
        "left_out": {"censored": 3},
        "notes": ("visit: of 12 outcomes none is an event",),
        "received_until": NOON,
        "refitted_until": NOON - timedelta(hours=1),
        "created_at": NOON + timedelta(seconds=version),
    }
    return ModelVersion(**(values | changes))


def a_session(name: str = "sess_1", seconds: int = 0, **changes: Any) -> Session:
    """A session with everything in it that can be left out, begun some seconds after noon."""
    values: dict[str, Any] = {
        "id": SessionId(name),
        "name": "spring – 日本",
        "description": 'with "quotes"',
        "cache_file": "spring.cache.v1",
        "seed": 2**63 - 1,
        "phase": Phase.ENDED,
        "ephemeral": False,
        "head": root_of(SessionId(name)),
        "parent": SessionId("sess_0"),
        "checkpoint": CheckpointId("ckpt_0"),
        "created_at": NOON + timedelta(seconds=seconds),
        "updated_at": NOON + timedelta(seconds=seconds + 1),
        "ended_at": NOON + timedelta(seconds=seconds + 2),
    }
    return Session(**(values | changes))


def a_checkpoint(
    name: str = "first", version: int = 1, *, seconds: int = 0, session: SessionId = SESSION, position: int = 5
) -> Checkpoint:
    """A checkpoint of a session, made some seconds after noon."""
    return Checkpoint(
        id=CheckpointId(f"ckpt_{session}_{name}_{version}"),
        session_id=session,
        name=name,
        version=version,
        description="after the first round",
        head=Head(branch=BranchId(session), position=position),
        created_at=NOON + timedelta(seconds=seconds),
    )


def an_event(position: int = 1, customer: str = "C1", branch: str = "sess_1", **changes: Any) -> Event:
    """An event on a branch, with a payload and a memory that have everything in them."""
    values: dict[str, Any] = {
        "branch": BranchId(branch),
        "position": position,
        "twin_id": twin_id_of(CustomerId(customer)),
        "twin_version": 3,
        "kind": EventKind.EXPOSURE,
        "at": NOON + timedelta(days=position),
        "simulated": True,
        "source": "test_1",
        "payload": {"channel": "email", "deep": {"list": [1, ODD, None, True]}},
        "memory": {"version": 1, "exposures": ODD * position},
    }
    return Event(**(values | changes))


def a_branch(name: str, parent: str, position: int, session: SessionId = SESSION) -> Branch:
    """A branch that forked off another one."""
    return Branch(id=BranchId(name), session_id=session, parent=Head(branch=BranchId(parent), position=position))


def a_policy(contacts: int = 2) -> ContactPolicy:
    """A contact policy with everything in it."""
    caps = (Cap(contacts=contacts, days=7, channel="email"), Cap(contacts=9, days=30))
    return ContactPolicy(quiet=(20, 9), caps=caps, unsubscribe_ratio=1.5)


def a_reply(key: str = "k1", scope: str = "POST /tests", subjects: tuple[str, ...] = ("twin_C1",)) -> KeptReply:
    """A kept answer with bytes that are no text."""
    return KeptReply(
        key=key,
        scope=scope,
        request_hash="ef" * 32,
        status=201,
        body=b'{"a":\xff\x00}',
        headers={"Location": "/tests/1", "ETag": '"1"'},
        subjects=subjects,
        created_at=NOON,
    )


def an_entry(action: str = "twin.created", subject: str = "x", seconds: int = 0) -> AuditEntry:
    """An entry of the audit log, some seconds after noon."""
    at = NOON + timedelta(seconds=seconds)
    return AuditEntry(
        sequence=0, at=at, actor="key_1", action=action, subject=subject, details={"version": 2, "reading": "r1"}
    )


def a_tombstone(subject: str = "9f", seconds: int = 0) -> Tombstone:
    """A tombstone, some seconds after noon."""
    return Tombstone(subject=subject, erased_at=NOON + timedelta(seconds=seconds), removed={"twins": 3, "tests": 1})


def a_key(name: str = "key_1", secret_hash: str = "11", seconds: int = 0) -> ApiKey:
    """A key that is valid, made some seconds after noon."""
    return ApiKey(
        id=KeyId(name),
        workspace=SHOP,
        name="shop floor",
        secret_hash=secret_hash,
        scopes=("read", "write"),
        created_at=NOON + timedelta(seconds=seconds),
        revoked_at=None,
    )


def twin_id(customer: str = "C1") -> TwinId:
    """The id of a customer's twin."""
    return twin_id_of(CustomerId(customer))


def with_names(document: dict[str, Any]) -> dict[str, Any]:
    """A test's document as it was written before its contributions came to stand in rows."""
    for explanation in document["answer"]["explanations"]:
        rows = explanation["contributions"]
        explanation["contributions"] = [dict(zip(Contribution._fields, row, strict=True)) for row in rows]
    return document
