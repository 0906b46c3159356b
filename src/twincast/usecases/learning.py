"""Learning: a workspace's outcomes made into the next version of its model; which version answers, and going back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from twincast.domain.errors import NothingToLearn
from twincast.domain.models import PRIOR_VERSION, ModelVersion
from twincast.ports.stores import UnitOfWork
from twincast.response.learning import learn as fitted_to
from twincast.response.learning import update
from twincast.response.notes import notes_of
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.gathering import gather

SET_ASIDE: Final = "not contacted by the company's own choice, or no such response on the channel"

EXACT: Final = 5_000
"""Outcomes learned from below which everything is always fitted anew: it takes a second."""
DAILY: Final = timedelta(days=1)
"""How long outcomes are only added before everything is fitted anew."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fitted:
    """A model that was learned and is not stored yet.

    Attributes:
        model: what was learned.
        left_out: reason -> how many outcomes teach nothing.
        notes: what must be said of those that teach less than they seem to.
        received_until: outcomes received later are not in it.
        refitted_until: the same of the last exact refit.
    """

    model: ResponseModel
    left_out: Mapping[str, int]
    notes: tuple[str, ...]
    received_until: datetime
    refitted_until: datetime

    @property
    def outcomes(self) -> dict[str, int]:
        """Return how many contacts, or answers to surveys, were learned from, by kind."""
        seen = {head: own.counts.outcomes for head, own in self.model.learned.items()}
        answered = {scale: own.count for scale, own in self.model.numbers.opinions.items()}
        return dict(sorted({**seen, **answered}.items()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Models:
    """The versions of a workspace, oldest first, and the number of the one that answers (0: the prior)."""

    current: int
    versions: tuple[ModelVersion, ...]


def answering(ctx: Context, unit: UnitOfWork) -> Context:
    """Return the context whose engine answers by the workspace's current model; one small read.

    Called with the unit that gathers what a prediction is about, so that both are of one moment.
    """
    digest = unit.models.current_digest()
    if digest is None:
        return ctx
    return replace(ctx, engine=ctx.engine.learned(digest, lambda: unit.models.blob(digest)))


def learn(ctx: Context, *, exact: bool = False) -> ModelVersion:
    """Learn from the workspace's outcomes, store what was learned as a new version and let it answer.

    The store is left alone while it is fitted. What changes nothing makes no version.

    Args:
        ctx: whose outcomes.
        exact: refit on everything, also where adding what is new would do (`fit`).

    Raises:
        NothingToLearn: no outcome teaches anything, with the reasons; the model stays as it is.
    """
    return keep(ctx, fit(ctx, exact=exact))


def fit(ctx: Context, *, exact: bool = False) -> Fitted:
    """Learn from the workspace's outcomes; nothing is stored.

    Everything is fitted from the prior on while there are few outcomes, and at least once a day. In between what is new
    is added to what the current version has learned, which agrees with it and costs only the new rows; unless something
    that it had learned says otherwise now, or somebody was erased.

    Raises:
        NothingToLearn: no outcome teaches anything, with the reasons.
    """
    now = ctx.clock.now()
    with ctx.store.reading(ctx.workspace) as unit:
        current = None if exact else _to_add_to(unit, now)
        gathered = gather(unit, now, ctx.currency, None if current is None else current.received_until)
        if current is not None and gathered.changed:
            current, gathered = None, gather(unit, now, ctx.currency)
        blob = None if current is None else unit.models.blob(current.digest)
    if gathered.rows is None and current is None:
        raise NothingToLearn(why_nothing(gathered.left_out))
    model = shipped_model() if blob is None else ResponseModel.from_bytes(blob)
    if gathered.rows is not None:
        model = fitted_to(model, gathered.rows) if current is None else update(model, gathered.rows)
    if not model.is_learned or not _is_sound(model):
        raise NothingToLearn(why_nothing(gathered.left_out))
    aside = sum(own.counts.set_aside for own in model.learned.values())
    left_out = {**gathered.left_out, **({SET_ASIDE: aside} if aside else {})}
    refitted = now if current is None else current.refitted_until
    notes = current.notes if gathered.rows is None and current is not None else ()
    if gathered.rows is not None:
        notes = notes_of(model, gathered.rows)
    return Fitted(model=model, left_out=left_out, notes=notes, received_until=now, refitted_until=refitted)


def _to_add_to(unit: UnitOfWork, now: datetime) -> ModelVersion | None:
    """Return the version that new outcomes may be added to; None where everything is to be fitted anew."""
    current = unit.models.current()
    if current is None or sum(current.outcomes.values()) < EXACT or now - current.refitted_until >= DAILY:
        return None
    erased = any(stone.erased_at >= current.refitted_until for stone in unit.tombstones.all())
    return None if erased else current


def keep(ctx: Context, fitted: Fitted) -> ModelVersion:
    """Store what was learned as the workspace's next version, or find the one that is the same, and let it answer."""
    model = fitted.model
    with ctx.store.writing(ctx.workspace) as unit:
        current, versions = unit.models.current(), unit.models.all()
        same = next((it for it in versions if it.digest == model.digest), None)
        if same is not None:
            return _again(unit, ctx, same, current)
        version = ModelVersion(
            version=max((it.version for it in versions), default=PRIOR_VERSION) + 1,
            parent=PRIOR_VERSION if current is None else current.version,
            digest=model.digest,
            prior=f"{model.prior.version}+{model.prior.digest[:12]}",
            outcomes=fitted.outcomes,
            left_out=fitted.left_out,
            received_until=fitted.received_until,
            refitted_until=fitted.refitted_until,
            created_at=ctx.clock.now(),
            notes=fitted.notes,
        )
        unit.models.add(version, model.to_bytes())
        record(unit, ctx, "model.learned", f"model_{version.version}", {"outcomes": sum(fitted.outcomes.values())})
        ctx.keep(unit, version)
        unit.commit()
    return version


def _again(unit: UnitOfWork, ctx: Context, same: ModelVersion, current: ModelVersion | None) -> ModelVersion:
    """Let a version answer that says the same as what was just learned."""
    if current is None or current.version != same.version:
        unit.models.select(same.version)
        record(unit, ctx, "model.selected", f"model_{same.version}", {"version": same.version})
        ctx.keep(unit, same)
        unit.commit()
    return same


def models(ctx: Context) -> Models:
    """Return the versions of the workspace's model, and which of them answers."""
    with ctx.store.reading(ctx.workspace) as unit:
        current = unit.models.current()
        return Models(current=PRIOR_VERSION if current is None else current.version, versions=tuple(unit.models.all()))


def select(ctx: Context, version: int) -> Models:
    """Let another version answer, or the prior (0). Every version stays. Raises UnknownModel."""
    with ctx.store.writing(ctx.workspace) as unit:
        unit.models.select(version)
        record(unit, ctx, "model.selected", f"model_{version}", {"version": version})
        found = Models(current=version, versions=tuple(unit.models.all()))
        ctx.keep(unit, found)
        unit.commit()
    return found


def unlearned(ctx: Context) -> int:
    """Return how many outcomes came in since anything was last learned: going back to a version is not undone by it."""
    with ctx.store.reading(ctx.workspace) as unit:
        last = max((it.received_until for it in unit.models.all()), default=None)
        return unit.outcomes.count(last)


def learn_if_due(ctx: Context, at_least: int) -> ModelVersion | None:
    """Refit where so many outcomes came in since anything was last learned; None where not, or nothing can be."""
    if unlearned(ctx) < at_least:
        return None
    try:
        return learn(ctx)
    except NothingToLearn:
        return None


def _is_sound(model: ResponseModel) -> bool:
    """Tell whether every number of a model is one."""
    return all(
        bool(np.isfinite(it.mean).all() and np.isfinite(it.covariance).all() and np.isfinite(it.calibration).all())
        for it in model.posteriors.values()
    )


def why_nothing(left_out: Mapping[str, int]) -> str:
    """Say why no outcome can be learned from."""
    told = "; ".join(f"{count:,} {reason}" for reason, count in left_out.items())
    why = f"of those there are, {told}" if told else "none were told yet"
    return f"No outcome can be learned from ({why}). The model stays as it is."
