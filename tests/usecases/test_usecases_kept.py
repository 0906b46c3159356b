"""What is kept in memory of customers: it changes no number, and whoever is erased is forgotten there too."""

from itertools import product

import pytest

from tests.usecases.shop import CUSTOMERS, EVERY_FIELD, MESSAGES, NOW, asking
from twincast.response import kept
from twincast.usecases import persons, trials
from twincast.usecases.context import Context


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept.forget()


class TestKept:
    @pytest.mark.req("N1")
    def test_what_is_kept_changes_no_number(self, shop: Context) -> None:
        asked = [
            asking(record["customer_id"], message, predict=EVERY_FIELD, as_of=day)
            for (record, message), day in product(list(product(CUSTOMERS[:3], MESSAGES[:2])), (None, NOW.date()))
        ]
        first = [trials.run(shop, one).answer for one in asked]
        again = [trials.run(shop, one).answer for one in asked]
        fresh = []
        for one in asked:
            kept.forget()
            fresh.append(trials.run(shop, one).answer)
        assert first == again == fresh

    def test_a_day_later_a_customer_is_another(self, shop: Context) -> None:
        today, later = (trials.run(shop, asking(as_of=NOW.date().replace(day=day))) for day in (5, 25))
        assert today.answer.predictions[1].estimate != later.answer.predictions[1].estimate

    def test_erasing_a_person_empties_it(self, shop: Context) -> None:
        trials.run(shop, asking())
        assert kept._kept.cache_info().currsize > 0
        persons.erase(shop, "cust_12345")
        assert kept._kept.cache_info().currsize == 0
