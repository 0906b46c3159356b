"""A test plan and a readout to store, with everything in them that could be lost on the way."""

from datetime import timedelta

from tests.storage.records import NOON, ODD
from twincast.domain.experiments import Arm, ExpectedEffect, ExperimentPlan
from twincast.domain.ids import ExperimentId, ReadoutId
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import Estimate
from twincast.domain.readouts import ArmResult, Check, Effect, Feeding, Interval, Readout
from twincast.domain.twins import Warning


def a_plan(name: str = "plan_1", seconds: float = 0) -> ExperimentPlan:
    """A plan with floats that text could round, and parts that are not there."""
    foretold = Estimate(value=ODD, low=-ODD, high=1.0, level=0.8, unit="probability", basis="prior")
    mail = Intervention(type="promotional_email", content="20 % – 日本", slots={"a": 1}, products=("tea",))
    return ExperimentPlan(
        id=ExperimentId(name),
        name="spring",
        source=None,
        metric="purchase",
        field="will_purchase",
        window_days=14,
        alpha=0.05,
        alpha_each=ODD,
        power=0.8,
        looks="anytime",
        correlation=0.0,
        level=0.8,
        arms=(
            Arm(id="none", intervention=None, is_control=True, share=0.5, customers=None, predicted=foretold),
            Arm(id="mail", intervention=mail, is_control=False, share=0.5, customers=7, predicted=foretold),
        ),
        effects=(
            ExpectedEffect(
                arm="mail",
                predicted=foretold,
                needed=None,
                needed_control=None,
                power=None,
                assurance=ODD,
                detectable=None,
            ),
        ),
        needed=None,
        total=None,
        available=3,
        flow=ODD,
        weeks=None,
        guardrails={"unsubscribe": ODD},
        audience=3,
        of=4,
        currency=None,
        warnings=(Warning(code="c", field="f", message="m"),),
        seed=2**40,
        model="m",
        prior="p",
        created_at=NOON + timedelta(seconds=seconds),
    )


def a_readout(name: str = "read_1", seconds: float = 0) -> Readout:
    """A readout with floats that text could round, and parts that are not there."""
    seen = Interval(value=ODD, low=-ODD, high=1.0, level=0.95, unit="probability")
    return Readout(
        id=ReadoutId(name),
        plan=None,
        source="rows",
        metric="purchase",
        window_days=None,
        looks="once",
        level=0.95,
        control="none",
        customers=7,
        left_out={"no outcome": 2},
        assignment="sound",
        checks=(Check(name="sample ratio", passed=True, p=ODD, words="w"),),
        arms=(ArmResult(arm="none", is_control=True, customers=3, events=1, mean=seen),),
        effects=(
            Effect(
                arm="mail", plain=seen, adjusted=None, saved=None, sequence=None, reason="few", p=ODD, verdict="better"
            ),
        ),
        guardrails=(),
        segments=(),
        differing=(),
        foretold=(),
        foretold_by=None,
        before=("x",),
        feeding=Feeding(stored=1, repeated=0, learned=None, words="w"),
        unit="probability",
        summary="s – 日本",
        warnings=(),
        software="twincast",
        created_at=NOON + timedelta(seconds=seconds),
    )
