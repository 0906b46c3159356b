"""A readout's outcomes on their way to learning: each is stored once, and learned from once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from twincast.domain.errors import FieldProblem, InvalidInput, NothingToLearn
from twincast.domain.experiments import MONEY
from twincast.domain.interventions import Intervention
from twincast.domain.readouts import Feeding
from twincast.usecases import learning, outcomes
from twincast.usecases.context import Context, keep_nothing
from twincast.usecases.observations import Observation, told
from twincast.usecases.proving.rows import GivenRow

BROKEN = "The assignment is broken: nothing is learned from this test."
LEFT = "Rows that were given are not stored unless `store` asks for it: nothing is learned from them."


def fed(ctx: Context, *, stored: int, repeated: int, learn: bool) -> Feeding:
    """Let the workspace's model learn, where that is asked for, and say what became of the outcomes.

    Args:
        ctx: whose outcomes.
        stored, repeated: outcomes that are new to the store, or were there already.
        learn: whether to learn now.
    """
    ctx = replace(ctx, keep=keep_nothing)
    if learn:
        try:
            version = learning.learn(ctx).version
        except NothingToLearn as nothing:
            return Feeding(stored=stored, repeated=repeated, learned=None, words=nothing.detail)
        words = f"Version {version} of the model has learned from every stored outcome, from each once."
        return Feeding(stored=stored, repeated=repeated, learned=version, words=words)
    waiting = learning.unlearned(ctx)
    if not waiting:
        version = learning.models(ctx).current
        words = f"Everything that is stored was learned already; version {version} of the model answers."
        return Feeding(stored=stored, repeated=repeated, learned=version, words=words)
    words = f"{waiting:,} stored outcomes wait to be learned: `learn: true`, or POST /calibration/fit."
    return Feeding(stored=stored, repeated=repeated, learned=None, words=words)


def storable(
    rows: Sequence[GivenRow],
    arms: Mapping[str, Intervention | None] | None,
    shares: Mapping[str, float] | None,
    window_days: float | None,
    now: datetime,
) -> list[Observation]:
    """Return rows as observations of a randomised contact, whose ids are made of them: told again, they are the same.

    Raises:
        InvalidInput: naming what is missing to store them.
    """
    problems = list(_missing(rows, arms, shares, window_days))
    if problems or arms is None or window_days is None:
        raise InvalidInput.of(problems)
    found: list[Observation] = []
    for place, row in enumerate(rows):
        sent, day = arms[row.arm], row.day or now.date()
        until = datetime.combine(day, time(), UTC) + timedelta(days=window_days)
        money = row.outcomes.get(MONEY)
        fields = {
            "customer": row.customer,
            "intervention": sent,
            "contacted": False if sent is None or not sent.is_contact else None,
            "sent_at": datetime.combine(day, time(), UTC),
            "window_days": window_days,
            "observed_until": min(until, now),
            "assignment": "randomised",
            "propensity": row.propensity if row.propensity is not None else (shares or {})[row.arm],
            "responses": _responses(row),
            "place": place,
            **({"amount": money} if money else {}),
        }
        found += told(fields)
    return found


def _responses(row: GivenRow) -> dict[str, float]:
    """Return what happened and did not; money says that something was bought, or that nothing was."""
    said = {kind: value for kind, value in row.outcomes.items() if kind != MONEY}
    if MONEY in row.outcomes:
        said.setdefault("purchase", float(row.outcomes[MONEY] > 0.0))
    return said


def _missing(
    rows: Sequence[GivenRow],
    arms: Mapping[str, Intervention | None] | None,
    shares: Mapping[str, float] | None,
    window_days: float | None,
) -> Iterator[FieldProblem]:
    if arms is None:
        yield FieldProblem(field="arms", message="is missing: what was sent, to store it", allowed="arms, or plan_id")
    if window_days is None:
        yield FieldProblem(field="window_days", message="is missing: days within which outcomes counted")
    for name, missing in {
        "customer_id": [place for place, row in enumerate(rows) if row.customer is None],
        "assigned_on": [place for place, row in enumerate(rows) if row.day is None],
        "outcomes": [place for place, row in enumerate(rows) if not row.outcomes],
        "propensity": [place for place, row in enumerate(rows) if row.propensity is None and shares is None],
    }.items():
        if missing:
            message = "is missing: without it an outcome can not be stored"
            yield FieldProblem(field=name, message=message, row=missing[0])


def store(ctx: Context, observations: Sequence[Observation]) -> tuple[int, int]:
    """Store observations in one transaction; return how many outcomes are new, and how many were there.

    Raises:
        InvalidInput, OutcomeConflict: as `usecases.outcomes.store`; nothing is stored.
    """
    added = outcomes.add(replace(ctx, keep=keep_nothing), observations)
    return added.created, added.repeated
