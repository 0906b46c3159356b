"""The twin's own row: what the response model says of each case, before and after it has learned from training rows."""

import numpy as np
from numpy.typing import NDArray

from twincast.domain.fields import DEFAULT_LEVEL
from twincast.response.cells import Cells
from twincast.response.columns import Column, join
from twincast.response.learning import OutcomeRows, learn
from twincast.response.model import predict
from twincast.response.posteriors import ResponseModel
from twincast.usecases.backtesting.cases import Cases
from twincast.usecases.backtesting.requests import FIELDS, BacktestRequest

Array = NDArray[np.float64]
CELLS = 16_384
"""Cells that are computed at a time; the numbers do not depend on it."""


def learned(model: ResponseModel, train: Cases, request: BacktestRequest) -> ResponseModel:
    """Return the model after it has learned from the training rows."""
    if not len(train):
        return model
    happened = (train.outcome > 0).astype(np.float64)
    return learn(
        model,
        OutcomeRows(
            cells=train.cells(),
            outcomes={"purchase" if request.is_money else request.kind: happened},
            window=np.full(len(train), float(request.window_days)),
            randomised=train.randomised,
            propensity=train.propensity,
            customer=train.customer,
            amounts=train.outcome if request.is_money else np.full(len(train), np.nan),
            items=np.full(len(train), np.nan),
            hours={},
        ),
    )


def foretold(
    model: ResponseModel, cases: Cases, request: BacktestRequest, arm: NDArray[np.intp] | int | None = None
) -> Column:
    """Return what the model says of each case under the arm that was drawn, or under another one."""
    field = FIELDS[request.kind][0]
    whole = cases.cells(arm)
    pieces = []
    for start in range(0, len(cases), CELLS):
        places = np.arange(start, min(start + CELLS, len(cases)))
        part = _some(whole, places)
        found = predict(part, model, [field], horizon_days=request.window_days, level=DEFAULT_LEVEL)
        pieces.append((places, found[field]))
    return join(pieces, len(cases))


def _some(cells: Cells, places: NDArray[np.intp]) -> Cells:
    return Cells(
        twins=cells.twins.take(places),
        interventions=cells.interventions,
        twin=np.arange(len(places)),
        intervention=cells.intervention[places],
        now=cells.now,
        days=None if cells.days is None else cells.days[places],
    )
