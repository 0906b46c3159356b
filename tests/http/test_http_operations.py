"""For whoever runs the service: health, readiness, version, counters, the log, and failures of our own."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, TEST, TWINS, customer, trial
from twincast import __version__
from twincast.bootstrap.container import Parts
from twincast.domain.errors import SchemaMismatch
from twincast.entrypoints.http import logs
from twincast.usecases import trials


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What the log of a server says."""
    stream = StringIO()
    logs.set_up("info", stream)
    yield stream
    logs.take_down()


class TestLife:
    @pytest.mark.req("I28")
    @pytest.mark.parametrize("prefix", ["", API])
    def test_is_told_without_a_key_and_without_customers(self, known: TestClient, prefix: str) -> None:
        assert known.get(f"{prefix}/health").json() == {"status": "ok"}
        assert known.get(f"{prefix}/ready").json() == {"status": "ready", "store": "ok"}
        assert known.get(f"{prefix}/version").json()["version"] == __version__
        counters = known.get(f"{prefix}/metrics").text
        assert "twincast_http_request_seconds_bucket" in counters
        assert "cust_12345" not in counters

    def test_is_not_ready_without_its_store(
        self, client: TestClient, parts: Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def check() -> None:
            raise SchemaMismatch("another version's")

        monkeypatch.setattr(parts.store, "check", check)
        answer = client.get("/ready")
        assert (answer.status_code, answer.json()["store"]) == (503, "schema-mismatch")


class TestCounters:
    def test_count_requests_by_route_and_status(self, known: TestClient) -> None:
        for name in ("cust_12345", "nobody"):
            known.get(f"{TWINS}/{name}")
        known.get("/nowhere")
        known.request("BREW", "/elsewhere")
        counted = [line for line in known.get("/metrics").text.splitlines() if "_count{" in line]
        found = {line.partition(" ")[0]: line.rpartition(" ")[2] for line in counted}
        looked = {labels: count for labels, count in found.items() if "{reference}" in labels and "GET" in labels}
        assert sorted(looked.values()) == ["1", "1"]
        assert [count for labels, count in found.items() if 'route="unmatched"' in labels] == ["2"]


class TestTheCatalogue:
    @pytest.mark.parametrize("path", ["fields", "traits", "intervention-types", "channels", "timings"])
    def test_lists_what_can_be_asked_and_said(self, client: TestClient, path: str) -> None:
        found = client.get(f"{API}/{path}")
        assert found.status_code == 200
        assert all(found.json().values())

    def test_every_listed_field_can_be_asked(self, known: TestClient) -> None:
        listed = known.get(f"{API}/fields").json()["predictions"]
        names = [name for field in listed for name in (field["name"], *field["aliases"])]
        assert known.post(TEST, json=trial(predict=names)).status_code == 200


class TestTheAuditLog:
    @pytest.mark.req("I31")
    def test_says_what_was_done_without_saying_to_whom(self, known: TestClient) -> None:
        known.post(TEST, json=trial())
        known.delete(f"{TWINS}/cust_12345")
        page = known.get(f"{API}/audit").json()
        assert [it["action"] for it in page["items"]] == ["twin.erased", "test.run", "twin.created"]
        assert "cust_12345" not in known.get(f"{API}/audit").text
        only = known.get(f"{API}/audit", params={"action": "twin", "limit": 1}).json()
        assert [it["action"] for it in only["items"]] == ["twin.erased"]
        rest = known.get(f"{API}/audit", params={"action": "twin", "cursor": only["next_cursor"]}).json()
        assert [it["action"] for it in rest["items"]] == ["twin.created"]
        assert known.get(f"{API}/audit", params={"since": "2999-01-01T00:00:00"}).json()["items"] == []

    @pytest.mark.parametrize(("name", "value"), [("limit", "0"), ("limit", "x"), ("cursor", "?"), ("since", "then")])
    def test_refuses_what_it_can_not_page_by(self, client: TestClient, name: str, value: str) -> None:
        answer = client.get(f"{API}/audit", params={name: value})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)

    def test_can_not_be_written_to(self, client: TestClient) -> None:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert client.request(method, f"{API}/audit").status_code == 405


class TestAddresses:
    @pytest.mark.parametrize("path", ["/", "/api/v2/fields", f"{API}/nothing", f"{TWINS}/a/b/c", "/%00", "/\u00e4"])
    def test_that_are_none_are_problems(self, client: TestClient, path: str) -> None:
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert answer.headers["content-type"] == "application/problem+json"

    def test_say_which_methods_they_take(self, client: TestClient) -> None:
        answer = client.patch(TEST)
        assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
        assert answer.headers["Allow"] == "POST"


class TestAFailureOfOurOwn:
    def test_is_a_problem_that_says_nothing_of_the_data(
        self, known: TestClient, lines: StringIO, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(*_: object) -> None:
            raise RuntimeError("cust_12345 earns $100-150k")

        monkeypatch.setattr(trials, "provenance_of", crash)
        answer = known.post(TEST, json=trial(), headers={"X-Request-Id": "my-request-1"})
        assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["X-Request-Id"] == "my-request-1"
        assert "cust_12345" not in answer.text
        written = lines.getvalue()
        assert "cust_12345" not in written
        crashed = next(line for line in map(json.loads, written.splitlines()) if line["event"] == "crash")
        assert (crashed["error"], crashed["request"], crashed["level"]) == ("RuntimeError", "my-request-1", "error")
        assert any("test_http_operations" in place for place in crashed["at"])


class TestTheLog:
    def test_has_a_line_of_facts_without_ids_and_contents(self, client: TestClient, lines: StringIO) -> None:
        client.post(TWINS, json=customer())
        client.get(f"{TWINS}/twin_cust_12345?version=1")
        client.get("/cust_12345")
        written = lines.getvalue()
        assert "cust_12345" not in written
        assert "Seattle" not in written
        found = [json.loads(line) for line in written.splitlines()]
        assert [(line["method"], line["status"]) for line in found] == [("POST", 201), ("GET", 200), ("GET", 404)]
        assert found[1]["route"].endswith("/{reference}")
        assert all(set(line) >= {"at", "level", "event", "request", "ms", "actor"} for line in found)

    def test_is_silent_unless_a_server_runs(self) -> None:
        assert not [it for it in logging.getLogger(logs.ROOT).handlers if isinstance(it.formatter, logs.Lines)]


class TestHeaders:
    def test_answers_are_named_and_not_stored_on_the_way(self, known: TestClient) -> None:
        for path in (f"{TWINS}/cust_12345", f"{TWINS}/nobody", "/nowhere"):
            answer = known.get(path)
            assert answer.headers["Cache-Control"] == "no-store"
            assert len(answer.headers["X-Request-Id"]) == 16
        named = known.get("/nowhere", headers={"X-Request-Id": "bad id\t!"})
        assert named.headers["X-Request-Id"] != "bad id\t!"
