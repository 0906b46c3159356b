"""The command `twincast`: its subcommands and the modules they live in, none of which is loaded before it runs."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import click

from twincast import __version__

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "serve": ("twincast.entrypoints.cli.serve", "Start the HTTP service; its documentation is at /docs."),
    "worker": ("twincast.entrypoints.cli.worker", "Run jobs in a process of its own, on any machine."),
    "demo": ("twincast.entrypoints.cli.demo", "Show it on a real shop: predictions beside what really happened."),
    "twins": ("twincast.entrypoints.cli.twins", "Create, look at, compare, export and erase twins."),
    "import": ("twincast.entrypoints.cli.imports", "Bring customers in bulk from CSV, JSON lines or Parquet."),
    "test": ("twincast.entrypoints.cli.trials", "Ask a twin how it will answer one message."),
    "interact": ("twincast.entrypoints.cli.interactions", "Let a twin think about a message and answer it, in rounds."),
    "history": ("twincast.entrypoints.cli.histories", "Read what happened to a twin, or add to it."),
    "optimize": ("twincast.entrypoints.cli.optimizations", "Find the best message for one twin, within constraints."),
    "sequence": (
        "twincast.entrypoints.cli.sequences",
        "Plan several messages to one twin over time, and when to stop.",
    ),
    "compare": ("twincast.entrypoints.cli.comparisons", "Rank several messages for one twin, against sending nothing."),
    "batch": ("twincast.entrypoints.cli.filebatches", "Predict a file of customers x messages, file to file."),
    "batches": ("twincast.entrypoints.cli.batches", "Test messages on many stored twins, and look at what came of it."),
    "allocations": ("twincast.entrypoints.cli.allocations", "Allot offers to customers within a budget."),
    "sessions": ("twincast.entrypoints.cli.sessions", "Begin, mark, restore, end, export and import sessions."),
    "backtest": (
        "twincast.entrypoints.cli.backtests",
        "Lay predictions beside what really happened.",
    ),
    "prove": ("twincast.entrypoints.cli.proving", "Plan a test with real customers, and read what it shows."),
    "world": ("twincast.entrypoints.cli.worlds", "Make up customers with a known truth, to try everything on."),
    "segments": ("twincast.entrypoints.cli.segments", "Define segments of customers by rules, and see who belongs."),
    "extract": ("twincast.entrypoints.cli.extractions", "Read a session's results, and what they add up to."),
    "jobs": ("twincast.entrypoints.cli.jobs", "See how far long work is; cancel it, or begin it anew."),
    "webhooks": ("twincast.entrypoints.cli.webhooks", "Let addresses be told, with a signature, when jobs end."),
    "judge": ("twincast.entrypoints.cli.validations", "Say which predictions may be relied on."),
    "sensitivity": (
        "twincast.entrypoints.cli.sensitivity",
        "See on what a ranking hangs: wording, model, draw, twins too much alike.",
    ),
    "disclose": ("twincast.entrypoints.cli.disclosures", "Say what a study rests on: data, model, checks, limits."),
    "export": ("twincast.entrypoints.cli.exports", "Take results away as CSV, JSON or Parquet."),
    "templates": ("twincast.entrypoints.cli.templates", "List messages for common occasions, to be filled in."),
    "outcomes": ("twincast.entrypoints.cli.outcomes", "Bring in what customers really did, and look at it."),
    "learn": ("twincast.entrypoints.cli.learn", "Learn from what customers really did."),
    "calibration": ("twincast.entrypoints.cli.calibration", "See what was learned and how right it is."),
    "llm": (
        "twincast.entrypoints.cli.llm",
        "See what language models are sent and cost, and if they work.",
    ),
    "answers": ("twincast.entrypoints.cli.surveys", "Calibrate what twins say on scales by what people said."),
    "keys": ("twincast.entrypoints.cli.keys", "Create, list and revoke API keys."),
    "database": ("twincast.entrypoints.cli.database", "Copy a whole database, as from SQLite to PostgreSQL."),
    "audit": ("twincast.entrypoints.cli.audit", "See what was done, by whom and when."),
}
"""Name of a subcommand -> module that holds it (as `command`), and its line in the help."""

ALONE: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""One core for linear algebra, unless the environment says otherwise: only learning uses it, on matrices so small that
threads wait in a circle for each other, and for those that answer."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for; its help needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands that this installation has."""
        return [name for name, (module, _) in COMMANDS.items() if find_spec(module) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 unexpected, 2 usage, 3 invalid input, 4 not found, 5 conflict, 6 not allowed,"
    " 7 configuration, 8 database not reachable or full.",
)
@click.version_option(__version__, prog_name="twincast", message="%(prog)s %(version)s")
def cli() -> None:
    """Digital twins of customers that answer a message before it is sent."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code."""
    for name, threads in ALONE.items():
        os.environ.setdefault(name, threads)
    cli.main(args=None if arguments is None else list(arguments), prog_name="twincast")


if __name__ == "__main__":
    main(sys.argv[1:])
