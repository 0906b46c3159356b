"""Proving in a notebook: a test planned from what is foretold, customers put into arms, and what came of it read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from twincast.entrypoints.python.interventions import Interventions, interventions_in

if TYPE_CHECKING:
    from twincast.domain.experiments import ExperimentPlan
    from twincast.domain.readouts import Readout
    from twincast.usecases.context import Context


class Proving:
    """What `Twincast` offers to whoever wants proof."""

    _ctx: "Context"

    def plan_test(
        self,
        arms: Interventions | None = None,
        customers: Sequence[str] | None = None,
        *,
        comparison: str | None = None,
        batch: str | None = None,
        metric: str = "purchase",
        window_days: int = 7,
        control: str | None = None,
        **more: Any,
    ) -> "ExperimentPlan":
        """Say how many customers, and weeks, a test of messages takes by what is foretold; the plan is stored.

        Args:
            arms: what is sent by arm, as in `predict`; None sends nothing. An arm of no contact is added where there is
                none.
            customers: ids of those whom the test is for, or of some like them.
            comparison, batch: id of the one whose recommended variant is to be tested, in the place of `arms`.
            metric: `purchase`, `visit`, `click`, ..., or `amount`.
            window_days: days within which it counts.
            control: the arm that the others are compared with; None: sending nothing.
            more: `holdout`, `alpha`, `power`, `looks`, `correlation`, `available`, `flow` (customers a week), `weeks`,
                `segment`, `choose`, `guardrails`, `level`, `seed`: see `POST /test-plans`.

        Raises:
            InvalidInput: naming each field that is not right.
            UnknownTwin, UnknownComparison, UnknownBatch, UnknownSegment.
        """
        from twincast.usecases import experiments
        from twincast.usecases.proving.requests import ExperimentRequest

        request = ExperimentRequest(
            arms=None if arms is None else interventions_in(arms, "arms"),
            customers=None if customers is None else [str(it) for it in customers],
            comparison=comparison,
            batch=batch,
            metric=metric,
            window_days=window_days,
            control=control,
            **more,
        )
        return experiments.plan(self._ctx, request)

    def assign_test(self, plan: str, customers: Sequence[str]) -> list[dict[str, Any]]:
        """Say into which arm of a plan each customer goes, and with what probability: by chance, each time the same.

        Raises:
            UnknownExperiment.
        """
        from twincast.usecases import experiments

        found = experiments.assign(self._ctx, plan, [str(it) for it in customers])
        return [{"customer_id": it.customer, "arm": it.arm, "propensity": it.propensity} for it in found]

    def read_test(  # noqa: PLR0913 - in a notebook each setting is spelt where it is used
        self,
        rows: Any = None,
        *,
        plan: str | None = None,
        arms: Interventions | None = None,
        control: str | None = None,
        metric: str | None = None,
        shares: Mapping[str, float] | None = None,
        since: datetime | None = None,
        store: bool = False,
        learn: bool = False,
        **more: Any,
    ) -> "Readout":
        """Say whether a test was sound, what each arm changed, and what that says of predictions.

        Args:
            rows: a frame or a list of dicts with a row a customer: `arm`, columns of outcomes (`visit`, `purchase`,
                `amount`, `unsubscribe`), and as far as there are such `customer_id`, `assigned_on`, `propensity`,
                `segment` and `before_...` for what was known before. None: the outcomes that were added.
            plan: id of the plan; says arms, control, metric and shares.
            arms: what each arm was sent, as it was told with the outcomes; not needed for rows that are not stored.
            control, metric, shares: as of the test, without a plan.
            since: outcomes of contacts from here on.
            store: rows are stored as outcomes, each once; `learn`: and learned from now.
            more: `until`, `window_days`, `looks`, `planned`, `guardrails`, `segments`, `adjust`, `level`, `seed`: see
                `POST /readouts`.

        Raises:
            InvalidInput: naming each field that is not right.
            UnknownExperiment, UnknownSegment, OutcomeConflict.
        """
        from twincast.entrypoints.python.backtests import table_of
        from twincast.files.readouts import rows_of
        from twincast.usecases import readouts
        from twincast.usecases.proving.readings import request_of

        asked = {
            "plan": plan,
            "arms": None if arms is None else interventions_in(arms, "arms"),
            "control": control,
            "metric": metric,
            "shares": shares,
            "since": since,
            "store": store,
            "learn": learn,
            **more,
        }
        return readouts.read(self._ctx, request_of(asked, None if rows is None else rows_of(table_of(rows))))
