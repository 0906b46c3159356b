"""A batch from file to file: its parts are spread over processes of this machine, kept as they come, put together last.

The paths are those that somebody typed on this machine, never ones that came over the network.
"""

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from multiprocessing import get_context, parent_process
from os import cpu_count
from pathlib import Path
from threading import Thread
from typing import Any, Final

import msgspec

from twincast.bootstrap.container import open_parts
from twincast.bootstrap.fileruns import SOFTWARE, Run, about, predict_part, report_of
from twincast.bootstrap.settings import Settings
from twincast.domain.errors import RunStopped
from twincast.domain.fields import DEFAULT_FIELDS, DEFAULT_HORIZON_DAYS, DEFAULT_LEVEL
from twincast.domain.filebatches import Cut, FileReport, customers_of_part
from twincast.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from twincast.domain.interventions import Intervention
from twincast.files.parts import Parts, format_of
from twincast.files.records import columns_with_signs
from twincast.files.sources import check_same, open_source
from twincast.files.tables import unreadable
from twincast.reading.states import READING
from twincast.usecases import filebatches
from twincast.usecases.filebatches import Signs
from twincast.usecases.imports import known_columns
from twincast.usecases.predictions import answer, ask

Told = Callable[[int, int], None]
"""Told how many customers are done, of how many."""

