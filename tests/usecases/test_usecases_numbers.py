"""Items and hours of what happened: how they are put together by contact, and that answers rest on them."""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from tests.usecases.shop import asking
from tests.usecases.test_usecases_learning import MAIL, SENT, found, shop_of, told
from twincast.usecases import learning, outcomes, trials


class TestContacts:
    def test_its_items_add_up_and_its_hours_are_those_of_the_first(self) -> None:
        moments = [{"occurred_at": SENT + timedelta(hours=hours)} for hours in (30, 5)]
        bought = [told(1, event_id=str(k), kind="purchase", items=2.0 + k, **at) for k, at in enumerate(moments)]
        contacts, _ = found(*bought, told(3, kind="purchase", value=0.0))
        np.testing.assert_array_equal(contacts.items, [5.0, np.nan])
        np.testing.assert_array_equal(contacts.hours["purchase"], [5.0, np.nan])

    def test_by_a_machine_tells_nothing_of_when_a_person_responds(self) -> None:
        opened = {"kind": "open", "occurred_at": SENT + timedelta(minutes=1)}
        person = told(1, event_id="person", kind="open", occurred_at=SENT + timedelta(hours=3))
        contacts, _ = found(told(1, by_machine=True, **opened), person, told(3, kind="open", value=0.0))
        np.testing.assert_array_equal(contacts.hours["open"], [3.0, np.nan])


class TestNumbers:
    def test_items_and_time_that_were_told_are_what_is_answered_by(self) -> None:
        ctx = shop_of(60)
        came, silent = range(1, 60, 4), range(3, 60, 4)
        given = [told(k, occurred_at=SENT + timedelta(hours=50)) for k in came] + [told(k, value=0.0) for k in silent]
        given += [told(k, event_id=f"o{k}", kind="purchase", items=12.0) for k in came]
        given += [told(k, event_id=f"o{k}", kind="purchase", value=0.0) for k in silent]
        outcomes.add(ctx, [replace(it, place=place) for place, it in enumerate(given)])
        wanted = asking("c0", MAIL, predict=("items_purchased", "response_time"))
        before = trials.run(ctx, wanted)
        learning.learn(ctx)
        for first, second in zip(before.answer.predictions, trials.run(ctx, wanted).answer.predictions, strict=True):
            assert (first.basis, second.basis, second.outcomes) == ("prior", "fitted", 15)
            assert first.estimate is not None
            assert second.estimate is not None
            assert second.estimate.value > 1.3 * first.estimate.value
