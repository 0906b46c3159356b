"""The demonstration for a reader: tables that fit 80 columns, and plain words about what they do not show."""

from typing import Final

from twincast.domain.fields import BY_NAME
from twincast.domain.predictions import Contribution
from twincast.entrypoints.cli.answers import print_comparison
from twincast.entrypoints.cli.demo.campaigns import RULE
from twincast.entrypoints.cli.demo.judging import Judgement
from twincast.entrypoints.cli.demo.run import Closer, Demonstration
from twincast.entrypoints.cli.figures import ends_of, no_contact_of, number, signed, value_of
from twincast.entrypoints.cli.pages import say, table
from twincast.stats.scoring import Score

CLOSE: Final = 1.25
"""A mean prediction within this factor of what happened is about right."""
PARTS: Final = 6
"""Largest parts of a prediction that are shown."""
MEANING: Final = {
    "will_engage": "P(redeems a coupon of it)",
    "will_purchase": "P(at least one order)",
    "purchase_amount": "value of an order",
}


def print_demonstration(shown: Demonstration, chosen: bool, database: str | None) -> None:
    """Print everything, in the order in which a reader would ask.

    Args:
        shown: what there is.
        chosen: whether somebody asked for this very campaign.
        database: where the twins were kept; None for in memory.
    """
    _campaign(shown, chosen)
    _against_nothing(shown)
    _outcome(shown)
    for place, closer in enumerate(shown.closer, start=1):
        _household(closer, place, shown.comparison.currency)
    _heading("Three messages for one household")
    middle = next((it for it in shown.closer if it.twin.id == shown.comparison.twin_id), None)
    if middle is not None:
        say(f"{middle.twin.customer_id}, {middle.why}. It engages if it visits the store within a week.\n")
    for ranking in shown.comparison.rankings:
        content = ranking.answer.intervention.intervention.content
        say(f"{ranking.variant_id}: {content or 'nothing is sent'}", indent="  ", hanging="      ")
    say()
    print_comparison(shown.comparison)
    _onwards(database)


def _heading(text: str) -> None:
    say(f"\n{text}\n{'-' * len(text)}")


def _campaign(shown: Demonstration, chosen: bool) -> None:
    campaign = shown.campaign
    _heading(f"A real campaign: {campaign.starts} to {campaign.ends}")
    say(
        f"Campaign {campaign.id} (type {campaign.kind}) of The Complete Journey, a year of real grocery purchases "
        f"published by 84.51°: {len(campaign.households):,} households got it, {shown.twins:,} are shown."
    )
    say("You asked for this one." if chosen else f"It is {RULE}.")
    say(f'The message, made from its list of coupons: "{shown.message.content}"')
    say(
        "Each household has a twin, made only from what was on file the day before: trips, spending, earlier campaigns "
        "and coupons, demographics where there are any. No outcome of any campaign was used to fit anything."
    )


def _against_nothing(shown: Demonstration) -> None:
    _heading("Predicted, against sending nothing")
    currency = shown.comparison.currency
    rows = []
    for mean in shown.means:
        kind = BY_NAME[mean.field].kind
        rows.append([
            MEANING[mean.field],
            number(mean.contacted, kind, currency),
            number(mean.nothing, kind, currency),
            f"{(mean.contacted - mean.nothing) * 100:+.1f} pts"
            if kind == "probability"
            else signed(mean.contacted - mean.nothing, kind, currency),
        ])  # fmt: skip
    columns = ["mean of all households", "campaign", "nothing", "difference"]
    table(columns, rows, right=columns[1:])
    say(
        f"Within the {shown.campaign.days} days of the campaign. The retailer chose who got it, so the difference can "
        "not be checked on these data; redemption can, and that is next."
    )


def _outcome(shown: Demonstration) -> None:
    found = shown.judgement
    _heading("What really happened")
    rows = [
        [
            f"{place}",
            f"{it.count}",
            f"{it.predicted * 100:.1f} %",
            f"{it.observed * 100:.1f} %",
            f"{it.events}",
            _bar(it.observed, found),
        ]
        for place, it in enumerate(found.deciles, start=1)
    ]
    columns = ["tenth", "households", "predicted", "redeemed", "of them", ""]
    table(columns, rows, right=columns[:5], title="Households by prediction, highest first:")
    say(f"\nAUC {_score(found.auc)}: how well the order of the predictions foretold who redeems (.5 is chance).")
    for words, score in found.rules.items():
        say(f"Beside it, {words}: {_score(score)}.")
    say(calibration(found))


def calibration(found: Judgement) -> str:
    """Return calibration in one line, and what a prior can not know."""
    slope = f"slope {found.line.slope:.2f} ± {1.96 * found.line.slope_se:.2f}" if found.line else "no slope can be told"
    return (
        f"Calibration: {found.predicted * 100:.1f} % predicted, {found.observed * 100:.1f} % redeemed "
        f"({found.redeemed:,} of {found.households:,}); {slope} (1 is right). {_level(found)}"
    )


def _level(found: Judgement) -> str:
    """Say in plain words whether the level was right."""
    unseen = "The prior has seen no outcome of this company"
    ratio = found.predicted / found.observed if found.observed else float("inf")
    if 1 / CLOSE <= ratio <= CLOSE:
        return f"{unseen}: here its level fits, but that is not promised; the order is what can be expected of it."
    far = f"{ratio:.1f} times too high" if ratio > 1 else f"{1 / max(ratio, 1e-9):.1f} times too low"
    return f"{unseen}, and its level is wrong here: {far}. Trust the order, not the level, until it has seen some."


def _score(score: Score) -> str:
    return f"{score.value:.3f} ({score.level:.0%} interval {score.low:.3f} to {score.high:.3f})"


def _bar(share: float, found: Judgement) -> str:
    most = max((group.observed for group in found.deciles), default=0.0)
    return "#" * round(20 * share / most) if most else ""


def _household(closer: Closer, place: int, currency: str) -> None:
    _heading(f"Household {place} of 3: {closer.twin.customer_id}, {closer.why}")
    profile = closer.profile
    say(profile.personality_summary)
    drivers = ", ".join(it.replace("_", " ") for it in profile.key_drivers) or "none that the record supports"
    say(f"Driven by: {drivers}. Confidence of the twin: {profile.model_confidence:.2f}.\n")
    predictions = closer.trial.answer.predictions
    rows = [
        [MEANING[it.field], value_of(it, currency), *ends_of(it), no_contact_of(it, currency)] for it in predictions
    ]
    columns = ["", "predicted", "from", "to", "if nothing"]
    table(columns, rows, right=columns[1:])
    parts = next((it.contributions for it in closer.trial.answer.explanations if it.field == "will_engage"), ())
    if parts:
        largest = [it for it in parts if it.group != "base_rate"][:PARTS]
        table(["why this chance of redeeming", "adds (logit)"], [_part(it) for it in largest], right=["adds (logit)"])
    say(f'\nThe household: "{closer.trial.answer.predicted_response}"')
    say(f"What happened: it {'redeemed' if closer.redeemed else 'did not redeem a coupon'}.")


def _part(part: Contribution) -> list[str]:
    return [part.words, f"{part.amount:+.2f}"]


def _onwards(database: str | None) -> None:
    _heading("Go on")
    say(
        "Start the service and open its documentation:\n\n  twincast serve          then open http://127.0.0.1:8000/docs"
    )
    if database is None:
        say("\nThese twins were kept in memory only. To keep them and ask the service about them:\n")
        say("  twincast demo --database demo.db\n  twincast serve --database demo.db")
    say("\nIn a checkout, `make serve` does the first, and docs/demo.md explains what you have seen.")
