"""Doing together what was asked at the same time: one call into storage and numpy costs hardly more for four than one.

What came in while other work was done is taken along when it is done. Where the last time several came together, the
first waits a moment for as many again, as databases do before they commit (`commit_delay`); one who comes alone never
waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from twincast.usecases.context import Context

A = TypeVar("A")
R = TypeVar("R")
RunAll = Callable[[Context, Sequence[A]], Sequence[R]]
Do = Callable[[Callable[[], None]], Awaitable[None]]

MOST: Final = 16
"""Requests that are worked on at a time: longer, the first would wait noticeably for the last."""
LOOKS: Final = 20
"""Turns of the loop that the first waits at most for the others: a few tenths of a millisecond where nobody comes."""


class Waiting(Generic[A, R]):
    """One request, and the answer that somebody waits for."""

    __slots__ = ("answer", "asked", "ctx")

    def __init__(self, ctx: Context, asked: A) -> None:
        self.ctx = ctx
        self.asked = asked
        self.answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()


class Together(Generic[A, R]):
    """Runs a use case that takes several requests of one caller and does all of them or none."""

    def __init__(self, run_all: RunAll[A, R], do: Do) -> None:
        """Take the use case, and the way in which work is done (`Door.do`)."""
        self._run_all = run_all
        self._do = do
        self._waiting: list[Waiting[A, R]] = []
        self._expected = 1
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, ctx: Context, asked: A) -> R:
        """Run one request with those that wait as well; raises as the use case does for this one alone."""
        mine: Waiting[A, R] = Waiting(ctx, asked)
        self._waiting.append(mine)
        if len(self._waiting) == 1:  # a task of its own: nobody's leaving must leave the others waiting
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await mine.answer

    async def _gathered(self) -> None:
        """Let those who come at the same time join: each turn of the loop looks for them."""
        for _ in range(LOOKS):
            await asyncio.sleep(0)
            if len(self._waiting) >= self._expected:
                break

    async def _work(self) -> None:
        await self._gathered()
        waiting, self._waiting = self._waiting, []
        callers: dict[tuple[str, str], list[Waiting[A, R]]] = {}
        for each in waiting:
            callers.setdefault((each.ctx.workspace, each.ctx.actor), []).append(each)
        for group in callers.values():
            for start in range(0, len(group), MOST):
                await self._serve(group[start : start + MOST])
        self._expected = len(waiting) + len(self._waiting)

    async def _serve(self, group: Sequence[Waiting[A, R]]) -> None:
        found: list[R | Exception] = []
        try:
            await self._do(lambda: found.extend(self._found(group)))
        finally:
            for each, answer in zip(group, found, strict=False):
                if each.answer.done():  # whoever asked has gone
                    continue
                if isinstance(answer, Exception):
                    each.answer.set_exception(answer)
                else:
                    each.answer.set_result(answer)
            for each in group[len(found) :]:
                each.answer.cancel()

    def _found(self, group: Sequence[Waiting[A, R]]) -> Sequence[R | Exception]:
        """Return an answer or an error for each: where one of several fails, each is done for itself."""
        try:
            return self._run_all(group[0].ctx, [each.asked for each in group])
        except Exception as error:
            if len(group) == 1:
                return [error]
        return [answer for each in group for answer in self._found([each])]
