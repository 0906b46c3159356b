"""`Twincast.optimize`: the best message for one customer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from twincast.domain.objectives import DEFAULT_OBJECTIVE
from twincast.entrypoints.python.days import Day, day_of
from twincast.usecases import optimizations
from twincast.usecases.context import Context
from twincast.usecases.optimizing.requests import OptimizationRequest
from twincast.wire.optimizations import MessageOptimizationRequest
from twincast.wire.shapes import parsed

if TYPE_CHECKING:
    from twincast.domain.optimizations import Optimization


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
