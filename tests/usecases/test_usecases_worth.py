"""What an answer says of its own worth: on what it was validated; and nobody told apart where the gate is closed."""

from dataclasses import replace

import pytest

from tests.response.test_response_gates import taught
from tests.usecases.shop import CUSTOMERS, asking, open_shop
from twincast.domain.fields import CATALOGUE
from twincast.domain.interventions import Intervention
from twincast.domain.trials import Trial
from twincast.engines.behavioural import BehaviouralEngine
from twincast.usecases import trials
from twincast.usecases.context import Context

MAIL = Intervention(type="promotional_email", channel="email", content="20% off everything for the kitchen")


def shop_of(kind: str, customers: int) -> Context:
    """The shop, with a model that learned visits in a world."""
    return replace(open_shop(), engine=BehaviouralEngine(taught(kind, customers)[0]))


def asked_of(ctx: Context, customer: str) -> Trial:
    return trials.run(ctx, asking(customer, MAIL, predict=tuple(field.name for field in CATALOGUE)))


@pytest.mark.req("N18")
def test_what_was_checked_against_behaviour_says_so_and_nothing_else_does() -> None:
    answered = asked_of(shop_of("planted", 3_000), "cust_12345").answer.predictions
    validated = {it.field: it.validated_on for it in answered}
    assert validated["will_engage"] == "behaviour"
    assert validated["will_purchase"] == "nothing"  # only visits were learned
    stated = {field.name for field in CATALOGUE if field.stated}
    assert {validated[name] for name in stated} == {"nothing"}  # no survey was ever seen


@pytest.mark.req("R181")
def test_a_confidence_names_the_outcomes_that_checked_it() -> None:
    answered = asked_of(shop_of("planted", 3_000), "cust_12345").answer.predictions
    basis = {it.field: it.confidence_basis or "" for it in answered}
    assert basis["will_engage"].startswith("held out: P(|truth - value|")
    assert "contacts of others foretold about as high and as surely" in basis["will_engage"]
    assert "% happened" in basis["will_engage"]
    assert basis["will_purchase"].endswith("no outcome seen yet")


@pytest.mark.req("N3")
def test_where_the_gate_is_closed_everybody_gets_the_same_number_and_is_told_why() -> None:
    ctx = shop_of("nothing", 8_000)
    found = [asked_of(ctx, customer["customer_id"]) for customer in CUSTOMERS[:2]]
    engaged = [next(it for it in trial.answer.predictions if it.field == "will_engage") for trial in found]
    first, second = (it.estimate for it in engaged)
    assert first is not None
    assert second is not None
    assert first.value == pytest.approx(second.value, abs=1e-12)
    assert {it.basis for it in engaged} == {"segment"}
    (bought,) = (it for it in found[0].answer.predictions if it.field == "will_purchase")
    assert bought.basis == "prior"  # each head has a gate of its own
