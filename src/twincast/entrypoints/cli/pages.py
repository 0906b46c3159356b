"""What is printed for a reader: tables that fit 80 columns, paragraphs, and a progress bar on stderr."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from twincast.entrypoints.cli.options import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

WIDTH: Final = 80
MAX_BULLETS: Final = 8


def console() -> "Console":
    """Return the console of stdout; it is 80 columns wide where nobody says how wide it is."""
    from rich.console import Console

    on_terminal = sys.stdout.isatty()
    return Console(
        file=sys.stdout, width=None if on_terminal else WIDTH, highlight=False, markup=False, emoji=False,
        soft_wrap=False,
    )  # fmt: skip


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = (), title: str = "") -> None:
    """Print a table.

    Args:
        columns: its headings.
        rows: its cells, plain text: what comes from customers' data is shown and never obeyed.
        right: headings of the columns that are set to the right.
        title: a line above it.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    if title:
        say(title)
    grid = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        grid.add_column(Text(name), justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(clean(cell)) for cell in row))
    console().print(grid)


def say(text: str = "", *, indent: str = "", hanging: str = "") -> None:
    """Print paragraphs, wrapped to the width; lines after a paragraph's first begin with `hanging`."""
    wide = shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH
    for paragraph in clean(text).split("\n"):
        click.echo(textwrap.fill(paragraph, wide, initial_indent=indent, subsequent_indent=hanging or indent))


def bullets(title: str, lines: Sequence[str], *, most: int = MAX_BULLETS) -> None:
    """Print a titled list; nothing where it would be empty, and no more of it than a reader looks at."""
    if not lines:
        return
    say(f"\n{title}")
    for line in lines[:most]:
        say(line, indent="  - ", hanging="    ")
    if len(lines) > most:
        say(f"and {len(lines) - most} more: --json has them all", indent="    ")


@contextmanager
def progress(words: str) -> "Iterator[Callable[[int, int], None]]":
    """Show a bar on stderr while something long runs; yields what is to be told how much is done, of how much."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=not sys.stderr.isatty()) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
