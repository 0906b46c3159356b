"""The document's named services, in its verbs: sessions, twins, simulations, extraction and validation.

Each method calls the use case that stands behind the API too, so both give the same numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from twincast.domain.errors import SessionRequired
from twincast.domain.interventions import NO_CONTACT, Intervention
from twincast.domain.predictions import FieldPrediction
from twincast.entrypoints.python.days import Day, day_of
from twincast.entrypoints.python.interventions import Interventions, Message, intervention_in
from twincast.usecases import checkpoints, extractions, personas, sessions, trials, validations
from twincast.usecases.checkpoints import Restoring
from twincast.usecases.extractions import DEFAULT, ExtractionRequest
from twincast.usecases.personas import PersonaRequest
from twincast.usecases.sessions import SessionRequest
from twincast.usecases.trials import TrialRequest
from twincast.usecases.validations import THRESHOLD, Judged, judged_of
from twincast.wire.requests import ExtractionConfig, InteractionConfig
from twincast.wire.shapes import parsed

if TYPE_CHECKING:
    from twincast.domain.sessions import Checkpoint, Session
    from twincast.domain.trials import Trial
    from twincast.domain.twins import Twin
    from twincast.domain.validations import PredictionQuality, TwinValidation
    from twincast.entrypoints.python.batches import BatchRun
    from twincast.usecases.context import Context

Agent: TypeAlias = "Twin | str"
"""A twin, its id, or the customer's."""
Extracted: TypeAlias = dict[str, FieldPrediction | str | float | None]
"""What was extracted of one agent and one message, by the asked names; None where nothing can be said."""


class Services:
    """The five services, which share a current session: the one that was begun last and has not ended.

    >>> from twincast import Twincast
    >>> services = Twincast().services
    >>> session = services.simulation_control_service.begin_session("test.cache.json")
    >>> ann = services.population_service.create_grounded_persona({"customer_id": "ann"})
    >>> result = services.simulation_service.run_individual_simulation(ann, "20% off this weekend")
    >>> found = services.results_extractor.extract_results_from_agent(ann, fields=["engagement", "purchase_intent"])
    >>> list(found)
    ['engagement', 'purchase_intent']
    >>> services.simulation_control_service.end_session(session.id).phase.value
    'ended'
    """

    def __init__(self, context: "Context") -> None:
        self.context = context
        self.session_id: str | None = None

    @cached_property
    def simulation_control_service(self) -> "SimulationControlService":
        """Return the service that begins, marks, restores and ends sessions."""
        return SimulationControlService(self)

    @cached_property
    def population_service(self) -> "PopulationService":
        """Return the service that makes twins."""
        return PopulationService(self)

    @cached_property
    def simulation_service(self) -> "SimulationService":
        """Return the service that lets a twin meet a message."""
        return SimulationService(self)

    @cached_property
    def results_extractor(self) -> "ResultsExtractor":
        """Return the service that reads results out of the current session."""
        return ResultsExtractor(self)

    @cached_property
    def validation_service(self) -> "ValidationService":
        """Return the service that says what may be relied on."""
        return ValidationService(self)

    def current(self, session: str | None = None) -> str:
        """Return a session's id, the current one where none is named. Raises SessionRequired."""
        found = session or self.session_id
        if found is None:
            raise SessionRequired("No session is current: begin one first (simulation_control_service.begin_session).")
        return found


