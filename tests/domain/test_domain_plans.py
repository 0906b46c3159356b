"""Plans: what stands in one, what it can go without, and why one can not be put into words."""

from dataclasses import replace

import pytest

from twincast.domain.interventions import TYPES
from twincast.domain.misfits import misfits
from twincast.domain.occasions import OCCASION_SPELLINGS, OCCASIONS
from twincast.domain.plans import APPEALS, Facts, MessagePlan, PlannedOffer, elements, without
from twincast.domain.tones import TONE_SPELLINGS, TONES
from twincast.reading.appeals import APPEALS as READ_APPEALS
from twincast.reading.tone import TONES as READ_TONES

OFF = PlannedOffer(kind="percent", value=0.25)
PLAN = MessagePlan(
    tone="urgent",
    occasion="customer_birthday",
    offer=OFF,
    valid_days=3,
    product="premium_line",
    appeals=("urgency", "exclusive"),
    action="redeem",
    named=True,
)
SORRY = MessagePlan(tone="apologetic", occasion="service_recovery", offer=OFF, product="coffee", action="redeem")
FACTS = Facts(name="Maria", matter="your late delivery", bought=("coffee",), since_year=2019)


class TestWords:
    def test_the_tones_and_appeals_are_those_that_reading_finds(self) -> None:
        assert TONES == READ_TONES
        assert set(APPEALS) | {"savings", "gift", "apology"} == set(READ_APPEALS)

    def test_every_occasion_is_a_known_type(self) -> None:
        assert set(OCCASIONS.values()) <= set(TYPES)
        assert set(OCCASION_SPELLINGS.values()) <= set(OCCASIONS)
        assert set(TONE_SPELLINGS.values()) <= set(TONES)


class TestOffers:
    @pytest.mark.parametrize(
        ("offer", "order_value", "depth"),
        [
            (OFF, None, 0.25),
            (PlannedOffer(kind="n_for_m", value=1 / 3), None, 1 / 3),
            (PlannedOffer(kind="amount", value=10.0), 80.0, 0.125),
            (PlannedOffer(kind="amount", value=10.0, minimum=100.0), 80.0, 0.1),
            (PlannedOffer(kind="amount", value=10.0), None, None),
            (PlannedOffer(kind="amount", value=10.0), 4.0, 1.0),
            (PlannedOffer(kind="free_shipping"), None, 0.0),
        ],
    )
    def test_depth_is_the_fraction_of_the_price_given_up(
        self, offer: PlannedOffer, order_value: float | None, depth: float | None
    ) -> None:
        assert offer.depth(order_value) == depth


class TestElements:
    @pytest.mark.parametrize("plan", [PLAN, SORRY, replace(PLAN, offer=None, valid_days=None, appeals=(), tone="formal",
                                                           action="shop")])  # fmt: skip
    def test_a_plan_without_one_of_them_is_a_plan(self, plan: MessagePlan) -> None:
        assert misfits(plan, FACTS) == ()
        for element in elements(plan):
            rest = without(plan, element)
            assert misfits(rest, FACTS) == (), element
            assert element not in elements(rest)

    def test_what_makes_no_sense_without_it_goes_along(self) -> None:
        rest = without(PLAN, "offer")
        assert (rest.offer, rest.valid_days, rest.appeals, rest.tone, rest.action) == (
            None,
            None,
            ("exclusive",),
            "informative",
            "shop",
        )


class TestMisfits:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"tone": "sultry"}, "'sultry' is not a known tone."),
            ({"offer": None, "product": None, "valid_days": None}, "It is about nothing"),
            ({"offer": PlannedOffer(kind="percent", value=1.4)}, "1.4 is not a whole percentage below 100."),
            ({"offer": PlannedOffer(kind="n_for_m", value=0.4)}, "0.4 is not one of two to six free."),
            ({"valid_days": 14}, "Haste needs an offer that ends within 7 days."),
            ({"valid_days": 0}, "A validity of 0 days is not one of 1 to 365."),
            ({"appeals": ("urgency", "thanks")}, "An urgent tone leaves no room for thanks."),
            ({"appeals": ("urgency", "novelty")}, "Nothing supports the claim of novelty."),
            ({"occasion": "service_recovery"}, "An apology can not be urgent."),
            ({"appeals": ("urgency", "exclusive", "exclusive")}, "An appeal stands in it twice."),
            (
                {"product": None, "appeals": ("urgency", "novelty")},
                "A claim, and early access, need the product that they are about.",
            ),
            ({"channel": "push", "action": "reply"}, "Nobody can reply on the channel push."),
            ({"tone": "apologetic", "appeals": ()}, "An apologetic tone needs something to be sorry about."),
        ],
    )
    def test_each_is_a_sentence(self, changes: dict[str, object], said: str) -> None:
        plan = replace(PLAN, **changes)  # type: ignore[arg-type]  # what is wrong with it is the question
        assert any(it.startswith(said) for it in misfits(plan, FACTS))

    def test_what_is_bought_is_replenished_and_something_else_goes_with_it(self) -> None:
        again = MessagePlan(offer=OFF, occasion="replenishment", product="our coffee")
        beside = replace(again, occasion="cross_sell", product="tea")
        assert misfits(again, FACTS) == misfits(beside, FACTS) == ()
        assert misfits(replace(again, product="tea"), FACTS)
        assert misfits(replace(beside, product="coffee"), FACTS)
        assert misfits(MessagePlan(product="coffee", appeals=("early_access",)), FACTS)

    def test_what_no_record_supports_is_not_said(self) -> None:
        nobody = Facts()
        assert misfits(SORRY, nobody) == ("An apology needs the matter that it is for.",)
        assert misfits(MessagePlan(offer=OFF, appeals=("loyalty",)), nobody)
        assert misfits(MessagePlan(offer=OFF, product="tea", occasion="cross_sell"), nobody)
        new = MessagePlan(offer=OFF, product="tea", appeals=("novelty",))
        assert not misfits(new, Facts(claims={"novelty": ""}))
        assert without(new, "product").appeals == ()
