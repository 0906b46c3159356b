"""Rows of a batch as they are read: plain lists, page by page, bare or with all that is said of each number."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import Batch, Mode, RowPage
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.fields import BY_NAME, VARIANT_PREFERENCE
from twincast.domain.predictions import Estimate, FieldPrediction
from twincast.domain.trials import Words
from twincast.ports.engines import Engine
from twincast.reading.interventions import default_response
from twincast.usecases.batching.parts import ENGAGEMENT, PURCHASE, REVENUE
from twincast.usecases.batching.requests import read
from twincast.usecases.batching.rows import Rows
from twincast.usecases.context import Context
from twincast.usecases.fields import HORIZONS, confidence_basis
from twincast.usecases.scenes import backing_of, validated_on

FLAT, FULL = "flat", "full"
FIRST_CHANNEL: Final = "email"
"""Where nothing is sent: what rests on a channel then has no value."""
MOST_ROWS: Final = 5_000
MOST_FULL: Final = 500
"""Rows of one page, bare and in full."""
USUAL: Final[Mapping[str, str]] = {"will_engage": ENGAGEMENT, "will_convert": PURCHASE, "predicted_value": REVENUE}
"""What every row holds, by the document's names."""
NO_ROWS: Final = Rows(
    twin_ids=(),
    positions=np.empty(0, dtype=np.intp),
    variant=np.empty(0, dtype=np.intp),
    channels=(),
    currencies=(),
    columns={},
    words={},
)


def asked_of(cursor: str | None, limit: int | None, detail: str) -> tuple[int, int]:
    """Return the position at which a page begins, and its rows at most: as many as there may be unless that is said.

    Raises:
        InvalidInput: naming `cursor`, `limit` or `detail`.
    """
    most = MOST_FULL if detail == FULL else MOST_ROWS
    if detail not in {FLAT, FULL}:
        shown = ascii(detail[:40])[1:-1]
        raise InvalidInput.of([FieldProblem(field="detail", message=f"'{shown}' is not known", allowed="flat, full")])
    rows = most if limit is None else limit
    if not 1 <= rows <= most:
        problem = FieldProblem(field="limit", message=f"{rows} is out of range", allowed=f"1 to {most}")
        raise InvalidInput.of([problem])
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 9):
        allowed = "the next_cursor of an earlier page of the same batch, or none for the first page"
        raise InvalidInput.of([FieldProblem(field="cursor", message="is not a cursor of these rows", allowed=allowed)])
    return (0 if cursor is None else int(cursor)), rows


def page_of(
    ctx: Context,
    batch: Batch,
    rows: Rows,
    after: int | None,
    detail: str = FLAT,
    words: Sequence[Words | None] | None = None,
) -> RowPage:
    """Return rows as a page.

    Args:
        ctx: what stands behind the numbers.
        batch, rows: which.
        after: position at which the next page begins; None for the last.
        detail: `flat` or `full`.
        words: of each row, where a language model was asked for them.
    """
    fields = {**USUAL, **batch.settings.fields}
    ids = [variant.id for variant in batch.variants]
    numbers = {asked: _plain(rows.columns[field]["value"]) if len(rows) else [] for asked, field in fields.items()}
    if batch.settings.mode is Mode.ASSIGN:
        numbers["assignment_probability"] = [1.0 / len(ids)] * len(rows)
    return RowPage(
        twin_ids=rows.twin_ids,
        variant_ids=[ids[place] for place in rows.variant.tolist()],
        channels=rows.channels,
        currencies=rows.currencies,
        numbers=numbers,
        predictions=_in_full(ctx.engine, batch, rows, fields) if detail == FULL else None,
        next_cursor=None if after is None else str(after),
        words=words,
    )


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    if not np.isnan(values).any():
        found: list[float | None] = values.tolist()
        return found
    return [None if value != value else value for value in values.tolist()]


def _in_full(engine: Engine, batch: Batch, rows: Rows, fields: Mapping[str, str]) -> list[dict[str, FieldPrediction]]:
    """Return each row's fields with interval, definition and basis, as a test answers them, without the words."""
    items = read(batch.variants, "USD")
    found: list[dict[str, FieldPrediction]] = []
    for row, (place, channel) in enumerate(zip(rows.variant.tolist(), rows.channels, strict=True)):
        item = items[place]
        response = item.response or default_response(item.type, channel or item.channel)
        days = item.intervention.horizon_days or batch.settings.horizon_days
        found.append(
            {
                asked: _field(engine, batch, rows, row, asked, field, response, days)
                for asked, field in fields.items()
                if field != VARIANT_PREFERENCE
            }
        )
    return found


def _field(
    engine: Engine, batch: Batch, rows: Rows, row: int, asked: str, field: str, response: str, days: int
) -> FieldPrediction:
    spec, parts = BY_NAME[field], rows.columns[field]
    backing = backing_of(engine, field, response, rows.channels[row] or FIRST_CHANNEL)
    unit = rows.currencies[row] if spec.unit == "currency" else spec.unit

    def estimate(prefix: str) -> Estimate | None:
        names = ("value", "low", "high") if not prefix else (prefix, f"{prefix}_low", f"{prefix}_high")
        if (not spec.compared and prefix) or any(name not in parts for name in names):
            return None
        value, low, high = (float(parts[name][row]) for name in names)
        basis = backing.uplift_basis if prefix == "uplift" else backing.basis
        return Estimate(value=value, low=low, high=high, level=batch.settings.level, unit=unit, basis=basis)

    missing = bool(np.isnan(parts["value"][row]))
    uplift = None if missing else estimate("uplift")
    return FieldPrediction(
        field=field,
        asked_as=asked,
        kind=spec.kind,
        unit=unit,
        horizon_days=HORIZONS.get(field, days),
        basis=backing.basis,
        outcomes=backing.outcomes,
        validated_on=validated_on(backing, field, rows.channels[row]),
        estimate=None if missing else estimate(""),
        no_contact=None if missing else estimate("no_contact"),
        uplift=uplift,
        uplift_basis=None if uplift is None else backing.uplift_basis,
        response=response if field == ENGAGEMENT else None,
        confidence=None if missing else float(parts["confidence"][row]),
        confidence_basis=confidence_basis(backing, spec.kind, float(parts["cell"][row]) if "cell" in parts else None),
        unavailable="there is no such response on this channel" if missing else None,
    )
