"""Who is let in: keys and their scopes and workspaces, and this machine without a key, by its own name only."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import COMPARE, COMPARISONS, TEST, TESTS, TWINS, comparison, customer, trial
from tests.http.conftest import MakeClient
from twincast.bootstrap.container import Parts
from twincast.bootstrap.settings import Settings
from twincast.domain.errors import Misconfigured
from twincast.domain.ids import KeyId
from twincast.entrypoints.http.app import create_app
from twincast.usecases import keys

OPEN = ("/health", "/ready", "/version", "/metrics", "/openapi.json", "/docs", "/api/v1/health")
CLOSED = (TWINS, TESTS, COMPARISONS, "/api/v1/fields", "/api/v1/audit", f"{TWINS}/cust_12345")


class TestThisMachine:
    @pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "127.0.0.1", "localhost", "[::1]:8000"])
    @pytest.mark.req("A49")
    def test_needs_no_key(self, make_client: MakeClient, host: str) -> None:
        assert make_client(host=host).get(TWINS).status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "localhost.evil.example", "10.0.0.5:8000"])
    def test_is_not_served_by_another_name(self, make_client: MakeClient, host: str) -> None:
        answer = make_client(host=host).get(TWINS)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")

    @pytest.mark.parametrize("origin", ["https://evil.example", "http://10.0.0.5:8000", "null"])
    def test_is_not_served_to_pages_of_other_origins(self, client: TestClient, origin: str) -> None:
        assert client.post(TWINS, json=customer(), headers={"Origin": origin}).status_code == 403
        assert client.post(TWINS, json=customer(), headers={"Origin": "http://localhost:8000"}).status_code == 201

    @pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded"])
    def test_does_not_lend_its_name_to_callers_behind_a_proxy(self, client: TestClient, name: str) -> None:
        assert client.get(TWINS, headers={name: "203.0.113.9"}).status_code == 401

    def test_does_not_serve_another_machine_without_a_key(self, make_client: MakeClient) -> None:
        assert make_client(near="203.0.113.9").get(TWINS).status_code == 401


class TestAKey:
    def test_that_is_sent_is_checked_on_this_machine_too(self, make_client: MakeClient, make_key: Any) -> None:
        assert make_client("tc_unknown").get(TWINS).status_code == 401
        assert make_client(make_key()).get(TWINS).status_code == 200

    @pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer ", "tc_abc", "", "Bearer \u00e4"])
    def test_that_can_not_be_read_opens_nothing(self, client: TestClient, header: str) -> None:
        answer = client.get(TWINS, headers={b"Authorization": header.encode()})
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")

    def test_that_was_revoked_opens_nothing(self, make_client: MakeClient, parts: Parts, make_key: Any) -> None:
        client = make_client(make_key())
        assert client.get(TWINS).status_code == 200
        (key,) = keys.list_keys(parts.store)
        keys.revoke(parts.store, parts.clock, KeyId(key.id))
        assert client.get(TWINS).status_code == 401

    def test_opens_its_own_workspace_only(self, make_client: MakeClient, make_key: Any) -> None:
        one, two = make_client(make_key("one")), make_client(make_key("two"))
        one.post(TWINS, json=customer())
        test = one.post(TEST, json=trial()).json()["test_id"]
        compared = one.post(COMPARE, json=comparison()).json()["comparison_id"]
        tested = f"{TESTS}/{test}"
        for path in (f"{TWINS}/cust_12345", tested, f"{tested}/explanation", f"{COMPARISONS}/{compared}"):
            assert one.get(path).status_code == 200
            assert two.get(path).status_code == 404
        assert two.post(TEST, json=trial()).status_code == 404
        assert two.delete(f"{TWINS}/cust_12345").status_code == 404
        assert two.get(TWINS).json()["items"] == []
        assert two.get("/api/v1/audit").text.count("test.run") == 0
        assert one.get(f"{TWINS}/cust_12345").status_code == 200

    @pytest.mark.parametrize(
        ("scopes", "allowed"),
        [
            (("read",), {"read"}),
            (("write",), {"write"}),
            (("erase",), {"erase"}),
            (("admin",), {"admin"}),
            (("read", "write"), {"read", "write"}),
        ],
    )
    def test_allows_what_its_scopes_say(
        self, make_client: MakeClient, make_key: Any, scopes: tuple[str, ...], allowed: set[str]
    ) -> None:
        make_client(make_key()).post(TWINS, json=customer())
        client = make_client(make_key("default", scopes))
        statuses = {
            "read": client.get(f"{TWINS}/cust_12345").status_code,
            "write": client.post(TEST, json=trial()).status_code,
            "admin": client.get("/api/v1/audit").status_code,
            "erase": client.get(f"{TWINS}/cust_12345/export").status_code,
        }
        assert {scope for scope, status in statuses.items() if status == 200} == allowed
        assert {status for scope, status in statuses.items() if scope not in allowed} <= {403}

    def test_is_named_in_the_log_of_what_it_did(self, make_client: MakeClient, parts: Parts, make_key: Any) -> None:
        client = make_client(make_key())
        client.post(TWINS, json=customer())
        (key,) = keys.list_keys(parts.store)
        (entry,) = client.get("/api/v1/audit", params={"action": "twin.created"}).json()["items"]
        assert entry["actor"] == key.id


class TestOtherMachines:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(database="memory://", host="0.0.0.0")

    @pytest.mark.req("A49")
    def test_are_not_served_before_there_is_a_key(self, settings: Settings, parts: Parts, make_key: Any) -> None:
        with pytest.raises(Misconfigured, match="keys create"):
            create_app(settings, parts)
        make_key()
        create_app(settings, parts)

    def test_are_not_served_when_every_key_is_revoked(self, settings: Settings, parts: Parts, make_key: Any) -> None:
        make_key()
        (key,) = keys.list_keys(parts.store)
        keys.revoke(parts.store, parts.clock, KeyId(key.id))
        with pytest.raises(Misconfigured):
            create_app(settings, parts)

    def test_need_a_key_for_everything_about_customers(self, make_client: MakeClient, make_key: Any) -> None:
        secret = make_key()
        client = make_client(host="shop.example", near="203.0.113.9")
        for path in OPEN:
            assert client.get(path).status_code == 200
        for path in CLOSED:
            assert client.get(path).status_code == 401
        for path in (TWINS, TEST, COMPARE, f"{TWINS}/bulk", f"{TWINS}/bulk/preview"):
            assert client.post(path, json={}).status_code == 401
        assert client.delete(f"{TWINS}/cust_12345").status_code == 401
        assert make_client(secret, host="shop.example", near="203.0.113.9").get(TWINS).status_code == 200

    def test_on_this_machine_need_one_too(self, make_client: MakeClient, make_key: Any) -> None:
        make_key()
        assert make_client().get(TWINS).status_code == 401
