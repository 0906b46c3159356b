"""A real small language model on this machine answers a test of a real twin, end to end."""

from dataclasses import replace
from importlib.util import find_spec

import pytest

from tests.usecases.shop import asking, open_shop
from twincast.bootstrap.chats import ChatSettings, open_chat
from twincast.domain.freefields import Hint
from twincast.usecases import trials, usage

FREE = ("will_purchase", "recommend", "mood", "opened")
HINTS = {
    "recommend": Hint(text="Would recommend the shop, from 0 to 10"),
    "mood": Hint(text="calm, curious or annoyed"),
    "opened": Hint(text="Opened it at once, yes or no"),
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("xllamacpp") is None, reason="no wheel of xllamacpp for this machine"),
]


@pytest.mark.req("A57")
def test_the_model_keeps_the_shape_and_touches_no_number() -> None:
    """Its grammar allows nothing but the shape; so small a model says little that makes sense in it."""
    shop = open_shop()
    chat = open_chat(ChatSettings(models=("local",), keys={}), shop.store, shop.clock, shop.ids)
    assert chat is not None
    try:
        spoken = trials.run(replace(shop, chat=chat), asking(extract=FREE, hints=HINTS, rounds=2, thinking=True))
    finally:
        chat.close()
    plain = trials.run(shop, asking(extract=FREE[:1], rounds=2, thinking=True))
    assert spoken.answer.predictions == plain.answer.predictions
    assert spoken.answer.explanations == plain.answer.explanations
    words = spoken.answer.words
    assert words is not None
    assert words.problem is None, words.detail
    assert words.model == "local:SmolLM2-135M-Instruct"
    assert words.reply == spoken.answer.predicted_response == spoken.answer.turns[-1]
    assert (words.calls, len(spoken.answer.turns), len(words.thinking)) == (2, 2, 2)
    assert sum(words.emotions.values()) == pytest.approx(1.0)
    assert 0.0 <= float(words.fields["recommend"]) <= 10.0
    assert words.fields["mood"] in {"calm", "curious", "annoyed"}
    assert words.fields["opened"] in {True, False}
    assert spoken.unavailable == {}
    calls = usage.calls(shop).items
    assert all(call.counted and call.usd == 0.0 and call.tokens_out > 0 for call in calls)
