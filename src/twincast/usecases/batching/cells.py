"""The cells of a batch: which customer meets which variant, from which moment and with which memory, by its mode."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import Batch, Mode
from twincast.domain.interventions import ReadIntervention
from twincast.domain.memories import Exposure, remember
from twincast.reading.likeness import likeness_of
from twincast.response.cells import Cells, Remembered
from twincast.response.fatigue import sending
from twincast.stats.streams import stream
from twincast.usecases.answers import channels_of
from twincast.usecases.batching.people import People
from twincast.usecases.batching.requests import read
from twincast.usecases.context import Context
from twincast.usecases.memories import MOST_WORDS, blank

Index = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scene:
    """Cells that are computed together.

    Attributes:
        rows: (c,) row of each cell among those of these customers: `width` for each, customer by customer.
        variant: (c,) which variant.
        channels: (c,) the channel that each goes out on.
    """

    cells: Cells
    rows: Index
    variant: Index
    channels: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What was sent to one customer, to be remembered, and when."""

    row: int
    exposure: Exposure
    at: datetime


class Scenes:
    """The cells of a batch's customers, scene by scene. A sequence goes step by step: later ones remember earlier ones.

    Attributes:
        sent: what was sent so far, where it is remembered.
    """

    def __init__(self, ctx: Context, batch: Batch, people: People) -> None:
        self._zone = ctx.zone
        self._batch = batch
        self._people = people
        self._memories = list(people.memories)
        currencies = dict.fromkeys(people.frame.currencies)
        self._items = {currency: read(batch.variants, currency) for currency in currencies}
        self.sent: list[Sent] = []

    def __iter__(self) -> Iterator[Scene]:
        if self._batch.settings.mode is Mode.SEQUENCE:
            for step in range(len(self._batch.variants)):
                for scene in self._together(np.full((len(self._people), 1), step), first=step):
                    yield scene
                    self._remember(scene)
            return
        for scene in self._together(self._chosen()):
            yield scene
            if self._batch.settings.memory:
                self._remember(scene)

    def _chosen(self) -> Index:
        """Return the variants that each customer meets, (n, width)."""
        count = len(self._batch.variants)
        if self._batch.settings.mode is Mode.ASSIGN:
            return assigned(self._batch, self._people)[:, None]
        return np.tile(np.arange(count), (len(self._people), 1))

    def _together(self, chosen: Index, first: int = 0) -> Iterator[Scene]:
        """Yield the cells of customers with chosen variants, those of one currency and one moment together."""
        groups: dict[tuple[str, datetime], list[int]] = {}
        for row, key in enumerate(zip(self._people.frame.currencies, self._people.moments, strict=True)):
            groups.setdefault(key, []).append(row)
        width = self._batch.width
        for (currency, now), members in groups.items():
            whom = np.array(members, dtype=np.intp)
            count = chosen.shape[1]
            memories = tuple(self._memories[row] for row in members)
            cells = Cells(
                twins=self._people.frame if len(members) == len(self._people) else self._people.frame.take(members),
                interventions=tuple(self._items[currency]),
                twin=np.repeat(np.arange(len(whom)), count),
                intervention=chosen[whom].ravel(),
                now=now,
                remembered=Remembered(memories=memories, zone=self._zone) if any(memories) else None,
            )
            yield Scene(
                cells=cells,
                rows=(whom[:, None] * width + first + np.arange(count)).ravel(),
                variant=cells.intervention,
                channels=channels_of(cells),
            )

    def _remember(self, scene: Scene) -> None:
        """Let each customer remember what it was sent in a step."""
        width = self._batch.width
        likenesses = [likeness_of(item) for item in scene.cells.interventions]
        for cell, (row, variant) in enumerate(zip((scene.rows // width).tolist(), scene.variant.tolist(), strict=True)):
            item = scene.cells.interventions[variant]
            if not item.is_contact:
                continue
            before = self._memories[row]
            last = before.last_contact if before is not None else None
            zone = self._people.frame.zones[row] or self._zone
            at = sending(item, zone, scene.cells.now, last if last is not None and last >= scene.cells.now else None)
            exposure = _exposure(item, scene.channels[cell], likenesses[variant])
            self._memories[row] = remember(before or blank(), exposure, at)
            if self._batch.settings.memory:
                self.sent.append(Sent(row=row, exposure=exposure, at=at))


def assigned(batch: Batch, people: People) -> Index:
    """Return the variant that chance gives each customer, (n,): by seed, variants and customer, all alike likely.

    The same customers get the same variants in whichever batch the same variants are assigned with the same seed.
    """
    experiment = "|".join(f"{len(it.id)}:{it.id}" for it in batch.variants)
    count = len(batch.variants)
    chances = [stream(batch.settings.seed, "assign", experiment, twin.id).random() * count for twin in people.twins]
    return np.array(chances, dtype=np.float64).astype(np.intp)


def _exposure(item: ReadIntervention, channel: str, likeness: dict[str, float]) -> Exposure:
    return Exposure(
        channel=channel,
        type=item.type,
        likeness=likeness,
        words=(item.intervention.content or "")[:MOST_WORDS],
        digest=item.reading.digest if item.reading else "",
    )
