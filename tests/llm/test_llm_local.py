"""A real small language model on this machine answers a test of a real twin, end to end."""

from dataclasses import replace
from importlib.util import find_spec

import msgspec
import pytest

from tests.usecases.shop import asking, open_shop
from twincast.bootstrap.chats import ChatSettings, open_chat
from twincast.reading.conversations import SpokenReply
from twincast.usecases import trials, usage

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
        spoken = trials.run(replace(shop, chat=chat), asking())
    finally:
        chat.close()
    plain = trials.run(shop, asking())
    assert spoken.answer.predictions == plain.answer.predictions
    assert spoken.answer.explanations == plain.answer.explanations
    words = spoken.answer.words
    assert words is not None
    assert words.problem is None, words.detail
    assert words.model == "local:SmolLM2-135M-Instruct"
    said = SpokenReply(reply=words.reply or "", emotion=words.emotion, concerns=list(words.concerns))  # type: ignore[arg-type]
    assert msgspec.convert(msgspec.to_builtins(said), SpokenReply).reply == spoken.answer.predicted_response
    calls = usage.calls(shop).items
    assert all(call.counted and call.usd == 0.0 and call.tokens_out > 0 for call in calls)
