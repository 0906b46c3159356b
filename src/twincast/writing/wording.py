"""The phrases of the grammar: which of them fit a tone, and which is taken. The phrases themselves are data files."""

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Final

REGISTERS: Final[dict[str, tuple[str, ...]]] = {
    "informative": ("informative", "plain"),
    "professional": ("professional", "plain"),
    "formal": ("formal", "plain"),
    "urgent": ("urgent", "plain"),
    "apologetic": ("apologetic", "plain"),
    "friendly": ("friendly", "warm"),
    "enthusiastic": ("enthusiastic", "bright", "warm"),
    "playful": ("playful", "play", "warm"),
}
"""Where the phrases of a tone are looked for: under its own name, then in its registers."""
_KEPT: Final = 65_536


@cache
def sections(name: str) -> Mapping[str, Any]:
    """Load one packaged file of phrases, once."""
    return tomllib.loads((files("twincast.writing") / "phrases" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def wordings(name: str, section: str, tone: str) -> tuple[str, ...]:
    """Return the wordings of a section for a tone; none where it has nothing to say in it."""
    lists = sections(name).get(section, {})
    register = next((it for it in REGISTERS[tone] if it in lists), None)
    return () if register is None else tuple(lists[register])


def chosen(options: tuple[str, ...], seed: int, place: str) -> str:
    """Return one wording: the same for a seed and a place in the message, whatever stands in its other places."""
    return options[_draw(seed, place) % len(options)] if len(options) > 1 else options[0]


@lru_cache(maxsize=_KEPT)
def _draw(seed: int, place: str) -> int:
    return int.from_bytes(blake2b(f"{seed}:{place}".encode(), digest_size=4).digest(), "little")
