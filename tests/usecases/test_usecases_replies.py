"""The customer's reply and the trace of thoughts: what they say follows from the numbers, and never the other way."""

from dataclasses import replace
from itertools import product

import pytest

from tests.usecases.shop import CUSTOMERS, DOCUMENT, EVERY_FIELD, MESSAGES, OFFER, asking, open_shop
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import Contribution, Explanation
from twincast.domain.trials import Answered, Trial
from twincast.reading.interventions import read_intervention
from twincast.response.reasons import listed, main_difference, plain_term, reasoning, slug, worth_naming
from twincast.response.replies import DISLIKES, ENGAGE_WORDS, LIKES, PURCHASE_WORDS, STILL, Stance, reply
from twincast.usecases import trials
from twincast.usecases.context import Context

PROMISES = ("most likely buy", "may well buy")
READING = read_intervention(OFFER).reading


@pytest.fixture(scope="module")
def sweep() -> list[Trial]:
    ctx = open_shop()
    fields = ("will_purchase", "will_engage")
    return [trials.run(ctx, asking(it["customer_id"], m, predict=fields)) for it, m in product(CUSTOMERS, MESSAGES)]


def values(answer: Answered) -> dict[str, float]:
    return {it.field: it.estimate.value for it in answer.predictions if it.estimate is not None}


def part(term: str, amount: float, value: float = 1.0, words: str | None = None) -> Contribution:
    return Contribution(group="message", term=term, words=words or term, amount=amount, value=value, reference=0.0)


def explained(*parts: Contribution, field: str = "will_purchase") -> Explanation:
    return Explanation(
        field=field, probability=0.1, base=0.1, base_logit=-2.2, reference="the reference", contributions=parts
    )


def stance(purchase: float, *parts: Contribution, engage: float = 0.3) -> Stance:
    return Stance(
        engage=engage,
        purchase=purchase,
        response="visit",
        explanations={"will_engage": None, "will_purchase": explained(*parts)},
        reading=READING,
    )


class TestReply:
    @pytest.mark.req("R49")
    def test_the_purchase_sentence_is_the_one_of_its_band(self, sweep: list[Trial]) -> None:
        bands = set()
        for trial in sweep:
            purchase, said = values(trial.answer)["will_purchase"], trial.answer.predicted_response
            spoken = next(words for bound, words in PURCHASE_WORDS if purchase >= bound)
            assert spoken in said
            assert not any(words in said for _, words in PURCHASE_WORDS if words != spoken)
            assert purchase >= 0.35 or not any(promise in said for promise in PROMISES)
            bands.add(spoken)
        assert bands == {words for _, words in PURCHASE_WORDS}, "a band of the table was never reached"

    @pytest.mark.req("R49")
    def test_the_engagement_sentence_is_the_one_of_its_band(self, sweep: list[Trial]) -> None:
        for trial in sweep:
            engage, said = values(trial.answer)["will_engage"], trial.answer.predicted_response
            spoken = next(words for bound, words in ENGAGE_WORDS if engage >= bound).split("{")[0]
            assert (spoken in said) is trial.answer.intervention.is_contact

    @pytest.mark.req("R49")
    def test_a_reply_is_a_few_sentences_in_the_first_person(self, sweep: list[Trial]) -> None:
        for trial in sweep:
            said = trial.answer.predicted_response
            assert "I " in said
            assert said.endswith(".")
            assert "{" not in said
            assert ".." not in said

    @pytest.mark.parametrize(
        ("purchase", "joined"), [(0.02, ": "), (0.2, ": "), (0.4, ", though "), (0.9, ", though ")]
    )
    def test_a_dislike_is_a_reason_not_to_buy_and_never_one_to_buy(self, purchase: float, joined: str) -> None:
        assert reply(stance(purchase, part("pressure", -0.2))).endswith(f"{joined}the tone is too pushy.")

    def test_a_recent_purchase_is_not_called_a_long_time_ago(self) -> None:
        recent, long_ago = (reply(stance(0.1, part("recency_reached", -0.2, value=value))) for value in (1.5, -1.5))
        assert "only lately" in recent
        assert "a while since" not in recent
        assert "a while since" in long_ago

    def test_the_offer_is_named_in_the_messages_own_words(self) -> None:
        assert reply(stance(0.2, part("discount", 0.3))).startswith("I like the offer, 30% off.")

    def test_liked_and_disliked_follow_the_sign(self) -> None:
        for_it, against_it = (reply(stance(0.2, part("taste_quality", amount))) for amount in (0.2, -0.2))
        assert LIKES["taste_quality"] in for_it
        assert DISLIKES["taste_quality"] in against_it
        assert DISLIKES["taste_quality"] not in for_it

    def test_nothing_sent_nothing_said_about_it(self, shop: Context) -> None:
        said = trials.run(shop, asking(intervention=Intervention(type="none"))).answer.predicted_response
        assert said.startswith("Nothing was sent to me.")


