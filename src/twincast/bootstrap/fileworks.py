"""Batches from file to file as long work: their parts are spread over all workers that share a folder.

Which folder that is every worker is told by its own settings. What is to be done lies in it as a plan, written by
somebody at one of these machines; a job only names the plan, by a digest. So no path ever comes from the database or
the network.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from twincast.bootstrap.fileruns import Run, about, predict_part, report_of
from twincast.domain.errors import FieldProblem, InvalidInput, Misconfigured, RunStopped
from twincast.domain.filebatches import Cut, FileReport
from twincast.domain.ids import WorkspaceId
from twincast.domain.imports import ColumnMapping
from twincast.files.parts import Parts, whole
from twincast.files.sources import Seen, open_source
from twincast.files.tables import unreadable
from twincast.ports.engines import Provenances
from twincast.usecases import filebatches
from twincast.usecases.context import Context
from twincast.usecases.predictions import Question

KIND: Final = "files"
PLANS: Final = ".twincast"
"""Folder of the plans, in the shared one."""
_SUBJECT: Final = re.compile(r"file_[0-9a-f]{20}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is to be done, as every worker must know it; paths are counted from the shared folder.

    Attributes:
        source, out, rejects: the files.
        format: of the source; seen: what it was when it was understood.
        digest: of all that decides the numbers.
        signs: column -> how the whole of it writes.
    """

    source: str
    out: str
    rejects: str | None
    format: str
    seen: Seen
    digest: str
    cuts: tuple[Cut, ...]
    mapping: ColumnMapping
    question: Question
    model: Provenances
    bases: Mapping[str, str]
    signs: Mapping[str, frozenset[str]]


def planned(root: Path, run: Run, signs: Mapping[str, frozenset[str]], source: Path, rejects: Path | None) -> str:
    """Write the plan of a run; returns the subject of its job.

    Raises:
        InvalidInput: a file lies outside the shared folder.
    """
    plan = Plan(
        source=_within(root, source, "file"),
        out=_within(root, run.parts.out, "out"),
        rejects=None if rejects is None else _within(root, rejects, "rejects"),
        format=run.source.format,
        seen=run.source.seen,
        digest=run.parts.folder.name,
        cuts=tuple(run.cuts),
        mapping=run.mapping,
        question=run.question,
        model=run.model,
        bases=run.bases,
        signs=signs,
    )
    subject = f"file_{plan.digest}"
    (root / PLANS).mkdir(exist_ok=True)
    _write(_plan(root, subject), msgspec.json.encode(plan))
    return subject


def done(root: Path, subject: str) -> FileReport | None:
    """Return what became of a plan, and take both away; None where it has not ended."""
    path = _plan(root, subject)
    try:
        found = msgspec.json.decode(path.with_suffix(".done").read_bytes(), type=FileReport)
    except FileNotFoundError:
        return None
    for it in (path, path.with_suffix(".done")):
        it.unlink(missing_ok=True)
    return found


class FileWork:
    """Batches from file to file as a kind of long work (`ports.jobs.Work`).

    Args:
        contexts: gives the context of whoever asked.
        root: the shared folder; None where this process was told of none.
    """

    def __init__(self, contexts: Callable[[WorkspaceId, str], Context], root: str | None) -> None:
        self._contexts = contexts
        self._root = root

    def run(self, workspace: WorkspaceId, actor: str, subject: str, part: int) -> None:
        """Predict and keep one part; one that is kept already is left as it is."""
        plan = self._planned(subject)
        run = self._run(plan)
        if run.parts.report(part) is None:
            predict_part(filebatches.prepared(self._contexts(workspace, actor)), run, plan.cuts[part], plan.signs)

    def finish(self, workspace: WorkspaceId, actor: str, subject: str) -> None:
        """Put the parts together, once all of them are there; else they are left for the next attempt."""
        root, plan = self._folder(), self._planned(subject)
        run = self._run(plan)
        if any(run.parts.report(cut.part) is None for cut in plan.cuts):
            return
        report = report_of(run, kept=0)
        _write(_plan(root, subject).with_suffix(".done"), msgspec.json.encode(report))
        run.parts.finish(len(plan.cuts), about(report), None if plan.rejects is None else root / plan.rejects)

    def _folder(self) -> Path:
        if self._root is None:
            raise Misconfigured("This worker shares no files: set TWINCAST_FILES to the folder, as it is named here.")
        return Path(self._root).resolve()

    def _planned(self, subject: str) -> Plan:
        root = self._folder()
        try:
            return msgspec.json.decode(_plan(root, subject).read_bytes(), type=Plan)
        except (OSError, msgspec.MsgspecError) as error:
            reason = getattr(error, "strerror", None) or "it can not be read"
            raise RunStopped(f"The plan '{subject[:40]}' is not in this worker's shared folder: {reason}.") from None

    def _run(self, plan: Plan) -> Run:
        root = self._folder()
        source = open_source(_found(root, plan.source), plan.format)
        if (source.seen.size, source.seen.ends) != (plan.seen.size, plan.seen.ends):
            raise unreadable("the file changed since the batch was begun")
        return Run(
            source=source,
            parts=Parts(_found(root, plan.out), plan.digest),
            cuts=plan.cuts,
            mapping=plan.mapping,
            question=plan.question,
            model=plan.model,
            bases=plan.bases,
        )


def _plan(root: Path, subject: str) -> Path:
    if not _SUBJECT.fullmatch(subject):
        raise RunStopped("The job names no plan.")
    return root / PLANS / f"{subject}.json"


def _within(root: Path, path: Path, field: str) -> str:
    try:
        return path.resolve().relative_to(root).as_posix()
    except ValueError:
        message = f"'{path.name}' lies outside the folder that TWINCAST_FILES names: other workers can not see it"
        raise InvalidInput.of([FieldProblem(field=field, message=message)]) from None


def _found(root: Path, name: str) -> Path:
    """Return a file of a plan. Raises RunStopped: it leads out of the shared folder."""
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise RunStopped("The plan names a file outside the shared folder.")
    return path


def _write(path: Path, content: Any) -> None:
    with whole(path, path.parent) as made:
        made.write_bytes(content)
