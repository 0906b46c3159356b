"""What a language model was heard to say as features: standardised once, when a model is fitted, and frozen with it.

A language model is over-eager: with it there is hardly anybody who does not buy. So what it says never sets a level: a
signal is taken from its mean over what was heard before, among answers that were told the same decision (the model
repeats part of what it was told), in units of its spread there. One that is high for everybody is 0 for everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.signals import BUY, ENGAGE, LEAVE, SIGNALS, Heard

Array = NDArray[np.float64]
Index = NDArray[np.intp]

WIDTH: Final = 0.1
"""Prior sd of a signal's weight on the logit, around 0: outcomes decide; until they do it can hardly hurt."""
FEWEST: Final = 20
"""Answers from which a signal is standardised, and of one decision from which it has a mean of its own."""
FURTHEST: Final = 4.0
LEVELS: Final = 5
"""Decisions that a model may have been told of."""
MISSING: Final = "missing"

ASKED: Final[dict[str, str]] = {
    "open": ENGAGE,
    "click": ENGAGE,
    "reply": ENGAGE,
    "visit": ENGAGE,
    "share": ENGAGE,
    "redemption": BUY,
    "purchase": BUY,
    "unsubscribe": LEAVE,
}
"""Which question's answer speaks of a head; nothing is asked about staying a customer."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Signals:
    """a answers of language models about the twins of a batch of c cells.

    Attributes:
        heard: a answers.
        twin: (a,) row of the twin that each is about. What was heard of a customer, whatever the message, may speak of
            her without any; so answers about messages that are not in the batch may be here.
        of_cell: (c,) answer about each cell's own message; -1 where none was heard.
    """

    heard: tuple[Heard, ...]
    twin: Index
    of_cell: Index

    def part(self, where: slice | Index) -> "Signals":
        """Return what was heard of some of the cells; of the twins everything stays."""
        return replace(self, of_cell=self.of_cell[where])


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One signal and the figures it is standardised with.

    Attributes:
        signal: one of `SIGNALS`, or `MISSING`: whether nothing was heard of a cell.
        centres: mean by what the model was told, `LEVELS` of them; of `MISSING` its share.
        scale: spread around them.
    """

    signal: str
    centres: tuple[float, ...]
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Hearing:
    """What a model listens to: answers of one source, as its columns take them. Empty: to nothing."""

    source: str = ""
    columns: tuple[Column, ...] = ()

    def places(self, head: str, *, cell: bool) -> Index:
        """Return the columns that speak of a head: of its cells, or of its customers without any message."""
        asked = ASKED.get(head)
        return np.array(
            [
                place
                for place, column in enumerate(self.columns)
                if asked is not None
                and (column.signal.split(".")[0] == asked or (cell and column.signal == MISSING and self.hears(asked)))
            ],
            dtype=np.intp,
        )

    def hears(self, asked: str) -> bool:
        """Tell whether any signal answers a question."""
        return any(column.signal.split(".")[0] == asked for column in self.columns)


def hearing_of(signals: Signals | None, contact: NDArray[np.bool_]) -> Hearing:
    """Freeze what a model is to listen to: the source heard most often of the contacts of a batch.

    Args:
        signals: what was heard; contact: (c,) whether anything was sent.
    """
    if signals is None or not signals.heard:
        return Hearing()
    mine = signals.of_cell[contact & (signals.of_cell >= 0)]
    names = [signals.heard[place].source for place in mine.tolist()]
    if not names:
        return Hearing()
    source = max(sorted(set(names)), key=names.count)
    values, told = _raw([signals.heard[place] for place in mine.tolist()], source)
    columns = [found for place, name in enumerate(SIGNALS) if (found := _column(name, values[:, place], told))]
    heard = int((told >= 0).sum())
    missing = int(contact.sum()) - heard
    if columns and missing >= FEWEST:
        share = missing / (missing + heard)
        columns.append(Column(signal=MISSING, centres=(share,) * LEVELS))
    return Hearing(source=source, columns=tuple(columns)) if columns else Hearing()


def _column(name: str, values: Array, told: Index) -> Column | None:
    known = np.flatnonzero(~np.isnan(values))
    if len(known) < FEWEST:
        return None
    values, told = values[known], told[known]
    centres = [float(values[told == level].mean()) if (told == level).sum() >= FEWEST else np.nan for level in range(5)]
    whole = float(values.mean())
    means = np.where(np.isnan(centres), whole, centres)
    spread = float(np.sqrt(np.mean((values - means[told]) ** 2)))
    if not spread > 1e-9 * max(1.0, abs(whole)):
        return None
    return Column(signal=name, centres=tuple(means.tolist()), scale=spread)


def encode_signals(signals: Signals | None, hearing: Hearing, cells: int, twins: int) -> tuple[Array, Array]:
    """Return what was heard as features: of n customers, (n, K), and of c cells, (c, K); 0 stands for the average.

    A customer's are the mean over everything that was heard of her. Without contact `MISSING` is none.

    Args:
        signals: what was heard; None where nothing was.
        hearing: K columns.
        cells, twins: c and n.
    """
    if signals is None:
        nobody = np.zeros(0, dtype=np.intp)
        signals = Signals(heard=(), twin=nobody, of_cell=np.full(cells, -1, dtype=np.intp))
    table = _standard(signals.heard, hearing)
    known = ~np.isnan(table)
    filled = np.where(known, table, 0.0)
    customer, number = np.zeros((twins, table.shape[1])), np.zeros((twins, table.shape[1]))
    np.add.at(customer, signals.twin, filled)
    np.add.at(number, signals.twin, known)
    customer /= np.maximum(number, 1.0)
    cell = np.concatenate([filled, np.zeros((1, table.shape[1]))])[signals.of_cell]
    ours = np.array([it.source == hearing.source for it in signals.heard] + [False], dtype=np.bool_)
    for place, column in enumerate(hearing.columns):
        if column.signal == MISSING:
            customer[:, place] = 0.0
            cell[:, place] = np.where(ours[signals.of_cell], 0.0, 1.0) - column.centres[0]
    return customer, cell


def _standard(heard: Sequence[Heard], hearing: Hearing) -> Array:
    """Return standardised signals, (a, K); NaN where one was not heard."""
    values, told = _raw(heard, hearing.source)
    table = np.full((len(heard), len(hearing.columns)), np.nan)
    for place, column in enumerate(hearing.columns):
        if column.signal != MISSING:
            raw = values[:, SIGNALS.index(column.signal)]
            standard = (raw - np.array(column.centres)[told]) / column.scale
            table[:, place] = np.minimum(np.maximum(standard, -FURTHEST), FURTHEST)
    return table


def _raw(heard: Sequence[Heard], source: str) -> tuple[Array, Index]:
    """Return the signals of a source, (a, len(SIGNALS)), and what was told, -1 for an answer of another source."""
    values = np.full((len(heard), len(SIGNALS)), np.nan)
    told = np.full(len(heard), -1, dtype=np.intp)
    for row, it in enumerate(heard):
        if it.source == source:
            told[row] = min(max(it.told, 0), LEVELS - 1)
            values[row] = [it.values.get(name, np.nan) for name in SIGNALS]
    return values, told
