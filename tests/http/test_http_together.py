"""Requests of the same moment: worked on together, answered each for itself."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from tests.http.bodies import TEST, TWINS, customer, trial, with_
from twincast.bootstrap.container import Parts
from twincast.bootstrap.settings import Settings
from twincast.domain.ids import WorkspaceId
from twincast.domain.trials import Trial
from twincast.entrypoints.http.app import create_app
from twincast.entrypoints.http.together import LOOKS, MOST, Together
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


class TestWaiting:
    """How long the first of several waits for the others, counted in turns of the loop."""

    @pytest.fixture
    def ctx(self, parts: Parts) -> Context:
        return parts.context()

    @staticmethod
    async def at_once(work: Callable[[], None]) -> None:
        work()

    @staticmethod
    def refusing(_ctx: Context, asked: Sequence[int]) -> Sequence[int]:
        """Do all but number 1."""
        if 1 in asked:
            raise ValueError("not this one")
        return asked

    def served(self, ctx: Context, *arrivals: Sequence[int]) -> list[list[int]]:
        """Return the groups that are made of rounds of requests, each named by the turns after which it comes."""
        groups: list[list[int]] = []

        def run_all(_ctx: Context, asked: Sequence[int]) -> Sequence[int]:
            groups.append(list(asked))
            return asked

        async def after(turns: int, together: Together[int, int]) -> None:
            for _ in range(turns):
                await asyncio.sleep(0)
            assert await together.run(ctx, turns) == turns

        async def rounds() -> None:
            together = Together(run_all, self.at_once)
            for round_ in arrivals:
                await asyncio.gather(*(after(turns, together) for turns in round_))

        asyncio.run(rounds())
        return groups

    def test_who_comes_alone_is_served_at_once(self, ctx: Context) -> None:
        assert self.served(ctx, [0, 5], [0, 5]) == [[0], [5], [0], [5]]

    def test_after_several_the_first_waits_for_as_many(self, ctx: Context) -> None:
        assert self.served(ctx, [0, 0, 0], [0, 5, 9]) == [[0, 0, 0], [0, 5, 9]]

    def test_nobody_waits_long_for_those_who_do_not_come(self, ctx: Context) -> None:
        assert self.served(ctx, [0, 0], [0, LOOKS + 5], [0, 5]) == [[0, 0], [0], [LOOKS + 5], [0], [5]]

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_one_who_goes_takes_nobody_along(self, ctx: Context, place: int) -> None:
        async def left() -> list[int]:
            together: Together[int, int] = Together(self.refusing, self.at_once)
            asked = [0, 0, 0]
            asked[place] = 1
            waiting = [asyncio.ensure_future(together.run(ctx, number)) for number in asked]
            await asyncio.sleep(0)
            waiting.pop(place).cancel()
            return [await each for each in waiting]

        assert asyncio.run(left()) == [0, 0]

    def test_a_crowd_is_served_in_parts(self, ctx: Context) -> None:
        assert [len(group) for group in self.served(ctx, [0] * (MOST + 3))] == [MOST, 3]


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
