"""Bodies of the API, as files and flags give them, into what the use cases ask for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from twincast.domain.comparisons import DECISION_THRESHOLD
from twincast.wire.batches import BatchTestRequest
from twincast.wire.commons import CommonMessageRequest
from twincast.wire.comparisons import VariantComparisonRequest
from twincast.wire.interactions import IndividualInteractionRequest
from twincast.wire.optimizations import MessageOptimizationRequest
from twincast.wire.personas import GroundedPersonaRequest
from twincast.wire.requests import Asking
from twincast.wire.sensitivity import SensitivityRequestIn
from twincast.wire.sequences import SequenceRequestIn
from twincast.wire.shapes import parsed
from twincast.wire.trials import InterventionTestRequest

if TYPE_CHECKING:
    from twincast.usecases.batching.requests import BatchRequest
    from twincast.usecases.comparisons import ComparisonRequest
    from twincast.usecases.optimizing.requests import OptimizationRequest
    from twincast.usecases.optimizing.together import Together
    from twincast.usecases.personas import PersonaRequest
    from twincast.usecases.sensitivity import SensitivityRequest
    from twincast.usecases.sequencing.requests import SequenceRequest
    from twincast.usecases.trials import TrialRequest


def trial_request(body: dict[str, Any]) -> "TrialRequest":
    """Return what a body of `POST /intervention-testing/test` asks for.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    from twincast.usecases.trials import TrialRequest

    wire = parsed(InterventionTestRequest, body)
    extraction = wire.extraction
    return TrialRequest(
        intervention=wire.stimulus,
        extract=_names(extraction.fields) or (),
        extract_results=wire.extract_results,
        objective=extraction.extraction_objective,
        hint=extraction.hint,
        hints=extraction.hints,
        memory=wire.memory,
        draws=wire.draws,
        **_shared(wire),
    )


def interaction_request(body: dict[str, Any]) -> "TrialRequest":
    """Return what a body of `POST /simulate/individual-interaction` asks for.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    from twincast.usecases.trials import TrialRequest

    return TrialRequest(**parsed(IndividualInteractionRequest, body).asked())


def persona_request(body: dict[str, Any]) -> "PersonaRequest":
    """Return what a body of `POST /content/grounding/create-grounded-persona` asks for.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    from twincast.usecases.personas import PersonaRequest

    wire = parsed(GroundedPersonaRequest, body)
    return PersonaRequest(
        name=wire.name,
        sources=wire.sources,
        fragments=_names(wire.personality_fragments) or (),
        context=wire.context,
        as_of=wire.as_of,
    )


def sequence_request(body: dict[str, Any]) -> "SequenceRequest":
    """Return what a body of `POST /intervention-testing/sequence` asks for.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    from twincast.usecases.comparisons import Variant
    from twincast.usecases.sequencing.requests import SequenceRequest

    wire = parsed(SequenceRequestIn, body)
    messages = tuple(Variant(id=it.id, intervention=it.to_domain(it.id)) for it in wire.messages)
    return SequenceRequest(twin=wire.twin, messages=messages, **wire.asked())


def comparison_request(body: dict[str, Any]) -> "ComparisonRequest":
    """Return what a body of `POST /intervention-testing/compare-variants` asks for.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    from twincast.usecases.comparisons import ComparisonRequest, Variant

    wire = parsed(VariantComparisonRequest, body)
    threshold = wire.decision_threshold
    return ComparisonRequest(
        variants=tuple(Variant(id=name, intervention=it) for name, it in wire.named_variants()),
        rank_by=wire.rank_by,
        include_no_contact=bool(wire.include_no_contact),
        decision_threshold=DECISION_THRESHOLD if threshold is None else threshold,
        notes=wire.notes,
        words=bool(wire.words),
        **_shared(wire),
    )


def optimization_request(body: dict[str, Any]) -> "OptimizationRequest":
    """Return what a body of `POST /intervention-testing/optimize` asks for.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    from twincast.usecases.optimizing.requests import OptimizationRequest

    return OptimizationRequest(**parsed(MessageOptimizationRequest, body).asked())


def common_request(body: dict[str, Any]) -> tuple["Together", "OptimizationRequest"]:
    """Return whom a body of `POST /intervention-testing/optimize/segment` is about, and what it asks for.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    from twincast.usecases.optimizing.requests import OptimizationRequest
    from twincast.usecases.optimizing.together import Together

    wire = parsed(CommonMessageRequest, body)
    whom = Together(segment=wire.customer_segment, twins=tuple(wire.digital_twin_ids or ()))
    return whom, OptimizationRequest(**wire.asked())


def batch_request(body: dict[str, Any], *, given: bool = False) -> "BatchRequest":
    """Return what a body of `POST /intervention-testing/batch` asks for.

    Args:
        body: as it would be sent.
        given: whether what is tested is given otherwise, and may be missing in it.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    from twincast.usecases.batching.requests import BatchRequest, variant_of

    wire = parsed(BatchTestRequest, body)
    config, variants = wire.test_config, None if given else wire.named_variants()
    return BatchRequest(
        twins=_names(wire.digital_twin_ids),
        segment=wire.customer_segment,
        intervention=None if given else wire.stimulus,
        variants=None if variants is None else tuple(variant_of(name, it) for name, it in variants),
        mode=None if config is None else config.mode,
        session=wire.session_id,
        predict=_names(wire.predict) or (),
        extract=wire.extract,
        horizon_days=wire.horizon_days,
        level=wire.level,
        as_of=wire.as_of,
        rounds=1 if config is None or config.rounds is None else config.rounds,
        memory=bool(config and config.enable_memory),
        analyze=wire.analyze is not False,
        statistics=wire.statistics,
        words=bool(wire.words),
        seed=wire.seed,
    )


def sensitivity_request(body: dict[str, Any]) -> "SensitivityRequest":
    """Return what a body of `POST /intervention-testing/sensitivity` asks for.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    from twincast.usecases.sensitivity import SensitivityRequest, Wordings
    from twincast.usecases.spoken import Replies

    wire = parsed(SensitivityRequestIn, body)
    asked = None if wire.replies is None else wire.replies.model_dump(exclude_none=True)
    ranked = {} if wire.rank_by is None else {"rank_by": wire.rank_by}
    return SensitivityRequest(
        customers=wire.digital_twin_ids,
        variants=tuple(Wordings(id=name, intervention=it, paraphrases=more) for name, it, more in wire.worded()),
        known=dict(wire.known or {}),
        horizon_days=wire.horizon_days,
        level=wire.level,
        as_of=wire.as_of,
        seed=wire.seed,
        replies=None if asked is None else Replies(**asked),
        **ranked,
    )


def _shared(wire: Asking) -> dict[str, Any]:
    return {
        "twin": wire.twin,
        "predict": _names(wire.predict),
        "horizon_days": wire.horizon_days,
        "level": wire.level,
        "as_of": wire.as_of,
        "rounds": wire.rounds,
        "thinking": wire.thinking,
        "seed": wire.seed,
        "session": wire.session_id,
    }


def _names(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
