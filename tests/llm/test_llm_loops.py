"""Work on the one event loop: side by side, told as it ends, and stopped when nobody listens any more."""

import asyncio
from contextlib import closing
from functools import partial

import pytest

from twincast.llm.loops import Loop
from twincast.llm.pacing import Bucket


async def nothing() -> None:
    """Do nothing."""


def test_works_are_told_as_they_end() -> None:
    loop = Loop()

    async def work(gates: list[asyncio.Event], place: int) -> int:
        if place < 2:
            await gates[place].wait()
        if place:
            gates[place - 1].set()
        return place

    gates = [asyncio.Event(), asyncio.Event()]
    groups = list(loop.as_completed([partial(work, gates, place) for place in range(3)]))
    assert [it for group in groups for it in group] == [(2, 2), (1, 1), (0, 0)]
    loop.close(nothing)


def test_a_batch_that_is_left_stops_what_it_had_not_finished() -> None:
    """Whoever cancels stops paying: of a hundred works that wait, none goes on."""
    loop = Loop()
    ended: list[int] = []

    async def work(place: int) -> int:
        if place:
            await asyncio.sleep(3600)
        ended.append(place)
        return place

    with closing(loop.as_completed([partial(work, place) for place in range(100)])) as groups:
        assert next(groups) == [(0, 0)]

    async def others() -> int:
        await asyncio.sleep(0)
        return len(asyncio.all_tasks()) - 1

    left = loop.run(others())
    for _ in range(100):
        if not left:
            break
        left = loop.run(others())
    assert (left, ended) == (0, [0])
    loop.close(nothing)


def test_an_error_in_a_work_is_the_listeners() -> None:
    loop = Loop()

    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ExceptionGroup, match="unhandled"):
        list(loop.as_completed([work]))
    loop.close(nothing)


def test_a_quota_gives_what_it_says_over_time() -> None:
    """600 a minute: the first ten at once, then one each tenth of a second."""
    now = [0.0]
    bucket = Bucket(600.0, lambda: now[0])
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    async def taken() -> None:
        for _ in range(110):
            await bucket.take(1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        asyncio.run(taken())
    assert len(waits) == 100
    assert now[0] == pytest.approx(10.0)
