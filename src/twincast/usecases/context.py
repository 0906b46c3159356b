"""What every use case is given: whose data, who asks, and the parts it may use."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twincast.domain.ids import JobId, WorkspaceId
from twincast.ports.chats import ChatModel
from twincast.ports.clock import Clock, Ids
from twincast.ports.engines import Engine
from twincast.ports.stores import Store, UnitOfWork


def keep_nothing(_unit: UnitOfWork, _stored: object) -> None:
    """Store nothing beside what a use case stores itself."""


def leave_posted(_workspace: WorkspaceId, _job: JobId) -> None:
    """Tell nobody: workers find the job on the board."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """One caller in one workspace.

    Attributes:
        workspace: whose data; every query carries it.
        actor: id of the API key, or `local`.
        software: name and version of this software, for provenance.
        currency: ISO 4217 code for records that state none.
        zone: IANA zone for customers whose own is not known.
        require_session: whether nothing may be tested outside a session that was begun.
        private_webhooks: whether webhooks may lead into a private network, or to this machine.
        chat: language models, for words and never for numbers; None: sentences of our own take their place.
        keep: called with what a use case stores, just before it commits: what belongs to it goes into the same change
            (`usecases.replies`).
        tell: called after a commit that accepted a job or let it go on (`ports.jobs.Jobs.tell`).
    """

    workspace: WorkspaceId
    actor: str
    store: Store
    engine: Engine
    clock: Clock
    ids: Ids
    software: str = "twincast"
    currency: str = "USD"
    zone: str = "UTC"
    require_session: bool = False
    private_webhooks: bool = False
    chat: ChatModel | None = None
    keep: Callable[[UnitOfWork, Any], None] = keep_nothing
    tell: Callable[[WorkspaceId, JobId], None] = leave_posted