MOST_PROCESSES: Final = 4
"""Processes unless more are asked for: each holds some 300 megabytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileBatch:
    """What to predict, from which file to which.

    Attributes:
        source, out: files of this machine.
        variants: id -> what would be sent; None sends nothing.
        format: of the source; None: told by the file.
        columns: column -> dotted path in the record, None to leave it out; the others are recognised.
        as_of: day on which the records were true and from which is predicted; None for today.
        rejects: file for the rows that can not be read; None: they are only counted, and the first ones named.
        processes: how many work at it; None: as many as there are processors, at most `MOST_PROCESSES`.
        customers: of a part, at most; None: as memory allows. It changes no number.
        workspace: whose model answers.
    """

    source: Path
    out: Path
    variants: Mapping[str, Intervention | None]
    format: str | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)
    fields: Sequence[str] = DEFAULT_FIELDS
    as_of: date | None = None
    horizon_days: int = DEFAULT_HORIZON_DAYS
    level: float = DEFAULT_LEVEL
    rejects: Path | None = None
    processes: int | None = None
    customers: int | None = None
    workspace: WorkspaceId = DEFAULT_WORKSPACE


def run(settings: Settings, batch: FileBatch, told: Told | None = None) -> FileReport:
    """Predict a file of customers x variants into a file.

    A run that was stopped, in whatever way, goes on where it was: what it finished lies beside the output, under a
    digest of all that decides its numbers. Numbers depend neither on the parts nor on how many processes work at them.

    Args:
        settings: of the installation; its database holds the model.
        batch: what to do.
        told: of the progress.

    Raises:
        InvalidInput, UnknownField: an input or a setting is not right, or a file can not be read or written.
        RunStopped: a process ended, or the model changed; what was finished is kept.
    """
    format_of(batch.out)
    work = understood(settings, batch)
    work.parts.open()
    with work.parts.held():
        found = {cut.part: work.parts.report(cut.part) for cut in work.cuts}
        todo = [cut for cut in work.cuts if found[cut.part] is None]
        if todo:
            _predict_all(settings, batch, work, todo, told or _untold)
        check_same(batch.source, work.source.seen)
        report = report_of(work, kept=len(work.cuts) - len(todo))
        work.parts.finish(len(work.cuts), about(report), batch.rejects)
    return report


def understood(settings: Settings, batch: FileBatch) -> Run:
    """Open what a batch names, and see that it is right; nothing is made yet. Raises as `run`."""
    opened = open_parts(settings)
    try:
        ctx = filebatches.prepared(opened.context(batch.workspace))
        day = batch.as_of or ctx.clock.now().date()
        question = ask(
            ctx, batch.variants, fields=batch.fields, as_of=day, horizon_days=batch.horizon_days, level=batch.level
        )
        answer(ctx, [], question)  # a variant that can not be read is told before anything is made
        source = open_source(batch.source, batch.format)
        mapping = filebatches.mapped(source.head(), batch.columns)
        cuts = source.cuts(batch.customers or customers_of_part(len(batch.variants)))
        if not cuts:
            raise unreadable("the table holds no rows")
        decides = (source.seen, source.format, cuts[0].rows, mapping, question, ctx.engine.provenance)
        settled = (*decides, settings.currency, SOFTWARE, READING)
        return Run(
            source=source,
            parts=Parts(batch.out, sha256(msgspec.json.encode(settled)).hexdigest()[:20]),
            cuts=cuts,
            mapping=mapping,
            question=question,
            model=ctx.engine.provenance,
            bases=filebatches.bases(ctx, question),
        )
    finally:
        opened.close()


def _untold(_done: int, _total: int) -> None:
    """Tell nobody."""


# ---------------------------------------------------------------- parts, here or in processes of their own


class _Worker:
    """One who predicts parts; keeps the engine open."""

    def __init__(self, settings: Settings, workspace: WorkspaceId, work: Run) -> None:
        self.work = work
        self._parts = open_parts(settings)
        self._ctx = filebatches.prepared(self._parts.context(workspace))

    def signs(self, cut: Cut, columns: tuple[str, ...]) -> Signs:
        """Return how the columns of a part write."""
        return filebatches.signs(self.work.source.read(cut, columns), self.work.mapping)

    def predict(self, cut: Cut, signs: Signs) -> int:
        """Predict a part and keep it; returns how many rows it had."""
        return predict_part(self._ctx, self.work, cut, signs)

    def close(self) -> None:
        """Let go of the database."""
        self._parts.close()


Each = Callable[[str, Sequence[tuple[Any, ...]]], Iterator[Any]]
"""Calls a method of `_Worker` with each of some arguments; yields what it returns, in any order."""


def _predict_all(settings: Settings, batch: FileBatch, work: Run, todo: Sequence[Cut], told: Told) -> None:
    """Predict the parts that are not there yet."""
    total = sum(cut.rows for cut in work.cuts)
    done = total - sum(cut.rows for cut in todo)
    told(done, total)
    with _crew(settings, batch, work) as each:
        signs = _signs(work, each)
        for rows in each("predict", [(cut, signs) for cut in todo]):
            done += rows
            told(done, total)


def signs_of(settings: Settings, batch: FileBatch, work: Run) -> Signs:
    """Return how the columns of the whole file write, where that decides how they are read."""
    with _crew(settings, batch, work) as each:
        return _signs(work, each)


def _signs(work: Run, each: Each) -> Signs:
    columns = work.source.texts(tuple(columns_with_signs(work.mapping, known_columns())))
    found = each("signs", [(cut, columns) for cut in work.cuts]) if columns else ()
    return filebatches.united_signs(list(found))


@contextmanager
def _crew(settings: Settings, batch: FileBatch, work: Run) -> Iterator[Each]:
    """Open workers: in this process, or in some of their own, which end when this one does."""
    given = (settings, batch.workspace, work)
    count = min(batch.processes or min(cpu_count() or 1, MOST_PROCESSES), len(work.cuts))
    if count == 1:
        worker = _Worker(*given)
        try:
            yield lambda method, items: (getattr(worker, method)(*item) for item in items)
        finally:
            worker.close()
        return
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin, initargs=given)
    try:
        yield lambda method, items: _spread(pool, method, items)
    finally:
        pool.shutdown(cancel_futures=True)


def _spread(pool: ProcessPoolExecutor, method: str, items: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    waiting = [pool.submit(_called, method, item) for item in items]
    try:
        for future in as_completed(waiting):
            yield future.result()
            waiting.remove(future)
    except BrokenProcessPool:
        raise RunStopped(
            "A process of the batch was ended from outside, most likely for lack of memory. What was finished is kept: "
            "run it again, with fewer --processes if memory is short."
        ) from None


_WORKER: list[_Worker] = []
"""The one worker of a process that `_begin` made."""


def _begin(settings: Settings, workspace: WorkspaceId, work: Run) -> None:
    """Make this process one that predicts parts, and ends with the process that asked for it."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(parent_process(),), daemon=True).start()
    _WORKER[:] = [_Worker(settings, workspace, work)]


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _called(method: str, item: tuple[Any, ...]) -> Any:
    return getattr(_WORKER[0], method)(*item)
