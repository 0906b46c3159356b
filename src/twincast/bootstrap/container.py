"""Fits plugs to sockets: the only file that knows both. Real parts by default; any of them can be replaced."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from twincast import __version__
from twincast.bootstrap.chats import open_chat
from twincast.bootstrap.clocks import RandomIds, SystemClock
from twincast.bootstrap.settings import IN_MEMORY, Settings
from twincast.bootstrap.works import works_of
from twincast.domain.errors import Misconfigured
from twincast.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from twincast.ports.chats import ChatModel
from twincast.ports.clock import Clock, Ids
from twincast.ports.engines import Engine
from twincast.ports.jobs import Jobs, Work
from twincast.ports.stores import Store
from twincast.usecases.context import Context, leave_posted

LOCAL_ACTOR: Final = "local"
"""Who acts where no API key was needed."""
SOFTWARE: Final = f"twincast {__version__}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """Everything a process needs to answer, fitted together once.

    Attributes:
        works: the kinds of long work by name.
        chat: the language models; None where there are none.
        jobs: what runs accepted jobs in this process; None where workers find them on the board.
    """

    store: Store
    engine: Engine
    clock: Clock
    ids: Ids
    currency: str
    zone: str
    require_session: bool
    private_webhooks: bool
    works: Mapping[str, Work]
    jobs: Jobs | None
    chat: ChatModel | None = None

    def context(self, workspace: WorkspaceId = DEFAULT_WORKSPACE, actor: str = LOCAL_ACTOR) -> Context:
        """Return the context of one caller in one workspace."""
        return Context(
            workspace=workspace,
            actor=actor,
            store=self.store,
            engine=self.engine,
            clock=self.clock,
            ids=self.ids,
            software=SOFTWARE,
            currency=self.currency,
            zone=self.zone,
            require_session=self.require_session,
            private_webhooks=self.private_webhooks,
            chat=self.chat,
            tell=leave_posted if self.jobs is None else self.jobs.tell,
        )

    def close(self) -> None:
        """Let go of files and connections, once the jobs that run here can be left."""
        if self.jobs is not None:
            self.jobs.close()
        if self.chat is not None:
            self.chat.close()
        self.store.close()


def open_parts(
    settings: Settings,
    *,
    store: Store | None = None,
    engine: Engine | None = None,
    clock: Clock | None = None,
    ids: Ids | None = None,
    chat: ChatModel | None = None,
    works: Mapping[str, Work] | None = None,
    works_here: bool = False,
) -> Parts:
    """Open what the settings name; parts that are given are used instead.

    Args:
        settings: of this process.
        store, engine, clock, ids, chat, works: other parts.
        works_here: whether this process runs the jobs that it accepts. It does so too where nobody else could see them.

    Raises:
        Misconfigured: the database can not be opened, or a language model can not be asked.
        SchemaMismatch: it is foreign, or of a later Twincast.
    """
    opened = store or open_store(settings.database)
    bare = Parts(
        store=opened,
        engine=engine or default_engine(),
        clock=clock or SystemClock(),
        ids=ids or RandomIds(),
        currency=settings.currency,
        zone=settings.zone,
        require_session=settings.require_session,
        private_webhooks=settings.private_webhooks,
        works={},
        jobs=None,
        chat=chat,
    )
    if chat is None and settings.chat.models:
        try:
            bare = replace(bare, chat=open_chat(settings.chat, opened, bare.clock, bare.ids))
        except Misconfigured:
            if store is None:
                opened.close()
            raise
    known = works_of(bare.context, settings.files) if works is None else works
    if not (works_here or settings.database == IN_MEMORY):
        return replace(bare, works=known)
    from twincast.jobs.running import Runner
    from twincast.jobs.threads import ThreadedJobs

    runner = Runner(store=bare.store, clock=bare.clock, works=known)
    return replace(bare, works=known, jobs=ThreadedJobs(runner))


@contextmanager
def open_context(
    settings: Settings | None = None, *, workspace: WorkspaceId = DEFAULT_WORKSPACE, actor: str = LOCAL_ACTOR
) -> Iterator[Context]:
    """Open everything for one caller, and close it afterwards. Without settings all of it is in memory."""
    parts = open_parts(settings or Settings(database=IN_MEMORY))
    try:
        yield parts.context(workspace, actor)
    finally:
        parts.close()


def open_store(url: str) -> Store:
    """Open the store at a URL: `memory://`, `postgresql://...`, `sqlite:///path` or the path of an SQLite file."""
    if url == IN_MEMORY:
        from twincast.storage.memory.store import MemoryStore

        return MemoryStore()
    from twincast.storage.sql.store import open_store as open_sql  # SQLAlchemy takes its time to import

    return open_sql(url)


def default_engine() -> Engine:
    """Return the engine that ships: the response model with its prior."""
    from twincast.engines.behavioural import BehaviouralEngine

    return BehaviouralEngine()
