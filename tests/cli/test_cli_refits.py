"""Refits beside a service: every workspace with enough to learn from, in a process that ends with its parent."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.usecases.shop import context
from tests.usecases.test_usecases_learning import BEFORE, told
from twincast.bootstrap.clocks import RandomIds
from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import Settings
from twincast.domain.errors import Misconfigured
from twincast.domain.ids import WorkspaceId
from twincast.entrypoints.cli.refits import MAIN, beside, refit_due, while_parent_lives
from twincast.usecases import keys, learning, outcomes, twins
from twincast.usecases.context import Context


def fill(ctx: Context, count: int) -> None:
    twins.save_many(ctx, [{"customer_id": f"c{k}"} for k in range(count)], as_of=BEFORE)
    outcomes.add(ctx, [told(k, value=float(k % 3 == 0)) for k in range(count)])


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    opened = open_parts(Settings(database=str(tmp_path / "shop.db")))
    fill(replace(context(opened.store), ids=RandomIds()), 12)
    yield opened
    opened.close()


def test_every_workspace_with_enough_learns(parts: Parts) -> None:
    shop, small = WorkspaceId("shop"), WorkspaceId("small")
    for workspace in (shop, small):
        keys.create(parts.store, parts.clock, parts.ids, workspace, "test", ("read",))
        fill(replace(context(parts.store), workspace=workspace, ids=RandomIds()), 12 if workspace == shop else 3)
    assert [workspace for workspace, _ in refit_due(parts, 10)] == ["default", "shop"]
    assert list(refit_due(parts, 1)) == [("small", learning.models(parts.context(small)).versions[0])]
    assert list(refit_due(parts, 1)) == []


def test_it_looks_again_until_its_parent_is_gone() -> None:
    parents = iter([1, 1, 1, 1, 7])
    assert len(list(while_parent_lives(0.0, 0.0, lambda: next(parents, 7)))) == 2


def test_a_database_in_memory_is_seen_by_no_other_process() -> None:
    with pytest.raises(Misconfigured, match="database file"), beside("memory://", 5):
        pass
    with beside("memory://", 0):
        pass


@pytest.mark.slow
def test_a_process_of_its_own_learns_what_a_service_is_told(parts: Parts, tmp_path: Path) -> None:
    learn = [sys.executable, "-m", MAIN, "learn", "--every", "1", "--database", str(tmp_path / "shop.db")]
    with subprocess.Popen(learn, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            assert process.stderr.readline().startswith("default: Version 1 answers")
        finally:
            process.terminate()
    assert learning.models(parts.context()).current == 1
