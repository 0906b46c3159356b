"""Archives as files: JSON lines with a version in the first and a checksum in the last, so that a part is no whole."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from twincast.domain.archives import Archive, ArchivedTwin, Pin
from twincast.domain.comparisons import Comparison
from twincast.domain.errors import UnreadableArchive
from twincast.domain.events import Branch, Event
from twincast.domain.sessions import Checkpoint, Session
from twincast.domain.trials import Trial

FORMAT: Final = "twincast-session"
VERSION: Final = 1
MEDIA_TYPE: Final = "application/x-ndjson"
PARTS: Final[dict[str, tuple[str, type[Any]]]] = {
    "pin": ("pins", Pin),
    "twin": ("twins", ArchivedTwin),
    "branch": ("branches", Branch),
    "checkpoint": ("checkpoints", Checkpoint),
    "event": ("events", Event),
    "test": ("tests", Trial),
    "comparison": ("comparisons", Comparison),
}
"""What a line may hold: the key it is under, the part of the archive it goes to, its type."""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line."""

    format: str
    version: int
    workspace: str
    software: str
    exported_at: datetime
    session: Session


class Closing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last line: how many lines stand before it, and the SHA-256 (hex) of their bytes."""

    lines: int
    sha256: str


def write_archive(archive: Archive) -> bytes:
    """Return an archive as a file; equal archives give equal bytes."""
    lines = [_encode(line) + b"\n" for line in _lines(archive)]
    content = b"".join(lines)
    closing = Closing(lines=len(lines), sha256=sha256(content).hexdigest())
    return content + _encode({"end": closing}) + b"\n"


def read_archive(content: bytes) -> Archive:
    """Return the archive in a file.

    Raises:
        UnreadableArchive: it is none, only a part of one, was altered, or a later Twincast wrote it.
    """
    first, _, _ = content.partition(b"\n")
    opening = _opening(first)
    body, closing = _closed(content)
    if sha256(body).hexdigest() != closing.sha256 or body.count(b"\n") != closing.lines:
        raise UnreadableArchive("The file was altered since it was written: its checksum does not fit. Export again.")
    parts: dict[str, list[Any]] = {part: [] for part, _ in PARTS.values()}
    for number, line in enumerate(body.split(b"\n")[1:-1], 2):
        part, value = _part(number, line)
        parts[part].append(value)
    return Archive(
        workspace=opening.workspace,
        software=opening.software,
        exported_at=opening.exported_at,
        session=opening.session,
        **{part: tuple(values) for part, values in parts.items()},
    )


def _lines(archive: Archive) -> Iterator[object]:
    yield {
        "format": FORMAT,
        "version": VERSION,
        "workspace": archive.workspace,
        "software": archive.software,
        "exported_at": archive.exported_at,
        "session": archive.session,
    }
    for key, (part, _) in PARTS.items():
        for value in getattr(archive, part):
            yield {key: value}


def _opening(line: bytes) -> Opening:
    try:
        found = _decode(line)
    except msgspec.DecodeError:
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UnreadableArchive("The file is no exported session: its first line does not say so.")
    if found.get("version") != VERSION:
        raise UnreadableArchive(
            f"The file has version {str(found.get('version'))[:20]}; this Twincast reads version {VERSION}. "
            "Import it with the version of Twincast that wrote it, or a later one."
        )
    try:
        return msgspec.convert(found, Opening)
    except msgspec.ValidationError as error:
        raise UnreadableArchive(f"Line 1 of the file can not be read: {error}.") from None


def _closed(content: bytes) -> tuple[bytes, Closing]:
    """Return the bytes in front of the last line, and what that line says."""
    body, _, last = content.rstrip(b"\n").rpartition(b"\n")
    try:
        found = msgspec.json.decode(last, type=dict[str, Closing])
        return body + b"\n", found["end"]
    except (msgspec.DecodeError, KeyError):
        raise UnreadableArchive("The file is cut off: its last line is missing. Export or transfer it again.") from None


def _part(number: int, line: bytes) -> tuple[str, Any]:
    try:
        found = msgspec.json.decode(line, type=dict[str, Any])
        ((key, value),) = found.items()
        part, shape = PARTS[key]
        return part, msgspec.convert(value, shape)
    except (msgspec.DecodeError, ValueError, KeyError) as error:
        raise UnreadableArchive(f"Line {number} of the file can not be read: {str(error)[:200]}.") from None
