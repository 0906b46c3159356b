"""A real small language model on this machine answers for a real twin, end to end.

Its grammar allows nothing but the shape; so small a model says little that makes sense in it.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import pytest

from tests.usecases.shop import DOCUMENT, NOW, asking, open_shop
from twincast.bootstrap.chats import ChatSettings, open_chat
from twincast.domain.freefields import Hint
from twincast.domain.histories import Told
from twincast.usecases import histories, trials, usage
from twincast.usecases.context import Context

RECORD: dict[str, Any] = {
    **DOCUMENT,
    "history": {
        **DOCUMENT["history"],
        "notes": "Asked twice whether the grinder can be repaired rather than replaced; was pleased with the answer. "
        "Complained once about a late parcel in December, and got a voucher for it, which was used within a week.",
        "last_purchase_date": "2026-04-11",
    },
    "wishes": "Refills without packaging, a shop that is open late, and fewer but better tested products in the range.",
    "interests": ["coffee", "tea", "kitchen tools", "hiking", "history books"],
    "story": "Runs a small book club that meets on Thursdays, and often brings pastries and tea for everybody. Thinks "
    "of moving to a smaller flat next year, and buys with that in mind.",
}
FREE = ("recommend", "main reason to buy", "what is missing", "mood", "opened")
HINTS = {
    "recommend": Hint(text="Would recommend the shop, from 0 to 10"),
    "mood": Hint(text="calm, curious or annoyed"),
    "opened": Hint(text="Opened it at once, yes or no"),
}
pytestmark = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="no wheel of xllamacpp for this machine")


@pytest.fixture
def shop() -> Context:
    return open_shop(RECORD)


@pytest.fixture
def ctx(shop: Context) -> Iterator[Context]:
    chat = open_chat(ChatSettings(models=("local",), keys={}), shop.store, shop.clock, shop.ids)
    assert chat is not None
    yield replace(shop, chat=chat)
    chat.close()


@pytest.mark.slow
@pytest.mark.req("A57")
def test_the_model_keeps_the_shape_and_the_budget_of_tokens_and_touches_no_number(shop: Context, ctx: Context) -> None:
    spoken = trials.run(ctx, asking(extract=FREE, hints=HINTS))
    plain = trials.run(shop, asking())
    assert [it.estimate for it in spoken.answer.predictions] == [it.estimate for it in plain.answer.predictions]
    assert spoken.answer.explanations == plain.answer.explanations
    words = spoken.answer.words
    assert words is not None
    assert words.problem is None, words.detail
    assert (words.model, words.calls) == ("local:SmolLM2-135M-Instruct", 1)
    assert words.reply == spoken.answer.predicted_response == spoken.answer.turns[-1]
    assert sum(words.emotions.values()) == pytest.approx(1.0)
    assert 0.0 <= float(words.fields["recommend"]) <= 10.0
    assert words.fields["mood"] in {"calm", "curious", "annoyed"}
    assert words.fields["opened"] in {True, False}
    assert spoken.unavailable == {}
    (call,) = usage.calls(shop).items
    assert call.counted
    assert (call.usd, call.tokens_out > 0) == (0.0, True)
    assert 1_250 < len(json.dumps(RECORD)) < 1_350
    assert call.tokens_in <= 700, "a record of about 1,300 characters and five fields"


@pytest.mark.soak
def test_the_model_talks_in_rounds_of_a_long_past_and_in_draws(shop: Context, ctx: Context) -> None:
    told = [Told(kind="visit", at=NOW - timedelta(days=9, minutes=-minute)) for minute in range(80)]
    histories.append(shop, "cust_12345", told)
    trial = trials.run(ctx, asking(rounds=2, thinking=True, draws=2))
    plain = trials.run(shop, asking(rounds=2, thinking=True))
    assert trial.answer.predictions == plain.answer.predictions
    words = trial.answer.words
    assert words is not None
    assert words.problem is None, words.detail
    assert (len(words.thinking), len(trial.answer.turns)) == (2, 2)
    assert words.reply == trial.answer.turns[-1]
    calls = usage.calls(shop).items
    assert {it.prompt for it in calls} == {"reply/2", "round/1", "summary/1"}
    assert 5 <= words.calls == len(calls), "a summary, and two draws of two rounds; more where one had to be corrected"
    told_of = (words.detail or "").startswith("1 of 2 draws were answered.")
    assert len(words.draws) == 2 or told_of, "the second draw is not the same each time, and may have failed for good"
