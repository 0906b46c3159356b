"""What the customers of a batch say in a language model's words: one call for each cell that is sent something."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import Batch
from twincast.domain.chats import KeptAnswer, Said
from twincast.domain.predictions import KeyFactors
from twincast.domain.trials import Answered, Words
from twincast.ports.engines import Engine
from twincast.ports.stores import UnitOfWork
from twincast.reading.interventions import default_response
from twincast.response.replies import reply
from twincast.usecases.answers import stance_of
from twincast.usecases.batching.cells import Scene
from twincast.usecases.batching.people import People
from twincast.usecases.context import Context
from twincast.usecases.scenes import ALWAYS
from twincast.usecases.words import Cell, heard, prompt_of

Column = NDArray[Any]

KEY, PROBLEM, CALLS = "words.key", "words.problem", "words.calls"
"""Columns of a batch that asks for words: what the answer is kept under, or why there is none, and its requests.

The words themselves stand with the kept answers alone, and go from there when somebody is erased.
"""
AT_ONCE: Final = 500
"""Answers looked up in one statement."""
NO_FACTORS: Final = KeyFactors(positive=(), negative=(), suggestions=())


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A cell that waits for its words; `row` is its place in the part."""

    row: int
    cell: Cell


def columns_of_words(rows: int) -> dict[str, Column]:
    """Return the columns of words that say nothing yet."""
    return {
        KEY: np.full(rows, "", dtype="<U64"),
        PROBLEM: np.full(rows, "", dtype="<U16"),
        CALLS: np.full(rows, np.nan),
    }


def waiting(engine: Engine, batch: Batch, people: People, scene: Scene, where: NDArray[np.intp]) -> Iterator[Waiting]:
    """Yield the cells of a scene that are sent something, with what each customer decided.

    Args:
        engine, batch, people: who answers what about whom.
        scene: c cells.
        where: (c,) the row of each in the part.
    """
    cells, settings = scene.cells, batch.settings
    examined = engine.examine(
        cells, (), ALWAYS, shown=len(where), scored=ALWAYS[-1], horizon_days=settings.horizon_days, level=settings.level
    )
    of = (scene.rows // batch.width).tolist()
    for cell, (row, person, variant) in enumerate(zip(where.tolist(), of, scene.variant.tolist(), strict=True)):
        item = cells.interventions[variant]
        if not item.is_contact:
            continue
        channel = scene.channels[cell]
        response = item.response or default_response(item.type, channel)
        explanations = {field: found[cell] for field, found in examined.explanations.items()}
        said = reply(stance_of(item, response, explanations))
        answered = Answered(
            intervention=item,
            channel=channel,
            response=response,
            window=None,
            predictions=(),
            explanations=(),
            key_factors=NO_FACTORS,
            predicted_response=said,
            thinking=None,
            warnings=(),
            flags=(),
            turns=(said,),
        )
        yield Waiting(row=row, cell=Cell(twin=people.twins[person], session=batch.session_id, answered=answered))


def say(
    ctx: Context, spoken: Sequence[Waiting], found: Mapping[str, Column], wanted: Callable[[], bool] | None = None
) -> None:
    """Ask for the words of cells, and write into the columns of their part under what each is kept, or why not.

    Args:
        ctx: whose language model, and where answers are kept.
        spoken: the cells.
        found: the columns of their part.
        wanted: whether they still are; see `ports.chats.ChatModel.ask`.
    """
    if ctx.chat is None or not spoken:
        return
    prompts = [prompt_of(it.cell)[0] for it in spoken]
    for it, answer in zip(spoken, ctx.chat.ask(ctx.workspace, prompts, wanted), strict=True):
        found[CALLS][it.row] = answer.calls
        if isinstance(answer, Said):
            found[KEY][it.row] = answer.key
        else:
            found[PROBLEM][it.row] = answer.code


def words_of(unit: UnitOfWork, found: Mapping[str, Column]) -> list[Words | None]:
    """Return the words of rows by their columns; None where nothing is sent, or they were erased."""
    keys = [key for key in dict.fromkeys(found[KEY].tolist()) if key]
    kept: dict[str, KeptAnswer] = {}
    for start in range(0, len(keys), AT_ONCE):
        kept |= unit.answers.get(keys[start : start + AT_ONCE])
    words: list[Words | None] = []
    for key, problem, calls in zip(*(found[name].tolist() for name in (KEY, PROBLEM, CALLS)), strict=True):
        if problem:
            words.append(Words(prompt="", calls=int(calls), problem=problem))
        else:
            words.append(heard(kept[key], int(calls)) if key in kept else None)
    return words
