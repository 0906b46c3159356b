"""What language models were heard to say, laid beside cells: those of a test, and contacts that were made.

A signal is elicited from the record as it was before the contact, and kept with its moment. Asked after a contact it
teaches nothing, unless it was asked as of a day up to that of the contact, about a record of no later day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.domain.chats import KeptAnswer
from twincast.domain.ids import TwinId
from twincast.domain.signals import Heard
from twincast.domain.trials import Answered, Words
from twincast.ports.engines import Engine
from twincast.ports.stores import UnitOfWork
from twincast.reading.states import POSITION
from twincast.reading.utterances import heard_in, views_of
from twincast.response.cells import Cells
from twincast.response.matches import channels_used
from twincast.response.signals import Signals
from twincast.usecases.answers import Question, answer_all
from twincast.usecases.contacts import DAY
from twincast.usecases.words import message_key, told_of

MOVED: Final = "moved"
MOVED_DETAIL: Final = (
    "What the model itself judges has moved the purchase away from the decision that it was told: its reply would "
    "contradict the number, and the plain sentence stands."
)
MICROS: Final = 1_000_000
EPOCH: Final = date(1970, 1, 1).toordinal()


def heard_of(words: Words | None) -> Heard | None:
    """Return what was heard with an answer; None where nothing was."""
    if words is None or words.model is None:
        return None
    return heard_in(words.views, words.model, words.prompt, words.told)


def heard_digest(engine: Engine, heard: Heard | None) -> str | None:
    """Return what stands for what was heard among what made a result; None where no number rests on it."""
    if heard is None or not engine.listens:
        return None
    return sha256(msgspec.json.encode(heard, order="sorted")).hexdigest()


def listened(engine: Engine, questions: Sequence[Question], answers: Sequence[Answered]) -> list[Answered]:
    """Return answers with numbers in which what was heard has the weight that outcomes gave it.

    Where outcomes gave none, or nothing was heard, they are as they were, and nothing is computed.

    Args:
        engine: which may listen.
        questions: of one intervention each; answers: what was said to each without listening, with the words.
    """
    heard = [heard_of(answered.words) if engine.listens else None for answered in answers]
    places = [place for place, it in enumerate(heard) if it is not None]
    given = list(answers)
    if places:
        again = answer_all(engine, [replace(questions[place], heard=(heard[place],)) for place in places])
        for place, (answered,) in zip(places, again, strict=True):
            given[place] = _spoken(answered, answers[place])
    return given


def _spoken(answered: Answered, before: Answered) -> Answered:
    """Return an answer in the words of the one before, where they still fit."""
    words = before.words
    if words is None or told_of(answered) == words.told:
        return replace(answered, words=words, turns=before.turns, predicted_response=before.predicted_response)
    return replace(answered, words=replace(words, reply=None, problem=MOVED, detail=MOVED_DETAIL))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """One answer that was kept: when it was given (microseconds), as of which day, of which message, what was heard."""

    at: int
    day: int | None
    message: str
    heard: Heard

    def before(self, moment: int) -> bool:
        """Tell whether it knew nothing of what came of a contact at a moment."""
        return self.at <= moment or (self.day is not None and self.day <= moment // DAY)


def heard_before(unit: UnitOfWork, cells: Cells, twins: Sequence[TwinId], sent_at: NDArray[np.int64]) -> Signals | None:
    """Return what was heard of contacts before they were made; None where nothing was kept.

    Args:
        unit: where answers are kept.
        cells: c contacts; a twin's row stands for one day of hers.
        twins: (c,) whose they are; sent_at: (c,) when, microseconds since 1970.
    """
    kept = _by_twin(unit.answers.judging())
    if not kept:
        return None
    heard: list[Heard] = []
    owner: list[int] = []
    of_cell = np.full(len(cells), -1, dtype=np.intp)
    keys = _messages(cells)
    places: dict[int, list[int]] = {}
    for cell, row in enumerate(cells.twin.tolist()):
        if twins[cell] in kept:
            places.setdefault(row, []).append(cell)
    for row, mine in places.items():
        first = int(sent_at[mine].min())
        known = [it for it in kept[twins[mine[0]]] if it.before(first)]
        latest: Mapping[str, int] = {it.message: len(heard) + place for place, it in enumerate(known)}
        heard += [it.heard for it in known]
        owner += [row] * len(known)
        for cell in mine:
            of_cell[cell] = latest.get(keys[cell] or "", -1)
    return Signals(heard=tuple(heard), twin=np.array(owner, dtype=np.intp), of_cell=of_cell)


def _by_twin(answers: Sequence[KeptAnswer]) -> dict[TwinId, list[_Kept]]:
    found: dict[TwinId, list[_Kept]] = {}
    for it in answers:
        if it.twin is None or it.about is None:
            continue
        views = views_of(msgspec.json.decode(it.text, type=dict[str, Any]))
        heard = heard_in(views, it.model, it.prompt, it.about.told)
        if heard is not None:
            day = None if it.about.as_of is None else it.about.as_of.toordinal() - EPOCH
            at = round(it.created_at.timestamp() * MICROS)
            found.setdefault(it.twin, []).append(_Kept(at=at, day=day, message=it.about.message, heard=heard))
    return found


def _messages(cells: Cells) -> list[str | None]:
    """Return what the message of each cell is known by; None where nothing is sent, or nothing is written."""
    start = POSITION[f"channel_{CHANNELS[0]}"]
    used = channels_used(cells, cells.twins.values[:, start : start + len(CHANNELS)]).tolist()
    read = [item.reading if item.is_contact else None for item in cells.interventions]
    return [
        None if (reading := read[item]) is None else message_key(reading.digest, CHANNELS[channel])
        for item, channel in zip(cells.intervention.tolist(), used, strict=True)
    ]
