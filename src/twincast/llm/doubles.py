"""Doubles of a provider that ship: one that plays a script, one that writes down, one that plays back."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from twincast.domain.chats import Prompt
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.llm.providers import Correction, Failed, Given, Provider
from twincast.llm.schemas import key_of

Part = Callable[[Prompt, Correction | None], Given | Failed]
"""What a scripted model gives for a prompt."""
_SAME: Final = ""
"""A tape is found whichever model it was taken of."""


class Scripted:
    """Plays a function (`providers.Provider`)."""

    def __init__(self, part: Part, name: str = "scripted") -> None:
        """Take what it plays."""
        self.name = name
        self._part = part

    async def call(self, prompt: Prompt, correction: Correction | None = None) -> Given:
        given = self._part(prompt, correction)
        if isinstance(given, Failed):
            raise given
        return given

    async def close(self) -> None:
        """Let go of nothing."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a tape: the digest of a prompt and what was given. No prompt is written down."""

    key: str
    text: str
    tokens_in: int | None
    tokens_out: int | None


class Recording:
    """Asks another provider and writes what it gives to a tape (`providers.Provider`)."""

    def __init__(self, provider: Provider, tape: Path) -> None:
        """Take whom to ask and the file, which is added to."""
        self.name = provider.name
        self._provider = provider
        self._tape = tape

    async def call(self, prompt: Prompt, correction: Correction | None = None) -> Given:
        given = await self._provider.call(prompt, correction)
        line = Recorded(
            key=key_of(_SAME, prompt), text=given.text, tokens_in=given.tokens_in, tokens_out=given.tokens_out
        )
        with self._tape.open("ab") as tape:
            tape.write(msgspec.json.encode(line) + b"\n")
        return given

    async def close(self) -> None:
        await self._provider.close()


class Replaying:
    """Plays a tape back (`providers.Provider`); asks nobody, and has nothing to say where the tape has not."""

    def __init__(self, tape: Path) -> None:
        """Take a tape.

        Raises:
            InvalidInput: the file can not be read, or is none.
        """
        self.name = "replay"
        try:
            lines = [msgspec.json.decode(line, type=Recorded) for line in tape.read_bytes().splitlines() if line]
        except (OSError, msgspec.DecodeError) as error:
            problem = FieldProblem(field="llm", message=f"'{tape}' is no tape of a language model: {error}")
            raise InvalidInput.of([problem]) from None
        self._lines: dict[str, list[Recorded]] = {}
        for line in lines:
            self._lines.setdefault(line.key, []).append(line)

    async def call(self, prompt: Prompt, correction: Correction | None = None) -> Given:
        found = self._lines.get(key_of(_SAME, prompt), [])
        place = 0 if correction is None else 1
        if place >= len(found):
            raise Failed("unrecorded", "The tape holds no answer to this prompt.")
        line = found[place]
        return Given(text=line.text, tokens_in=line.tokens_in, tokens_out=line.tokens_out)

    async def close(self) -> None:
        """Let go of nothing."""