class TestThinking:
    @pytest.mark.req("R53", "A52")
    def test_thinking_adds_a_trace_and_changes_no_number(self, shop: Context) -> None:
        silent, aloud = (trials.run(shop, asking(predict=EVERY_FIELD, thinking=on)).answer for on in (False, True))
        assert silent.thinking is None
        assert aloud.thinking
        assert replace(aloud, thinking=None) == silent

    @pytest.mark.req("R51", "A51")
    def test_more_rounds_are_more_turns_and_the_same_numbers(self, shop: Context) -> None:
        one, three = (trials.run(shop, asking(rounds=rounds, thinking=True)).answer for rounds in (1, 3))
        assert one.thinking is not None
        assert three.thinking is not None
        assert len(three.thinking) == 3 * len(one.thinking)
        assert replace(three, thinking=None, turns=()) == replace(one, thinking=None, turns=())

    @pytest.mark.req("R133", "A51")
    @pytest.mark.parametrize("rounds", [1, 2, 5, 10])
    def test_the_last_turn_is_the_reply_and_no_turn_says_what_no_number_says(self, shop: Context, rounds: int) -> None:
        answer = trials.run(shop, asking(rounds=rounds)).answer
        *before, last = answer.turns
        assert last == answer.predicted_response
        assert len(before) == rounds - 1
        spoken = [words for words in before if words != STILL]
        assert len(set(spoken)) == len(spoken)
        sides = {part.amount > 0.0 for each in answer.explanations for part in each.contributions}
        assert {not words.startswith("Then again") for words in spoken} <= sides

    def test_a_trace_of_many_rounds_goes_on_where_the_last_one_stopped(self, shop: Context) -> None:
        answer = trials.run(shop, asking(rounds=3, thinking=True)).answer
        weighed = [line for line in answer.thinking or () if "will_purchase" in line]
        parts = [part.words for part in worth_naming(answer.explanations[1])]
        assert [sum(words in line for line in weighed) for words in parts[:8]] == [1] * len(parts[:8])
        assert all(f"{values(answer)['will_purchase']:.3f}." in line for line in weighed)

    def test_a_trace_ends_at_the_answered_number(self, shop: Context) -> None:
        answer = trials.run(shop, asking(thinking=True)).answer
        for line, field in zip(answer.thinking or (), ("will_engage", "will_purchase"), strict=True):
            assert field in line
            assert line.endswith(f"that makes {values(answer)[field]:.3f}.")

    def test_a_trace_without_reasons_is_a_whole_sentence(self) -> None:
        ctx = open_shop({"customer_id": "blank"})
        lines = trials.run(ctx, asking("blank", Intervention(type="none"), thinking=True)).answer.thinking
        assert lines
        assert all("; ;" not in line for line in lines)


class TestReasons:
    def test_words_that_are_listed(self) -> None:
        assert listed(["a"]) == "a"
        assert listed(["a", "b", "c"]) == "a, b and c"
        assert slug("a purchase long ago") == "purchase_long_ago"
        assert plain_term(part("contacts_reached", 1)) == "contacts"

    def test_a_sentence_names_only_what_has_that_sign(self) -> None:
        both = explained(part("x", 0.5, words="the gift"), part("y", -0.5, words="the hour"), part("z", 0.001))
        assert reasoning(both, if_none="") == "Raised by the gift; lowered by the hour."
        assert reasoning(None, if_none="Never.") == "Never."
        assert "reference customer" in reasoning(explained(), if_none="")

    @pytest.mark.req("R66")
    @pytest.mark.parametrize(
        ("mine", "theirs", "sign", "told"),
        [
            ([part("gift", 0.2, words="the gift")], [], 1, "the gift"),
            ([], [part("pressure", -0.2, words="the pressure")], 1, "what speaks against the other: the pressure"),
            ([part("d", 0.3, words="the discount")], [part("d", 0.1, words="the discount")], 1,
             "the discount, which helps it more"),
            ([part("p", -0.1, words="the pressure")], [part("p", -0.3, words="the pressure")], 1,
             "the pressure, which hurts it less"),
            ([part("c", 0.1, words="products she buys")], [part("c", -0.1, words="products she does not buy")], 1,
             "products she buys"),
            ([], [part("pressure", 0.3, words="the pressure")], -1, "what speaks against the other: the pressure"),
            ([part("x", 0.2)], [part("x", 0.2)], 1, ""),
            ([part("small", 0.1), part("big", 0.2)], [], 1, "big"),
        ],
    )  # fmt: skip
    def test_the_main_difference_favours_the_better_one(
        self, mine: list[Contribution], theirs: list[Contribution], sign: int, told: str
    ) -> None:
        assert main_difference(explained(*mine), explained(*theirs), sign) == told

    def test_the_documents_customer_is_told_what_moves_her(self) -> None:
        answer = trials.run(open_shop(DOCUMENT), asking()).answer
        reasons = {it.field: it.reasoning for it in answer.predictions}
        assert "orders that come often and lately" in (reasons["will_purchase"] or "")
        assert "the discount" in (reasons["will_purchase"] or "")
