"""Tests that are run together: each answered as if it were alone, all of them stored or none."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from tests.usecases.shop import CUSTOMERS, EVERY_FIELD, MESSAGES, asking, nothing_stored
from twincast.domain.errors import UnknownTwin
from twincast.usecases import trials
from twincast.usecases.context import Context

CELL_FIELDS = ("will_engage", "will_purchase", "purchase_amount", "optimal_timing")


class TestTogether:
    @pytest.mark.req("N1")
    def test_each_is_answered_as_if_it_were_alone_to_the_last_bit(self, shop: Context) -> None:
        shapes: tuple[dict[str, Any], ...] = (
            {},
            {"predict": CELL_FIELDS},
            {"level": 0.95},
            {"horizon_days": 30},
            {"predict": EVERY_FIELD},
        )
        pairs = list(product([record["customer_id"] for record in CUSTOMERS], MESSAGES))[::2]
        asked = [
            asking(customer, message, **shapes[place % len(shapes)]) for place, (customer, message) in enumerate(pairs)
        ]
        together = trials.run_all(shop, asked)
        alone = [trials.run(shop, one) for one in asked]
        assert [
            replace(trial, id=other.id, session_id=other.session_id)
            for trial, other in zip(together, alone, strict=True)
        ] == alone

    def test_all_are_stored(self, shop: Context) -> None:
        made = trials.run_all(shop, [asking(CUSTOMERS[0]["customer_id"]), asking(CUSTOMERS[1]["customer_id"])])
        assert [trials.get(shop, trial.id) for trial in made] == made

    def test_where_one_can_not_be_answered_none_is_stored(self, shop: Context) -> None:
        with pytest.raises(UnknownTwin):
            trials.run_all(shop, [asking(CUSTOMERS[0]["customer_id"]), asking("nobody")])
        assert nothing_stored(shop)
