"""Jobs at the HTTP door: polled, watched as events, cancelled twice, begun anew; in their own workspace only."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API
from tests.jobs.works import NO_SUCH_MESSAGE, Counting
from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import Settings
from twincast.domain.jobs import Job
from twincast.usecases import jobs

JOBS = f"{API}/jobs"
Accept = Callable[[int], Job]


@pytest.fixture
def work() -> Counting:
    return Counting()


@pytest.fixture
def parts(settings: Settings, work: Counting) -> Iterator[Parts]:
    opened = open_parts(settings, works={"count": work})
    yield opened
    work.go_on.set()
    opened.close()


@pytest.fixture
def accept(parts: Parts) -> Accept:
    """Accepts a job of so many parts, and tells of it."""
    ctx = parts.context()

    def accepted(total: int) -> Job:
        with ctx.store.writing(ctx.workspace) as unit:
            job = jobs.accept(unit, ctx, "count", "batch_1", total)
            unit.commit()
        ctx.tell(ctx.workspace, job.id)
        return job

    return accepted


def events(client: TestClient, job: Job, last: str | None = None) -> list[tuple[str, str, dict[str, Any]]]:
    """Watch a job to its end; return the id, the name and the data of each event."""
    headers = {} if last is None else {"Last-Event-ID": last}
    answer = client.get(f"{JOBS}/{job.id}/events", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.split("\n\n"):
        if block and not block.startswith(":"):
            lines = dict(line.split(": ", 1) for line in block.split("\n"))
            found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found


class TestLooking:
    @pytest.mark.req("I11")
    def test_polling_and_watching_agree_and_progress_never_falls(self, client: TestClient, accept: Accept) -> None:
        job = accept(30)
        seen = events(client, job)
        assert seen[-1][1] == "ended"
        assert all(name == "progress" for _, name, _ in seen[:-1])
        for name in ("revision", "done", "progress"):
            values = [data[name] for _, _, data in seen]
            assert values == sorted(values)
        found = client.get(f"{JOBS}/{job.id}").json()
        assert found == seen[-1][2]
        assert (found["status"], found["done"], found["total"], found["progress"]) == ("succeeded", 30, 30, 1.0)
        assert client.get(JOBS).json() == {"items": [found], "next_cursor": None}
        assert client.get(JOBS, params={"status": "failed"}).json()["items"] == []

    @pytest.mark.req("I11")
    def test_who_reconnects_is_told_what_is_new_or_that_it_is_over(
        self, client: TestClient, accept: Accept, work: Counting
    ) -> None:
        work.hold = 1
        job = accept(2)
        assert work.waiting.wait(20)
        before = client.get(f"{JOBS}/{job.id}").json()["revision"]
        work.go_on.set()
        seen = events(client, job, str(before))
        assert all(int(name) > before for name, _, _ in seen)
        over = client.get(f"{JOBS}/{job.id}/events", headers={"Last-Event-ID": seen[-1][0]})
        assert (over.status_code, over.content) == (204, b"")
        assert events(client, job, "garbage") == events(client, job)

    def test_a_job_that_is_not_there_is_404_everywhere(
        self, client: TestClient, accept: Accept, make_client: Callable[..., TestClient], make_key: Callable[..., str]
    ) -> None:
        job = accept(1)
        stranger = make_client(make_key("other"))
        for who, name in ((client, "nothing"), (stranger, job.id)):
            for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("POST", "/retry")):
                answer = who.request(method, f"{JOBS}/{name}{path}")
                assert (answer.status_code, answer.json()["code"]) == (404, "unknown-job")
        assert stranger.get(JOBS).json()["items"] == []


class TestChanging:
    @pytest.mark.req("I11")
    def test_cancelling_twice_is_once_and_keeps_what_is_done(
        self, client: TestClient, accept: Accept, work: Counting
    ) -> None:
        work.hold = 2
        job = accept(5)
        assert work.waiting.wait(20)
        for _ in range(2):
            answer = client.post(f"{JOBS}/{job.id}/cancel")
            assert (answer.status_code, answer.json()["status"]) == (200, "cancelling")
        work.go_on.set()
        ended = events(client, job)[-1][2]
        assert (ended["status"], ended["done"]) == ("cancelled", 3)
        assert client.post(f"{JOBS}/{job.id}/cancel").json() == ended

    @pytest.mark.slow
    def test_a_retry_runs_only_what_failed(self, client: TestClient, accept: Accept, work: Counting) -> None:
        work.failing = {1: NO_SUCH_MESSAGE}
        job = accept(3)
        ended = events(client, job)[-1][2]
        assert (ended["status"], ended["failed"]) == ("failed", 1)
        assert ended["problem"] == {"code": "invalid-input", "detail": "intervention: is empty"}
        work.failing = {}
        answer = client.post(f"{JOBS}/{job.id}/retry")
        assert (answer.status_code, answer.headers["location"]) == (202, f"{JOBS}/{job.id}")
        again = events(client, job)[-1][2]
        assert (again["status"], again["done"], again["attempt"]) == ("succeeded", 3, 2)
        assert set(work.runs.values()) == {1}
        for act in ("retry", "cancel"):
            answer = client.post(f"{JOBS}/{job.id}/{act}")
            assert (answer.status_code, answer.json()["code"]) == (409, "job-status")
