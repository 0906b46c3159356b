"""What is checked of every text that is stored and answered."""

from collections.abc import Iterator
from typing import Final

from twincast.domain.errors import FieldProblem
from twincast.usecases.references import is_text

MAX_NOTE: Final = 2_000
MAX_NAME: Final = 200


def text_problems(field: str, text: str, most: int) -> Iterator[FieldProblem]:
    """Yield what is wrong with a text that is stored and answered."""
    if len(text) > most:
        yield FieldProblem(field=field, message=f"has {len(text)} characters", allowed=f"at most {most} characters")
    if "\0" in text or not is_text(text):
        allowed = "text without NUL and without lone surrogates"
        yield FieldProblem(field=field, message="holds a character that is no text", allowed=allowed)
