"""What a session, and a memory in it, add to a test: the same calls with and without, in turns, on an SQLite file.

The calls are those of POST /test without the HTTP around them, so that nothing dilutes what the session costs.
"""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.figures import Figure
from benchmarks.http import CONTENTS, CUSTOMERS, RECORD
from twincast.bootstrap.container import open_context
from twincast.bootstrap.settings import Settings
from twincast.domain.interventions import Intervention
from twincast.usecases import sessions, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.sessions import SessionRequest
from twincast.usecases.trials import TrialRequest

WARM, CALLS = 60, 600
MOST = 1.25
"""A session may cost at most a quarter of the call."""
FIELDS = ("will_open", "will_click", "will_purchase", "purchase_amount")


def measure() -> list[Figure]:
    """Return the median time of a test, and what a session and memory make of it."""
    with TemporaryDirectory() as folder, open_context(Settings(database=f"sqlite:///{Path(folder) / 'x.db'}")) as ctx:
        twins.save_many(ctx, [{"customer_id": f"cust_{number}", **RECORD} for number in range(CUSTOMERS)])
        sitting, remembering = (
            sessions.begin(ctx, SessionRequest(name=name)).id for name in ("sitting", "remembering")
        )
        kinds = ((None, False), (sitting, False), (remembering, True))
        for turn in range(WARM):
            for session, memory in kinds:
                _timed(ctx, turn, session, memory)
        turns = [[_timed(ctx, turn, session, memory) for session, memory in kinds] for turn in range(CALLS)]
    alone = median(turn[0] for turn in turns)
    plain, kept = (median(turn[place] / turn[0] for turn in turns) for place in (1, 2))
    note = f"{CALLS} turns, {CUSTOMERS} customers"
    return [
        Figure(name="a test without a session", value=alone * 1000, unit="ms", note=note),
        Figure(name="in a session, times that", value=plain, bar=("<", MOST), note="median of the turns' ratios"),
        Figure(name="in a session that remembers it, times that", value=kept, bar=("<", MOST), note="the same"),
    ]


def _timed(ctx: Context, turn: int, session: str | None, memory: bool) -> float:
    message = Intervention(
        type="promotional_offer",
        channel="email",
        content=CONTENTS[turn % len(CONTENTS)],
        timing="friday_morning",
        personalization_level="high",
    )
    asked = TrialRequest(
        twin=f"twin_cust_{turn % CUSTOMERS}", intervention=message, session=session, memory=memory, predict=FIELDS
    )
    start = perf_counter()
    trials.run(ctx, asked)
    return perf_counter() - start
