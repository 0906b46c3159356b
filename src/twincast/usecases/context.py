"""What every use case is given: whose data, who asks, and the parts it may use."""

from dataclasses import dataclass

from twincast.domain.ids import WorkspaceId
from twincast.ports.clock import Clock, Ids
from twincast.ports.engines import Engine
from twincast.ports.stores import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """One caller in one workspace.

    Attributes:
        workspace: whose data; every query carries it.
        actor: id of the API key, or `local`.
        software: name and version of this software, for provenance.
        currency: ISO 4217 code for records that state none.
        zone: IANA zone for customers whose own is not known.
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
