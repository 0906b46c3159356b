"""Batches whose worker is killed at any moment: every cell once, and the body of a batch that was never interrupted."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from twincast.bootstrap.container import open_parts
from twincast.bootstrap.settings import Settings
from twincast.domain.batches import Variant
from twincast.domain.interventions import Intervention
from twincast.domain.jobs import Status
from twincast.stats.streams import stream
from twincast.usecases import batches, jobs, twins
from twincast.usecases.batching import plans
from twincast.usecases.batching.requests import BatchRequest
from twincast.world.making import Options, make

TEXTS = {"offer": "30% off this weekend only", "new": "Early access to our new collection"}
KILLS = 25


def start(database: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "twincast.entrypoints.cli.main", "worker", "--database", database]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.soak
@pytest.mark.req("R170", "A69", "R183")
def test_a_killed_batch_ends_as_one_that_was_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(database=str(tmp_path / "shop.db"))
    parts = open_parts(settings)
    ctx = parts.context()
    people: list[dict[str, Any]] = make(Options(customers=3_000, seed=5)).records()
    twins.save_many(ctx, people)
    variants = tuple(
        Variant(id=name, intervention=Intervention(content=it, channel="email")) for name, it in TEXTS.items()
    )
    request = BatchRequest(twins=tuple(it["customer_id"] for it in people), variants=variants, statistics=True, seed=3)
    unbroken = batches.run(ctx, request, inline=10_000).results
    assert unbroken is not None
    monkeypatch.setattr(plans, "CELLS", 20)  # 300 parts: a part is pinned when a batch is accepted
    rng = stream(11, "batches", "kills")
    accepted = [batches.run(ctx, request, inline=0) for _ in range(3)]
    worker = start(settings.database)
    for _ in range(KILLS):
        time.sleep(float(rng.uniform(0.5, 4.0)))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker = start(settings.database)
    try:
        for ran in accepted:
            assert ran.job is not None
            until = time.monotonic() + 300
            while not jobs.get(ctx, ran.job.id).is_ended and time.monotonic() < until:
                time.sleep(0.2)
            assert jobs.get(ctx, ran.job.id).status is Status.SUCCEEDED
            found = batches.get(ctx, ran.batch.id).results
            assert found is not None
            assert replace(found, completed_at=unbroken.completed_at) == unbroken
            with ctx.store.reading(ctx.workspace) as unit:
                assert unit.batches.parts(ran.batch.id) == list(range(300))
    finally:
        worker.terminate()
        worker.wait()
        parts.close()
