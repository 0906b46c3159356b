"""Templates: messages for common occasions, as data, and how their slots are filled in."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.fields import nearest
from twincast.domain.interventions import Intervention
from twincast.domain.templates import Slot, Template
from twincast.reading.phrasebook import lexicon

MAX_SLOT: Final = 500
"""Longest content of a slot, in characters."""


@cache
def templates() -> dict[str, Template]:
    """Return all templates by id."""
    return {it["id"]: _template(it) for it in lexicon("templates")["template"]}


def template_of(name: str, path: str = "template") -> Template:
    """Return the template of an id. Raises InvalidInput naming `path` and the nearest ids."""
    known = templates().get(name)
    if known is not None:
        return known
    close = nearest(name[:80], templates())
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    message = f"'{name[:80]}' is not a template{hint}"
    raise InvalidInput.of([FieldProblem(field=path, message=message, allowed=", ".join(templates()))])


def fields_of(template: str | None) -> tuple[str, ...]:
    """Return what matters where a template is used; nothing for one that is not known."""
    known = None if template is None else templates().get(template)
    return () if known is None else known.fields


def filled(intervention: Intervention, path: str = "intervention") -> Intervention:
    """Return an intervention whose template was filled in; one with content of its own stays as it is.

    Args:
        intervention: what it states itself (channel, timing, products, another type) wins over its template.
        path: where it stands in the caller's request, for messages.

    Raises:
        InvalidInput: the template is not known, or a slot is missing, unknown or holds what can not be written.
    """
    if intervention.template is None or intervention.content is not None:
        return intervention
    known = template_of(intervention.template, f"{path}.template")
    given = dict(intervention.slots or {})
    problems = list(_problems(known, given, f"{path}.slots"))
    if problems:
        raise InvalidInput.of(problems)
    said = {slot.name: _text(given.get(slot.name)) or str(slot.default) for slot in known.slots}
    return replace(
        intervention,
        type=known.type if intervention.type == "custom" else intervention.type,
        content=known.written(said),
        products=intervention.products or tuple(said[name] for name in known.products),
    )


def _template(data: Mapping[str, Any]) -> Template:
    return Template(
        id=data["id"],
        type=data["type"],
        meaning=data["meaning"],
        text=data["text"],
        slots=tuple(
            Slot(name=name, meaning=it["meaning"], example=it["example"], default=it.get("default"))
            for name, it in data["slots"].items()
        ),
        products=tuple(data.get("products", ())),
        fields=tuple(data["fields"]),
    )


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _problems(known: Template, given: Mapping[str, object], path: str) -> Iterator[FieldProblem]:
    names = [slot.name for slot in known.slots]
    for name in given:
        if name not in names:
            close = nearest(str(name)[:80], names)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            message = f"is not a slot of '{known.id}'{hint}"
            yield FieldProblem(field=f"{path}.{str(name)[:80]}", message=message, allowed=", ".join(names))
    for slot in known.slots:
        value, allowed = given.get(slot.name), f"text or a number, such as '{slot.example}'"
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if value is not None and not isinstance(value, str) and not number:
            yield FieldProblem(field=f"{path}.{slot.name}", message="is neither text nor a number", allowed=allowed)
        elif not _text(value) and slot.default is None:
            message = f"is missing: {slot.meaning[:1].lower()}{slot.meaning[1:]}"
            yield FieldProblem(field=f"{path}.{slot.name}", message=message, allowed=allowed)
        elif len(_text(value)) > MAX_SLOT:
            message = f"has {len(_text(value))} characters"
            yield FieldProblem(field=f"{path}.{slot.name}", message=message, allowed=f"at most {MAX_SLOT} characters")
