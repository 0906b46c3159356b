"""Send lists: who gets what as a table for the tool that sends. Nothing here, or anywhere, can send a message."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from twincast.domain.allocations import Allocation, Assignment, Reason
from twincast.domain.batches import Batch
from twincast.domain.errors import BatchUnderWay, FieldProblem, InvalidInput
from twincast.domain.exports import Chunk, Column, Kind
from twincast.domain.ids import CustomerId
from twincast.domain.twins import Twin
from twincast.ports.batches import Columns
from twincast.ports.stores import UnitOfWork
from twincast.reading.states import CONSENT_CHANNELS
from twincast.reading.twins import frame_of
from twincast.usecases import allocations
from twincast.usecases.allocating.pages import assignments
from twincast.usecases.audiences import may_profile
from twincast.usecases.context import Context
from twincast.usecases.exports import Export

AT_ONCE: Final = 2_000
"""Customers of a chunk."""
NOTHING: Final = "none"
"""The variant of who gets nothing, in so many words: an empty cell would leave what an earlier list said."""
PLAIN: Final = "plain"
_TEXT: Final = (
    "allocation_id", "customer_id", "digital_twin_id", "variant", "would_get", "channel",
)  # fmt: skip
COLUMNS: Final[tuple[Column, ...]] = (
    *(Column(name=name, kind=Kind.TEXT) for name in _TEXT),
    Column(name="send_from", kind=Kind.MOMENT),
    Column(name="send_until", kind=Kind.MOMENT),
    Column(name="holdout", kind=Kind.TEXT),
    Column(name="holdout_share", kind=Kind.NUMBER),
    Column(name="reason", kind=Kind.TEXT),
    Column(name="expected_gain", kind=Kind.NUMBER),
    Column(name="expected_cost", kind=Kind.NUMBER),
)
"""Columns of the plain list."""
ATTRIBUTES: Final = ("variant", "channel", "send_from", "send_until", "holdout", "reason", "allocation_id")
"""What the tool is told of a customer, as attributes named `twincast_...`."""
IDS: Final = {"klaviyo": "External ID", "braze": "external_id"}
"""Column by which a tool knows a customer, in the tables that it imports."""
CLOUD: Final = "braze-cloud"
"""Braze Cloud Data Ingestion: a row a customer, all attributes in one document."""
TOOLS: Final = (PLAIN, *IDS, CLOUD)

Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How a tool takes a list: its columns, and a row of them made of a plain one."""

    columns: tuple[Column, ...]
    row: Callable[[Row], Row]


def of_allocation(ctx: Context, allocation_id: str, tool: str = PLAIN) -> Export:
    """Return who gets what, customer by customer, in the order of the batch.

    Who was erased or has opted out of profiling since is not in it; who has withdrawn consent since gets nothing.

    Raises:
        UnknownAllocation: there is none in this workspace.
        BatchUnderWay: it is not decided yet.
        InvalidInput: naming `tool`.
    """
    if tool not in TOOLS:
        problem = FieldProblem(field="tool", message=f"{tool[:40]!a} is not known", allowed=", ".join(TOOLS))
        raise InvalidInput.of([problem])
    found = allocations.get(ctx, allocation_id, limit=1)
    if found.results is None:
        why = found.problem or "its predictions are still being computed, or were not all computed"
        raise BatchUnderWay(f"Nobody has been allotted anything by '{found.allocation.id}' yet: {why}.")
    style = _style(tool, found.allocation)
    with ctx.store.reading(ctx.workspace) as unit:
        choices = unit.allocations.choices(found.allocation.id)

    def chunks(first: int) -> Iterator[tuple[int, Chunk]]:
        for number in range(first, -(-found.batch.members // AT_ONCE)):
            with ctx.store.reading(ctx.workspace) as unit:
                rows = [style.row(it) for it in _rows(unit, found.allocation, found.batch, choices or {}, number)]
            if rows:
                yield number, {column.name: [row[column.name] for row in rows] for column in style.columns}

    return Export(name=found.allocation.id, columns=style.columns, chunks=chunks)


def _rows(unit: UnitOfWork, allocation: Allocation, batch: Batch, choices: Columns, number: int) -> Iterator[Row]:
    start = number * AT_ONCE
    stop = min(start + AT_ONCE, batch.members)
    some = list(assignments(unit, allocation, batch, choices, start, stop))
    twins = {it.id: it for it in unit.twins.get_many([it.twin_id for it in some]) if it is not None}
    allowed = _allowed(list(twins.values()))
    for it in some:
        if it.twin_id in allowed:
            refused = it.channel is not None and it.channel in allowed[it.twin_id]
            yield _row(allocation, it, twins[it.twin_id].customer_id, refused=refused)


def _allowed(twins: Sequence[Twin]) -> dict[str, frozenset[str]]:
    """Return the channels that each customer who may be profiled has not consented to, as the newest record says."""
    frame = frame_of(twins)
    may = may_profile(frame).tolist()
    refused = {channel: (frame.column(f"consent_{channel}") == 0.0).tolist() for channel in CONSENT_CHANNELS}
    return {
        twin.id: frozenset(channel for channel, said in refused.items() if said[row])
        for row, twin in enumerate(twins)
        if may[row]
    }


def _row(allocation: Allocation, it: Assignment, customer: CustomerId, *, refused: bool) -> Row:
    sent = it.offer is not None and not refused
    return {
        "allocation_id": allocation.id,
        "customer_id": customer,
        "digital_twin_id": it.twin_id,
        "variant": it.offer if sent else NOTHING,
        "would_get": it.would,
        "channel": it.channel if sent else None,
        "send_from": it.starts_at if sent else None,
        "send_until": it.ends_at if sent else None,
        "holdout": "true" if it.holdout else "false",
        "holdout_share": allocation.plan.holdout,
        "reason": Reason.NO_CONSENT.value if refused else it.reason.value,
        "expected_gain": it.gain if sent else 0.0,
        "expected_cost": it.cost if sent else 0.0,
    }


def _style(tool: str, allocation: Allocation) -> Style:
    if tool == PLAIN:
        return Style(columns=COLUMNS, row=dict)
    if tool == CLOUD:
        names = (("UPDATED_AT", Kind.MOMENT), ("EXTERNAL_ID", Kind.TEXT), ("PAYLOAD", Kind.TEXT))

        def in_cloud(row: Row) -> Row:
            payload = msgspec.json.encode(_attributes(row)).decode()
            return {"UPDATED_AT": allocation.created_at, "EXTERNAL_ID": row["customer_id"], "PAYLOAD": payload}

        return Style(columns=tuple(Column(name=name, kind=kind) for name, kind in names), row=in_cloud)
    own, kinds = IDS[tool], {it.name: it.kind for it in COLUMNS}
    columns = [Column(name=own, kind=Kind.TEXT)]
    columns += [Column(name=f"twincast_{name}", kind=kinds[name]) for name in ATTRIBUTES]
    return Style(columns=tuple(columns), row=lambda row: {own: row["customer_id"], **_attributes(row)})


def _attributes(row: Row) -> dict[str, object]:
    return {f"twincast_{name}": row[name] for name in ATTRIBUTES}
