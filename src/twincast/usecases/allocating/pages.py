"""What single customers were allotted, read from the stored columns."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from twincast.domain.allocations import REASONS, Allocation, Assignment
from twincast.domain.batches import Batch
from twincast.domain.channels import CHANNELS
from twincast.domain.ids import TwinId
from twincast.ports.batches import Columns
from twincast.ports.stores import UnitOfWork

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def assignments(
    unit: UnitOfWork, allocation: Allocation, batch: Batch, choices: Columns, start: int, stop: int
) -> Iterator[Assignment]:
    """Yield what the customers at the positions from `start` on get, up to `stop` without it."""
    for member in unit.batches.members(batch.id, start, stop) if choices else ():
        row = {name: float(values[member.position]) for name, values in choices.items()}
        if row["reason"] == row["reason"]:  # NaN: nothing was predicted of her
            yield _assignment(allocation, member.twin_id, row)


def _assignment(allocation: Allocation, twin_id: TwinId, row: Mapping[str, float]) -> Assignment:
    offer, would = int(row["offer"]), int(row["would"])
    sent = offer >= 0
    return Assignment(
        twin_id=twin_id,
        offer=allocation.offers[offer] if sent else None,
        would=allocation.offers[would] if row["holdout"] and would >= 0 else None,
        channel=CHANNELS[int(row["channel"])] if sent else None,
        starts_at=EPOCH + timedelta(microseconds=row["starts"]) if sent else None,
        ends_at=EPOCH + timedelta(microseconds=row["ends"]) if sent else None,
        holdout=bool(row["holdout"]),
        reason=REASONS[int(row["reason"])],
        gain=row["gain"],
        cost=row["cost"],
    )
