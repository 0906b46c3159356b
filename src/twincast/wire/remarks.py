"""Warnings and flags: what the owner of an input should know, and never a reason to refuse it."""

from collections.abc import Iterable

from pydantic import Field

from twincast.domain.twins import Warning
from twincast.wire.shapes import Answer, Plain


class Remark(Answer):
    """One warning or flag."""

    code: str = Field(description="Stable slug.")
    field: str = Field(description="What it is about, as a dotted path.")
    message: str

    @staticmethod
    def plain(warning: Warning) -> Plain:
        """Render one."""
        return {"code": warning.code, "field": warning.field, "message": warning.message}


def remarks(warnings: Iterable[Warning]) -> list[Plain]:
    """Render several."""
    return [Remark.plain(warning) for warning in warnings]


NOT_REMEMBERED = Warning(
    code="comparison-not-remembered",
    field="interaction_config.enable_memory",
    message="A comparison sends none of its variants, so the twin remembers none of them.",
)
