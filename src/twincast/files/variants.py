"""Variants from a file, YAML or JSON: a list of interventions with ids, or a mapping of ids to them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.ids import MAX_ID_LENGTH
from twincast.domain.interventions import Intervention
from twincast.wire.interventions import InterventionIn
from twincast.wire.shapes import parsed

MAX_BYTES: Final = 4 * 1024 * 1024
MOST: Final = 1_000
"""Variants of one batch."""
NOTHING: Final = "none"
IDS: Final = ("id", "variant_id")
WANTED: Final = "a list of interventions with `id`, or a mapping of ids to them; null, or type none, sends nothing"


def read_variants(path: Path) -> dict[str, Intervention | None]:
    """Return the interventions of a file by id, in their order; None is sending nothing.

    Args:
        path: of a YAML or JSON file, typed on this machine. `variants:` or `interventions:` may stand around them.

    Raises:
        InvalidInput: the file can not be read, with the line; or a variant is not right, with its id and line.
    """
    content = _content(path)
    given = _unwrapped(_decoded(content))
    named = list(_named(given))
    problems = [] if named else [FieldProblem(field="variants", message="is empty", allowed=WANTED)]
    if len(named) > MOST:
        problems.append(
            FieldProblem(field="variants", message=f"{len(named):,} are too many", allowed=f"up to {MOST:,}")
        )
    found: dict[str, Intervention | None] = {}
    for place, (name, body) in enumerate(named):
        where = f"variants[{name if name is not None else place}]{_line(content, name, again=name in found)}"
        wrong = list(_id_problems(name, found, where))
        if not wrong:
            try:
                found[str(name)] = _intervention(body, str(name))
            except InvalidInput as error:
                wrong = [FieldProblem(field=_path(where, it.field), message=it.message, allowed=it.allowed)
                         for it in error.problems]  # fmt: skip
        problems += wrong
    if problems:
        raise InvalidInput.of(problems)
    return found


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _bad(f"'{path.name}' can not be opened: {error.strerror or error}") from None
    if len(content) > MAX_BYTES:
        raise _bad(f"'{path.name}' is larger than {MAX_BYTES:,} bytes")
    return content.removeprefix(b"\xef\xbb\xbf")


def _decoded(content: bytes) -> Any:
    """Return what is in the file: JSON, or else YAML, of which JSON is all but a part."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        pass
    import yaml

    try:
        return yaml.load(content, Loader=_loader())  # noqa: S506 - it is a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "" if mark is None else f"line {mark.line + 1}: "
        raise _bad(f"{where}{error.problem or 'is not YAML'}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _bad(f"is neither YAML nor JSON: {str(error).splitlines()[0][:200]}") from None


def _loader() -> Any:
    """Return a loader that knows no dates (a timing is text) and refuses a key that stands twice."""
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [key.value for key, _ in node.value]
            twice = next((key for key in keys if keys.count(key) > 1 and key != "<<"), None)
            if twice is not None:
                raise yaml.constructor.ConstructorError(None, None, f"'{twice}' stands twice", node.start_mark)
            return super().construct_mapping(node, deep=deep)

    Loader.yaml_implicit_resolvers = {
        sign: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for sign, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


def _unwrapped(given: Any) -> Any:
    if isinstance(given, Mapping) and len(given) == 1:
        ((key, inside),) = given.items()
        if key in ("variants", "interventions"):
            return inside
    return given


def _named(given: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each variant's id, None where it has none, and its body."""
    if isinstance(given, Mapping):
        yield from given.items()
    elif isinstance(given, list):
        for item in given:
            if item in (None, NOTHING):
                yield NOTHING, None
                continue
            body = dict(item) if isinstance(item, Mapping) else {"content": item} if isinstance(item, str) else item
            names = [body.pop(key) for key in IDS if key in body] if isinstance(body, dict) else []
            yield (names[0] if names else _own_name(body)), body
    else:
        raise InvalidInput.of([FieldProblem(field="variants", message="is no list and no mapping", allowed=WANTED)])


def _own_name(body: Any) -> str | None:
    return NOTHING if isinstance(body, Mapping) and body.get("type") == NOTHING else None


def _id_problems(name: Any, found: Mapping[str, Any], where: str) -> Iterator[FieldProblem]:
    allowed = f"text of 1 to {MAX_ID_LENGTH} characters, each once"
    if name is None:
        yield FieldProblem(field=where, message="has no id", allowed=allowed)
    elif isinstance(name, bool) or not isinstance(name, str | int):
        message = f"its id is {name!r}, which is no text: put it in quotes"
        yield FieldProblem(field=where, message=message, allowed=allowed)
    elif not 0 < len(str(name).strip()) <= MAX_ID_LENGTH or not str(name).isprintable():
        yield FieldProblem(field=where, message="its id can not be used", allowed=allowed)
    elif str(name) in found:
        yield FieldProblem(field=where, message="its id stands twice", allowed=allowed)


def _intervention(body: Any, name: str) -> Intervention | None:
    if body in (None, NOTHING):
        return None
    given = {"content": body} if isinstance(body, str) else body
    if not isinstance(given, Mapping):
        raise InvalidInput.of([FieldProblem(field="", message="is no intervention", allowed=WANTED)])
    plain = {str(key): value for key, value in given.items() if key not in IDS}
    shape = parsed(InterventionIn, plain)
    contradictions = list(shape.conflicts(""))
    if contradictions:
        raise InvalidInput.of(contradictions)
    return shape.to_domain(name)


def _path(where: str, field: str) -> str:
    inner = field.strip(".")
    return f"{where}.{inner}" if inner else where


def _line(content: bytes, name: Any, *, again: bool) -> str:
    """Return where a variant's id stands, for the first time or again, as ` (line 3)`; "" where it can not be told."""
    if not isinstance(name, str) or not name:
        return ""
    lines = content.decode("utf-8", "replace").splitlines()
    places = [number for number, line in enumerate(lines, 1) if _holds(line, name)]
    return f" (line {places[again]})" if len(places) > again else ""


def _holds(line: str, name: str) -> bool:
    """Tell whether a line of YAML or JSON names a variant: as a key, or as the value of its id."""
    key, sign, value = line.strip(" -{[\t").partition(":")
    bare = key.strip(" \"'")
    return bool(sign) and (bare == name or (bare in IDS and value.partition(",")[0].strip(" }\"'") == name))


def _bad(message: str) -> InvalidInput:
    return InvalidInput.of([FieldProblem(field="variants", message=message)])
