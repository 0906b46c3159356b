"""A small kind of work to test jobs with: it counts, and can be told to fail or to wait."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event

from twincast.domain.errors import InvalidInput, WriteConflict
from twincast.domain.ids import WorkspaceId


@dataclass
class Counting:
    """Counts how often each part was run, and how often the results were gathered.

    Attributes:
        failing: parts that fail, and with which error; taken away by who wants them to succeed.
        in_the_way: how often another process is in the way of a part before it can be written.
        hold: a part waits here for the event, and says in `waiting` that it does.
    """

    runs: Counter[tuple[str, int]] = field(default_factory=Counter)
    finishes: Counter[str] = field(default_factory=Counter)
    failing: Mapping[int, Exception] = field(default_factory=dict)
    in_the_way: int = 0
    hold: int | None = None
    go_on: Event = field(default_factory=Event)
    waiting: Event = field(default_factory=Event)

    def run(self, workspace: WorkspaceId, actor: str, subject: str, part: int) -> None:
        if self.in_the_way:
            self.in_the_way -= 1
            raise WriteConflict("Another change is under way.")
        if part in self.failing:
            raise self.failing[part]
        if part == self.hold:
            self.waiting.set()
            assert self.go_on.wait(20)
        self.runs[f"{workspace}/{actor}/{subject}", part] += 1

    def finish(self, workspace: WorkspaceId, actor: str, subject: str) -> None:
        self.finishes[f"{workspace}/{actor}/{subject}"] += 1


NO_SUCH_MESSAGE = InvalidInput("intervention: is empty")
