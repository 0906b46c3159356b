"""The addresses of what language models cost, and a test whose reply is in a model's words."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.http import bodies
from tests.llm.chatting import DEAR, chat_of, speaking
from tests.llm_stub import ANSWER
from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import Settings
from twincast.llm.doubles import Scripted

USAGE = "/api/v1/usage"
TEST = "/api/v1/intervention-testing/test"


@pytest.fixture
def parts(settings: Settings) -> Iterator[Parts]:
    opened = open_parts(settings)
    yield replace(opened, chat=chat_of(opened.context(), Scripted(speaking()), price=DEAR))
    opened.close()


def test_a_test_is_told_in_the_models_words_and_stands_in_the_ledger(known: TestClient) -> None:
    answer = known.post(TEST, json=bodies.trial()).json()
    assert answer["predicted_response"] == ANSWER["reply"]
    assert answer["words"] == {
        "model": "scripted", "prompt": "reply/2", "calls": 1, "emotion": "positive",
        "emotions": {"negative": 0.1, "neutral": 0.3, "positive": 0.6}, "concerns": ["the price"], "thinking": [],
        "draws": [], "views": answer["words"]["views"], "problem": None, "detail": None,
    }  # fmt: skip
    assert [(it["question"], it["of_100"]) for it in answer["words"]["views"]] == [("engage", 20), ("buy", 4)]
    assert known.get(f"{TEST}s/{answer['test_id']}").json() == answer
    (call,) = known.get(f"{USAGE}/calls", params={"session_id": answer["session_id"]}).json()["items"]
    assert (call["status"], call["tokens_in"], call["model"]) == ("answered", 500, "scripted")
    report = known.get(USAGE).json()
    assert report["total"] == report["sessions"][0]["usage"] == report["models"][0]["usage"]
    assert report["total"]["usd"] == pytest.approx(1.1)


def test_the_same_test_with_a_key_is_paid_once(known: TestClient) -> None:
    answers = [known.post(TEST, json=bodies.trial(), headers={"Idempotency-Key": "k"}).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert known.get(USAGE).json()["total"]["requests"] == 1


@pytest.mark.req("I21")
def test_a_budget_is_set_and_stops(known: TestClient) -> None:
    assert known.get(f"{USAGE}/budget").json() == {"usd": None, "tokens": None, "period": "month"}
    wanted = {"usd": 0.0, "tokens": None, "period": "day"}
    assert known.put(f"{USAGE}/budget", json=wanted).json() == wanted == known.get(f"{USAGE}/budget").json()
    answer = known.post(TEST, json=bodies.trial()).json()
    assert answer["words"]["problem"] == "budget"
    assert "budget" in answer["words"]["detail"]
    assert known.get(USAGE).json()["total"]["requests"] == 0


@pytest.mark.parametrize("body", [{"usd": -1.0}, {"usd": "1"}, {"tokens": 1.5}, {"period": "week"}, {"eur": 1.0}])
def test_a_budget_that_is_none_is_refused(known: TestClient, body: dict[str, object]) -> None:
    answer = known.put(f"{USAGE}/budget", json=body)
    assert answer.status_code == 422
    assert known.get(f"{USAGE}/budget").json()["usd"] is None


def test_only_an_admin_sets_the_budget(make_client: Callable[..., TestClient], make_key: Callable[..., str]) -> None:
    client = make_client(make_key(scopes=("read", "write")))
    assert client.put(f"{USAGE}/budget", json={"usd": 1.0}).status_code == 403
    assert client.get(USAGE).status_code == 200
