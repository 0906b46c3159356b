"""One option or none for each of many people, where money and places are short: linear programs, then branching.

A multiple-choice knapsack problem with several resources (Kellerer, Pferschy and Pisinger 2004, chapter 11). Given a
price for each resource, everybody's best option can be told alone; the prices are the duals of the linear relaxation,
which HiGHS solves. Where people are many, only those who are close to indifferent at the prices are left to the
solver, and what all of it could bring at most is known by duality (Geoffrion 1974): the gap to the optimum is stated.
"""

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from twincast.stats.streams import stream

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

CORE: Final = 6_000
"""Kinds of people that one linear program decides about; the others are far from indifferent at the prices."""
BRANCHED: Final = 200
"""Kinds of people whose options are made whole by branching: all where there are so few, and that is exact."""
NODES: Final = 150
"""Linear programs solved in branching, at most; a count and not a time, so that equal problems give equal answers."""
ROUNDS: Final = 30
TOLERANCE: Final = 1e-9
"""Relative: gaps up to it are none, and a resource is not exceeded up to it (a millionth of a cent of 10,000)."""
WHOLE: Final = 1e-6
"""How near to a whole number a solution of a linear program must lie to be one."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Solution:
    """Who gets what.

    Attributes:
        choice: (n,) the option of each person, -1 for none.
        value: what all of it brings.
        bound: what no choice could exceed; `gap` is how far below it `value` may be from the best, relative.
        prices: (r,) what one unit more of each resource would bring, by the linear relaxation; 0 where it is not short.
    """

    choice: Index
    value: float
    bound: float
    prices: Array

    @property
    def gap(self) -> float:
        """Return the share of the bound by which the value may fall short of the best."""
        return max(self.bound - self.value, 0.0) / self.bound if self.bound > 0.0 else 0.0


def allocate(gain: Array, use: Array, limits: Array, *, nodes: int = NODES) -> Solution:
    """Choose at most one option for everybody, so that the sum of gains is greatest and no limit is exceeded.

    Args:
        gain: (n, k) what an option brings; -inf where it may not be chosen. One that brings nothing is never chosen.
        use: (r, n, k) what it takes of each resource, 0 or more.
        limits: (r,) what there is of each, 0 or more.
        nodes: linear programs solved in branching, at most; 1 is rounding alone.
    """
    people, kind = _kinds(gain, use)
    short = _Short(gain=gain[people], use=use[:, people], count=np.bincount(kind, minlength=len(people)), limits=limits)
    relaxed = short.relaxed()
    taken = short.whole(relaxed, nodes)
    value = float((taken * short.worth).sum())
    return Solution(
        choice=_dealt(taken, short.count, kind),
        value=value,
        bound=max(short.bound(relaxed.prices), value),
        prices=relaxed.prices,
    )


def _kinds(gain: Array, use: Array) -> tuple[Index, Index]:
    """Return one person of each kind, and each person's kind: of a kind are those for whom all numbers are equal.

    Records that say little make many such people, all of them exactly as close to indifferent as the others.
    """
    rows = np.concatenate([gain, *use], axis=1) + 0.0
    bits = np.ascontiguousarray(rows).view(np.uint64)
    factors = stream(0, "kinds").integers(1, 2**63, size=bits.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    _, people, kind = np.unique((bits * factors).sum(axis=1), return_index=True, return_inverse=True)
    if not np.array_equal(bits[people][kind], bits):  # two kinds share a digest: nobody is put together
        return np.arange(len(gain)), np.arange(len(gain))
    return people, kind.ravel()


def _dealt(taken: Index, count: Index, kind: Index) -> Index:
    """Return each person's option, given how many of each kind get which, (c, k); the first of a kind come first."""
    kinds, options = taken.shape
    each = np.column_stack([taken, count - taken.sum(axis=1)])
    choice = np.empty(len(kind), dtype=np.intp)
    choice[np.argsort(kind, kind="stable")] = np.repeat(np.tile([*range(options), -1], kinds), each.ravel())
    return choice


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Relaxed:
    """A solution of the linear relaxation: value, prices, and how many of each kind get which option, (c, k)."""

    value: float
    prices: Array
    taken: Array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Short:
    """c kinds of people, `count` of each, and what there is for them."""

    gain: Array
    use: Array
    count: Index
    limits: Array

    @property
    def worth(self) -> Array:
        """Return the gains, 0 where an option may not be chosen."""
        return np.where(np.isfinite(self.gain), self.gain, 0.0)

    def part(self, rows: Index, limits: Array) -> "_Short":
        """Return some of the kinds, and what there is for them."""
        return _Short(gain=self.gain[rows], use=self.use[:, rows], count=self.count[rows], limits=limits)

    def net(self, prices: Array) -> Array:
        """Return what each option brings beyond what it costs at some prices, (c, k)."""
        return np.where(self.gain > 0.0, self.gain - np.tensordot(prices, self.use, axes=1), -np.inf)

    def at(self, prices: Array) -> tuple[Index, Array]:
        """Return each kind's best option at some prices, -1 for none, and its lead over the second best, (c,)."""
        all_of = np.column_stack([np.zeros(len(self.gain)), self.net(prices)])
        top = np.partition(all_of, -2, axis=1)
        return all_of.argmax(axis=1) - 1, top[:, -1] - top[:, -2]

    def bound(self, prices: Array) -> float:
        """Return what no choice can exceed, by any prices (weak duality)."""
        best = np.maximum(self.net(prices).max(axis=1, initial=0.0), 0.0)
        return float(prices @ self.limits + (self.count * best).sum())

    def taken(self, best: Index) -> Array:
        """Return how many of each kind get which option, (c, k), when all of a kind get the same."""
        found = np.zeros(self.gain.shape)
        rows = np.flatnonzero(best >= 0)
        found[rows, best[rows]] = self.count[rows]
        return found

    def left(self, taken: Array) -> Array:
        """Return what is left of each resource; 0 for what is exceeded by no more than the tolerance."""
        found: Array = self.limits - np.tensordot(self.use, taken, axes=([1, 2], [0, 1]))
        return np.where(np.abs(found) <= TOLERANCE * self.limits, 0.0, found)

    def relaxed(self) -> _Relaxed:
        """Return the linear relaxation: of all kinds at once, or of ever closer looks at the margin."""
        kinds = len(self.gain)
        if not len(self.limits) or kinds <= CORE:
            return self._around(np.arange(kinds), np.zeros(len(self.limits)))
        some = np.linspace(0, kinds - 1, CORE // 2).round().astype(np.intp)
        sample = self.part(some, self.limits * (self.count[some].sum() / self.count.sum()))
        prices, size = sample.relaxed().prices, CORE
        best = self._around(self._closest(prices, size), prices)
        for _ in range(ROUNDS):
            if best.value >= self.bound(best.prices) * (1.0 - TOLERANCE):
                break
            found = self._around(self._closest(best.prices, size), best.prices)
            if self.bound(found.prices) < self.bound(best.prices):
                best = found
            else:
                size *= 2
        return best

    def _closest(self, prices: Array, size: int) -> Index:
        """Return the kinds closest to indifferent: so many, and as many more as it takes to keep within the limits."""
        best, margin = self.at(prices)
        order = np.argsort(margin, kind="stable")
        while size < len(order):
            far = best.copy()
            far[order[:size]] = -1
            if (self.left(self.taken(far)) >= 0.0).all():
                break
            size *= 2
        return np.sort(order[:size])

    def _around(self, core: Index, prices: Array) -> _Relaxed:
        """Return the relaxation when all but a core get their best at some prices."""
        best = self.at(prices)[0]
        best[core] = -1
        taken = self.taken(best)
        program = _Program(self.part(core, self.left(taken)))
        solved = program.solve(program.lowest, program.highest)
        if solved is not None:
            taken[core] = program.spread(solved.taken)
        duals = prices if solved is None else solved.prices
        return _Relaxed(value=float((taken * self.worth).sum()), prices=duals, taken=taken)

    def whole(self, relaxed: _Relaxed, nodes: int) -> Index:
        """Return how many of each kind get which option: as in the relaxation, and by branching near the margin."""
        margin = self.at(relaxed.prices)[1]
        broken = np.abs(relaxed.taken - relaxed.taken.round()).max(axis=1, initial=0.0) > WHOLE
        core = np.sort(np.lexsort([margin, ~broken])[:BRANCHED])
        taken = relaxed.taken.round()
        taken[core] = 0.0
        program = _Program(self.part(core, self.left(taken)))
        taken[core] = program.spread(_branched(program, nodes))
        return taken.astype(np.intp)


class _Program:
    """The linear relaxation for some kinds of people: a variable for each option that brings something."""

    def __init__(self, short: _Short) -> None:
        self.short = short
        self.kind, self.option = np.nonzero(short.gain > 0.0)
        self.gain = short.gain[self.kind, self.option]
        self.use = short.use[:, self.kind, self.option]
        self.lowest = np.zeros(len(self.gain))
        self.highest = short.count[self.kind].astype(np.float64)
        variables = np.arange(len(self.gain))
        shape = (len(short.gain), len(self.gain))
        one_each = csr_array((np.ones(len(variables)), (self.kind, variables)), shape=shape)
        self._rows: Any = vstack([csr_array(self.use), one_each]) if len(self.use) else one_each

    def solve(self, lowest: Array, highest: Array) -> _Relaxed | None:
        """Return the solution within bounds of the variables, `taken` as one number each; None where there is none."""
        resources = len(self.short.limits)
        if not len(self.gain):
            return _Relaxed(value=0.0, prices=np.zeros(resources), taken=self.lowest)
        most = np.concatenate([self.short.limits, self.short.count])
        bounds: Any = np.column_stack([lowest, highest])  # sparse rows and an array of bounds: more than the types say
        solved = linprog(-self.gain, A_ub=self._rows, b_ub=most, bounds=bounds, method="highs")
        if solved.x is None:
            return None
        prices = np.maximum(-solved.ineqlin.marginals[:resources], 0.0)
        return _Relaxed(value=float(self.gain @ solved.x), prices=prices, taken=np.asarray(solved.x))

    def spread(self, taken: Array) -> Array:
        """Return the variables as a table of kinds and options, (c, k)."""
        found = np.zeros(self.short.gain.shape)
        found[self.kind, self.option] = taken
        return found

    def completed(self, found: Array) -> Array:
        """Return a whole choice near a fractional one: what is whole of it, and what else fits, the best first."""
        taken = np.floor(found + WHOLE)
        left = self.short.limits * (1.0 + TOLERANCE) - self.use @ taken
        free = self.short.count - np.bincount(self.kind, weights=taken, minlength=len(self.short.count))
        for column in np.argsort(-self.gain, kind="stable").tolist():
            needs = self.use[:, column]
            room = min((left[needs > 0.0] / needs[needs > 0.0]).min(initial=np.inf), free[self.kind[column]])
            if room >= 1.0:
                taken[column] += np.floor(room)
                left -= needs * np.floor(room)
                free[self.kind[column]] -= np.floor(room)
        return taken if (left >= 0.0).all() else np.zeros_like(taken)


def _branched(program: _Program, nodes: int) -> Array:
    """Return how often each variable is taken, whole: the best there is, or the best of many nodes."""
    best, taken = 0.0, np.zeros(len(program.gain))
    open_nodes: list[tuple[float, int, Array, Array, Array]] = []

    def look(lowest: Array, highest: Array, number: int) -> None:
        nonlocal best, taken
        solved = program.solve(lowest, highest)
        if solved is None:
            return
        tried = program.completed(solved.taken)
        worth = float(program.gain @ tried)
        if worth > best:
            best, taken = worth, tried
        if solved.value > best * (1.0 + TOLERANCE):
            heappush(open_nodes, (-solved.value, number, solved.taken, lowest, highest))

    look(program.lowest, program.highest, 0)
    looked = 1
    while open_nodes and looked < nodes:
        bound, _, found, lowest, highest = heappop(open_nodes)
        part = np.abs(found - found.round())
        column = int(part.argmax())
        if -bound <= best * (1.0 + TOLERANCE) or part[column] <= WHOLE:
            continue
        for low, high in ((lowest[column], np.floor(found[column])), (np.ceil(found[column]), highest[column])):
            lows, highs = lowest.copy(), highest.copy()
            lows[column], highs[column] = low, high
            looked += 1
            look(lows, highs, looked)
    return taken
