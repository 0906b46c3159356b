"""The sensitivity panel: twins too much alike, wordings that decide, models that differ, replies that are all one."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.llm.chatting import chat_of, speaking
from tests.llm_stub import ANSWER
from tests.usecases.shop import DOCUMENT, OFFER, open_shop
from twincast.domain.errors import InvalidInput
from twincast.domain.interventions import Intervention
from twincast.llm.doubles import Scripted
from twincast.usecases import predictions, sensitivity
from twincast.usecases.context import Context
from twincast.usecases.sensitivity import SensitivityRequest, Wordings
from twincast.usecases.spoken import Replies
from twincast.world.making import Options, make

PEOPLE = make(Options(customers=120, seed=3)).records()
PLAIN = Intervention(channel="email", content="New coffee is here.")
DEAL = Wordings(
    id="deal",
    intervention=Intervention(channel="email", content="20% off tea this weekend"),
    paraphrases=("This weekend: 20% off tea", "Tea is 20% off this weekend"),
)
NEWS = Wordings(id="news", intervention=PLAIN, paraphrases=("Our new coffee is here.",))


def asking(*variants: Wordings, customers: Any = PEOPLE, **more: Any) -> SensitivityRequest:
    return SensitivityRequest(customers=customers, variants=variants or (DEAL, NEWS), **more)


def codes(found: Any) -> set[str]:
    return {it.code for it in found.warnings}


class TestNumbers:
    @pytest.mark.req("N13")
    def test_means_are_those_of_the_predictions_and_lie_in_their_intervals(self) -> None:
        ctx = open_shop()
        found = sensitivity.run(ctx, asking())
        items = {"deal": DEAL.intervention, "news": PLAIN}
        table = predictions.predict(ctx, PEOPLE, items, fields=["will_purchase"]).columns["will_purchase"].value
        for it, mean in zip(found.variants, table.reshape(-1, 2).mean(axis=0), strict=True):
            assert it.value == pytest.approx(mean)
            assert it.low < it.value < it.high
            assert it.lowest <= it.value <= it.highest
        assert found.variants[0].wordings == 3
        assert found.customers == 120

    @pytest.mark.req("N13")
    def test_twins_of_one_record_are_under_dispersed_and_customers_who_differ_are_not(self) -> None:
        copies = [{**DOCUMENT, "customer_id": f"c{at}"} for at in range(40)]
        same = sensitivity.run(open_shop(), asking(customers=copies))
        assert (same.alike, same.agreeing) == (True, 1.0)
        assert same.spreads[0].ratio == pytest.approx(0.0, abs=1e-9)
        assert "homogeneous-twins" in codes(same)
        found = sensitivity.run(open_shop(), asking())
        assert found.alike is False
        assert "homogeneous-twins" not in codes(found)

    @pytest.mark.req("N13")
    def test_what_is_known_of_real_customers_decides_where_it_is_known(self) -> None:
        wide = sensitivity.run(open_shop(), asking(known={"will_purchase": 10.0}))
        near = sensitivity.run(open_shop(), asking(known={"will_purchase": wide.spreads[1].observed ** 0.5}))
        assert [(it.basis, it.ratio is not None) for it in wide.spreads] == [("prior", True), ("known", True)]
        assert wide.alike is True
        assert near.alike is False
        assert near.spreads[1].ratio == pytest.approx(1.0)

    def test_of_few_nothing_is_said(self) -> None:
        assert sensitivity.run(open_shop(), asking(customers=PEOPLE[:20])).alike is None


class TestStability:
    @pytest.mark.req("N13")
    def test_paraphrases_that_read_alike_keep_the_order_and_one_that_drops_the_offer_turns_it(self) -> None:
        weak = Wordings(id="weak", intervention=Intervention(channel="email", content="5% off tea this weekend"))
        steady = sensitivity.run(open_shop(), asking(DEAL, weak))
        by_name = {it.over: it for it in steady.stabilities}
        assert (by_name["wordings"].rankings, by_name["wordings"].first) == (2, 1.0)
        assert "unstable-over-wordings" not in codes(steady)
        lost = replace(DEAL, paraphrases=("Tea.", "Something about tea."))
        shaken = sensitivity.run(open_shop(), asking(lost, weak))
        assert {it.over: it for it in shaken.stabilities}["wordings"].first == 0.0
        assert "unstable-over-wordings" in codes(shaken)
        assert shaken.variants[0].lowest < steady.variants[0].lowest

    @pytest.mark.req("N13")
    def test_equal_texts_tie_in_every_draw(self) -> None:
        twice = [Wordings(id=name, intervention=PLAIN) for name in ("a", "b")]
        found = sensitivity.run(open_shop(), asking(*twice))
        (draws,) = found.stabilities
        assert (draws.over, draws.first, draws.tau) == ("draws", 0.5, 0.0)
        assert "unstable-over-draws" in codes(found)

    def test_one_variant_has_no_ranking(self) -> None:
        found = sensitivity.run(open_shop(), asking(DEAL))
        assert (found.stabilities, found.agreeing) == ((), None)
        assert found.variants[0].wordings == 3


class TestReplies:
    TWINS = tuple(f"c{at}" for at in range(32))

    def shop(self, *emotions: Any) -> Context:
        """A shop with a language model for each entry: what it feels by prompt."""
        ctx = open_shop(*({"customer_id": it, "profile": {"age": 20 + at}} for at, it in enumerate(self.TWINS)))

        def part(feels: Any) -> Any:
            def said(prompt: Any, correction: Any) -> Any:
                shares = {name: 98 if name == feels(prompt) else 1 for name in ("negative", "neutral", "positive")}
                return speaking(json.dumps({**ANSWER, **shares}))(prompt, correction)

            return said

        models = [Scripted(part(it), name=f"model {at}") for at, it in enumerate(emotions)]
        return replace(ctx, chat=chat_of(ctx, *models))

    def run(self, ctx: Context, **more: Any) -> Any:
        return sensitivity.run(ctx, asking(customers=list(self.TWINS), replies=Replies(twins=32, draws=2), **more))

    @pytest.mark.req("N13")
    def test_a_model_that_feels_the_same_for_all_is_told(self) -> None:
        found = self.run(self.shop(lambda _: "positive"))
        assert found.spoken.agreeing == 1.0
        assert "homogeneous-replies" in codes(found)
        assert found.spoken.replies == 32 * 2 * 2

    @pytest.mark.req("N13")
    def test_models_that_disagree_on_the_variants_are_told(self) -> None:
        def likes(word: str) -> Callable[[Any], str]:
            return lambda prompt: "positive" if word in prompt.user.split("Message")[-1] else "negative"

        found = self.run(self.shop(likes("20%"), likes("coffee")))
        assert found.spoken.models == ("model 0", "model 1")
        over = {it.over: it for it in found.spoken.stabilities}
        assert over["language models"].first == over["reply draws"].first == 0.5
        assert {"unstable-over-language-models", "unstable-over-reply-draws"} <= codes(found)

    @pytest.mark.req("N13")
    def test_people_who_differ_as_is_known_are_left_alone(self) -> None:
        def feels(prompt: Any) -> str:
            return "positive" if int(prompt.user.split("age: ")[1][:2]) % 2 else "negative"

        found = self.run(self.shop(feels), known={"emotion": 0.97})
        assert found.spoken.spread.ratio == pytest.approx(1.0, abs=0.05)
        assert "homogeneous-replies" not in codes(found)

    @pytest.mark.req("N13")
    def test_nothing_of_it_is_asked_unless_wanted_and_no_number_moves_by_it(self) -> None:
        ctx = self.shop(lambda _: "positive")
        without = sensitivity.run(ctx, asking(customers=list(self.TWINS)))
        assert without.spoken is None
        assert self.run(ctx).variants == without.variants


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"rank_by": "will_open"}, "rank_by"),
        ({"variants": ()}, "variants"),
        ({"customers": []}, "twins"),
        ({"known": {"will_purchase": 0.0}}, "known.will_purchase"),
        ({"known": {"height": 1.0}}, "known.height"),
        ({"replies": Replies()}, "replies"),
        ({"variants": (replace(DEAL, paraphrases=("x",) * 20),)}, "variants[0].paraphrases"),
        ({"level": 2.0}, "level"),
    ],
)
def test_what_is_not_right_is_named(more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        sensitivity.run(open_shop(), replace(asking(), **more))
    assert field in [it.field for it in caught.value.problems]


def test_money_of_two_currencies_is_not_added_up() -> None:
    people = [{"customer_id": "a", "currency": "EUR"}, {"customer_id": "b", "currency": "USD"}]
    with pytest.raises(InvalidInput, match="rank_by"):
        sensitivity.run(open_shop(), asking(customers=people, rank_by="expected_revenue"))


def test_who_opted_out_is_left_out() -> None:
    people = [*PEOPLE, {"customer_id": "no", "profiling_opt_out": True}]
    found = sensitivity.run(open_shop(), asking(Wordings(id="offer", intervention=OFFER), customers=people))
    assert (found.customers, found.refused) == (120, 1)
