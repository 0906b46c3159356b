"""Grounded personas: a twin made of several sources about one customer, by the builder that makes every twin."""

from dataclasses import dataclass, replace
from datetime import date

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.reading.grounding import MAX_SOURCES, Grounded, ground
from twincast.usecases import twins
from twincast.usecases.context import Context
from twincast.usecases.twins import Saved


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonaRequest:
    """What a persona is made of.

    Attributes:
        name: a label; the customer's id where no profile states one.
        sources: type and content of each source: an object, a list, or text (JSON where it can be).
        fragments: personality traits, in the vocabulary of `psychographic_traits`.
        context: free text about the customer.
        as_of: day on which all of it was true; None for what the profile says, else today.
    """

    name: str | None = None
    sources: tuple[tuple[str, object], ...] = ()
    fragments: tuple[str, ...] = ()
    context: str | None = None
    as_of: date | None = None


def read(request: PersonaRequest) -> Grounded:
    """Put the sources together as one record; nothing is stored.

    Raises:
        InvalidInput: nothing says who it is, or a content is no text, list or object.
    """
    if len(request.sources) > MAX_SOURCES:
        message, allowed = f"has {len(request.sources)} entries", f"at most {MAX_SOURCES}"
        raise InvalidInput.of([FieldProblem(field="grounding_sources", message=message, allowed=allowed)])
    found = ground(request.sources, name=request.name, fragments=request.fragments, context=request.context)
    return found if request.as_of is None else replace(found, as_of=request.as_of)


def save(ctx: Context, persona: Grounded) -> Saved:
    """Make the twin of what was put together, or bring it up to date; the same data give the same version.

    Raises:
        InvalidInput: naming each field where the caller wrote it.
    """
    try:
        return twins.save(ctx, persona.record, as_of=persona.as_of)
    except InvalidInput as error:
        written = (replace(it, field=persona.written_at(it.field), row=None) for it in error.problems)
        raise type(error).of(written) from None
