"""The demonstration as one JSON document."""

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from twincast.entrypoints.cli.demo.campaigns import RULE
from twincast.entrypoints.cli.demo.pages import calibration
from twincast.entrypoints.cli.demo.run import Closer, Demonstration
from twincast.entrypoints.cli.documents import comparison_document, trial_document, twin_document


def document(shown: Demonstration, chosen: bool) -> Any:
    """Return everything that the pages show, and every household's prediction."""
    found, campaign = shown.judgement, shown.campaign
    return _finite({
        "campaign": {
            "id": campaign.id,
            "type": campaign.kind,
            "starts": campaign.starts.isoformat(),
            "ends": campaign.ends.isoformat(),
            "recipients": len(campaign.households),
            "chosen_by": "asked for" if chosen else RULE,
            "content": shown.message.content,
        },
        "twins": shown.twins,
        "horizon_days": campaign.days,
        "model": shown.table.model,
        "prior": shown.table.prior,
        "means": [asdict(mean) for mean in shown.means],
        "deciles": [asdict(group) for group in found.deciles],
        "auc": asdict(found.auc),
        "auc_of_simple_rules": {words: asdict(score) for words, score in found.rules.items()},
        "calibration": {
            "predicted": found.predicted,
            "observed": found.observed,
            "redeemed": found.redeemed,
            "households": found.households,
            "line": None if found.line is None else asdict(found.line),
            "words": calibration(found),
        },
        "households": [_household(closer) for closer in shown.closer],
        "comparison": comparison_document(shown.comparison),
        "next": ["twincast serve", "http://127.0.0.1:8000/docs"],
    })  # fmt: skip


def _household(closer: Closer) -> dict[str, Any]:
    from twincast.wire.trials import TestExplanation

    return {
        "why": closer.why,
        "twin": twin_document(closer.twin, closer.profile),
        "test": trial_document(closer.trial),
        "explanation": TestExplanation.of(closer.trial).model_dump(mode="json"),
        "redeemed": closer.redeemed,
    }


def _finite(value: Any) -> Any:
    """Return a document with null for what has no number, as JSON wants it."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value
