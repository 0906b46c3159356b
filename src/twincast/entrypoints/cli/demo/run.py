"""The demonstration itself: twins from records, the campaign tested on all of them, what happened, a few looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from twincast.domain.comparisons import Comparison
from twincast.domain.fields import COMPARISON_FIELDS
from twincast.domain.interventions import NO_CONTACT, Intervention
from twincast.domain.trials import Trial
from twincast.domain.twins import Twin, TwinProfile
from twincast.entrypoints.cli.demo.campaigns import choose, message_of
from twincast.entrypoints.cli.demo.households import Record, as_of, records_of, sample
from twincast.entrypoints.cli.demo.judging import Judgement, judge
from twincast.entrypoints.cli.demo.panel import Campaign, Panel
from twincast.usecases import comparisons, predictions, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.predictions import PredictionTable

FIELDS: Final = ("will_engage", "will_purchase", "purchase_amount")
STEPS: Final = 6
WEEK: Final = 7
NOTHING: Final = Intervention(type=NO_CONTACT, response="redemption")
"""Sending nothing, judged by the same response as the campaign: nobody redeems a coupon that was never sent."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Closer:
    """One household in detail: why it was picked, its twin, what the test said, and whether it then redeemed."""

    why: str
    twin: Twin
    profile: TwinProfile
    trial: Trial
    redeemed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Mean:
    """The mean over all households of a field with the campaign, and with nothing sent."""

    field: str
    contacted: float
    nothing: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Demonstration:
    """Everything that is shown."""

    campaign: Campaign
    message: Intervention
    twins: int
    means: Sequence[Mean]
    table: PredictionTable
    judgement: Judgement
    closer: Sequence[Closer]
    comparison: Comparison


def run(ctx: Context, number: int | None, count: int | None, told: Progress) -> Demonstration:
    """Run the demonstration.

    Args:
        ctx: where the twins are kept.
        number: of the campaign; None for the one of the rule.
        count: how many of its households; None for all.
        told: how far it is.
    """
    told(0, STEPS)
    panel = Panel()
    campaign = choose(panel, number)
    message = message_of(panel, campaign)
    households = sample(campaign, count)
    records = records_of(panel, campaign, households)
    told(1, STEPS)
    saved = twins.save_many(ctx, records, as_of=as_of(campaign))
    told(2, STEPS)
    table = predictions.predict(
        ctx, saved.twin_ids, {"campaign": message, "nothing": NOTHING},
        fields=FIELDS, as_of=campaign.starts, horizon_days=campaign.days,
    )  # fmt: skip
    told(3, STEPS)
    redeemers = panel.redeemers(campaign)
    redeemed = np.array([it in redeemers for it in households])
    predicted = table.columns["will_engage"].value[0::2]
    judgement = judge(predicted, redeemed, records)
    told(4, STEPS)
    order = np.argsort(-predicted, kind="stable").tolist()
    picked = {"highest": order[0], "middle": order[len(order) // 2], "lowest": order[-1]}
    closer = [
        _look(ctx, campaign, message, saved.twin_ids[place], f"the {word} prediction of all", bool(redeemed[place]))
        for word, place in picked.items()
    ]
    told(5, STEPS)
    comparison = _compare(ctx, campaign, records[picked["middle"]], saved.twin_ids[picked["middle"]])
    told(6, STEPS)
    return Demonstration(
        campaign=campaign,
        message=message,
        twins=len(saved.twin_ids),
        means=[_mean(table, field) for field in FIELDS],
        table=table,
        judgement=judgement,
        closer=closer,
        comparison=comparison,
    )


def _mean(table: PredictionTable, field: str) -> Mean:
    values = table.columns[field].value
    return Mean(field=field, contacted=float(values[0::2].mean()), nothing=float(values[1::2].mean()))


def _look(ctx: Context, campaign: Campaign, message: Intervention, twin_id: str, why: str, redeemed: bool) -> Closer:
    request = trials.TrialRequest(
        twin=twin_id, intervention=message, predict=FIELDS, as_of=campaign.starts, horizon_days=campaign.days
    )
    twin = twins.get(ctx, twin_id)
    return Closer(
        why=why, twin=twin, profile=twins.profile(ctx, twin), trial=trials.run(ctx, request), redeemed=redeemed
    )


def messages_for(record: Record) -> dict[str, str]:
    """Return three messages about what a household buys most."""
    bought: list[Any] = [*record["history"]["categories_past_12_months"], "groceries", "groceries"]
    return {
        "discount": f"20% off {bought[0]} this week only",
        "bundle": f"Buy 2, get 1 free: {bought[1]}",
        "thanks": f"Thank you for shopping with us. New in store: {bought[0]} that we think you will like",
    }


def _compare(ctx: Context, campaign: Campaign, record: Record, twin_id: str) -> Comparison:
    variants = tuple(
        comparisons.Variant(
            id=name,
            intervention=Intervention(
                id=name, type="promotional_offer", channel="mail", content=text, response="visit"
            ),
        )
        for name, text in messages_for(record).items()
    )
    request = comparisons.ComparisonRequest(
        twin=twin_id, variants=variants, predict=COMPARISON_FIELDS, rank_by="engagement_rate", include_no_contact=True,
        horizon_days=WEEK, as_of=campaign.starts,
    )  # fmt: skip
    return comparisons.run(ctx, request)
