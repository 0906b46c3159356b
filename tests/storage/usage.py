"""Calls to language models and kept answers, with everything in them that could be lost on the way."""

from datetime import timedelta
from typing import Any

from tests.storage.records import NOON, SESSION, twin_id
from twincast.domain.chats import KeptAnswer
from twincast.domain.usage import Budget, Call, Period


def a_call(name: str = "call_1", after: int = 0, **changes: Any) -> Call:
    """A request of known price, made some seconds after noon."""
    values: dict[str, Any] = {
        "id": name,
        "at": NOON + timedelta(seconds=after),
        "session": SESSION,
        "model": "openai:gpt-4o-mini",
        "prompt": "reply/1",
        "status": "answered",
        "tokens_in": 700,
        "tokens_out": 90,
        "counted": True,
        "usd": 0.1 + 0.2,
        "seconds": 0.5,
        "guessed": 900,
        "most": 320,
    }
    return Call(**(values | changes))


def an_answer_kept(key: str = "ab" * 32, customer: str = "C1", **changes: Any) -> KeptAnswer:
    """An answer about a customer."""
    values: dict[str, Any] = {
        "key": key,
        "twin": twin_id(customer),
        "text": '{"reply":"日本 – \\"tea\\""}',
        "model": "openai:gpt-4o-mini",
        "prompt": "reply/1",
        "created_at": NOON,
    }
    return KeptAnswer(**(values | changes))


def a_budget() -> Budget:
    """A budget with everything in it."""
    return Budget(usd=0.1 + 0.2, tokens=2**40, period=Period.DAY)
