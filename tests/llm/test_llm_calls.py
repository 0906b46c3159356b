"""Requests to a real HTTP server: how many are made for one answer, whatever the server does."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256

import pytest

from tests.llm_stub import ANSWER, GOOD, Act, Stub, said, serving
from tests.usecases.shop import NOW
from twincast.bootstrap.chats import ChatSettings, open_chat
from twincast.bootstrap.clocks import RandomIds
from twincast.domain.chats import Prompt, Said, Unsaid
from twincast.domain.ids import WorkspaceId
from twincast.ports.chats import ChatModel
from twincast.reading.conversations import Spoken, reply_prompt
from twincast.storage.memory import MemoryStore

SHOP = WorkspaceId("shop")
pytestmark = pytest.mark.slow


class StoppedClock:
    """It is always the same moment."""

    def now(self) -> object:
        return NOW


def prompt(number: int = 0) -> Prompt:
    """A prompt about one customer."""
    spoken = Spoken(record={"age": 20 + number}, ids=(), message="20% off tea", channel="email", decision="I may look.")
    return reply_prompt(spoken)[0]


@contextmanager
def asked_of(stub: Stub, *more: str, **settings: object) -> Iterator[ChatModel]:
    """A chat with the server, on a fresh store."""
    chosen = ChatSettings(**{"models": (f"{stub.url}#stub", *more), "keys": {}, "timeout": 5.0, **settings})  # type: ignore[arg-type]
    chat = open_chat(chosen, MemoryStore(), StoppedClock(), RandomIds())  # type: ignore[arg-type]  # loose on purpose
    assert chat is not None
    try:
        yield chat
    finally:
        chat.close()


def first(*acts: Act) -> Callable[[int, object], Act]:
    """A script: these acts, then good answers."""
    return lambda number, _body: acts[number] if number < len(acts) else GOOD


TOO_MUCH = Act(body=b'{"choices": "' + b"x" * 10_000_000 + b'"}')


@pytest.mark.req("R186")
@pytest.mark.parametrize(
    ("act", "calls"),
    [
        (GOOD, 1),
        (Act(status=429, headers={"retry-after": "1"}), 2),
        (Act(status=500), 2),
        (said("no JSON at all"), 2),
        (said(json.dumps(ANSWER)[:30], finish="length"), 2),
        (said(""), 2),
        (said(json.dumps({**ANSWER, "positive": "furious"})), 2),
        (said(json.dumps({**ANSWER, "will_purchase": 1.0})), 2),
        (Act(body=b"\xff\x00garbage"), 2),
        (Act(body=b'{"id": 1}'), 2),
        (Act(hangs=True), 2),
        (TOO_MUCH, 2),
    ],
    ids="good quota broken prose truncated empty other-shape more-fields garbage no-completion hanging 10MB".split(),
)
def test_one_bad_reply_costs_one_call_more_and_loses_nothing(act: Act, calls: int) -> None:
    with serving(first(act)) as stub, asked_of(stub, timeout=2.0 if act.hangs else 10.0) as chat:
        (answer,) = chat.ask(SHOP, [prompt()])
        assert isinstance(answer, Said)
        assert (answer.text, answer.calls) == (json.dumps(ANSWER), calls)
        assert len(stub.seen) == calls
        assert chat.ask(SHOP, [prompt()]) == [replace(answer, calls=0)]
        assert len(stub.seen) == calls


@pytest.mark.parametrize(
    ("act", "code", "calls"),
    [
        (Act(status=401), "refused", 1),
        (Act(status=404), "refused", 1),
        (Act(status=400), "refused", 1),
        (said("never JSON"), "malformed", 2),
        (Act(status=429, headers={"retry-after": "3600"}), "quota", 1),
        (Act(status=503), "unreachable", 4),
    ],
    ids="key model request shape patience broken".split(),
)
def test_who_fails_for_good_is_given_up_soon_with_the_reason(act: Act, code: str, calls: int) -> None:
    with serving(lambda _number, body: act if "age: 21" in json.dumps(body) else GOOD) as stub, asked_of(stub) as chat:
        answers = chat.ask(SHOP, [prompt(0), prompt(1)] if code != "refused" else [prompt(1)])
        failed = answers[-1]
        assert isinstance(failed, Unsaid)
        assert (failed.code, failed.calls) == (code, calls)
        assert all(isinstance(answer, Said) for answer in answers[:-1])
        assert "age" not in failed.detail


def test_nobody_waits_for_a_wrong_key_twice() -> None:
    with serving(lambda _number, _body: Act(status=401)) as stub, asked_of(stub, at_once=1) as chat:
        answers = chat.ask(SHOP, [prompt(number) for number in range(50)])
        assert len(stub.seen) == 1
        assert [answer.code for answer in answers if isinstance(answer, Unsaid)].count("paused") == 49


def test_another_model_answers_where_the_first_can_not() -> None:
    with (
        serving(lambda _number, _body: Act(status=404)) as broken,
        serving(lambda _number, _body: GOOD) as whole,
        asked_of(broken, f"{whole.url}#other") as chat,
    ):
        (answer,) = chat.ask(SHOP, [prompt()])
        assert isinstance(answer, Said)
        assert (answer.model.endswith("/other"), answer.calls) == (True, 2)


@pytest.mark.req("A69")
def test_every_customer_is_answered_or_told_why_when_half_of_all_replies_fail() -> None:
    """10 % each of 429, 500, timeouts, broken JSON and truncated bodies, drawn by the customer and the attempt."""
    seen: dict[str, int] = {}
    given: list[str] = []

    def script(_number: int, body: dict[str, object]) -> Act:
        messages = body["messages"]
        assert isinstance(messages, list)
        whom = messages[1]["content"]
        attempt = seen[whom] = seen.get(whom, -1) + 1
        kind = sha256(f"{whom}{attempt}".encode()).digest()[0] % 10
        acts: Sequence[Act] = (
            Act(status=429, headers={"retry-after": "0.05"}), Act(status=500), Act(hangs=True), said("{"),
            said(json.dumps(ANSWER)[:20], finish="length"),
        )  # fmt: skip
        if kind < len(acts):
            return acts[kind]
        assert whom not in given, "a whole answer was asked for twice"
        given.append(whom)
        return GOOD

    prompts = [prompt(number) for number in range(40)]
    with serving(script) as stub, asked_of(stub, timeout=3.0, at_once=12) as chat:
        answers = chat.ask(SHOP, prompts)
        good = [answer for answer in answers if isinstance(answer, Said)]
        assert len(answers) == 40
        assert len(good) == len(given)
        assert all(answer.detail for answer in answers if isinstance(answer, Unsaid))
        assert len(stub.seen) <= sum(answer.calls for answer in answers) <= 4 * 40
        before = len(stub.seen)
        again = [answer for answer in chat.ask(SHOP, prompts) if answer.calls == 0]
        assert len(again) >= len(good)
        assert len(stub.seen) - before <= 4 * (40 - len(good))


@pytest.mark.req("R186")
def test_a_quota_is_kept_and_used() -> None:
    """600 a minute: ten at once, then ten a second; 30 requests take between one and a half and a few seconds."""
    with serving(lambda _number, _body: GOOD) as stub, asked_of(stub, requests_per_minute=600.0) as chat:
        answers = chat.ask(SHOP, [prompt(number) for number in range(30)])
        assert sum(answer.calls for answer in answers) == len(stub.seen) == 30


def test_the_key_is_sent_to_the_server_that_it_is_for_and_never_shown() -> None:
    keys = {"TWINCAST_LLM_KEY": "s3"}
    with serving(lambda _number, _body: Act(status=403)) as stub, asked_of(stub, keys=keys) as chat:
        (answer,) = chat.ask(SHOP, [prompt()])
        assert stub.keys == ["Bearer s3"]
        assert "s3" not in repr(answer)
