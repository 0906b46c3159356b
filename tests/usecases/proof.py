"""A company of made-up customers that tests a message on them: a world whose truth is known, and not to the model."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from tests.usecases.shop import Calendar, Counting, engine
from twincast.domain.experiments import ExperimentPlan
from twincast.domain.ids import WorkspaceId
from twincast.domain.interventions import Intervention
from twincast.domain.readouts import Readout
from twincast.stats.streams import stream
from twincast.storage.memory import MemoryStore
from twincast.usecases import experiments, outcomes, readouts, twins
from twincast.usecases.context import Context
from twincast.usecases.observations import told
from twincast.usecases.proving.readings import ReadoutRequest
from twincast.usecases.proving.requests import ExperimentRequest
from twincast.usecases.proving.rows import GivenRow
from twincast.wire.outcomes import outcomes_in
from twincast.world.people import names_of, people, records_of, rows_of
from twincast.world.process import MESSAGES, WINDOW_DAYS, chances

BEGUN = datetime(2025, 3, 3, 9, tzinfo=UTC)
SALE = Intervention(type="promotional_email", channel="email", content=MESSAGES[0].content)
ARMS: dict[str, Intervention | None] = {"none": None, "sale": SALE}


@dataclass
class Company:
    """Customers, their true chances in each arm, and a context whose clock a test moves."""

    ctx: Context
    clock: Calendar
    customers: list[str]
    truth: dict[str, dict[str, np.ndarray]]

    def happened(self, kind: str, arms: list[str], seed: int = 0) -> list[float]:
        """What each customer did in the arm it was put in."""
        chance = np.array([self.truth[kind][arm][place] for place, arm in enumerate(arms)])
        happened: list[float] = (stream(seed, "happened", kind).random(len(arms)) < chance).astype(float).tolist()
        return happened

    def effect(self, kind: str) -> float:
        """The true average effect of the sale."""
        return float((self.truth[kind]["sale"] - self.truth[kind]["none"]).mean())

    def told(
        self, arms: list[str], propensities: list[float], kinds: tuple[str, ...] = ("visit",)
    ) -> list[dict[str, Any]]:
        """What the company reports two weeks after the send, in the words of the API."""
        seen = {kind: self.happened(kind, arms) for kind in kinds}
        return [
            {
                "customer_id": customer,
                "sent_at": BEGUN.isoformat(),
                "window_days": WINDOW_DAYS,
                "observed_until": (BEGUN + timedelta(days=WINDOW_DAYS)).isoformat(),
                "assignment": "randomised",
                "propensity": chance,
                "responses": {kind: seen[kind][place] for kind in kinds},
                "intervention_id": arm,
            }
            for place, (customer, arm, chance) in enumerate(zip(self.customers, arms, propensities, strict=True))
        ]


@cache
def _world(count: int) -> tuple[tuple[dict[str, Any], ...], dict[str, dict[str, np.ndarray]]]:
    crowd = people(count, seed=5)
    level = np.ones(count)
    drawn = {
        arm: chances(crowd, message, effect=1.0, signal=True, boost=level)
        for arm, message in (("none", None), ("sale", MESSAGES[0]))
    }
    day = BEGUN.date() - timedelta(days=1)
    records = tuple(records_of(rows_of(crowd, [day] * count)))
    return records, {
        kind: {arm: np.asarray(getattr(it, kind)) for arm, it in drawn.items()} for kind in ("visit", "purchase")
    }


def company(count: int) -> Company:
    """So many customers, known since the day before the test."""
    records, truth = _world(count)
    clock = Calendar(BEGUN - timedelta(days=1))
    ctx = Context(
        workspace=WorkspaceId("default"),
        actor="local",
        store=MemoryStore(),
        engine=engine(),
        clock=clock,
        ids=Counting(),
        software="twincast-test",
    )
    twins.save_many(ctx, list(records))
    return Company(ctx=ctx, clock=clock, customers=names_of(count), truth=truth)


SENT = {"none": None, "sale": {"type": SALE.type, "channel": SALE.channel, "content": SALE.content}}


def planned(co: Company, **more: Any) -> ExperimentPlan:
    asked: dict[str, Any] = {"arms": ARMS, "customers": co.customers, "metric": "visit", "window_days": 14} | more
    return experiments.plan(co.ctx, ExperimentRequest(**asked))


def told_to(co: Company, arms: list[str], chances: list[float], kinds: tuple[str, ...] = ("visit",)) -> None:
    rows = co.told(arms, chances, kinds)
    for start in range(0, len(rows), 1_000):
        seen = outcomes_in({"outcomes": rows[start : start + 1_000], "interventions": SENT})
        outcomes.add(co.ctx, [it for fields in seen for it in told(fields)])


def rows_in(arms: list[str], y: list[float], **more: Any) -> tuple[GivenRow, ...]:
    return tuple(GivenRow(arm=arm, outcomes={"visit": it}, **more) for arm, it in zip(arms, y, strict=True))


def read_rows(co: Company, rows: tuple[GivenRow, ...], **more: Any) -> Readout:
    asked: dict[str, Any] = {"rows": rows, "control": "none", "metric": "visit"} | more
    return readouts.read(co.ctx, ReadoutRequest(**({"shares": {"none": 0.5, "sale": 0.5}} | asked)))
