"""`twincast serve`: start the HTTP service in this process. The only command that names another door."""

import socket
from collections.abc import Callable
from ipaddress import ip_address
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Final

import click

from twincast.domain.errors import Misconfigured
from twincast.entrypoints.cli.options import common, llm_option
from twincast.entrypoints.cli.refits import beside
from twincast.entrypoints.cli.staff import staffed

if TYPE_CHECKING:
    import uvicorn

    from twincast.bootstrap.settings import Settings

APP: Final = "twincast.entrypoints.http.app:create_app"
REFIT_HELP: Final = "Learn in a process of its own once N outcomes came in; 0: never, only when it is asked for."

WORKERS_HELP: Final = "Processes beside the service that run its jobs; 0 where `twincast worker` runs elsewhere."


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need an API key.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--refit-after", type=click.IntRange(min=0), default=0, metavar="N", help=REFIT_HELP)
@click.option("--workers", type=click.IntRange(min=0), default=1, show_default=True, metavar="N", help=WORKERS_HELP)
@llm_option
@common
def command(
    host: str, port: int, refit_after: int, workers: int, models: tuple[str, ...], database: str | None, as_json: bool
) -> None:
    """Start the HTTP service; its documentation is at /docs."""
    from twincast.bootstrap.settings import read_settings

    settings = read_settings(database=database, host=host, port=port, models=models)
    listening = _listen(host, port)
    with (
        beside(settings.database, refit_after),
        staffed(settings, listening.getsockname()[1], workers) as begin,
    ):
        _server(settings, listening, begin).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is started. Raises Misconfigured where it can not be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        words = (error.strerror or str(error)).lower()
        raise Misconfigured(f"Can not listen on {host}:{port}: {words}. Choose another --port or --host.") from None
    return listening


def _server(settings: "Settings", listening: socket.socket, begin: Callable[[], None]) -> "uvicorn.Server":
    """Return the server; once it answers it says where it is, and lets the workers begin."""
    import uvicorn

    class Announced(uvicorn.Server):
        """Prints the address when the application has started."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                url = f"http://{shown_host(settings.host)}:{listening.getsockname()[1]}"
                click.echo(f"Twincast answers at {url} (documentation: {url}/docs). Ctrl+C stops it.", err=True)
                begin()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            made[0].state.door.is_closing = True  # whoever watches a job would otherwise be waited for
            await super().shutdown(sockets)

    made: list[Any] = []

    def app() -> Any:
        made.append(resolve_name(APP)(settings))  # named, not imported: no door imports another
        return made[0]

    return Announced(uvicorn.Config(app, factory=True, access_log=False, log_level="warning"))


def shown_host(host: str) -> str:
    """Return a host as a browser on this machine can open it."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "localhost"
    return f"[{host}]" if address.version == 6 else host
