"""Workspaces, the keys that open them, what was done in them, and the answers kept for repeated requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from twincast.domain.ids import KeyId, WorkspaceId

SCOPES: Final[tuple[str, ...]] = ("read", "write", "erase", "admin")
"""`read`: look; `write`: create twins and run tests; `erase`: delete and export persons; `admin`: keys and audit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """A key to one workspace. Only the SHA-256 of the secret is kept."""

    id: KeyId
    workspace: WorkspaceId
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """That someone did something: who, what, to which thing, when. Never any contents.

    Attributes:
        sequence: position in the log, given by the store; 0 before it is stored.
        actor: id of the API key, or `local`.
        action: verb (`twin.created`, `twin.erased`, `test.run`, `key.created`).
        subject: id of the thing, or a salted digest where the id is a customer's.
        details: counts and versions only.
    """

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, int | str]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptReply:
    """The first answer to a request with an `Idempotency-Key`; the same request gets it again, byte for byte.

    Attributes:
        key: the client's key; `scope`: method and path it was used on.
        request_hash: SHA-256 of the body.
        subjects: twins the body speaks of: erasing one erases the kept reply.
    """

    key: str
    scope: str
    request_hash: str
    status: int
    body: bytes
    headers: Mapping[str, str]
    subjects: tuple[str, ...]
    created_at: datetime
