"""What `Twincast.world` answers: a synthetic world as records or frames, with its truth beside it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.world.making import MOST_CUSTOMERS, NAMES, Options, World, make

if TYPE_CHECKING:
    import pandas
    import polars


class SyntheticWorld:
    """Contacts of synthetic customers, a row each: made up by a stated process, and no real person among them.

    Columns: what was on record the day before the contact, `intervention` (what was sent; `none` is nothing),
    `sent_on`, `randomised` and `propensity`, and what happened within `window_days`: `outcomes`.

    Attributes:
        columns: names of all columns.
        outcomes: names of those that only time could tell.
        interventions: what was sent, by name, as `predict` and `backtest` take it.
        window_days: days after the contact within which outcomes count.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.columns = tuple(world.columns)
        self.outcomes = world.outcomes
        self.interventions: Mapping[str, dict[str, Any] | None] = world.interventions
        self.window_days = world.window_days

    def __len__(self) -> int:
        return len(self._world)

    def records(self) -> list[dict[str, Any]]:
        """Return the customers as records in the shape of the API, as of the day of their contact."""
        return self._world.records()

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict a contact, with the columns of `columns`."""
        columns = self._world.columns
        return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]

    def to_pandas(self) -> "pandas.DataFrame":
        """Return the contacts as a frame of pandas. Needs `pip install twincast[notebook]`."""
        import pandas

        return pandas.DataFrame(dict(self._world.columns))

    def to_polars(self) -> "polars.DataFrame":
        """Return the contacts as a frame of polars."""
        import polars

        return polars.DataFrame(dict(self._world.columns), strict=False)

    def truth(self) -> dict[str, Any]:
        """Return the true probabilities, which no real table has, as arrays by name in the order of the rows.

        `visit`, `purchase` and `click` under what was sent; `visit_none` and `purchase_none` had nothing been sent; and
        `uplift_...` of each message on P(purchase).
        """
        return dict(self._world.truth)

    def __repr__(self) -> str:
        made = self._world.options
        return f"<SyntheticWorld: {len(self):,} contacts, {made.kind!r}, seed {made.seed}: no real people>"


def made(*, customers: int, kind: str, drift: float, confounding: float, seed: int) -> SyntheticWorld:
    """Make a world. Raises InvalidInput, naming the option and what is allowed."""
    checks = (
        ("customers", customers, 10 <= customers <= MOST_CUSTOMERS, f"10 to {MOST_CUSTOMERS:,}"),
        ("kind", kind, kind in NAMES, ", ".join(NAMES)),
        ("drift", drift, abs(drift) <= 5.0, "-5 to 5"),
        ("confounding", confounding, 0.0 <= confounding <= 5.0, "0 to 5"),
    )
    problems = [
        FieldProblem(field=name, message=f"{str(value)[:40]!r} is out of range", allowed=allowed)
        for name, value, right, allowed in checks
        if not right
    ]
    if problems:
        raise InvalidInput.of(problems)
    return SyntheticWorld(
        make(Options(customers=customers, kind=kind, drift=drift, confounding=confounding, seed=seed))
    )
