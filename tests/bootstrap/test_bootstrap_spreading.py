"""Batches from file to file spread over workers: the same file, and no path from anywhere but the shared folder."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from tests.bootstrap.test_bootstrap_filebatches import batch, customers, predicted
from twincast.bootstrap import fileruns, fileworks, spreading
from twincast.bootstrap.container import open_context, open_parts
from twincast.bootstrap.filebatches import understood
from twincast.bootstrap.fileworks import FileWork
from twincast.bootstrap.settings import IN_MEMORY, Settings
from twincast.bootstrap.spreading import spread
from twincast.domain.errors import InvalidInput, Misconfigured, RunStopped
from twincast.domain.ids import DEFAULT_WORKSPACE
from twincast.usecases import jobs


def untold(_done: int, _total: int) -> None:
    """Tell nobody."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database=f"sqlite:///{tmp_path / 'shop.db'}", files=str(tmp_path / "shared"))


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jobs be worked on in this process, as soon as they are accepted."""
    monkeypatch.setattr(spreading, "open_parts", lambda settings: open_parts(settings, works_here=True))
    monkeypatch.setattr(spreading, "LOOK", 0.01)


@pytest.mark.usefixtures("here")
class TestSpread:
    @pytest.mark.req("R183")
    def test_gives_the_very_same_file(self, shared: Path, settings: Settings) -> None:
        asked = batch(shared, customers=5, rejects=shared / "bad.csv")
        told: list[tuple[int, int]] = []
        report = spread(settings, asked, lambda done, total: told.append((done, total)))
        assert pl.read_parquet(asked.out).equals(predicted(customers()))
        assert (report.rows, report.parts, report.cells) == (23, 5, 46)
        assert told[-1] == (23, 23)
        assert sorted(it.name for it in shared.rglob("*") if it.is_file()) == [
            "bad.csv",
            "customers.csv",
            "out.parquet",
        ]

    def test_is_a_job_that_names_no_path(self, shared: Path, settings: Settings) -> None:
        spread(settings, batch(shared), untold)
        with open_context(settings) as ctx:
            (job,) = jobs.listing(ctx).items
        assert job.kind == "files"
        assert job.subject.startswith("file_")
        assert "/" not in job.subject

    def test_goes_on_where_it_was(self, shared: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = batch(shared, customers=5)
        computed: list[int] = []
        predict = fileruns.predict_part

        def failing(ctx: Any, run: Any, cut: Any, signs: Any) -> int:
            if cut.part == 3 and len(computed) < 6:
                raise InvalidInput("the disk is full")
            computed.append(cut.part)
            return predict(ctx, run, cut, signs)

        monkeypatch.setattr(fileworks, "predict_part", failing)
        with pytest.raises(RunStopped, match="is failed: the disk is full"):
            spread(settings, asked, untold)
        assert not asked.out.exists()
        assert sorted(computed) == [0, 1, 2, 4]
        computed += [9, 9]
        spread(settings, asked, untold)
        assert sorted(computed) == [0, 1, 2, 3, 4, 9, 9]
        assert pl.read_parquet(asked.out).equals(predicted(customers()))

    @pytest.mark.parametrize("name", ["source", "out", "rejects"])
    def test_takes_files_of_the_shared_folder_only(self, shared: Path, settings: Settings, name: str) -> None:
        asked = batch(shared)
        outside = shared.parent / "outside.csv"
        customers().write_csv(outside)
        changed: dict[str, Any] = {name: outside}
        with pytest.raises(InvalidInput, match="lies outside the folder"):
            spread(settings, replace(asked, **changed), untold)

    def test_needs_a_database_and_a_folder(self, shared: Path, settings: Settings) -> None:
        lacking: list[dict[str, Any]] = [{"files": None}, {"database": IN_MEMORY}]
        for less in lacking:
            with pytest.raises(Misconfigured, match="TWINCAST_FILES"):
                spread(replace(settings, **less), batch(shared), untold)


class TestWork:
    """What a worker does with a subject or a plan that is not what it should be."""

    @pytest.fixture
    def work(self, shared: Path, settings: Settings) -> Iterator[FileWork]:
        parts = open_parts(replace(settings, database=IN_MEMORY))
        yield FileWork(parts.context, str(shared))
        parts.close()

    @pytest.mark.parametrize("subject", ["../../etc/passwd", "file_" + "0" * 20, "file_", "x"])
    def test_a_subject_is_no_path(self, work: FileWork, subject: str) -> None:
        with pytest.raises(RunStopped):
            work.run(DEFAULT_WORKSPACE, "local", subject, 0)
        with pytest.raises(RunStopped):
            work.finish(DEFAULT_WORKSPACE, "local", subject)

    def test_a_plan_leads_nowhere_else(self, work: FileWork, shared: Path, settings: Settings) -> None:
        asked = batch(shared)
        run = understood(settings, asked)
        subject = fileworks.planned(shared, run, {}, asked.source, None)
        path = shared / ".twincast" / f"{subject}.json"
        plan = msgspec.json.decode(path.read_bytes())
        (shared.parent / "secret.csv").write_bytes(asked.source.read_bytes())
        for change in ({"source": "../secret.csv"}, {"out": "../../out.parquet"}, {"source": "/etc/passwd"}):
            path.write_bytes(msgspec.json.encode(plan | change))
            with pytest.raises(RunStopped, match="outside the shared folder"):
                work.run(DEFAULT_WORKSPACE, "local", subject, 0)
        customers(24).write_csv(asked.source)
        path.write_bytes(msgspec.json.encode(plan))
        with pytest.raises(InvalidInput, match="changed since"):
            work.run(DEFAULT_WORKSPACE, "local", subject, 0)

    def test_without_a_folder_says_what_is_missing(self, settings: Settings) -> None:
        work = FileWork(open_parts(replace(settings, database=IN_MEMORY)).context, None)
        with pytest.raises(Misconfigured, match="TWINCAST_FILES"):
            work.run(DEFAULT_WORKSPACE, "local", "file_" + "0" * 20, 0)


@pytest.mark.slow
@pytest.mark.req("R183", "R184")
def test_two_workers_share_a_file(shared: Path, settings: Settings) -> None:
    asked = batch(shared, customers(400), customers=20)
    given = {**os.environ, "TWINCAST_FILES": str(shared)}
    command = [sys.executable, "-m", "twincast.entrypoints.cli.main", "worker", "--database", settings.database]
    workers = [subprocess.Popen([*command, "--name", name], env=given, stderr=subprocess.DEVNULL) for name in "ab"]
    try:
        spread(settings, asked, untold)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()
    assert pl.read_parquet(asked.out).equals(predicted(customers(400)))