class SimulationControlService:
    """Sessions: begun, marked by checkpoints, restored, ended."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def begin_session(
        self, cache_file: str | None = None, *, name: str = "", description: str = "", seed: int = 0
    ) -> "Session":
        """Begin a session, which is the current one from now on. `cache_file` is a name; nothing is written there."""
        request = SessionRequest(name=name, description=description, cache_file=cache_file, seed=seed)
        session = sessions.begin(self._services.context, request)
        self._services.session_id = session.id
        return session

    def checkpoint(
        self, name: str = "checkpoint", description: str = "", *, session: str | None = None
    ) -> "Checkpoint":
        """Give the place where a session stands a name. Raises SessionRequired, UnknownSession, PhaseRefused."""
        return checkpoints.mark(self._services.context, self._services.current(session), name, description)

    def restore(self, checkpoint: str, *, elsewhere: bool = False, session: str | None = None) -> "Session":
        """Go on from a checkpoint, in the session or in a new one, which is then the current one."""
        asked = Restoring(checkpoint=checkpoint, elsewhere=elsewhere)
        restored = checkpoints.restore(self._services.context, self._services.current(session), asked)
        self._services.session_id = restored.id
        return restored

    def end_session(self, session_id: str | None = None) -> "Session":
        """End a session; what it holds stays readable. Raises SessionRequired, UnknownSession."""
        ended = sessions.end(self._services.context, self._services.current(session_id))
        if self._services.session_id == ended.id:
            self._services.session_id = None
        return ended


class PopulationService:
    """Twins of customers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create_grounded_persona(
        self,
        customer_data: Mapping[str, Any],
        *,
        name: str | None = None,
        grounding_sources: Sequence[Mapping[str, Any]] = (),
        personality_fragments: Sequence[str] = (),
        context: str | None = None,
        as_of: Day | None = None,
    ) -> "Twin":
        """Make a customer's twin, or bring it up to date; the same data give the same version.

        Args:
            customer_data: the profile, in any shape; its `customer_id` or `id` says who it is.
            name: stands for the id where the profile states none.
            grounding_sources: further sources, `{"type": "purchase_history", "content": [...]}`.
            personality_fragments: traits, added to the profile's.
            context: free text, added to the profile's.
            as_of: day on which all of it was true; None for today.

        Raises:
            InvalidInput: naming each field that is not right.
        """
        sources = [("crm_profile", customer_data), *((it["type"], it["content"]) for it in grounding_sources)]
        request = PersonaRequest(
            name=name,
            sources=tuple((type_, dict(it) if isinstance(it, Mapping) else it) for type_, it in sources),
            fragments=tuple(personality_fragments),
            context=context,
            as_of=day_of(as_of),
        )
        return personas.save(self._services.context, personas.read(request)).twin


class SimulationService:
    """A twin and a message."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def run_individual_simulation(
        self,
        customer_twin: Agent,
        intervention: Message,
        *,
        fields: Sequence[str] | None = None,
        rounds: int = 1,
        enable_memory: bool = False,
        config: Mapping[str, Any] | None = None,
        as_of: Day | None = None,
    ) -> "Trial":
        """Let a twin meet a message, in the current session where there is one.

        Args:
            customer_twin: the twin, its id, or the customer's.
            intervention: a dict as in the API, a text, or None for sending nothing.
            fields: what to predict; None for the usual fields.
            rounds: turns of thinking and answering.
            enable_memory: whether the twin remembers it in the session.
            config: more, as the API's `interaction_config` and `extraction_config`: thoughts, draws, free fields.
            as_of: day of the prediction; None for today.

        Raises:
            UnknownTwin, ProfilingRefused, PhaseRefused, InvalidInput, UnknownField.
        """
        request = TrialRequest(
            twin=_id_of(customer_twin),
            intervention=intervention_in(intervention, "intervention") or Intervention(type=NO_CONTACT),
            session=self._services.session_id,
            predict=None if fields is None else tuple(fields),
            rounds=rounds,
            memory=enable_memory,
            as_of=day_of(as_of),
        )
        request = configured(request, dict(config or {}))
        return trials.run(self._services.context, request)

    def run_batch_simulation(
        self,
        customer_twins: Sequence[Agent],
        interventions: Interventions,
        *,
        fields: Sequence[str] = (),
        mode: str | None = None,
        enable_memory: bool = False,
        as_of: Day | None = None,
    ) -> "BatchRun":
        """Let many twins meet one message or several, in the current session where there is one.

        Args:
            customer_twins: twins, their ids, or the customers'.
            interventions: one or more, as in `Twincast.predict`.
            fields: what rows are to hold beside the usual three.
            mode: `single`, `compare_variants`, `assign` or `sequence`; None: by the number of interventions.
            enable_memory: whether the twins remember it in the session; never of variants compared.
            as_of: day of the prediction; None for today.

        Raises:
            PhaseRefused, InvalidInput, UnknownField.
        """
        from twincast.entrypoints.python.batches import run

        return run(
            self._services.context,
            [_id_of(twin) for twin in customer_twins],
            interventions,
            session=self._services.session_id,
            predict=tuple(fields),
            mode=mode,
            memory=enable_memory,
            as_of=day_of(as_of),
        )


def configured(request: TrialRequest, config: Mapping[str, Any]) -> TrialRequest:
    """Return a request with what the API's two configurations say of it.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    talk = parsed(InteractionConfig, config.get("interaction_config", {}))
    extraction = parsed(ExtractionConfig, config.get("extraction_config", {"extract_results": False}))
    return replace(
        request,
        rounds=talk.rounds or request.rounds,
        memory=bool(talk.enable_memory) or request.memory,
        thinking=bool(talk.enable_thinking),
        draws=talk.draws or 1,
        extract=tuple(extraction.fields or ()),
        extract_results=extraction.extract_results is not False,
        objective=extraction.extraction_objective,
        hint=extraction.hint,
        hints=extraction.hints,
    )


