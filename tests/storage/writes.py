"""Changes that tests make to a store, and what a unit sees of them."""

from collections.abc import Callable
from typing import Any

from tests.storage.backtests import a_backtest
from tests.storage.batches import a_batch, members
from tests.storage.experiments import a_plan, a_readout
from tests.storage.extractions import a_row, an_extraction
from tests.storage.jobs import a_job
from tests.storage.optimizations import an_optimization
from tests.storage.records import (
    SESSION,
    SHOP,
    a_branch,
    a_checkpoint,
    a_comparison,
    a_model,
    a_policy,
    a_reply,
    a_session,
    a_tombstone,
    a_trial,
    a_twin,
    an_entry,
    an_event,
    an_outcome,
    twin_id,
)
from tests.storage.segments import a_segment
from tests.storage.usage import a_budget, a_call, an_answer_kept
from tests.storage.webhooks import a_webhook
from twincast.domain.events import Head
from twincast.domain.ids import BranchId
from twincast.domain.pages import Page
from twincast.domain.workspaces import AuditEntry
from twincast.ports.stores import Store, UnitOfWork

WRITES: dict[str, Callable[[UnitOfWork], object]] = {
    "twins.add": lambda unit: unit.twins.add([a_twin()]),
    "twins.erase": lambda unit: unit.twins.erase(twin_id()),
    "trials.add": lambda unit: unit.trials.add(a_trial()),
    "trials.erase": lambda unit: unit.trials.erase(twin_id()),
    "comparisons.add": lambda unit: unit.comparisons.add(a_comparison()),
    "backtests.add": lambda unit: unit.backtests.add(a_backtest()),
    "experiments.add": lambda unit: unit.experiments.add(a_plan()),
    "readouts.add": lambda unit: unit.readouts.add(a_readout()),
    "extractions.add": lambda unit: unit.extractions.add(an_extraction(), [a_row()]),
    "extractions.erase": lambda unit: unit.extractions.erase(twin_id()),
    "optimizations.add": lambda unit: unit.optimizations.add(an_optimization()),
    "optimizations.erase": lambda unit: unit.optimizations.erase(twin_id()),
    "comparisons.erase": lambda unit: unit.comparisons.erase(twin_id()),
    "batches.add": lambda unit: unit.batches.add(a_batch(), members("C1", "C2")),
    "outcomes.add": lambda unit: unit.outcomes.add([an_outcome()]),
    "outcomes.erase": lambda unit: unit.outcomes.erase(twin_id()),
    "models.add": lambda unit: unit.models.add(a_model(), b"\0numbers"),
    "sessions.add": lambda unit: unit.sessions.add(a_session()),
    "sessions.erase": lambda unit: unit.sessions.erase(SESSION),
    "checkpoints.add": lambda unit: unit.checkpoints.add(a_checkpoint()),
    "checkpoints.erase": lambda unit: unit.checkpoints.erase(SESSION),
    "events.append": lambda unit: unit.events.append([an_event()]),
    "events.fork": lambda unit: unit.events.fork(a_branch("branch_1", SESSION, 1)),
    "events.erase": lambda unit: unit.events.erase_session(SESSION),
    "jobs.add": lambda unit: unit.jobs.add(a_job()),
    "webhooks.add": lambda unit: unit.webhooks.add(a_webhook()),
    "audit.append": lambda unit: unit.audit.append(an_entry()),
    "policies.put": lambda unit: unit.policies.put(a_policy()),
    "segments.put": lambda unit: unit.segments.put(a_segment()),
    "replies.add": lambda unit: unit.replies.add(a_reply()),
    "replies.erase": lambda unit: unit.replies.erase("twin_C1"),
    "answers.add": lambda unit: unit.answers.add(an_answer_kept()),
    "answers.erase": lambda unit: unit.answers.erase(twin_id()),
    "usage.add": lambda unit: unit.usage.add([a_call()]),
    "usage.put_budget": lambda unit: unit.usage.put_budget(a_budget()),
    "tombstones.add": lambda unit: unit.tombstones.add(a_tombstone()),
}
ADDS = [name for name in WRITES if not name.endswith("erase")]


def contents(unit: UnitOfWork) -> tuple[int, ...]:
    """How much a unit sees of everything."""
    reply = unit.replies.get("POST /tests", "k1")
    return (
        unit.twins.count(),
        len(unit.trials.newest(None, 9).items),
        len(unit.comparisons.newest(None, 9).items),
        len(unit.optimizations.newest(None, 9).items),
        len(unit.outcomes.newest(None, 9).items),
        len(unit.models.all()),
        len(unit.sessions.newest(None, 9).items),
        unit.checkpoints.count(SESSION),
        len(unit.events.line(Head(branch=BranchId(SESSION), position=9), None, 9).items),
        len(unit.audit.newest(None, 9).items),
        0 if unit.policies.current() is None else 1,
        0 if reply is None else 1,
        len(unit.answers.of_twin(twin_id())),
        len(unit.tombstones.all()),
        len(unit.backtests.newest(None, 9).items),
        len(unit.experiments.newest(None, 9).items),
        len(unit.readouts.newest(None, 9).items),
        len(unit.jobs.newest(None, 9).items),
        len(unit.batches.newest(None, 9).items),
        len(unit.webhooks.all()),
        len(unit.segments.all()),
        unit.usage.total().requests,
        0 if unit.usage.budget() is None else 1,
        len(unit.extractions.newest(None, 9).items),
    )


NOTHING, ONE_OF_EACH = (0,) * 24, (1,) * 24


def fill(store: Store, *writes: Callable[[UnitOfWork], object], workspace: Any = SHOP) -> None:
    """Commit some writes in one unit."""
    with store.writing(workspace) as unit:
        for write in writes:
            write(unit)
        unit.commit()


def note(store: Store, entry: AuditEntry) -> None:
    """Commit an entry of the audit log."""
    fill(store, lambda unit: unit.audit.append(entry))


def fill_one_of_each(store: Store) -> None:
    fill(store, *(WRITES[name] for name in ADDS))


def ids(page: Page[Any]) -> list[str]:
    return [item.id for item in page.items]
