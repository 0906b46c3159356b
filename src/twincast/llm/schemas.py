"""The shape of an answer as a schema for the model, and the check of what came against it."""

from functools import cache
from hashlib import sha256
from typing import Any

import msgspec

from twincast.domain.chats import Prompt


@cache
def schema_of(shape: type) -> dict[str, Any]:
    """Return the JSON schema of a shape that has no shapes in it."""
    _, parts = msgspec.json.schema_components([shape])
    (schema,) = parts.values()
    return {name: value for name, value in schema.items() if name not in {"title", "description"}}


def problem_of(text: str, shape: type) -> str | None:
    """Return what is wrong with an answer; None where it fits its shape."""
    if not text.strip():
        return "The answer was empty."
    try:
        msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, UnicodeError) as error:  # a ValidationError is a DecodeError
        return f"{error}"[:300]
    except RecursionError:
        return "The answer was nested too deeply."
    return None


def key_of(model: str, prompt: Prompt) -> str:
    """Return what an answer is kept under: a digest of all that could change it."""
    parts = (
        model,
        prompt.name,
        prompt.version,
        prompt.system,
        prompt.user,
        schema_of(prompt.shape),
        prompt.max_tokens,
        prompt.draw,
    )
    return sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()
