"""`Twincast.optimize`: the best message for one customer."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twincast.domain.objectives import DEFAULT_OBJECTIVE
from twincast.entrypoints.python.days import Day, day_of
from twincast.usecases import optimizations
from twincast.usecases.context import Context
from twincast.usecases.optimizing import together
from twincast.usecases.optimizing.requests import OptimizationRequest
from twincast.usecases.optimizing.together import Together
from twincast.wire.commons import CommonMessageRequest
from twincast.wire.optimizations import MessageOptimizationRequest
from twincast.wire.shapes import parsed

if TYPE_CHECKING:
    from twincast.domain.optimizations import CommonMessage, Optimization


class Optimizing:
    """The part of `Twincast` that looks for messages."""

    _ctx: Context

    def optimize(
        self, customer: str, objective: str = DEFAULT_OBJECTIVE, *, as_of: Day | None = None, **asked: Any
    ) -> "Optimization":
        """Find the best message for a twin, and say what it owes to its parts. It is stored.

        Args:
            customer: id of the customer or of the twin.
            objective: what to aim at, in any spelling of `GET /objectives`.
            as_of: day the prediction is made from; None: today.
            asked: further keys of the body of `POST /intervention-testing/optimize`, in its shape: `constraints`,
                `context`, `costs`, `baselines`, `channel`, `timing`, `candidates`, `drafts`, `horizon_days`, `seed`.

        Raises:
            UnknownTwin, ProfilingRefused, InvalidInput, ContradictoryConstraints, NoMessage.
        """
        body: Mapping[str, Any] = {"digital_twin_id": customer, "objective": objective, **asked}
        day = day_of(as_of)
        if day is not None:
            body = {**body, "as_of": day.isoformat()}
        return optimizations.run(
            self._ctx, OptimizationRequest(**parsed(MessageOptimizationRequest, dict(body)).asked())
        )

    def optimize_together(
        self,
        customers: Sequence[str] = (),
        objective: str = DEFAULT_OBJECTIVE,
        *,
        segment: str | None = None,
        as_of: Day | None = None,
        **asked: Any,
    ) -> "CommonMessage":
        """Find one message for many twins, and what not writing to each as suits her best costs. Nothing is stored.

        Args:
            customers: ids of twins; or segment: the name of one.
            objective, as_of, asked: as in `optimize`.

        Raises:
            UnknownTwin, UnknownSegment, ProfilingRefused, InvalidInput, ContradictoryConstraints, NoMessage.
        """
        day = day_of(as_of)
        body = {"objective": objective, "customer_segment": segment, **asked}
        body |= {} if segment is not None else {"digital_twin_ids": [str(it) for it in customers]}
        body |= {} if day is None else {"as_of": day.isoformat()}
        wire = parsed(CommonMessageRequest, body)
        whom = Together(segment=wire.customer_segment, twins=tuple(wire.digital_twin_ids or ()))
        return together.run(self._ctx, whom, OptimizationRequest(**wire.asked()))
