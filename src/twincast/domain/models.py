"""Versions of what a workspace has learned: each a new value, none ever edited, one of them the one that answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

PRIOR_VERSION: Final = 0
"""Number of the model of a workspace that has learned nothing: the prior that ships."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelVersion:
    """One version of a workspace's model, without its numbers, which are a blob of their own.

    Attributes:
        version: 1 for the first that was learned, counted up by one.
        parent: the version that answered when this one was learned; 0 is the prior that ships.
        digest: SHA-256 (hex) of the blob: equal digest, equal model.
        prior: version and digest of the prior it was learned from.
        outcomes: contacts, or windows without one, that it learned from, by kind.
        left_out: outcomes it did not learn from, by reason.
        notes: what must be said of outcomes that teach less than they seem to, a sentence each.
        received_until: outcomes received later are not in it.
        refitted_until: the same of the last exact refit; outcomes since then were added to it one batch after another.
        created_at: when it was learned.
    """

    version: int
    parent: int
    digest: str
    prior: str
    outcomes: Mapping[str, int]
    left_out: Mapping[str, int]
    received_until: datetime
    refitted_until: datetime
    created_at: datetime
    notes: tuple[str, ...] = ()
