"""No variant ever sees another: order, names, doubles and neighbours change no number to the last bit."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.usecases.shop import (
    CUSTOMERS,
    DOCUMENT_VARIANTS,
    EVERY_FIELD,
    MESSAGES,
    OFFER,
    asking,
    cells,
    comparing,
    open_shop,
)
from twincast.domain.comparisons import Comparison
from twincast.domain.trials import Answered
from twincast.usecases import comparisons, trials
from twincast.usecases.context import Context

CELL_FIELDS = ("will_engage", "will_purchase", "revenue_impact", "will_unsubscribe", "loyalty_impact", "optimal_timing")


def by_content(comparison: Comparison) -> dict[str, Answered]:
    """The same by text, with what stays the caller's own left out."""
    return {
        row.answer.intervention.intervention.content or "": replace(row.answer, warnings=())
        for row in comparison.rankings
    }


class TestIsolation:
    """No variant ever sees another: to the last bit."""

    @pytest.mark.req("N1", "R67", "A14")
    def test_a_variant_is_answered_as_if_it_were_tested_alone(self, shop: Context) -> None:
        sent = {f"v{at}": message for at, message in enumerate(MESSAGES)}
        compared = cells(comparisons.run(shop, comparing(sent, predict=(*EVERY_FIELD,), rank_by="will_purchase")))
        for name, message in sent.items():
            if not message.is_contact:
                continue
            alone = trials.run(shop, asking(intervention=message, predict=EVERY_FIELD)).answer
            found = compared[name]  # its warnings name its place in the request, there and in the intervention as read
            assert replace(found, warnings=alone.warnings, intervention=alone.intervention) == alone

    @pytest.mark.req("N1", "R67")
    def test_the_order_of_variants_changes_nothing(self, shop: Context) -> None:
        results = [
            comparisons.run(shop, comparing({name: DOCUMENT_VARIANTS[name] for name in order}, predict=CELL_FIELDS))
            for order in permutations("ABC")
        ]
        for other in results[1:]:
            assert other.rankings == results[0].rankings
            assert other.recommendation == results[0].recommendation

    @pytest.mark.req("N1", "R67")
    def test_the_names_of_variants_change_no_number(self, shop: Context) -> None:
        plain = comparisons.run(shop, comparing(DOCUMENT_VARIANTS, predict=CELL_FIELDS))
        renamed = comparisons.run(
            shop,
            comparing({f"zz{9 - at}": text for at, text in enumerate(DOCUMENT_VARIANTS.values())}, predict=CELL_FIELDS),
        )
        assert by_content(plain) == by_content(renamed)
        assert [row.p_best for row in plain.rankings] == [row.p_best for row in renamed.rankings]

    @pytest.mark.req("N1")
    @settings(max_examples=15)
    @given(
        first=st.lists(st.integers(0, len(MESSAGES) - 1), min_size=2, max_size=5, unique=True),
        more=st.lists(st.integers(0, len(MESSAGES) - 1), max_size=6),
        twin=st.sampled_from([customer["customer_id"] for customer in CUSTOMERS]),
        no_contact=st.booleans(),
    )
    def test_more_variants_doubles_and_no_contact_change_no_number(
        self, first: list[int], more: list[int], twin: str, no_contact: bool
    ) -> None:
        ctx = open_shop()
        few = {f"m{at}": MESSAGES[at] for at in first if MESSAGES[at].is_contact}
        few |= {"offer": OFFER, "offer again": OFFER}
        many = {**few, **{f"x{place}": MESSAGES[at] for place, at in enumerate(more)}}
        small = comparisons.run(ctx, comparing(few, twin, predict=CELL_FIELDS))
        large = comparisons.run(ctx, comparing(many, twin, predict=CELL_FIELDS, include_no_contact=no_contact))
        for name, answer in cells(small).items():
            other = cells(large)[name]
            assert replace(other, warnings=()) == replace(answer, warnings=())
            assert other.key_factors.suggestions == answer.key_factors.suggestions

    @pytest.mark.req("N1")
    def test_the_seed_moves_p_best_and_no_cell(self, shop: Context) -> None:
        one, other = (comparisons.run(shop, comparing(DOCUMENT_VARIANTS, seed=seed)) for seed in (1, 2))
        assert cells(one) == cells(other)
        assert [row.p_best for row in one.rankings] != [row.p_best for row in other.rankings]
        again = comparisons.run(shop, comparing(DOCUMENT_VARIANTS, seed=1))
        assert again.rankings == one.rankings
