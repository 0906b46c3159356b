"""Individual interactions: one stimulus, one participant, rounds of thinking and answering."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import ConfigDict, Field

from twincast.domain.errors import FieldProblem
from twincast.domain.interventions import Intervention
from twincast.domain.trials import Trial
from twincast.wire.interventions import InterventionIn
from twincast.wire.requests import ExtractionConfig, InteractionConfig, reference_problems, round_problems
from twincast.wire.shapes import Answer, Day, Name, Names, Number, Request, Whole
from twincast.wire.trials import InterventionTest

MODES: Final = ("from_persona", "from_digital_twin", "from_agent")
"""All of them mean a twin: the names come from different callers."""
_REFERENCES: Final = ("persona_id", "digital_twin_id", "agent_id", "customer_id")


class Participants(Request):
    """Who takes part: one twin, by any of its names."""

    mode: Name | None = Field(None, description=f"{', '.join(MODES)}: all the same. Default: {MODES[0]}.")
    persona_id: Name | None = None
    digital_twin_id: Name | None = None
    agent_id: Name | None = None
    customer_id: Name | None = None

    @property
    def twin(self) -> str:
        """Return the reference to the twin."""
        return next((value for name in _REFERENCES if (value := getattr(self, name)) is not None), "")

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with them taken together."""
        if self.mode is not None and self.mode not in MODES:
            message, allowed = f"{self.mode[:40]!a} is not known", f"one of: {', '.join(MODES)}"
            yield FieldProblem(field="participants.mode", message=message, allowed=allowed)
        given = {name: value for name in _REFERENCES if (value := getattr(self, name)) is not None}
        yield from reference_problems(given, "persona_id", "or digital_twin_id, agent_id, customer_id", "participants.")


class Stimulus(Request):
    """What reaches the participant."""

    type: str | None = Field(None, description="Open vocabulary, see `GET /intervention-types`; others are `custom`.")
    content: str | None = Field(None, description="The text of the message, at most 20,000 characters.")
    context: InterventionIn | None = Field(
        None, description="channel, timing, at, products, cost and whatever else an intervention may say."
    )

    def to_domain(self) -> Intervention:
        """Return the stimulus as an intervention."""
        context = self.context or InterventionIn()
        said = {"type": self.type, "content": self.content}
        return context.model_copy(update={name: value for name, value in said.items() if value is not None}).to_domain()

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is said twice, in different words."""
        if self.context is None:
            return
        yield from self.context.conflicts("stimulus.context")
        for name in ("type", "content"):
            outer, inner = getattr(self, name), getattr(self.context, name)
            if outer is not None and inner is not None and outer != inner:
                message = f"differs from stimulus.{name}"
                yield FieldProblem(field=f"stimulus.context.{name}", message=message, allowed="one of the two")


class IndividualInteractionRequest(Request):
    """One stimulus for one participant."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "participants": {"mode": "from_persona", "persona_id": "twin_cust_12345"},
                    "stimulus": {
                        "type": "marketing_message",
                        "content": "Exclusive offer: 30% off your favorite products this weekend only!",
                        "context": {"channel": "email", "timing": "friday_morning"},
                    },
                    "interaction_config": {"rounds": 1, "enable_memory": True},
                    "extraction_config": {
                        "extract_results": True,
                        "extraction_objective": "Extract customer response likelihood and purchase intent",
                        "fields": [
                            "will_engage",
                            "will_purchase",
                            "purchase_amount",
                            "emotional_response",
                            "concerns",
                        ],
                        "extraction_hint": "Focus on likelihood scores from 0.0 to 1.0 and reasoning",
                    },
                }
            ]
        },
    )

    session_id: Name | None = Field(None, description="Session it is run in. Default: an ephemeral one, opened for it.")
    participants: Participants
    stimulus: Stimulus
    interaction_config: InteractionConfig | None = None
    extraction_config: ExtractionConfig | None = None
    predict: Names | None = Field(None, description="Fields in any accepted spelling, beside those to extract.")
    horizon_days: Whole | None = Field(None, description="Days within which to predict, 1 to 365. Default: 7.")
    level: Number | None = Field(None, description="Share of cases that intervals are to hold, .5 to .99. Default: .8.")
    as_of: Day | None = Field(None, description="Day the prediction is made from. Default: today.")
    seed: Whole | None = Field(None, ge=0, lt=2**63, description="For random draws. Default: the session's.")

    @property
    def config(self) -> InteractionConfig:
        """Return how the twin is talked to."""
        return self.interaction_config or InteractionConfig()

    @property
    def extraction(self) -> ExtractionConfig:
        """Return what to extract; nothing, where nothing was said."""
        return self.extraction_config or ExtractionConfig(extract_results=False)

    def asked(self) -> dict[str, Any]:
        """Return what a test of the stimulus on the participant asks for, by the names of the use case."""
        config, extraction = self.config, self.extraction
        return {
            "twin": self.participants.twin,
            "intervention": self.stimulus.to_domain(),
            "session": self.session_id,
            "predict": None if self.predict is None else tuple(self.predict),
            "extract": tuple(extraction.fields or ()),
            "extract_results": extraction.extract_results is not False,
            "objective": extraction.extraction_objective,
            "hint": extraction.hint,
            "hints": extraction.hints,
            "horizon_days": self.horizon_days,
            "level": self.level,
            "as_of": self.as_of,
            "rounds": config.rounds or 1,
            "thinking": bool(config.enable_thinking),
            "memory": bool(config.enable_memory),
            "draws": config.draws or 1,
            "seed": self.seed,
            "path": "stimulus",
        }

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        yield from self.participants.problems()
        yield from self.stimulus.problems()
        yield from round_problems(self.interaction_config)


class InteractionRound(Answer):
    """One round: what the participant thought, and said."""

    round: int
    response: str
    thinking: list[str] | None
    thought: str | None = Field(description="What went through the customer's head, in a language model's words.")


class IndividualInteraction(InterventionTest):
    """A stored interaction: a test of the stimulus on the participant, told round by round."""

    interaction_id: str = Field(description="The same as `test_id`: it is listed among the session's tests.")
    persona_id: str = Field(description="The same as `digital_twin_id`.")
    rounds: list[InteractionRound]

    @classmethod
    def of(cls, trial: Trial) -> "IndividualInteraction":
        """Render a stored interaction; equal ones give equal answers."""
        shown = dict(InterventionTest.of(trial))
        return cls(**shown, interaction_id=trial.id, persona_id=trial.twin_id, rounds=_rounds(trial))


def _rounds(trial: Trial) -> list[InteractionRound]:
    said, thought = trial.answer.turns, trial.answer.thinking
    each = 0 if thought is None else len(thought) // max(len(said), 1)
    aloud = () if trial.answer.words is None else trial.answer.words.thinking
    return [
        InteractionRound(
            round=place + 1,
            response=words,
            thinking=None if thought is None else list(thought[place * each : (place + 1) * each]),
            thought=aloud[place] if place < len(aloud) else None,
        )
        for place, words in enumerate(said)
    ]
