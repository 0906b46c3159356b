"""Jobs in this process: every part once, failures kept apart, cancelled and begun anew; the law of a job's life."""

import time

import pytest

from tests.jobs.conftest import Accept
from tests.jobs.works import NO_SUCH_MESSAGE, Counting
from twincast.domain.errors import JobRefused, UnknownJob
from twincast.domain.ids import WorkspaceId
from twincast.domain.jobs import Job, Status
from twincast.jobs.running import Runner
from twincast.jobs.threads import ThreadedJobs
from twincast.usecases import audit, jobs
from twincast.usecases.context import Context

SUBJECT = "default/local/batch_1"


def when_ended(ctx: Context, job_id: str) -> Job:
    """Return a job that has ended, or fail."""
    for _ in range(2_000):
        job = jobs.get(ctx, job_id)
        if job.is_ended:
            return job
        time.sleep(0.01)
    raise AssertionError("the job has not ended")


@pytest.fixture
def threads(runner: Runner) -> ThreadedJobs:
    return ThreadedJobs(runner, at_once=True)


class TestRunning:
    def test_runs_every_part_once_and_gathers_at_the_end(
        self, ctx: Context, work: Counting, accept: Accept, threads: ThreadedJobs
    ) -> None:
        job = accept(4)
        assert (job.status, job.done, job.started_at) == (Status.QUEUED, 0, None)
        threads.tell(ctx.workspace, job.id)
        threads.tell(ctx.workspace, job.id)
        found = jobs.get(ctx, job.id)
        assert (found.status, found.done, found.failed, found.problem) == (Status.SUCCEEDED, 4, 0, None)
        assert found.ended_at is not None
        assert found.revision > job.revision
        assert work.runs == {(SUBJECT, part): 1 for part in range(4)}
        assert work.finishes == {SUBJECT: 1}

    def test_a_job_of_no_parts_ends(self, ctx: Context, work: Counting, accept: Accept, threads: ThreadedJobs) -> None:
        job = accept(0)
        threads.tell(ctx.workspace, job.id)
        assert jobs.get(ctx, job.id).status is Status.SUCCEEDED
        assert work.finishes == {SUBJECT: 1}

    def test_a_failed_part_leaves_the_others_alone_and_is_run_again_alone(
        self, ctx: Context, work: Counting, accept: Accept, threads: ThreadedJobs
    ) -> None:
        work.failing = {1: NO_SUCH_MESSAGE, 2: ZeroDivisionError("secret")}
        job = accept(4)
        threads.tell(ctx.workspace, job.id)
        found = jobs.get(ctx, job.id)
        assert (found.status, found.done, found.failed) == (Status.FAILED, 2, 2)
        assert found.problem is not None
        assert (found.problem.code, found.problem.detail) == ("invalid-input", "intervention: is empty")
        work.failing = {}
        again = jobs.retry(ctx, job.id)
        assert (again.status, again.done, again.failed, again.problem) == (Status.QUEUED, 2, 0, None)
        threads.tell(ctx.workspace, job.id)
        found = jobs.get(ctx, job.id)
        assert (found.status, found.done, found.attempt) == (Status.SUCCEEDED, 4, 2)
        assert set(work.runs.values()) == {1}
        assert work.finishes == {SUBJECT: 2}

    def test_says_nothing_of_a_failure_without_a_name(
        self, ctx: Context, work: Counting, accept: Accept, threads: ThreadedJobs
    ) -> None:
        work.failing = {0: ZeroDivisionError("a customer's name")}
        job = accept(1)
        threads.tell(ctx.workspace, job.id)
        problem = jobs.get(ctx, job.id).problem
        assert problem is not None
        assert problem.code == "internal"
        assert "customer" not in problem.detail

    def test_waits_where_another_process_is_in_the_way(
        self, ctx: Context, work: Counting, accept: Accept, threads: ThreadedJobs
    ) -> None:
        work.in_the_way = 2
        job = accept(1)
        threads.tell(ctx.workspace, job.id)
        assert jobs.get(ctx, job.id).status is Status.SUCCEEDED

    def test_a_kind_that_is_not_known_fails_with_its_name(self, ctx: Context, threads: ThreadedJobs) -> None:
        with ctx.store.writing(ctx.workspace) as unit:
            job = jobs.accept(unit, ctx, "alchemy", "lead", 1)
            unit.commit()
        threads.tell(ctx.workspace, job.id)
        problem = jobs.get(ctx, job.id).problem
        assert problem is not None
        assert "alchemy" in problem.detail


class TestCancelling:
    @pytest.mark.req("I11")
    def test_keeps_what_is_done_and_goes_on_after_a_retry(
        self, ctx: Context, work: Counting, accept: Accept, runner: Runner
    ) -> None:
        work.hold = 2
        job = accept(5)
        threads = ThreadedJobs(runner)
        threads.tell(ctx.workspace, job.id)
        assert work.waiting.wait(20)
        assert jobs.cancel(ctx, job.id).status is Status.CANCELLING
        assert jobs.cancel(ctx, job.id).status is Status.CANCELLING
        work.go_on.set()
        found = when_ended(ctx, job.id)
        assert (found.status, found.done) == (Status.CANCELLED, 3)
        assert work.finishes == {SUBJECT: 1}
        assert jobs.cancel(ctx, job.id) == found
        jobs.retry(ctx, job.id)
        ThreadedJobs(runner, at_once=True).tell(ctx.workspace, job.id)
        assert jobs.get(ctx, job.id).status is Status.SUCCEEDED
        assert work.runs == {(SUBJECT, part): 1 for part in range(5)}

    def test_of_a_job_that_nobody_began_runs_nothing(
        self, ctx: Context, work: Counting, accept: Accept, threads: ThreadedJobs
    ) -> None:
        job = accept(3)
        jobs.cancel(ctx, job.id)
        threads.tell(ctx.workspace, job.id)
        found = jobs.get(ctx, job.id)
        assert (found.status, found.done, found.started_at) == (Status.CANCELLED, 0, None)
        assert not work.runs

    def test_is_refused_where_the_job_has_ended_otherwise(
        self, ctx: Context, accept: Accept, threads: ThreadedJobs
    ) -> None:
        job = accept(1)
        with pytest.raises(JobRefused, match="queued"):
            jobs.retry(ctx, job.id)
        threads.tell(ctx.workspace, job.id)
        for act in (jobs.cancel, jobs.retry):
            with pytest.raises(JobRefused, match="succeeded"):
                act(ctx, job.id)


class TestKeeping:
    def test_stays_in_its_workspace_and_in_the_audit_log(
        self, ctx: Context, accept: Accept, threads: ThreadedJobs
    ) -> None:
        job = accept(1)
        jobs.cancel(ctx, job.id)
        assert [it.action for it in audit.entries(ctx, action="job").items] == ["job.cancelled", "job.accepted"]
        threads.tell(WorkspaceId("other"), job.id)
        assert jobs.get(ctx, job.id).status is Status.CANCELLING
        assert jobs.listing(ctx).items == (jobs.get(ctx, job.id),)
        for name in ("nothing", "\ud800", ""):
            with pytest.raises(UnknownJob):
                jobs.get(ctx, name)
