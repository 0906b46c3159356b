"""Which campaign is shown, by a rule that knows no outcome, and the message it is."""

from datetime import date, timedelta
from typing import Final

import polars as pl

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.interventions import Intervention
from twincast.entrypoints.cli.demo.panel import Campaign, Panel

CUT: Final = date(2017, 9, 1)
"""Campaigns that began on this day or later are kept for judging and never shown."""
HISTORY: Final = timedelta(days=84)
RULE: Final = (
    "the one with most recipients of those that ended before September 2017 and began with at least 12 weeks of "
    "purchases on record; the rule looks at no outcome"
)
NAMED: Final = 6
"""Categories that the message names."""


def choose(panel: Panel, number: int | None = None) -> Campaign:
    """Return the campaign to show: by the rule, or the one asked for.

    Raises:
        InvalidInput: there is no such campaign, it is kept for judging, or it began before the purchases did.
    """
    first = panel.first_day()
    everything = panel.campaigns()
    if number is None:
        fit = [it for it in everything if it.ends < CUT and it.starts >= first + HISTORY]
        return max(fit, key=lambda it: (len(it.households), -it.id))
    shown = [it for it in everything if it.starts < CUT and it.starts > first]
    found = next((it for it in shown if it.id == number), None)
    if found is None:
        allowed = "one of " + ", ".join(str(it.id) for it in sorted(shown, key=lambda it: it.id))
        raise InvalidInput.of([FieldProblem(field="--campaign", message=f"{number} can not be shown", allowed=allowed)])
    return found


def message_of(panel: Panel, campaign: Campaign) -> Intervention:
    """Return the campaign as an intervention: the publisher gives no text, so it is made from its list of coupons."""
    coupons = couponed(panel, campaign)
    named = ", ".join(name.lower() for name in _chiefly(panel, coupons))
    return Intervention(
        id=f"campaign_{campaign.id}",
        type="coupon_campaign",
        channel="direct_marketing",
        content=f"Coupon campaign (Type {campaign.kind}): {coupons['coupon_upc'].n_unique()} coupon(s) covering "
        f"{coupons['product_id'].n_unique()} products, chiefly {named}",
        timing=campaign.starts.isoformat(),
    )


def couponed(panel: Panel, campaign: Campaign) -> pl.DataFrame:
    """Return coupon and product of every coupon of a campaign."""
    return panel.table("coupons").filter(pl.col("campaign_id") == campaign.id).select("coupon_upc", "product_id")


def _chiefly(panel: Panel, coupons: pl.DataFrame) -> list[str]:
    """Return the categories of most couponed products."""
    products = coupons.select("product_id").unique().join(panel.table("products"), on="product_id")
    counted = products.drop_nulls("product_category").group_by("product_category").len()
    return counted.sort(["len", "product_category"], descending=[True, False])["product_category"].head(NAMED).to_list()
