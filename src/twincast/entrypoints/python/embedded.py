"""`Twincast`: the whole product in a notebook or a program, without a server. Each method calls one use case."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any

from twincast.bootstrap.chats import NO_CHAT, read_chat
from twincast.bootstrap.container import open_parts, open_store
from twincast.bootstrap.settings import IN_MEMORY, Settings, without_secrets
from twincast.domain.comparisons import DECISION_THRESHOLD
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.fields import COMPARISON_FIELDS, DEFAULT_FIELDS, DEFAULT_HORIZON_DAYS, DEFAULT_LEVEL
from twincast.domain.interventions import NO_CONTACT, Intervention
from twincast.entrypoints.python.allocations import Allocating
from twincast.entrypoints.python.batches import Batching
from twincast.entrypoints.python.customers import customers_in, placed, records_in
from twincast.entrypoints.python.days import Day, day_of
from twincast.entrypoints.python.interventions import Interventions, Message, intervention_in, interventions_in
from twincast.entrypoints.python.judging import Judging
from twincast.entrypoints.python.optimizing import Optimizing
from twincast.entrypoints.python.outcomes import OutcomesAdded, by_first_contact, outcomes_in, reading_in
from twincast.entrypoints.python.predictions import Predictions
from twincast.entrypoints.python.proving import Proving
from twincast.entrypoints.python.segments import Segmenting
from twincast.entrypoints.python.sequencing import Sequencing
from twincast.entrypoints.python.surveys import Surveying
from twincast.entrypoints.python.twins import Added
from twincast.usecases import calibrations, comparisons, learning, predictions, trials, twins, uploads

if TYPE_CHECKING:
    from twincast.domain.calibrations import CalibrationReport
    from twincast.domain.comparisons import Comparison
    from twincast.domain.models import ModelVersion
    from twincast.domain.trials import Trial
    from twincast.domain.twins import Twin, TwinProfile
    from twincast.entrypoints.python.services import Services
    from twincast.ports.clock import Clock
    from twincast.usecases.learning import Models


class Twincast(Judging, Segmenting, Batching, Allocating, Surveying, Proving, Optimizing, Sequencing):
    """Twins of customers, and what they will do: the embedded interface.

    >>> from twincast import Twincast
    >>> tc = Twincast()
    >>> tc.add_customers([{"customer_id": "ann", "history": {"total_purchases": 12, "days_since_last_purchase": 9}}],
    ...                  as_of="2026-05-04")
    Added(created=1, changed=0, unchanged=0)
    >>> p = tc.predict(["ann"], {"offer": {"channel": "email", "content": "20% off this weekend"}, "nothing": None},
    ...                fields=["will_purchase"], as_of="2026-05-04")
    >>> [row["intervention_id"] for row in p.records()]
    ['offer', 'nothing']
    """

    def __init__(
        self,
        database: str | None = None,
        *,
        currency: str = "USD",
        zone: str = "UTC",
        llm: Sequence[str] = (),
        clock: "Clock | None" = None,
    ) -> None:
        """Open the place where twins are kept.

        Args:
            database: path or URL of an SQLite file (`sqlite:///shop.db`), made where there is none; None keeps
                everything in memory.
            currency: ISO 4217 code for records that state none.
            zone: IANA time zone for customers whose own is not known.
            llm: language models that give replies their words, as `twincast serve --llm` takes them; none by default.
            clock: tells the time; None for the real one.

        Raises:
            Misconfigured, SchemaMismatch: the database can not be opened, or is of a later version; or a language model
                can not be asked.
        """
        chat = read_chat(os.environ, tuple(llm)) if llm else NO_CHAT
        settings = Settings(database=database or IN_MEMORY, currency=currency, zone=zone, chat=chat)
        self._database = settings.database
        self._parts = open_parts(settings, clock=clock)
        self._ctx = self._parts.context()

    def add_customers(
        self, customers: Any, as_of: Day | None = None, *, columns: Mapping[str, str | None] | None = None
    ) -> Added:
        """Make twins of customers, or bring theirs up to date: all of them, or none.

        Args:
            customers: records (dicts in the shape of the API), or a frame of pandas, polars or Arrow with a row a
                customer, whose columns are recognised by their names.
            as_of: day on which the records were true (a date or ISO text); None for today. Recency and tenure count
                from here, so state it for anything but fresh data.
            columns: for a frame, column -> dotted path in the record where its name does not tell
                (`{"Kunde": "customer_id", "Umsatz": "behavioral_data.lifetime_value"}`); None leaves a column out.

        Returns:
            How many twins were created, changed or left as they were, and their ids.

        Raises:
            InvalidInput: with every problem by row; then nothing was stored.
        """
        with placed():
            saved = twins.save_many(self._ctx, records_in(customers, columns), as_of=day_of(as_of))
        return Added(created=saved.created, changed=saved.changed, unchanged=saved.unchanged, twin_ids=saved.twin_ids)

    def add_outcomes(
        self,
        outcomes: Any,
        interventions: Interventions | None = None,
        *,
        columns: Mapping[str, str | None] | None = None,
        sent_at: str | None = None,
        window_days: float | None = None,
        observed_until: str | None = None,
        on_error: str = "refuse",
    ) -> OutcomesAdded:
        """Store what customers really did: all of it, or none. The same event is stored once.

        Args:
            outcomes: dicts in the shape of `POST /outcomes`, or a frame of pandas, polars or Arrow with a row a contact
                (or a time without one), whose columns are recognised by their names: `customer_id`, `sent_at`, an
                `intervention_id`, and `kind`, `value` or columns such as `visit` and `amount`.
            interventions: what the ids in it stand for, as in `predict`; None is sending nothing.
            columns: of a frame, column -> field where its name does not tell; None leaves a column out.
            sent_at, window_days, observed_until: what holds for every row that does not say otherwise.
            on_error: `refuse` stores nothing if any row has a problem; `skip` leaves such rows out.

        Returns:
            How many outcomes were new, stored already or left out.

        Raises:
            InvalidInput: with every problem by row; then nothing was stored.
            OutcomeConflict: an event id was given before to something else.
        """
        shared = {"sent_at": sent_at, "window_days": window_days, "observed_until": observed_until}
        how = reading_in(interventions, columns, shared)
        done = uploads.run(self._ctx, outcomes_in(outcomes), how, on_error=on_error)
        return OutcomesAdded(created=done.created, repeated=done.repeated, skipped=done.skipped)

    def learn(
        self,
        outcomes: Any = None,
        interventions: Interventions | None = None,
        *,
        customers: Any = None,
        as_of: Day | None = None,
        sent_at: str | None = None,
        window_days: float | None = None,
        observed_until: str | None = None,
    ) -> "ModelVersion":
        """Learn from what customers really did: what is predicted from then on is predicted by what was learned.

        Without arguments, from every outcome that was added. With `outcomes` and `customers`, from these alone: they
        are read and forgotten, and only what was learned is kept.

        Args:
            outcomes, interventions, sent_at, window_days, observed_until: as in `add_outcomes`.
            customers: records or a frame with a row a customer, as they were before the contacts.
            as_of: day on which the records were true; None: each customer's on the day of the first contact.

        Returns:
            The version that answers from now on: how many outcomes of each kind it learned from, and what it left out.

        Raises:
            NothingToLearn: nothing can be learned, with the reasons; the model stays as it is.
            InvalidInput: with every problem by row.
        """
        if outcomes is None:
            return learning.learn(self._ctx)
        if customers is None:
            allowed = "records as they were before the contacts; or add_outcomes() and learn()"
            raise InvalidInput.of([FieldProblem(field="customers", message="is missing", allowed=allowed)])
        shared = {"sent_at": sent_at, "window_days": window_days, "observed_until": observed_until}
        table, how = outcomes_in(outcomes), reading_in(interventions, None, shared)
        scratch = replace(self._parts, store=open_store(IN_MEMORY)).context()
        for day, records in by_first_contact(records_in(customers), table, how, day_of(as_of)):
            with placed():
                twins.save_many(scratch, records, as_of=day)
        uploads.run(scratch, table, how)
        return learning.keep(self._ctx, learning.fit(scratch))

    def models(self) -> "Models":
        """Return every version that was learned, oldest first, and the number of the one that answers; 0: the prior."""
        return learning.models(self._ctx)

    def select_model(self, version: int) -> "Models":
        """Go back to an earlier version, or to a later one; 0 is the prior. Raises UnknownModel."""
        return learning.select(self._ctx, version)

    def calibration_report(self) -> "CalibrationReport":
        """Lay what is predicted beside what happened, before and after learning, on customers the fit had not seen.

        Raises:
            NothingToLearn: there is no outcome to judge by.
        """
        return calibrations.report(self._ctx)

    def predict(
        self,
        customers: Any,
        interventions: Interventions,
        fields: Sequence[str] = DEFAULT_FIELDS,
        *,
        as_of: Day | None = None,
        horizon_days: int = DEFAULT_HORIZON_DAYS,
        level: float = DEFAULT_LEVEL,
    ) -> Predictions:
        """Predict every customer x every intervention. Nothing is stored.

        Args:
            customers: ids of customers or twins; or records or a frame, which are read and forgotten.
            interventions: a list, or a mapping of your ids to them: dicts as in the API, `Intervention` values, a
                plain text for its content alone; None or type `none` is sending nothing. Without an id of their own,
                those of a list are called i0, i1, ...
            fields: names of `GET /fields` or any of their aliases; each is answered under the name that was asked.
            as_of: the day the prediction is made from; None for today. Records are read as of this day.
            horizon_days: days within which to predict, 1 to 365, where an intervention names none.
            level: share of cases that the intervals are to hold, .5 to .99.

        Returns:
            A row a customer and intervention: see `Predictions`.

        Raises:
            UnknownTwin: an id has no twin.
            InvalidInput, UnknownField: naming what is not right, and what is allowed.
        """
        with placed():
            table = predictions.predict(
                self._ctx,
                customers_in(customers),
                interventions_in(interventions),
                fields=fields,
                as_of=day_of(as_of),
                horizon_days=horizon_days,
                level=level,
            )
        return Predictions(table)

    def test(
        self,
        customer: str,
        intervention: Message,
        fields: Sequence[str] | None = None,
        *,
        as_of: Day | None = None,
        horizon_days: int | None = None,
        level: float | None = None,
        seed: int = 0,
    ) -> "Trial":
        """Test one intervention on one twin: numbers, their parts, reasons and the customer's reply. It is stored.

        Args:
            customer: id of the customer or of the twin.
            intervention: as in `predict`.
            fields: any field of the catalogue; None for the usual three.
            as_of, horizon_days, level: as in `predict`.
            seed: recorded with the result.

        Raises:
            UnknownTwin, ProfilingRefused, InvalidInput, UnknownField.
        """
        return trials.run(
            self._ctx,
            trials.TrialRequest(
                twin=customer,
                intervention=_contact(intervention, "intervention"),
                predict=None if fields is None else tuple(fields),
                as_of=day_of(as_of),
                horizon_days=horizon_days,
                level=level,
                seed=seed,
            ),
        )

    def compare(  # noqa: PLR0913 - in a notebook each setting is spelt where it is used
        self,
        customer: str,
        variants: Interventions,
        fields: Sequence[str] = COMPARISON_FIELDS,
        *,
        rank_by: str | None = None,
        include_no_contact: bool = False,
        decision_threshold: float = DECISION_THRESHOLD,
        words: bool = False,
        as_of: Day | None = None,
        horizon_days: int | None = None,
        level: float | None = None,
        seed: int = 0,
    ) -> "Comparison":
        """Rank variants for one twin, with P(best) and a recommendation or none. It is stored.

        Args:
            customer: id of the customer or of the twin.
            variants: two or more, as in `predict`.
            fields: what to report.
            rank_by: the field to rank by; None: the first asked field that can rank.
            include_no_contact: adds a row for sending nothing.
            decision_threshold: P(best) below which nothing is recommended.
            words: whether the language model says what the customer answers to each variant, one call each.
            as_of, horizon_days, level: as in `predict`.
            seed: for the draws behind P(best).

        Raises:
            UnknownTwin, ProfilingRefused, InvalidInput, UnknownField.
        """
        given = interventions_in(variants, where="variants")
        return comparisons.run(
            self._ctx,
            comparisons.ComparisonRequest(
                twin=customer,
                variants=tuple(
                    comparisons.Variant(id=name, intervention=item or Intervention(id=name, type=NO_CONTACT))
                    for name, item in given.items()
                ),
                predict=tuple(fields),
                rank_by=rank_by,
                include_no_contact=include_no_contact,
                decision_threshold=decision_threshold,
                words=words,
                as_of=day_of(as_of),
                horizon_days=horizon_days,
                level=level,
                seed=seed,
            ),
        )

    @cached_property
    def services(self) -> "Services":
        """The document's named services on these twins: control, population, simulation, extraction, validation."""
        from twincast.entrypoints.python.services import Services

        return Services(self._ctx)

    def twin(self, customer: str, version: int | None = None) -> "Twin":
        """Return a twin by its id or the customer's; the newest version without `version`. Raises UnknownTwin."""
        return twins.get(self._ctx, customer, version)

    def profile(self, customer: str) -> "TwinProfile":
        """Say in words what a twin's record supports, with the evidence. Raises UnknownTwin."""
        return twins.profile(self._ctx, self.twin(customer))

    def __len__(self) -> int:
        """Return the number of twins."""
        with self._ctx.store.reading(self._ctx.workspace) as unit:
            return unit.twins.count()

    def close(self) -> None:
        """Let go of the database. What was stored stays in its file; what was in memory is gone."""
        self._parts.close()

    def __enter__(self) -> "Twincast":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        where = "in memory" if self._database == IN_MEMORY else without_secrets(self._database)
        return f"<Twincast {where}: {len(self):,} twins>"


def _contact(message: Message, where: str) -> Intervention:
    return intervention_in(message, where) or Intervention(type=NO_CONTACT)
