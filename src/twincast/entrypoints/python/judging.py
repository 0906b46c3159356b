"""Judging the twin in a notebook: a backtest on what really happened, and a world whose truth is known."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twincast.entrypoints.python.days import Day, day_of
from twincast.entrypoints.python.interventions import Interventions, interventions_in

if TYPE_CHECKING:
    from twincast.domain.disclosures import Disclosure
    from twincast.domain.sensitivity import Sensitivity
    from twincast.entrypoints.python.backtests import BacktestResult
    from twincast.entrypoints.python.worlds import SyntheticWorld
    from twincast.usecases.context import Context


class Judging:
    """What `Twincast` offers to whoever doubts it."""

    _ctx: "Context"

    def backtest(  # noqa: PLR0913 - in a notebook each setting is spelt where it is used
        self,
        rows: Any,
        interventions: Interventions | None = None,
        *,
        outcome: str | None = None,
        kind: str | None = None,
        intervention: str | None = None,
        time: str | None = None,
        propensity: str | None = None,
        randomised: str | None = None,
        segment: str | None = None,
        ignore: Sequence[str] = (),
        mapping: Mapping[str, str | None] | None = None,
        window_days: int | None = None,
        as_of: Day | None = None,
        subgroups: Sequence[str] = (),
        split: str | None = None,
        test_share: float = 0.4,
        leaks: str = "refuse",
        estimators: Mapping[str, Any] | None = None,
        act_above: float | None = None,
        curve: bool = True,
        level: float = 0.95,
        seed: int = 0,
    ) -> "BacktestResult":
        """Lay predictions beside what really happened, next to trivial baselines and your own estimators.

        Args:
            rows: a frame of pandas, polars or Arrow, or a list of dicts: a row a contact, or a customer left alone. Its
                columns are the record as it was known then, what was sent, when, and what happened.
            interventions: what was sent, as in `predict`, by the names in the table; not needed for a world.
            outcome: column with what happened; None: the only one that is named like an outcome.
            kind: `purchase`, `visit`, `click`, `reply`, `redemption`, `open`, `share`, `unsubscribe`, or `amount` for
                money; None: told by the column's name.
            intervention, time, propensity, randomised, segment: columns; None: by the usual names. Uplift and the value
                of policies need rows where chance decided, with the probability of what each got.
            ignore: columns that are not looked at.
            mapping: column -> dotted path in the record.
            window_days: days after the contact in which outcomes were counted; None: the interventions' horizon, or 7.
            as_of: day of the contacts, where there is no time.
            subgroups: attributes to judge by.
            split: `time` (the latest days are the test, and no training outcome was open when it began) or `customer`.
            test_share: share of rows, or of customers, that are kept for the test.
            leaks: `refuse`, `leave_out` or `keep` columns that know the outcome.
            estimators: name -> your own, with `fit(X, y)` and `predict_proba(X)` (`predict` for money). X holds the
                record's numbers and categories and what was sent, without gaps; `result.value.features` names them.
            act_above: confidence from which the twin may decide: the value of acting only there, nobody else contacted.
            curve: False saves the time of a learning curve.
            level, seed: of intervals, split and resampling.

        Raises:
            InvalidInput: nothing can be said by this table, or a column knows the outcome; it is named.
        """
        from twincast.entrypoints.python.backtests import BacktestResult, table_of
        from twincast.entrypoints.python.worlds import SyntheticWorld
        from twincast.usecases import backtests
        from twincast.usecases.backtesting.tables import TableOptions, request_of
        from twincast.wire.backtests import intervention_of

        if isinstance(rows, SyntheticWorld) and interventions is None:
            interventions = rows.interventions
        options = TableOptions(
            outcome=outcome,
            kind=kind,
            intervention=intervention,
            time=time,
            propensity=propensity,
            randomised=randomised,
            segment=segment,
            interventions=interventions_in(interventions or {}),
            ignore=tuple(ignore),
            mapping=dict(mapping or {}),
            window_days=window_days,
            as_of=day_of(as_of),
            subgroups=tuple(subgroups),
            split=split,
            test_share=test_share,
            leaks=leaks,
            estimators=dict(estimators or {}),
            act_above=act_above,
            curve=curve,
            level=level,
            seed=seed,
        )
        return BacktestResult(backtests.run(self._ctx, request_of(table_of(rows), options, intervention_of)))

    def sensitivity(  # noqa: PLR0913 - in a notebook each setting is spelt where it is used
        self,
        customers: Any,
        variants: Mapping[str, Sequence[str]],
        *,
        channel: str | None = None,
        rank_by: str = "will_purchase",
        known: Mapping[str, float] | None = None,
        horizon_days: int | None = None,
        as_of: Day | None = None,
        level: float = 0.8,
        seed: int = 0,
    ) -> "Sensitivity":
        """Say on what a ranking of variants hangs: rank them again with other draws, other wordings, other models.

        Args:
            customers: ids of twins or customers, or a list of records, up to 2,000.
            variants: id -> texts that say the same, up to twenty; the first is the one that is meant.
            channel: on which all go out; None: each customer's first preferred one.
            rank_by: `will_engage`, `will_purchase` or `expected_revenue`.
            known: field -> standard deviation between real customers of their rates, or of money, where it is known.
            horizon_days, as_of, level, seed: as in `predict`.

        Raises:
            InvalidInput: naming what is not right.
        """
        from twincast.domain.interventions import Intervention
        from twincast.usecases import sensitivity
        from twincast.usecases.sensitivity import SensitivityRequest, Wordings

        def worded(name: str, text: str, *more: str) -> Wordings:
            message = Intervention(id=name, channel=channel, content=text)
            return Wordings(id=name, intervention=message, paraphrases=more)

        asked = SensitivityRequest(
            customers=customers,
            variants=tuple(worded(name, *texts) for name, texts in variants.items()),
            rank_by=rank_by,
            known=known or {},
            horizon_days=horizon_days,
            level=level,
            as_of=day_of(as_of),
            seed=seed,
        )
        return sensitivity.run(self._ctx, asked)

    def disclosure(self, study: str) -> "Disclosure":
        """Say what a study rests on: what is simulated, from which data, by which model, what was checked, limits.

        Args:
            study: id of a batch, a comparison or a session; `twincast.files.disclosures.markdown` makes a page of it.

        Raises:
            UnknownBatch, UnknownComparison, UnknownSession: there is none.
        """
        from twincast.usecases import disclosures

        return disclosures.of_study(self._ctx, study)

    @staticmethod
    def world(
        customers: int = 5_000,
        kind: str = "planted",
        *,
        drift: float = 0.0,
        confounding: float = 0.0,
        seed: int = 0,
    ) -> "SyntheticWorld":
        """Make up customers, randomised messages with an arm of no contact, what happened, and the truth beside it.

        Args:
            customers: how many, each contacted (or not) once.
            kind: `planted` (messages work, differently for different people), `no-effect` (people differ, messages do
                nothing), `no-signal` (messages work, nothing on record tells anything) or `nothing`.
            drift: jump of the logarithm of every order rate half way through the sends.
            confounding: above 0 the active get more messages and no propensity is stated, as in a real log.
            seed: the same gives the same bytes.

        Raises:
            InvalidInput: an option is out of range.
        """
        from twincast.entrypoints.python.worlds import made

        return made(customers=customers, kind=kind, drift=drift, confounding=confounding, seed=seed)
