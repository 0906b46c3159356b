"""Grounding: what several sources say about one customer, put together as the record that makes a twin.

The profile is the record; other sources add what it does not say, each in its usual section. Nothing is thrown away,
and what is said twice is said once: the same data give the same record, whichever way they come.
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.twins import Warning
from twincast.reading.fields import SECTIONS, field_at, plain_word
from twincast.reading.values import short

MAX_SOURCES: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceKind:
    """A kind of source: in which section of the record its objects go, and under which path its lists and texts."""

    section: str
    lists: str
    texts: str
    aliases: tuple[str, ...]


SOURCES: Final[dict[str, SourceKind]] = {
    "crm_profile": SourceKind(
        section="", lists="grounding.crm_profile", texts="context", aliases=("crm", "profile", "customer_profile")
    ),
    "purchase_history": SourceKind(
        section="history",
        lists="history.transactions",
        texts="grounding.purchase_history",
        aliases=("purchases", "orders", "order_history", "transactions"),
    ),
    "behavioral_data": SourceKind(
        section="behavioral_data",
        lists="behavioral_data.events",
        texts="behavioral_data.browsing_patterns",
        aliases=("behavioural_data", "behavior", "behaviour", "behavioral", "behavioural"),
    ),
}
"""Sources that are understood. Any other is kept under `grounding`, from where no number is made."""

_BY_NAME: Final = {alias: name for name, kind in SOURCES.items() for alias in (name, *kind.aliases)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Grounded:
    """Sources put together.

    Attributes:
        record: a customer record in the shape of the API; `customer_id` is always there.
        as_of: the day on which the profile says that it was true, or None.
        warnings: what was kept as text, taken from elsewhere, or said in two ways.
        origins: dotted path in the record -> where the caller wrote it, for messages.
    """

    record: dict[str, Any]
    as_of: date | None
    warnings: tuple[Warning, ...]
    origins: Mapping[str, str]

    def written_at(self, path: str) -> str:
        """Return where the caller wrote what stands at a path of the record."""
        known = [it for it in self.origins if path == it or path.startswith((f"{it}.", f"{it}["))]
        if not known:
            return path
        longest = max(known, key=len)
        return self.origins[longest] + path[len(longest) :]


def ground(
    sources: Sequence[tuple[str, object]],
    *,
    name: str | None = None,
    fragments: Sequence[str] = (),
    context: str | None = None,
) -> Grounded:
    """Put sources together as one record.

    Args:
        sources: type and content of each: an object, a list, or text, which is tried as JSON first.
        name: the persona's name: the customer's id where no profile states one, else not part of the data.
        fragments: personality traits, added to those of the profile.
        context: free text about the customer, added to the profile's own.

    Raises:
        InvalidInput: there is neither a profile with an id nor a name, or a content is no text, list or object.
    """
    making = _Making()
    for place, (type_, content) in enumerate(sources):
        making.add(type_, content, f"grounding_sources[{place}].content")
    as_of = making.day()
    _identify(making, name)
    if fragments:
        making.characterise(fragments)
    if context is not None and context.strip():
        making.say("context", context, "context")
    return Grounded(record=making.record, as_of=as_of, warnings=tuple(making.warnings), origins=making.origins)


@dataclass(slots=True)
class _Making:
    """A record in the making."""

    record: dict[str, Any] = field(default_factory=dict)
    warnings: list[Warning] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)

    def add(self, type_: str, content: object, path: str) -> None:
        """Add one source."""
        known = SOURCES.get(_BY_NAME.get(plain_word(type_), ""))
        kind = known or self._unknown(type_, path)
        found = self._parsed(content, kind, path)
        if isinstance(found, list) and known is SOURCES["crm_profile"] and len(found) == 1 and _is_object(found[0]):
            found, path = found[0], f"{path}[0]"
        if self._holds(found):
            return
        if isinstance(found, dict):
            self._merge(_section(self.record, kind.section), found, kind.section, path)
        elif isinstance(found, list):
            self._put(kind.lists, found, path)
        else:
            self.say(kind.texts, found, path)

    def say(self, path: str, text: str, origin: str) -> None:
        """Add a text to what stands at a path; what is there already is not said again."""
        section, key = _place(self.record, path)
        before = section.get(key)
        if isinstance(before, str) and before.strip():
            section[key] = before if text in before else f"{before}\n{text}"
        else:
            self._put(path, text, origin)

    def characterise(self, fragments: Sequence[str]) -> None:
        """Add traits to those that are stated."""
        section, key = _place(self.record, "psychographic_traits")
        own = section.get(key)
        stated = own if isinstance(own, list) else [] if own is None else [own]
        section[key] = [*stated, *(it for it in dict.fromkeys(fragments) if it not in stated)]
        self.origins[key] = "personality_fragments"

    def day(self) -> date | None:
        """Take the day of the data out of the record: it is said beside it."""
        given = self.record.pop("as_of", None)
        if given is None:
            return None
        try:
            return datetime.fromisoformat(str(given).strip()).date()
        except ValueError:
            problem = FieldProblem(
                field=self.origins.get("as_of", "as_of"),
                message=f"{short(given)} is not a day",
                allowed="a day in ISO 8601, such as 2026-05-04",
            )
            raise InvalidInput.of([problem]) from None

    def warn(self, code: str, path: str, message: str) -> None:
        """Tell the owner of the input something."""
        self.warnings.append(Warning(code=code, field=path, message=message))

    def _unknown(self, type_: str, path: str) -> SourceKind:
        where = f"grounding.{plain_word(type_) or 'source'}"
        named = ", ".join(SOURCES)
        message = f"The source type {short(type_)} is not known; it is kept with the record, and no number is made of "
        self.warn("unknown-source-type", path.replace(".content", ".type"), f"{message}it. Known are {named}.")
        return SourceKind(section=where, lists=where, texts=where, aliases=())

    def _parsed(self, content: object, kind: SourceKind, path: str) -> Any:
        """Return an object, a list, or text that is neither."""
        if isinstance(content, dict | list):
            return deepcopy(content)  # the record is built in it
        if not isinstance(content, str) or not content.strip():
            problem = FieldProblem(field=path, message=f"is {short(content)}", allowed="text, a list or an object")
            raise InvalidInput.of([problem])
        try:
            found = json.loads(content, parse_constant=lambda _: None)  # NaN of a data frame: not known
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict | list):
            return found
        self.warn(
            "content-not-json", path, f"The content is no JSON object or list; it is kept as text in {kind.texts}."
        )
        return content

    def _holds(self, found: Any) -> bool:
        """Tell whether the record says all of this already: exports often repeat a part of the profile as a source."""
        inner = [value for value in self.record.values() if isinstance(value, dict)]
        return any(found == value for section in (self.record, *inner) for value in section.values())

    def _put(self, path: str, value: Any, origin: str) -> None:
        section, key = _place(self.record, path)
        self._merge(section, {key: value}, path.rpartition(".")[0], origin, named=False)

    def _merge(
        self, section: dict[str, Any], found: Mapping[str, Any], path: str, origin: str, *, named: bool = True
    ) -> None:
        """Put values into a section: the later source wins over an earlier one, whose value is kept aside."""
        for key, value in found.items():
            where, written = f"{path}.{key}" if path else key, f"{origin}.{key}" if named else origin
            before = section.get(key)
            if isinstance(before, dict) and isinstance(value, dict):
                self._merge(before, value, where, written)
                continue
            if before is not None and before != value:
                aside, name = _place(self.record, f"superseded.{where}")
                aside[name] = before
                self.warn("sources-disagree", where, f"Two sources state {where}; {written} is taken, being the later.")
            section[key] = value
            self.origins[where] = written


def _identify(making: _Making, name: str | None) -> None:
    """Give the record its customer's id: as a profile states it, else the persona's name."""
    record = making.record
    key = next((it for it in record if (known := field_at("", it)) and known[0].name == "customer_id"), None)
    key = key or next((it for it in record if plain_word(it) == "id"), None)
    if key is not None and record[key] is not None:
        given = record.pop(key)
        whole = isinstance(given, int) and not isinstance(given, bool)
        record["customer_id"] = str(given) if whole else given
        making.origins["customer_id"] = making.origins.get(key, "customer_id")
    elif name is not None and name.strip():
        record["customer_id"] = name.strip()
        making.origins["customer_id"] = "name"
        message = "No profile states customer_id or id; the name stands for it, so another name is another customer."
        making.warn("customer-id-from-name", "name", message)
    else:
        allowed = "a crm_profile with customer_id or id, or a name"
        raise InvalidInput.of([FieldProblem(field="name", message="nothing says who this is", allowed=allowed)])


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _section(record: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the object at a path, made where there is none."""
    section = record
    for key in path.split(".") if path else ():
        inner = section.get(key)
        if isinstance(inner, dict):
            section = inner
            continue
        made: dict[str, Any] = {} if inner is None else {"value": inner}
        if inner is None or key not in SECTIONS:  # a section of the document that is no object is refused in reading
            section[key] = made
        section = made
    return section


def _place(record: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """Return the section and the key that a path means; the key as the record spells that field already."""
    where, _, key = path.rpartition(".")
    section = _section(record, where)
    found = field_at(where, key)
    if found is None:
        return section, key
    return section, next((it for it in section if (known := field_at(where, it)) and known[0] is found[0]), key)
