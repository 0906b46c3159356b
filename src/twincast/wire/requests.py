"""What tests and comparisons ask in the same words: which twin, how to predict, how to talk to it."""

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import Field

from twincast.domain.errors import FieldProblem
from twincast.domain.freefields import Hint, Scale
from twincast.domain.ids import CustomerId, twin_id_of
from twincast.domain.trials import MAX_DRAWS, MAX_ROUNDS
from twincast.wire.shapes import MAX_NOTE, Day, Name, Names, Note, Number, Request, Switch, Whole

_REFERENCES = ("digital_twin_id", "persona_id", "customer_id")


class FieldHint(Request):
    """What is said of a free field: in words, and how it is answered."""

    hint: Note | None = None
    type: Name | None = Field(None, description=f"{', '.join(Scale)}. Default: as the hint says, else text.")
    low: Number | None = Field(None, description="Ends of the scale of a number.")
    high: Number | None = None
    options: Names | None = Field(None, description="What may be chosen.")

    def to_domain(self) -> Hint:
        """Return the hint as a value."""
        options = None if self.options is None else tuple(self.options)
        return Hint(text=self.hint, scale=self.type, low=self.low, high=self.high, options=options)


WORDS: Final = (
    "true: the customers also answer in the language model's words, one call for each {what}; no number depends on it. "
    "Default: false."
)
"""How the switch is described."""


DRY_RUN: Final = "true: nothing is run; answered by what it will cost, as by `POST /estimate`. Default: false."


class ExtractionConfig(Request):
    """What to extract beside the predictions; free text never changes a number."""

    extract_results: Switch | None = Field(None, description="false: nothing is extracted. Default: true.")
    extraction_objective: Note | None = None
    fields: Names | None = Field(
        None, description="Of the catalogue, or free ones, which a language model answers for the customer."
    )
    extraction_hint: Note | None = None
    fields_hints: dict[Name, Note | FieldHint] | None = Field(
        None, description="Hints by field, in words or with a scale; recorded with the hint."
    )

    @property
    def hints(self) -> dict[str, Hint]:
        """Return the hints by field."""
        return {
            name: Hint(text=hint) if isinstance(hint, str) else hint.to_domain()
            for name, hint in (self.fields_hints or {}).items()
        }

    @property
    def hint(self) -> str | None:
        """Return the hints as one text."""
        parts = [self.extraction_hint, *(f"{name}: {it.text}" for name, it in self.hints.items() if it.text)]
        return "; ".join(part for part in parts if part)[:MAX_NOTE] or None


class InteractionConfig(Request):
    """How the twin is talked to; none of it changes a number of this answer."""

    rounds: Whole | None = Field(None, description=f"Turns to think and respond in, 1 to {MAX_ROUNDS}. Default: 1.")
    enable_memory: Switch | None = Field(
        None, description="true: the twin remembers message and reply, in the session alone. Default: false."
    )
    enable_thinking: Switch | None = Field(None, description="Adds what the twin thinks. Default: false.")
    draws: Whole | None = Field(
        None, description=f"Conversations that a language model holds, 1 to {MAX_DRAWS}, each paid for. Default: 1."
    )


class Asking(Request):
    """What tests and comparisons share."""

    dry_run: Switch | None = Field(None, description=DRY_RUN)
    digital_twin_id: Name | None = Field(None, description="The twin's id, or the customer's.")
    persona_id: Name | None = Field(None, description="The same as `digital_twin_id`.")
    customer_id: Name | None = Field(None, description="The customer's id, instead of the twin's.")
    predict: Names | None = Field(None, description="Fields in any accepted spelling, see `GET /fields`.")
    interaction_config: InteractionConfig | None = None
    horizon_days: Whole | None = Field(None, description="Days within which to predict, 1 to 365. Default: 7.")
    level: Number | None = Field(None, description="Share of cases that intervals are to hold, .5 to .99. Default: .8.")
    as_of: Day | None = Field(None, description="Day the prediction is made from. Default: today.")
    seed: Whole | None = Field(None, ge=0, lt=2**63, description="For random draws. Default: the session's.")
    session_id: Name | None = Field(None, description="Session it is run in. Default: an ephemeral one, opened for it.")

    @property
    def twin(self) -> str:
        """Return the reference to the twin, the surest that was given."""
        return next((value for name in _REFERENCES if (value := getattr(self, name)) is not None), "")

    @property
    def rounds(self) -> int:
        """Return the turns."""
        return 1 if self.interaction_config is None else self.interaction_config.rounds or 1

    @property
    def thinking(self) -> bool:
        """Tell whether a trace is asked for."""
        return bool(self.interaction_config and self.interaction_config.enable_thinking)

    @property
    def memory(self) -> bool:
        """Tell whether the twin is to remember it."""
        return bool(self.interaction_config and self.interaction_config.enable_memory)

    @property
    def draws(self) -> int:
        """Return how many conversations a language model holds."""
        return 1 if self.interaction_config is None else self.interaction_config.draws or 1

    def problems(self) -> Iterable[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        given = {name: value for name in _REFERENCES if (value := getattr(self, name)) is not None}
        yield from reference_problems(given, "digital_twin_id", "or customer_id, or persona_id")
        yield from round_problems(self.interaction_config)


def reference_problems(given: Mapping[str, str], usual: str, others: str, path: str = "") -> Iterable[FieldProblem]:
    """Yield that no twin is named, or more than one.

    Args:
        given: the references that are there, by name, the surest first.
        usual: the reference that is missed where there is none; `others`: what would do too.
        path: where they stand in the body.
    """
    if not given:
        yield FieldProblem(field=path + usual, message="is missing", allowed=others)
        return
    first, surest = next(iter(given.items()))
    for name, value in given.items():
        if value != surest and not _same(surest, value):
            message = f"names another twin than {first}"
            yield FieldProblem(field=path + name, message=message, allowed="one of them, or the same twin")


def round_problems(config: InteractionConfig | None) -> Iterable[FieldProblem]:
    """Yield that no rounds, or draws, are none: the default is one."""
    for name, most in (("rounds", MAX_ROUNDS), ("draws", MAX_DRAWS)):
        if config is not None and getattr(config, name) == 0:
            field = f"interaction_config.{name}"
            yield FieldProblem(field=field, message="0 is out of range", allowed=f"1 to {most}")


def _same(one: str, other: str) -> bool:
    """Tell whether two references mean the same twin."""
    return bool({one, twin_id_of(CustomerId(one))} & {other, twin_id_of(CustomerId(other))})
