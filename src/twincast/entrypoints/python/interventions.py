"""Interventions as callers write them: dicts of the API, values of the domain, a plain text, or None for nothing."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.interventions import Intervention

Message: TypeAlias = Intervention | Mapping[str, Any] | str | None
Interventions: TypeAlias = Mapping[str, Message] | Sequence[Message]

WANTED = "a dict such as {'channel': 'email', 'content': '...'}, an Intervention, a text, or None for sending nothing"


def interventions_in(given: Interventions, where: str = "interventions") -> dict[str, Intervention | None]:
    """Return interventions by id: the mapping's keys, an intervention's own `id`, or i0, i1, ... by place.

    Args:
        given: a mapping or a list; one dict that is an intervention itself is a list of one.
        where: what the caller calls them.

    Raises:
        InvalidInput: naming the intervention and its field; two of a list with one id.
    """
    if isinstance(given, Mapping) and _is_one(given):
        given = [given]
    if isinstance(given, Mapping):
        return {str(name): intervention_in(item, f"{where}[{str(name)!r}]") for name, item in given.items()}
    if isinstance(given, str) or not isinstance(given, Sequence):
        allowed = f"a list, or a mapping of ids, of {WANTED}"
        raise InvalidInput.of([FieldProblem(field=where, message=f"is a {type(given).__name__}", allowed=allowed)])
    found: dict[str, Intervention | None] = {}
    for place, item in enumerate(given):
        name = _own_id(item) or f"i{place}"
        if name in found:
            problem = FieldProblem(
                field=f"{where}[{place}].id", message=f"{name[:80]!r} is there twice", allowed="unique ids"
            )
            raise InvalidInput.of([problem])
        found[name] = intervention_in(item, f"{where}[{place}]")
    return found


def intervention_in(given: Message, where: str) -> Intervention | None:
    """Return one intervention; None is sending nothing.

    Raises:
        InvalidInput: with each field that is not right, under `where`.
    """
    if given is None or isinstance(given, Intervention):
        return given
    if isinstance(given, str):
        return Intervention(content=given)
    if not isinstance(given, Mapping):
        raise InvalidInput.of([FieldProblem(field=where, message=f"is a {type(given).__name__}", allowed=WANTED)])
    from twincast.wire.interventions import InterventionIn
    from twincast.wire.shapes import parsed

    body = {str(key): value for key, value in given.items()}
    name = body.pop("id", None)
    try:
        shape = parsed(InterventionIn, body)
    except InvalidInput as error:
        raise InvalidInput.of(_placed(error, where)) from None
    contradictions = list(shape.conflicts(where))
    if contradictions:
        raise InvalidInput.of(contradictions)
    return shape.to_domain(None if name is None else str(name))


def _placed(error: InvalidInput, where: str) -> list[FieldProblem]:
    return [
        FieldProblem(field=f"{where}.{problem.field}", message=problem.message, allowed=problem.allowed)
        for problem in error.problems
    ]


def _is_one(given: Mapping[str, Any]) -> bool:
    """Tell one intervention from a mapping of them: its values are texts and numbers under the API's own keys."""
    known = {"type", "intervention_type", "content", "channel", "template"} & set(given)
    others = [value for key, value in given.items() if key != "slots"]
    return bool(known) and not any(isinstance(value, Mapping | Intervention) for value in others)


def _own_id(item: Message) -> str | None:
    name = item.id if isinstance(item, Intervention) else item.get("id") if isinstance(item, Mapping) else None
    return None if name is None else str(name)
