"""API keys: shown once, kept as a hash, checked, scoped, revoked, and noted in the audit log."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from twincast.domain.errors import InvalidInput, NotAllowed, NotAuthenticated, UnknownKey
from twincast.domain.ids import KeyId, WorkspaceId
from twincast.domain.workspaces import ApiKey, AuditEntry
from twincast.storage.memory import MemoryStore
from twincast.usecases import keys

SHOP, OTHER = WorkspaceId("shop"), WorkspaceId("other")
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW


class Ids:
    """Identifiers that count up."""

    def __init__(self) -> None:
        self.made = 0

    def new(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}{self.made:016}"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def ids() -> Ids:
    return Ids()


def create(store: MemoryStore, ids: Ids, workspace: WorkspaceId = SHOP, scopes: tuple[str, ...] = ("read",)) -> ApiKey:
    return keys.create(store, Clock(), ids, workspace, "till 3", scopes)[0]


def noted(store: MemoryStore, workspace: WorkspaceId = SHOP) -> list[AuditEntry]:
    with store.reading(workspace) as unit:
        return list(unit.audit.newest(None, 50).items)


class TestCreating:
    def test_gives_a_secret_of_which_only_the_hash_is_kept(self, store: MemoryStore, ids: Ids) -> None:
        key, secret = keys.create(store, Clock(), ids, SHOP, "till 3", ["write", "read", "write"])
        assert secret.startswith("tc_")
        assert len(secret) == 3 + 2 * 16  # two fresh identifiers of at least 96 bits each
        assert key.secret_hash == sha256(secret.encode()).hexdigest()
        assert (key.workspace, key.scopes, key.created_at, key.revoked_at) == (SHOP, ("read", "write"), NOW, None)
        assert store.keys.all() == [key]
        assert secret not in repr(store.keys.all()) + repr(noted(store))

    def test_gives_different_secrets(self, store: MemoryStore, ids: Ids) -> None:
        assert len({keys.create(store, Clock(), ids, SHOP, "a", ["read"])[1] for _ in range(5)}) == 5

    def test_is_noted_without_the_name(self, store: MemoryStore, ids: Ids) -> None:
        key, _ = keys.create(store, Clock(), ids, SHOP, "Mrs Smith", ["admin"], actor="key_7")
        (entry,) = noted(store)
        assert (entry.actor, entry.action, entry.subject, entry.at) == ("key_7", "key.created", key.id, NOW)
        assert "Smith" not in repr(entry)
        assert noted(store, OTHER) == []

    @pytest.mark.parametrize(
        ("workspace", "name", "scopes", "fields"),
        [
            ("", "a", ["read"], ["workspace"]),
            ("w" * 201, "a", ["read"], ["workspace"]),
            ("w", " ", ["read"], ["name"]),
            ("w", "a\0b", ["read"], ["name"]),
            ("w", "a" * 101, ["read"], ["name"]),
            ("w", "a", [], ["scopes"]),
            ("w", "a", ["read", "root", "all"], ["scopes", "scopes"]),
            ("", "", ["root"], ["workspace", "name", "scopes"]),
        ],
    )
    def test_names_what_is_wrong_and_stores_nothing(
        self, store: MemoryStore, ids: Ids, workspace: str, name: str, scopes: list[str], fields: list[str]
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            keys.create(store, Clock(), ids, WorkspaceId(workspace), name, scopes)
        assert [problem.field for problem in refusal.value.problems] == fields
        assert store.keys.all() == []
        assert noted(store, WorkspaceId(workspace)) == []


class TestAuthenticating:
    def test_finds_the_key_of_a_secret(self, store: MemoryStore, ids: Ids) -> None:
        create(store, ids)
        key, secret = keys.create(store, Clock(), ids, OTHER, "b", ["read"])
        assert keys.authenticate(store, secret) == key

    @pytest.mark.parametrize("secret", ["", "tc_", "tc_guess", "\ud800", "tc_\ud800", "x" * 100_000])
    def test_refuses_what_is_not_known(self, store: MemoryStore, ids: Ids, secret: str) -> None:
        create(store, ids)
        with pytest.raises(NotAuthenticated, match="not known"):
            keys.authenticate(store, secret)

    def test_refuses_the_hash_of_a_secret(self, store: MemoryStore, ids: Ids) -> None:
        with pytest.raises(NotAuthenticated):
            keys.authenticate(store, create(store, ids).secret_hash)

    def test_refuses_a_revoked_key(self, store: MemoryStore, ids: Ids) -> None:
        key, secret = keys.create(store, Clock(), ids, SHOP, "a", ["read"])
        keys.revoke(store, Clock(), key.id)
        with pytest.raises(NotAuthenticated, match=f"'{key.id}' was revoked on 2024-05-01"):
            keys.authenticate(store, secret)


class TestScopes:
    def test_allow_what_they_name_and_nothing_else(self, store: MemoryStore, ids: Ids) -> None:
        key = create(store, ids, scopes=("read", "write"))
        keys.require(key, "read")
        keys.require(key, "write")
        for scope in ("erase", "admin"):
            with pytest.raises(NotAllowed, match=f"'{scope}'.*read, write"):
                keys.require(key, scope)


class TestListing:
    def test_shows_all_or_those_of_a_workspace(self, store: MemoryStore, ids: Ids) -> None:
        one, two = create(store, ids), create(store, ids, OTHER)
        assert keys.list_keys(store) == [one, two]
        assert keys.list_keys(store, OTHER) == [two]


class TestRevoking:
    def test_is_noted_once(self, store: MemoryStore, ids: Ids) -> None:
        key = create(store, ids)
        assert keys.revoke(store, Clock(), key.id, actor="key_7").revoked_at == NOW
        assert keys.revoke(store, Clock(), key.id).revoked_at == NOW
        assert [(entry.action, entry.actor) for entry in noted(store)] == [
            ("key.revoked", "key_7"),
            ("key.created", "local"),
        ]

    def test_refuses_a_key_that_is_not_there(self, store: MemoryStore, ids: Ids) -> None:
        key = create(store, ids)
        with pytest.raises(UnknownKey, match="'key_x'"):
            keys.revoke(store, Clock(), KeyId("key_x"))
        with pytest.raises(UnknownKey):
            keys.revoke(store, Clock(), key.id, workspace=OTHER)
        assert store.keys.all() == [key]
