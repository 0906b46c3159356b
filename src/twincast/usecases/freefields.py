"""Free fields of a request: what a caller's hints say of them, checked; and what became of each of them."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput, UnknownField
from twincast.domain.fields import ALIASES, VARIANT_PREFERENCE, nearest, unknown_field
from twincast.domain.freefields import MOST_FREE, MOST_OPTION, MOST_OPTIONS, FreeField, Hint, Scale
from twincast.domain.trials import Answered
from twincast.reading.hints import scale_of
from twincast.usecases.texts import MAX_NOTE, text_problems

PATH: Final = "extraction_config"
NO_LANGUAGE_MODEL: Final = (
    "a free field needs a language model that answers it for the customer: only the catalogue's are answered"
)
NO_VARIANTS: Final = "only a comparison of variants can answer it"
NOTHING_SENT: Final = "nothing is sent, so there is nothing to answer to"
MOST_END: Final = 1e9


def free_fields(names: Sequence[str], hints: Mapping[str, Hint], *, spoken: bool) -> tuple[FreeField, ...]:
    """Return the free fields among the names to extract, each with what its hint says.

    Args:
        names: fields to extract, of the catalogue or free.
        hints: by name.
        spoken: whether there is a language model, which alone answers them.

    Raises:
        UnknownField: a hint is for a free field, and nobody could answer it; names the nearest of the catalogue.
        InvalidInput: a hint is for what is not asked, or says what can not be; names each.
    """
    free = tuple(name for name in dict.fromkeys(names) if name not in ALIASES and name != VARIANT_PREFERENCE)
    problems = list(_problems(names, hints))
    if len(free) > MOST_FREE and spoken:
        message = f"has {len(free)} that are not of the catalogue"
        problems.append(FieldProblem(field=f"{PATH}.fields", message=message, allowed=f"at most {MOST_FREE} of them"))
    if problems:
        raise InvalidInput.of(problems)
    if not spoken:
        unanswered = [unknown_field(name, f"{PATH}.fields_hints", ALIASES) for name in free if name in hints]
        if unanswered:
            raise UnknownField.of(unanswered)
        return ()
    return tuple(_field(name, hints.get(name, Hint())) for name in free)


def unanswered(names: Sequence[str], answered: Answered) -> dict[str, str]:
    """Return why a field to extract that is not of the catalogue has no value, by its name."""
    found = {} if answered.words is None else answered.words.fields
    free = (name for name in names if name not in ALIASES and name not in found)
    return {name: NO_VARIANTS if name == VARIANT_PREFERENCE else _why(name, answered) for name in free}


def without_model(name: str) -> str:
    """Return why a free field has no value where there is no language model, and what may have been meant."""
    close = nearest(name[:80], ALIASES)
    return f"{NO_LANGUAGE_MODEL}; did you mean {' or '.join(close)}?" if close else NO_LANGUAGE_MODEL


def _why(name: str, answered: Answered) -> str:
    if answered.words is None:
        return without_model(name) if answered.intervention.is_contact else NOTHING_SENT
    return f"the language model has no answer ({answered.words.problem}): {answered.words.detail}"


def _field(name: str, hint: Hint) -> FreeField:
    read = hint if hint.is_scaled else scale_of(hint.text or "")
    options = read.options or ()
    numbered, chosen = (read.low, read.high) != (None, None), bool(options)
    scale = Scale(read.scale) if read.scale else Scale.NUMBER if numbered else Scale.CHOICE if chosen else Scale.TEXT
    ends = {} if read.low is None or read.high is None else {"low": read.low, "high": read.high}
    return FreeField(name=name, hint=hint.text, scale=scale, options=options, **ends)


def _problems(names: Sequence[str], hints: Mapping[str, Hint]) -> Iterator[FieldProblem]:
    for name, hint in hints.items():
        shown = ascii(name[:80])[1:-1]
        path = f"{PATH}.fields_hints.{shown}"
        yield from text_problems(path, hint.text or "", MAX_NOTE)
        if name not in names:
            close = nearest(name[:80], names)
            message = f"'{shown}' is not among the fields" + (f"; did you mean {' or '.join(close)}?" if close else "")
            yield FieldProblem(field=path, message=message, allowed="hints for fields that are asked for")
        elif name in ALIASES and hint.is_scaled:
            yield FieldProblem(field=path, message="is of the catalogue: its scale is fixed", allowed="a hint in words")
        else:
            yield from _scale_problems(path, hint)


def _scale_problems(path: str, hint: Hint) -> Iterator[FieldProblem]:
    scale = hint.scale
    if scale is not None and scale not in list(Scale):
        yield FieldProblem(field=f"{path}.type", message=f"{scale[:40]!a} is not known", allowed=", ".join(Scale))
        return
    ends = (hint.low, hint.high)
    if ends != (None, None) or scale == Scale.NUMBER:
        if scale not in (None, Scale.NUMBER) or hint.options is not None:
            yield FieldProblem(field=path, message="low and high are of a number alone", allowed="type: number")
        elif hint.low is None or hint.high is None or not _ordered(hint.low, hint.high):
            allowed = f"low < high, both from {-MOST_END:g} to {MOST_END:g}"
            yield FieldProblem(field=path, message=f"{ends[0]} to {ends[1]} is no scale", allowed=allowed)
    elif hint.options is not None or scale == Scale.CHOICE:
        yield from _option_problems(path, hint)


def _ordered(low: float, high: float) -> bool:
    return isfinite(low) and isfinite(high) and -MOST_END <= low < high <= MOST_END


def _option_problems(path: str, hint: Hint) -> Iterator[FieldProblem]:
    options = hint.options or ()
    if hint.scale not in (None, Scale.CHOICE):
        yield FieldProblem(field=path, message="options are of a choice alone", allowed="type: choice")
    elif not 2 <= len(options) <= MOST_OPTIONS or len(set(options)) != len(options):
        allowed = f"2 to {MOST_OPTIONS} that differ"
        yield FieldProblem(field=f"{path}.options", message=f"has {len(options)} entries", allowed=allowed)
    for place, option in enumerate(options[:MOST_OPTIONS]):
        yield from text_problems(f"{path}.options[{place}]", option, MOST_OPTION)
        if not option.strip():
            yield FieldProblem(field=f"{path}.options[{place}]", message="is empty", allowed="a word or a few")
