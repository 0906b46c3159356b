"""Twins as numbers: their stored states back into one frame, and the closed vocabularies of how to speak to them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from twincast.domain.twins import Twin
from twincast.reading.records import read_records
from twincast.reading.states import BASES, COLUMNS, POSITION, READING, STATE, TwinFrame

__all__ = [
    "BASES",
    "COLUMNS",
    "DETAIL_LEVELS",
    "PERSUASION_STYLES",
    "POSITION",
    "READING",
    "STATE",
    "TONES",
    "TwinFrame",
    "frame_of",
    "joined",
]

TONES: Final[tuple[str, ...]] = ("professional", "friendly", "warm", "concise", "enthusiastic", "reassuring")
DETAIL_LEVELS: Final[tuple[str, ...]] = ("low", "medium", "high")
PERSUASION_STYLES: Final[tuple[str, ...]] = ("logical", "emotional", "social", "practical")


def frame_of(twins: Sequence[Twin]) -> TwinFrame:
    """Return the twins as one frame, in their order.

    States are taken as stored; a twin that another version of the reading made is read again from its record.
    """
    width = len(STATE)
    blank = bytes(8 * width)
    data = b"".join(twin.state if twin.reading == READING else blank for twin in twins)
    values = np.frombuffer(data, dtype="<f8").astype(np.float64).reshape(len(twins), width)
    frame = TwinFrame(
        values=values,
        zones=tuple(twin.zone for twin in twins),
        currencies=tuple(twin.currency for twin in twins),
        interests=tuple(twin.interests for twin in twins),
        documents=tuple(twin.record for twin in twins),
    )
    stale = [row for row, twin in enumerate(twins) if twin.reading != READING]
    return _read_again(frame, twins, stale) if stale else frame


def joined(frames: Sequence[TwinFrame]) -> TwinFrame:
    """Return the twins of several frames as one frame, in their order."""
    if len(frames) == 1:
        return frames[0]
    return TwinFrame(
        values=np.concatenate([frame.values for frame in frames]),
        zones=tuple(zone for frame in frames for zone in frame.zones),
        currencies=tuple(currency for frame in frames for currency in frame.currencies),
        interests=tuple(interests for frame in frames for interests in frame.interests),
        documents=tuple(text for frame in frames for text in frame.documents or ("",) * len(frame)),
    )


def _read_again(frame: TwinFrame, twins: Sequence[Twin], stale: Sequence[int]) -> TwinFrame:
    """Replace the rows of twins whose state is of another version by what their records say today."""
    zones, interests = list(frame.zones), list(frame.interests)
    by_day: dict[object, list[int]] = {}
    for row in stale:
        by_day.setdefault(twins[row].as_of, []).append(row)
    for rows in by_day.values():
        records = [msgspec.json.decode(twins[row].record) for row in rows]
        fresh = read_records(records, as_of=twins[rows[0]].as_of).frame
        frame.values[rows] = fresh.values
        for row, zone, named in zip(rows, fresh.zones, fresh.interests, strict=True):
            zones[row], interests[row] = zone, named
    return replace(frame, zones=tuple(zones), interests=tuple(interests))
