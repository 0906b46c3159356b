"""What leaves: the very bytes that a server is sent when a customer with everything in the record is tested."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.llm_stub import GOOD, serving
from tests.reading.test_reading_pseudonyms import RECORD, SECRETS
from tests.usecases.shop import asking, open_shop
from twincast.bootstrap.chats import ChatSettings, open_chat
from twincast.domain.interventions import Intervention
from twincast.usecases import payloads, trials

pytestmark = pytest.mark.slow
MESSAGE = Intervention(channel="email", content="Dear Anna Schmidt (K-2024-77, +49 170 1234567): 20% tea, www.x.org")
FRAME = {"model", "messages", "response_format", "stream", "temperature"}


@pytest.mark.req("N10")
def test_no_byte_that_leaves_says_who_the_customer_is_and_all_of_them_can_be_shown_before() -> None:
    shop = open_shop(RECORD)
    with serving(lambda _number, _body: GOOD) as stub:
        chat = open_chat(ChatSettings(models=(f"{stub.url}#m",), keys={}), shop.store, shop.clock, shop.ids)
        assert chat is not None
        ctx = replace(shop, chat=chat)
        try:
            shown = payloads.payload(ctx, "K-2024-77", MESSAGE)
            assert stub.raw == []
            trials.run(ctx, asking("K-2024-77", MESSAGE))
        finally:
            chat.close()
    (sent,), (raw,) = stub.seen, stub.raw
    assert [secret for secret in SECRETS if secret in raw.decode().lower()] == []
    texts: list[dict[str, Any]] = sent["messages"]
    assert [(it["role"], it["content"]) for it in texts] == [("system", shown.system), ("user", shown.user)]
    assert {name for name in sent if not name.startswith("max_")} == FRAME
    assert sent["response_format"]["json_schema"]["schema"]["required"] == [
        "engage",
        "engage_of_100",
        "buy",
        "buy_of_100",
        "reply",
        "negative",
        "neutral",
        "positive",
        "concerns",
    ]
    assert "twin_" not in json.dumps(sent)
