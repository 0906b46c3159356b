"""API keys: made, shown once, checked on every request, listed and revoked. Only a hash of the secret is kept."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput, NotAllowed, NotAuthenticated, UnknownKey
from twincast.domain.ids import MAX_ID_LENGTH, KeyId, WorkspaceId
from twincast.domain.workspaces import SCOPES, ApiKey, AuditEntry
from twincast.ports.clock import Clock, Ids
from twincast.ports.stores import Store

OPENING: Final = "tc_"
"""How every secret begins, so that one that leaked is recognised for what it is."""
KEY_PREFIX: Final = "key_"
MAX_NAME: Final = 100
LOCAL: Final = "local"


def create(
    store: Store,
    clock: Clock,
    ids: Ids,
    workspace: WorkspaceId,
    name: str,
    scopes: Sequence[str],
    actor: str = LOCAL,
) -> tuple[ApiKey, str]:
    """Make a key to a workspace.

    Args:
        workspace: what it opens.
        name: what it is for, in its owner's words.
        scopes: what it allows (`domain.workspaces.SCOPES`).
        actor: who makes it.

    Returns:
        The key, and its secret: at least 192 random bits, which nobody can be shown again.

    Raises:
        InvalidInput: naming `workspace`, `name` or `scopes`.
    """
    problems = [*text_problems("workspace", workspace, MAX_ID_LENGTH), *text_problems("name", name, MAX_NAME)]
    problems += scope_problems(scopes)
    if problems:
        raise InvalidInput.of(problems)
    secret = ids.new(OPENING) + ids.new("")
    key = ApiKey(
        id=KeyId(ids.new(KEY_PREFIX)),
        workspace=workspace,
        name=name,
        secret_hash=hash_of(secret),
        scopes=tuple(scope for scope in SCOPES if scope in scopes),
        created_at=clock.now(),
        revoked_at=None,
    )
    # First the note: there may be a note without a key, never a key without a note.
    note(store, clock, key, actor, "key.created")
    store.keys.add(key)
    return key, secret


def authenticate(store: Store, secret: str) -> ApiKey:
    """Return the key that a secret belongs to. Raises NotAuthenticated for an unknown or revoked one."""
    key = store.keys.by_hash(hash_of(secret)) if secret.startswith(OPENING) else None
    if key is None:
        raise NotAuthenticated("The API key is not known. Send one that `twincast keys create` has shown.")
    if key.revoked_at is not None:
        raise NotAuthenticated(f"The API key {key.id!r} was revoked on {key.revoked_at.date()}. Use another one.")
    return key


def require(key: ApiKey, scope: str) -> None:
    """Raise NotAllowed where a key lacks a scope."""
    if scope not in key.scopes:
        raise NotAllowed(f"This needs a key with the scope {scope!r}; the key {key.id!r} has {', '.join(key.scopes)}.")


def list_keys(store: Store, workspace: WorkspaceId | None = None) -> list[ApiKey]:
    """Return all keys, oldest first, or those of one workspace."""
    return [key for key in store.keys.all() if workspace in {None, key.workspace}]


def revoke(
    store: Store, clock: Clock, key_id: KeyId, workspace: WorkspaceId | None = None, actor: str = LOCAL
) -> ApiKey:
    """Let a key open nothing any more; revoking it again changes nothing.

    Args:
        key_id: which key.
        workspace: only a key of this workspace; None for a key of any.
        actor: who revokes it.

    Raises:
        UnknownKey: when there is no such key there.
    """
    key = next((key for key in list_keys(store, workspace) if key.id == key_id), None)
    if key is None:
        raise UnknownKey(f"There is no API key {key_id!r}. `twincast keys list` shows them.")
    if key.revoked_at is not None:
        return key
    at = clock.now()
    store.keys.revoke(key_id, at)
    note(store, clock, key, actor, "key.revoked")
    return replace(key, revoked_at=at)


def hash_of(secret: str) -> str:
    """Return the SHA-256 of a secret, in hexadecimal: it is random enough that no slower hash is needed."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def note(store: Store, clock: Clock, key: ApiKey, actor: str, action: str) -> None:
    """Write in the workspace's audit log what was done with a key."""
    with store.writing(key.workspace) as unit:
        entry = AuditEntry(sequence=0, at=clock.now(), actor=actor, action=action, subject=key.id, details={})
        unit.audit.append(entry)
        unit.commit()


def text_problems(field: str, text: str, longest: int) -> list[FieldProblem]:
    """Return what is wrong with a short text."""
    if text.strip() and len(text) <= longest and text.isprintable():
        return []
    allowed = f"1 to {longest} printable characters"
    return [FieldProblem(field=field, message="is empty, too long or not printable", allowed=allowed)]


def scope_problems(scopes: Sequence[str]) -> list[FieldProblem]:
    """Return what is wrong with the scopes of a new key."""
    allowed = ", ".join(SCOPES)
    if not scopes:
        return [FieldProblem(field="scopes", message="are missing", allowed=f"one or more of {allowed}")]
    unknown = [scope for scope in scopes if scope not in SCOPES]
    return [FieldProblem(field="scopes", message=f"{scope[:40]!r} is no scope", allowed=allowed) for scope in unknown]
