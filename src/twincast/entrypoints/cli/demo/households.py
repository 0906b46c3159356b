"""Households as customer records in the shape of the API: only what was on file the day before a campaign began."""

from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

import polars as pl

from twincast.entrypoints.cli.demo.campaigns import couponed
from twincast.entrypoints.cli.demo.panel import Campaign, Panel

Record = dict[str, Any]
CATEGORIES: Final = 20
"""Categories a record names at most."""
MONTH: Final = 30.4375


def sample(campaign: Campaign, count: int | None) -> tuple[int, ...]:
    """Return the recipients, or some of them, drawn by a hash of their number alone."""
    if count is None or count >= len(campaign.households):
        return campaign.households
    drawn = sorted(campaign.households, key=lambda it: sha256(f"demo:{it}".encode()).digest())
    return tuple(sorted(drawn[:count]))


def records_of(panel: Panel, campaign: Campaign, households: tuple[int, ...]) -> list[Record]:
    """Return one record a household, in their order, as known the day before the campaign began.

    Every table is cut at the campaign's first day before anything is counted: neither this campaign nor anything
    later can be seen in a record.
    """
    lines = panel.purchases_before(campaign.starts, households)
    known = _counts(panel, campaign, lines)
    trips = _trips(lines)
    bought = _categories(panel, lines)
    people = {row["household_id"]: row for row in panel.table("demographics").iter_rows(named=True)}
    return [
        _record(it, campaign, trips.get(it, []), known.get(it, {}), bought.get(it, []), people.get(it, {}))
        for it in households
    ]


def _record(
    household: int,
    campaign: Campaign,
    trips: list[Record],
    known: Mapping[str, int],
    categories: list[str],
    person: Mapping[str, Any],
) -> Record:
    starts = campaign.starts
    spent = [(date.fromisoformat(trip["date"]), trip["amount"]) for trip in trips]
    total = round(sum(amount for _, amount in spent), 2)
    age = (starts - spent[0][0]).days if spent else 0
    recent = sum(day >= starts - timedelta(days=28) for day, _ in spent)
    redeemed, received = known.get("campaigns_redeemed", 0), known.get("campaigns_received", 0)
    products = known.get("couponed_products_bought_before", 0)
    return {
        "customer_id": f"household-{household}",
        "profile": _profile(person),
        "behavioral_data": {
            "purchase_frequency": round(len(trips) / max(age, 1) * MONTH, 2) if trips else None,
            "average_order_value": round(total / len(trips), 2) if trips else None,
            "lifetime_value": total,
            "preferred_channels": ["store"],
        },
        "history": {
            "customer_since": trips[0]["date"] if trips else None,
            "total_purchases": len(trips),
            "days_since_last_purchase": (as_of(campaign) - spent[-1][0]).days if spent else None,
            "campaigns_received": received,
            "campaigns_redeemed": redeemed,
            "coupons_redeemed": known.get("coupons_redeemed", 0),
            "couponed_products_bought_before": products,
            "couponed_trips_past_84_days": known.get("couponed_trips_past_84_days", 0),
            "spend_past_28_days": _since(spent, starts - timedelta(days=28)),
            "spend_past_84_days": _since(spent, starts - timedelta(days=84)),
            "categories_past_12_months": categories,
            "transactions": trips,
        },
        "psychographic_traits": [],
        "context": f"Grocery household, as known on {as_of(campaign)}: {recent} store trips in the past 4 weeks; "
        f"redeemed coupons in {redeemed} of {received} earlier campaigns; has bought {products} of the couponed "
        "products before.",
    }


def as_of(campaign: Campaign) -> date:
    """Return the day the records speak of: the day before the campaign began."""
    return campaign.starts - timedelta(days=1)


def _profile(person: Mapping[str, Any]) -> Record:
    size = f"household of {person['household_size']}" if person.get("household_size") else None
    family = [person.get("marital_status"), person.get("household_comp"), size, person.get("home_ownership")]
    return {
        "age": person.get("age"),
        "income_bracket": person.get("income"),
        "family_status": "; ".join(part for part in family if part) or None,
    }


def _since(spent: list[tuple[date, float]], first: date) -> float:
    return round(sum(amount for day, amount in spent if day >= first), 2)


def _trips(lines: pl.DataFrame) -> dict[int, list[Record]]:
    """Return each household's baskets, oldest first; items are lines, since fuel is counted by volume."""
    baskets = (
        lines.group_by("household_id", "basket_id")
        .agg(
            pl.col("day").min(),
            pl.col("sales_value").sum().round(2).alias("amount"),
            pl.len().alias("items"),
            pl.col("coupon_disc").sum().round(2).alias("coupon_discount"),
        )
        .sort("household_id", "day", "basket_id")
    )
    found: dict[int, list[Record]] = {}
    for row in baskets.iter_rows(named=True):
        trip = {name: row[name] for name in ("amount", "items", "coupon_discount")}
        found.setdefault(row["household_id"], []).append({"date": row["day"].isoformat(), **trip})
    return found


def _categories(panel: Panel, lines: pl.DataFrame) -> dict[int, list[str]]:
    """Return the categories each household bought, those with most spent on them first."""
    named = lines.join(panel.table("products").select("product_id", "product_category"), on="product_id")
    spent = (
        named.drop_nulls("product_category")
        .group_by("household_id", "product_category")
        .agg(pl.col("sales_value").sum())
    )
    ranked = spent.sort(["household_id", "sales_value", "product_category"], descending=[False, True, False])
    top = ranked.group_by("household_id", maintain_order=True).agg(pl.col("product_category").head(CATEGORIES))
    return {row[0]: [name.lower() for name in row[1]] for row in top.iter_rows()}


def _counts(panel: Panel, campaign: Campaign, lines: pl.DataFrame) -> dict[int, dict[str, int]]:
    """Return earlier campaigns, redemptions and purchases of this campaign's products, by household."""
    began = panel.table("campaign_descriptions").filter(pl.col("start_date").dt.date() < campaign.starts)
    received = panel.table("campaigns").join(began, on="campaign_id").unique(["household_id", "campaign_id"])
    redeemed = panel.table("coupon_redemptions").filter(pl.col("redemption_date").dt.date() < campaign.starts)
    ours = lines.join(couponed(panel, campaign).select("product_id").unique(), on="product_id")
    lately = ours.filter(pl.col("day") >= campaign.starts - timedelta(days=84))
    return _joined(
        campaigns_received=received.group_by("household_id").len(),
        campaigns_redeemed=redeemed.unique(["household_id", "campaign_id"]).group_by("household_id").len(),
        coupons_redeemed=redeemed.group_by("household_id").len(),
        couponed_products_bought_before=ours.unique(["household_id", "product_id"]).group_by("household_id").len(),
        couponed_trips_past_84_days=lately.unique(["household_id", "basket_id"]).group_by("household_id").len(),
    )


def _joined(**counts: pl.DataFrame) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for name, frame in counts.items():
        for household, count in frame.select("household_id", "len").iter_rows():
            found.setdefault(household, {})[name] = count
    return found
