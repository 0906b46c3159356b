"""A conversation over HTTP in a language model's words: rounds, thoughts, free fields; what is refused."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http import bodies
from tests.llm.chatting import chat_of, playing
from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import Settings
from twincast.domain.chats import Prompt
from twincast.entrypoints.cli.answers import print_interaction
from twincast.llm.doubles import Scripted
from twincast.usecases import trials

ADDRESS = "/api/v1/simulate/individual-interaction"
BODY: dict[str, Any] = {
    "participants": {"persona_id": "cust_12345"},
    "stimulus": {"content": "20% off tea"},
    "interaction_config": {"rounds": 2, "enable_thinking": True},
    "extraction_config": {
        "fields": ["will_purchase", "would tell a friend", "mood"],
        "fields_hints": {"would tell a friend": {"type": "number", "low": 0, "high": 10}, "mood": "calm or cross"},
    },
}


@pytest.fixture
def heard() -> list[Prompt]:
    return []


@pytest.fixture
def parts(settings: Settings, heard: list[Prompt]) -> Iterator[Parts]:
    opened = open_parts(settings)
    yield replace(opened, chat=chat_of(opened.context(), Scripted(playing(heard))))
    opened.close()


@pytest.mark.req("R129", "R133", "A8")
def test_an_interaction_shows_the_words_and_reads_back_the_same(
    known: TestClient, parts: Parts, heard: list[Prompt], capsys: pytest.CaptureFixture[str]
) -> None:
    session = known.post("/api/v1/simulation-control/sessions/begin", json={"session_name": "talk"}).json()[
        "session_id"
    ]
    body = {**BODY, "session_id": session}
    done = known.post(ADDRESS, json=body)
    assert done.status_code == 200, done.text
    told = done.json()
    assert [(it["response"], it["thought"]) for it in told["rounds"]] == [("Said 1.", "Hm 1."), ("Said 2.", "Hm 2.")]
    assert told["predicted_response"] == "Said 2."
    assert (told["words"]["calls"], len(heard)) == (2, 2)
    assert told["extracted"]["would tell a friend"] == {"value": 7.0, "calibrated": False}
    assert told["extracted"]["mood"] == {"value": "calm", "calibrated": False}
    assert set(told["extracted"]) == {"will_purchase", "would tell a friend", "mood"}
    assert told["settings"]["free_fields"] == {"would tell a friend": "0 to 10", "mood": "one of: calm, cross"}
    assert known.get(f"{ADDRESS}/{told['interaction_id']}").json() == told
    print_interaction(trials.get(parts.context(), told["interaction_id"]))
    shown = capsys.readouterr().out
    assert all(words in shown for words in ("(thinks) Hm 1.", '"Said 2."', "would tell a friend: 7.0", "60% positive"))


@pytest.mark.req("R149")
@pytest.mark.parametrize(
    ("config", "field", "says"),
    [
        ({"fields": ["mood"], "fields_hints": {"mood": {"type": "number"}}}, "fields_hints.mood", "is no scale"),
        ({"fields": ["mood"], "fields_hints": {"mood": {"kind": "number"}}}, "fields_hints.mood", ""),
        ({"fields": ["mood"], "fields_hints": {"moods": "x"}}, "fields_hints.moods", "did you mean mood"),
        ({"fields": [f"free {number}" for number in range(13)]}, "fields", "13"),
    ],
)
def test_what_can_not_be_asked_is_a_problem_that_names_its_field(
    known: TestClient, heard: list[Prompt], config: dict[str, Any], field: str, says: str
) -> None:
    done = known.post(ADDRESS, json={**BODY, "extraction_config": config})
    assert done.status_code == 422
    assert any(field in it["field"] and says in it["message"] for it in done.json()["errors"]), done.text
    assert heard == []


class TestWithoutAModel:
    @pytest.fixture
    def parts(self, settings: Settings) -> Iterator[Parts]:
        opened = open_parts(settings)
        yield opened
        opened.close()

    @pytest.mark.req("R149")
    def test_a_hint_for_a_free_field_is_refused_and_the_nearest_names_are_told(self, known: TestClient) -> None:
        config = {"fields": ["will_purchas"], "fields_hints": {"will_purchas": "0 to 1"}}
        done = known.post(bodies.TEST, json={**bodies.trial(), "extraction_config": config})
        assert done.status_code == 422
        told = done.json()
        assert told["code"] == "unknown-field"
        assert (
            "'will_purchas' is not a prediction field; did you mean will_purchase or " in told["errors"][0]["message"]
        )
