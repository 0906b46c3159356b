"""An optimisation to store."""

from datetime import timedelta

from tests.storage.records import NOON, PROVENANCE, SESSION, SETTINGS, an_answer
from twincast.domain.constraints import Constraints
from twincast.domain.events import Head
from twincast.domain.ids import BranchId, CustomerId, OptimizationId, SessionId, twin_id_of
from twincast.domain.objectives import Costs
from twincast.domain.optimizations import Element, Finalist, Optimization, Round, Trace
from twincast.domain.predictions import Estimate


def an_optimization(
    name: str = "opt_1", customer: str = "C1", seconds: int = 0, session: SessionId = SESSION
) -> Optimization:
    """A stored optimisation, made some seconds after noon."""
    effect = Estimate(value=0.1, low=-0.1, high=0.2, level=0.8, unit="probability", basis="prior")
    return Optimization(
        id=OptimizationId(name),
        session_id=session,
        head=Head(branch=BranchId("sess_1"), position=0),
        twin_id=twin_id_of(CustomerId(customer)),
        customer_id=CustomerId(customer),
        twin_version=1,
        settings=SETTINGS,
        objective="maximize_purchase_probability",
        constraints=Constraints(discount_max=0.3, forbidden=("free",)),
        costs=Costs(margin=0.4),
        occasion="customer_birthday",
        product=None,
        content="Happy birthday – 日本",
        subject=None,
        source="plan",
        answer=an_answer(),
        aim=effect,
        confidence=None,
        beats_baselines=True,
        plan=("Discount of 30%",),
        key=(Element(name="offer", words="Discount of 30%", effect=effect),),
        avoided=(Element(name="generic", words="Generic messaging", effect=effect, rule="urgency"),),
        trace=Trace(
            rounds=(Round(scored=9, best=0.5),),
            rejected={"too long": 2},
            finalists=(Finalist(source="plan", content="Hello", rejected="too long"),),
            searched=0.4,
            fresh=0.3,
            shrunk=0.2,
            runner_up=None,
            draws=2000,
            seed=1,
            skipped={"template:upsell": "nothing"},
        ),
        warnings=(),
        currency="EUR",
        provenance=PROVENANCE,
        created_at=NOON + timedelta(seconds=seconds),
    )
