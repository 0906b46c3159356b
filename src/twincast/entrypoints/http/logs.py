"""The log of a server: one JSON object a line on stderr, with facts and without contents."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, TextIO

ROOT: Final = "twincast"


class Lines(logging.Formatter):
    """Writes a record as one line of JSON. Only its event and its facts go out, never what formatted an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts: dict[str, Any] = getattr(record, "facts", {})
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "event": record.getMessage(), **facts}
        return json.dumps(line, ensure_ascii=True)


def set_up(level: str, stream: TextIO | None = None) -> None:
    """Let everything under `twincast` write to stderr, or to a stream, from a level on.

    A second call only changes the level.
    """
    logger = logging.getLogger(ROOT)
    logger.setLevel(level.upper())
    if not any(isinstance(handler.formatter, Lines) for handler in logger.handlers):
        handler = logging.StreamHandler(stream or sys.stderr)
        handler.setFormatter(Lines())
        logger.addHandler(handler)
    logger.propagate = False


def take_down() -> None:
    """Undo `set_up`."""
    logger = logging.getLogger(ROOT)
    for handler in [handler for handler in logger.handlers if isinstance(handler.formatter, Lines)]:
        logger.removeHandler(handler)
    logger.propagate = True
    logger.setLevel(logging.NOTSET)
