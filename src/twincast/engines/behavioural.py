"""The default engine: a version of the response model. No network, no language model, no randomness."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.ports.engines import Backing, Examination, Provenances
from twincast.response import kept, model, ranking
from twincast.response.cells import Cells
from twincast.response.columns import Column, Vector
from twincast.response.encoding import encode
from twincast.response.heads import HEADS
from twincast.response.numbers import DELAY, ITEMS, SPENDING, WINDOW
from twincast.response.opinions import SCATTER
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.response.spreads import customer_variance
from twincast.response.stated import emotions

BEHIND: Final = (*HEADS, SPENDING, ITEMS, WINDOW, *SCATTER, *(DELAY + channel for channel in CHANNELS))
"""What fields may rest on."""
KEPT: Final = 8
"""Models of workspaces that stay in memory, some megabytes each."""


class BehaviouralEngine:
    """Plug for `ports.engines.Engine`; by default with the prior that ships."""

    def __init__(self, model: ResponseModel | None = None) -> None:
        self._model = model or shipped_model()
        self._backings = {head: _backing(self._model, head) for head in BEHIND}
        self._learned: OrderedDict[str, BehaviouralEngine] = OrderedDict()
        self._lock = Lock()

    @property
    def provenance(self) -> Provenances:
        """Version of the model's form and, if anything was learned, of that; version and digest of the prior."""
        own, prior = self._model, self._model.prior
        learned = f"+{own.digest[:12]}" if own.is_learned else ""
        return Provenances(model=f"behavioural-{model.MODEL}{learned}", prior=f"{prior.version}+{prior.digest[:12]}")

    @property
    def reads_documents(self) -> bool:
        """Whether it learned anything from further attributes."""
        return bool(self._model.attributes)

    @property
    def listens(self) -> bool:
        """Whether outcomes gave what language models say a weight."""
        return bool(self._model.hearing.columns)

    def forget(self) -> None:
        """See `response.kept.forget`."""
        kept.forget()

    def learned(self, digest: str, load: Callable[[], bytes]) -> "BehaviouralEngine":
        """See `ports.engines.Engine`; the last `KEPT` models that answered are kept."""
        with self._lock:
            found = self._learned.get(digest)
            if found is None:
                found = self._learned[digest] = BehaviouralEngine(ResponseModel.from_bytes(load(), self._model.prior))
                while len(self._learned) > KEPT:
                    self._learned.popitem(last=False)
            else:
                self._learned.move_to_end(digest)
        return found

    def backing(self, head: str) -> Backing:
        """What the model says of its own heads."""
        return self._backings[head]

    def customer_variance(self, head: str) -> float:
        """See `response.spreads.customer_variance`."""
        return customer_variance(self._model, head)

    def predict(self, cells: Cells, fields: Sequence[str], *, horizon_days: int, level: float) -> Mapping[str, Column]:
        """See `response.model.predict`."""
        return model.predict(cells, self._model, fields, horizon_days=horizon_days, level=level)

    def examine(
        self,
        cells: Cells,
        fields: Sequence[str],
        explained: Sequence[str],
        *,
        shown: int,
        scored: str,
        horizon_days: int,
        level: float,
    ) -> Examination:
        """See `response.model.examine`."""
        found = model.examine(
            cells,
            self._model,
            fields,
            explained,
            shown=shown,
            scored=scored,
            horizon_days=horizon_days,
            level=level,
        )
        return Examination(columns=found.columns, explanations=found.explanations, scores=found.scores)

    def points(self, cells: Cells, field: str, *, horizon_days: int) -> Vector:
        """See `response.model.points`."""
        return model.points(cells, self._model, field, horizon_days=horizon_days)

    def emotions(self, cells: Cells) -> NDArray[np.float64]:
        """See `response.stated.emotions`."""
        return emotions(encode(cells, self._model), self._model.prior)

    def drawn(self, cells: Cells, field: str, *, horizon_days: int, draws: int, seed: int) -> NDArray[np.float64]:
        """See `response.ranking.drawn`."""
        return ranking.drawn(cells, self._model, field, horizon_days=horizon_days, draws=draws, seed=seed)

    def best(self, cells: Cells, field: str, *, horizon_days: int, draws: int, seed: int) -> Vector:
        """See `response.ranking.best`."""
        return ranking.best(cells, self._model, field, horizon_days=horizon_days, draws=draws, seed=seed)


def _backing(model: ResponseModel, head: str) -> Backing:
    return Backing(
        basis=model.basis(head),
        uplift_basis=model.uplift_basis(head),
        outcomes=model.counts(head).outcomes,
        checked=model.checked(head),
        reliability=model.reliability(head),
    )
