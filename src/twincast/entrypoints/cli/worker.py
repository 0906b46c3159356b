"""`twincast worker`: run jobs in this process, beside the service or on another machine."""

import logging
import os
import signal
import threading

import click

from twincast.entrypoints.cli.options import common, llm_option
from twincast.entrypoints.cli.refits import NICER


@click.command("worker")
@click.option("--name", metavar="NAME", help="Its name, kept over restarts and given to no other worker.")
@click.option("--beside", type=int, metavar="PID", hidden=True, help="Stand back behind this process, and end with it.")
@llm_option
@common
def command(name: str | None, beside: int | None, models: tuple[str, ...], database: str | None, as_json: bool) -> None:
    """Work on the jobs of a database until stopped. Any number of workers may, on any machines that reach it."""
    from twincast.bootstrap.settings import read_settings
    from twincast.bootstrap.workers import open_worker

    settings = read_settings(database=database, models=models)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    if beside is not None:
        os.nice(NICER)

    def goes_on(seconds: float) -> bool:
        return not stop.wait(seconds) and (beside is None or os.getppid() == beside)

    with open_worker(settings, name) as jobs:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        click.echo(f"The worker {jobs.name} waits for jobs. Ctrl+C stops it between two parts of a job.", err=True)
        jobs.work(goes_on)
