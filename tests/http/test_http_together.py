"""Requests of the same moment: worked on together, answered each for itself."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from tests.http.bodies import TEST, TWINS, customer, trial, with_
from twincast.bootstrap.container import Parts
from twincast.bootstrap.settings import Settings
from twincast.domain.ids import WorkspaceId
from twincast.domain.trials import Trial
from twincast.entrypoints.http.app import create_app
from twincast.usecases import trials
from twincast.usecases.context import Context

MEASURED = ("predictions", "key_factors", "key_factor_details", "predicted_response", "warnings")


def at_once(settings: Settings, parts: Parts, *rounds: Sequence[dict[str, Any]]) -> list[list[Response]]:
    """Post the tests of each round at the same moment, to a service that knows the document's customer."""

    async def posted() -> list[list[Response]]:
        transport = ASGITransport(create_app(settings, parts), client=("127.0.0.1", 50_000))
        async with AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            assert (await client.post(TWINS, json=customer())).status_code == 201
            return [
                list(await asyncio.gather(*(client.post(TEST, json=body) for body in together))) for together in rounds
            ]

    return asyncio.run(posted())


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many requests each call of the use case took."""
    seen: list[int] = []
    original = trials.run_all

    def counted(ctx: Context, asked: Sequence[trials.TrialRequest]) -> list[Trial]:
        seen.append(len(asked))
        return original(ctx, asked)

    monkeypatch.setattr(trials, "run_all", counted)
    return seen


def bodies() -> list[dict[str, Any]]:
    texts = ("20% off", "Free shipping this weekend", "Hello", "A gift for you, Ann")
    return [with_(trial(), {"type": "promotional_offer", "content": text}, "intervention") for text in texts]


class TestTogether:
    @pytest.mark.req("N1")
    def test_neighbours_change_no_number(self, settings: Settings, parts: Parts, groups: list[int]) -> None:
        together, *each_alone = at_once(settings, parts, bodies(), *([body] for body in bodies()))
        assert groups == [4, 1, 1, 1, 1]
        for answer, (alone,) in zip(together, each_alone, strict=True):
            assert {name: answer.json()[name] for name in MEASURED} == {name: alone.json()[name] for name in MEASURED}

    def test_a_neighbours_mistake_is_its_own(self, settings: Settings, parts: Parts, groups: list[int]) -> None:
        wrong = [
            with_(trial(), "nobody", "digital_twin_id"),
            with_(trial(), ["no_such_field"], "predict"),
            with_(trial(), {"type": "promotional_offer", "content": ""}, "intervention"),
        ]
        asked = [bodies()[0], wrong[0], bodies()[1], wrong[1], wrong[2], bodies()[2]]
        (answers,) = at_once(settings, parts, asked)
        assert [answer.status_code for answer in answers] == [200, 404, 200, 422, 422, 200]
        assert max(groups) > 1
        ctx = parts.context(WorkspaceId("default"))
        assert len(trials.listing(ctx).items) == 3

    def test_a_neighbours_crash_is_its_own(
        self, settings: Settings, parts: Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = trials.run_all

        def failing(ctx: Context, asked: Sequence[trials.TrialRequest]) -> list[Trial]:
            if any(one.intervention.content == "Hello" for one in asked):
                raise RuntimeError("no crash goes out as one")
            return original(ctx, asked)

        monkeypatch.setattr(trials, "run_all", failing)
        (answers,) = at_once(settings, parts, bodies())
        assert [answer.status_code for answer in answers] == [200, 200, 500, 200]
