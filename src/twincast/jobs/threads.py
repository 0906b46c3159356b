"""Jobs in this very process: at once, or in a thread beside it. They do not outlive it."""

from threading import Event, Lock, Thread

from twincast.domain.ids import JobId, WorkspaceId
from twincast.jobs.running import Runner


class ThreadedJobs:
    """Plug for `ports.jobs.Jobs` where the store is gone with the process, or the process does the work itself."""

    def __init__(self, runner: Runner, *, at_once: bool = False) -> None:
        """Make it.

        Args:
            runner: what runs the parts.
            at_once: whether `tell` returns only when the job has ended.
        """
        self._runner = runner
        self._at_once = at_once
        self._stop = Event()
        self._lock = Lock()
        self._threads: dict[JobId, Thread] = {}

    def tell(self, workspace: WorkspaceId, job_id: JobId) -> None:
        if self._at_once:
            self._work(workspace, job_id)
            return
        with self._lock:
            under_way = self._threads.get(job_id)
            if self._stop.is_set() or (under_way is not None and under_way.is_alive()):
                return
            thread = Thread(target=self._work, args=(workspace, job_id), name=f"job-{job_id}", daemon=True)
            self._threads = {name: other for name, other in self._threads.items() if other.is_alive()}
            self._threads[job_id] = thread
            thread.start()

    def close(self) -> None:
        self._stop.set()
        with self._lock:
            waiting = list(self._threads.values())
        for thread in waiting:
            thread.join()

    def _work(self, workspace: WorkspaceId, job_id: JobId) -> None:
        job = self._runner.job(workspace, job_id)
        if job is None:
            return
        for part in self._runner.begin(workspace, job_id, job.attempt):
            if self._stop.is_set():
                return
            if not self._runner.run(workspace, job_id, job.attempt, part):
                break
        self._runner.finish(workspace, job_id)