class ResultsExtractor:
    """What agents answered in the current session, by field."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def extract_results_from_agent(
        self,
        agent: Agent,
        *,
        extraction_objective: str | None = None,
        situation: str | None = None,
        fields: Sequence[str] = DEFAULT,
        fields_hints: Mapping[str, str] | None = None,
    ) -> Extracted:
        """Return what an agent answered to the last message of the session; free text never changes a number.

        Raises:
            SessionRequired: no session is current.
            InvalidInput: the agent answered nothing in it, or a field is not right.
        """
        found = self.extract_results_from_agents(
            [agent],
            extraction_objective=extraction_objective,
            situation=situation,
            fields=fields,
            fields_hints=fields_hints,
        )
        return found[-1] if found else dict.fromkeys(fields)

    def extract_results_from_agents(
        self,
        agents: Sequence[Agent],
        *,
        extraction_objective: str | None = None,
        situation: str | None = None,
        fields: Sequence[str] = DEFAULT,
        fields_hints: Mapping[str, str] | None = None,
    ) -> list[Extracted]:
        """Return what agents answered in the session: one entry for each message to each of them, oldest first."""
        request = ExtractionRequest(
            session=self._services.current(),
            twins=tuple(_id_of(agent) for agent in agents),
            fields=tuple(fields),
            statistics=False,
            objective=extraction_objective,
            situation=situation,
            hints=fields_hints or {},
        )
        return [dict(row.values) for row in extractions.extract(self._services.context, request).rows]


class ValidationService:
    """What may be relied on: twins, and predictions."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def validate_prediction_quality(
        self, predictions: "Extracted | Trial", confidence_threshold: float = THRESHOLD
    ) -> "PredictionQuality":
        """Say which predicted fields may be relied on: sure enough, and with outcomes of the company behind them.

        Args:
            predictions: what was extracted of an agent, or the result of a simulation.
            confidence_threshold: least confidence that passes.

        Raises:
            InvalidInput: there is nothing to judge, or the threshold is no share.
        """
        if isinstance(predictions, Mapping):
            judged = [it for name, value in predictions.items() if (it := _judged(name, value)) is not None]
        else:
            judged = [judged_of(it, predictions.id) for it in predictions.answer.predictions]
        return validations.judge(judged, confidence_threshold)

    def validate_twin(self, twin: Agent, expectations: Mapping[str, Any] | None = None) -> "TwinValidation":
        """Lay a twin beside what is expected of it, look for contradictions, and let it foretell its own past."""
        return validations.validate(self._services.context, _id_of(twin), expectations)


def _judged(name: str, value: FieldPrediction | str | float | None) -> Judged | None:
    """Return what of an extracted value is judged; words are no prediction."""
    if isinstance(value, FieldPrediction):
        return replace(judged_of(value), field=name)
    return Judged(field=name, confidence=None, outcomes=0) if value is None else None


def _id_of(agent: Agent) -> str:
    return agent if isinstance(agent, str) else agent.id
