"""What a checkpoint, a restore and a look at a twin cost after ten events of a session, and after a million."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from benchmarks.figures import Figure
from twincast.bootstrap.container import open_parts
from twincast.bootstrap.settings import Settings
from twincast.domain.events import Event, EventKind
from twincast.domain.interventions import Intervention
from twincast.domain.sessions import Session
from twincast.usecases import checkpoints, sessions, trials, twins
from twincast.usecases.checkpoints import Restoring
from twincast.usecases.context import Context
from twincast.usecases.sessions import SessionRequest
from twincast.usecases.trials import TrialRequest
from twincast.usecases.visits import visit

FEW, MANY = 10, 1_000_000
AT_ONCE: Final = 10_000
RUNS: Final = 100
CUSTOMER: Final = {"customer_id": "c1", "history": {"customer_since": "2022-03-15", "total_purchases": 24}}
OFFER: Final = Intervention(type="promotional_offer", channel="email", content="20% off everything this weekend")


def measure() -> list[Figure]:
    """Return times after few and many events and their ratio."""
    with TemporaryDirectory() as folder:
        parts = open_parts(Settings(database=str(Path(folder) / "sessions.db")))
        ctx = parts.context()
        try:
            twins.save(ctx, CUSTOMER)
            few, many = _costs(ctx, FEW), _costs(ctx, MANY)
        finally:
            parts.close()
    figures = []
    for name in few:
        ratio = many[name] / few[name]
        figures += [
            Figure(name=f"{name} after {FEW} events", value=few[name] * 1_000, unit="ms"),
            Figure(name=f"{name} after {MANY:,} events", value=many[name] * 1_000, unit="ms"),
            Figure(name="  as a multiple", value=ratio, unit="x", bar=("<", 1.5), note=f"medians of {RUNS}"),
        ]
    return figures


def _costs(ctx: Context, events: int) -> dict[str, float]:
    """Return the median seconds of what is done with a session that holds some events, those of one twin."""
    session = sessions.begin(ctx, SessionRequest(name=str(events)))
    trials.run(ctx, TrialRequest(twin="c1", intervention=OFFER, session=session.id, memory=True))
    session = _filled(ctx, sessions.get(ctx, session.id), events)
    times: dict[str, list[float]] = {"a checkpoint": [], "a restore": [], "a twin's state": []}
    for run in range(RUNS):
        times["a checkpoint"].append(_time(lambda run=run: checkpoints.mark(ctx, session.id, f"mark {run}")))
        asked = Restoring(checkpoint=f"mark {run}", elsewhere=True)
        times["a restore"].append(_time(lambda asked=asked: checkpoints.restore(ctx, session.id, asked)))
        times["a twin's state"].append(_time(lambda: _look(ctx, session)))
    return {name: median(found) for name, found in times.items()}


def _filled(ctx: Context, session: Session, events: int) -> Session:
    """Append events like the last one until the session holds so many."""
    with ctx.store.reading(ctx.workspace) as unit:
        last = unit.events.line(session.head, None, 500).items[-1]
    while session.head.position < events:
        upto = min(session.head.position + AT_ONCE, events)
        more = [_next(last, position) for position in range(session.head.position + 1, upto + 1)]
        session = replace(session, head=replace(session.head, position=upto))
        with ctx.store.writing(ctx.workspace) as unit:
            unit.events.append(more)
            unit.sessions.put(session)
            unit.commit()
    return session


def _next(event: Event, position: int) -> Event:
    return replace(event, position=position, kind=EventKind.EXPOSURE, at=event.at + timedelta(minutes=position))


def _look(ctx: Context, session: Session) -> None:
    with ctx.store.reading(ctx.workspace) as unit:
        visit(ctx, unit, "c1", session.id)


def _time(work: object) -> float:
    assert callable(work)
    start = perf_counter()
    work()
    return perf_counter() - start
