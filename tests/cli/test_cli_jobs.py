"""`twincast jobs`: lists, shows, watches to the end, cancels and retries; one JSON document with --json."""

import json
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from tests.jobs.works import NO_SUCH_MESSAGE, Counting
from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import Settings
from twincast.domain.jobs import Job
from twincast.entrypoints.cli.main import cli
from twincast.jobs.running import Runner
from twincast.jobs.threads import ThreadedJobs
from twincast.usecases import jobs


class Shop:
    """A database with jobs, and who works on them."""

    def __init__(self, folder: Path) -> None:
        self.database = str(folder / "shop.db")
        self.work = Counting()
        self.parts: Parts = open_parts(Settings(database=self.database), works={"count": self.work})
        self.ctx = self.parts.context()
        runner = Runner(store=self.parts.store, clock=self.parts.clock, works=self.parts.works)
        self.worker = ThreadedJobs(runner, at_once=True)

    def accept(self, total: int) -> Job:
        with self.ctx.store.writing(self.ctx.workspace) as unit:
            job = jobs.accept(unit, self.ctx, "count", "batch_1", total)
            unit.commit()
        return job

    def call(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["jobs", *arguments, "--database", self.database])


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_job_is_listed_shown_cancelled_and_begun_anew(shop: Shop) -> None:
    job = shop.accept(3)
    listed = json.loads(shop.call("list", "--json").stdout)
    assert [it["job_id"] for it in listed["items"]] == [job.id]
    assert "queued" in shop.call("list").stdout
    assert shop.call("list", "--status", "failed", "--json").stdout.count("job_id") == 0
    assert "0 of 3 parts done" in shop.call("show", job.id).stdout
    for _ in range(2):
        cancelled = shop.call("cancel", job.id, "--json")
        assert (cancelled.exit_code, json.loads(cancelled.stdout)["status"]) == (0, "cancelling")
    assert shop.call("retry", job.id).exit_code == 5
    shop.worker.tell(shop.ctx.workspace, job.id)
    assert "twincast jobs retry" in shop.call("show", job.id).stdout
    assert json.loads(shop.call("retry", job.id, "--json").stdout)["status"] == "queued"
    assert shop.call("show", "nothing").exit_code == 4


@pytest.mark.slow
def test_watching_ends_with_the_job_and_says_how(shop: Shop) -> None:
    shop.work.failing = {1: NO_SUCH_MESSAGE}
    for expected, status in ((5, "failed"), (0, "succeeded")):
        job = shop.accept(2)
        worker = Thread(target=shop.worker.tell, args=(shop.ctx.workspace, job.id))
        worker.start()
        watched = shop.call("watch", job.id, "--json")
        worker.join()
        assert (watched.exit_code, json.loads(watched.stdout)["status"]) == (expected, status)
        assert "No worker is running" in watched.stderr
        shop.work.failing = {}


def test_webhooks_are_added_listed_replayed_and_removed(shop: Shop) -> None:
    def call(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["webhooks", *arguments, "--database", shop.database])

    made = json.loads(call("add", "https://shop.example/hooks", "--event", "job.succeeded", "--json").stdout)
    assert made["secret"].startswith("whsec_")
    shop.worker.tell(shop.ctx.workspace, shop.accept(1).id)
    assert "secret" not in call("list", "--json").stdout
    assert made["webhook_id"][:20] in call("list").stdout
    (told,) = json.loads(call("deliveries", made["webhook_id"], "--json").stdout)["items"]
    assert "pending" in call("deliveries", made["webhook_id"]).stdout
    assert call("replay", made["webhook_id"], told["delivery_id"]).exit_code == 0
    assert call("add", "https://10.0.0.1/").exit_code == 3
    assert call("remove", made["webhook_id"]).exit_code == 0
    assert call("remove", made["webhook_id"]).exit_code == 4
