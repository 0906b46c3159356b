"""The doors' essentials once more, on PostgreSQL; and what only a database elsewhere can do to them."""

from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from tests.http import (
    test_http_comparisons,
    test_http_extractions,
    test_http_idempotency,
    test_http_imports,
    test_http_outcomes,
    test_http_sessions,
    test_http_trials,
    test_http_twins,
)
from tests.http.bodies import API, SESSIONS, TEST, TESTS, TWINS, customer, trial
from twincast.bootstrap.settings import Settings


@pytest.fixture
def settings(postgresql: str) -> Settings:
    return Settings(database=postgresql, max_body=300_000, max_upload=2_000_000)


class TestTrials(test_http_trials.TestLooking):
    """Tests are stored, listed and explained."""


@pytest.mark.slow
class TestTwins(test_http_twins.TestRights):
    """Everything about a person is exported and erased."""


@pytest.mark.slow
class TestImports(test_http_imports.TestATable):
    """A table is stored, and only what changed."""


@pytest.mark.slow
class TestSessions(test_http_sessions.TestTheDocument):
    """A session begins, is marked, restored and ended."""


@pytest.mark.slow
class TestComparisons(test_http_comparisons.TestTheDocument):
    """Messages are ranked for a twin."""


@pytest.mark.slow
class TestOutcomes(test_http_outcomes.TestATable):
    """What customers did is stored once."""


@pytest.mark.slow
class TestExtractions(test_http_extractions.TestTheDocument):
    """Results add up."""


@pytest.mark.slow
class TestIdempotency(test_http_idempotency.TestTheSameRequest):
    """A key gives the first answer again."""


class TestWhatNoColumnHolds:
    @pytest.mark.parametrize("path", [f"{TWINS}/%00", f"{TESTS}/%00", f"{SESSIONS}/a%00b", f"{API}/outcomes/%00"])
    def test_as_an_id_is_not_found(self, client: TestClient, path: str) -> None:
        assert client.get(path).status_code == 404

    def test_as_a_filter_is_no_failure(self, known: TestClient) -> None:
        answer = known.get(TESTS, params={"session_id": "\x00"})
        assert answer.status_code in {200, 404, 422}

    @pytest.mark.parametrize("version", [2**31, 2**63, 10**30])
    def test_as_a_version_is_not_found(self, known: TestClient, version: int) -> None:
        assert known.get(f"{TWINS}/cust_12345", params={"version": version}).status_code == 404
        assert known.post(f"{API}/calibration/models/{version}/select").status_code in {404, 422}


class TestALostDatabase:
    def test_is_said_and_used_again_when_it_is_back(
        self, known: TestClient, postgresql: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lost(*_: Any, **__: Any) -> Any:
            raise psycopg.OperationalError("connection to server at localhost failed for user hush")

        with monkeypatch.context() as patch:
            patch.setattr("sqlalchemy.Engine.raw_connection", lost)
            answer = known.post(TEST, json=trial())
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert "hush" not in answer.text
            assert known.get("/ready").status_code == 503
        with psycopg.connect(postgresql, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert known.post(TEST, json=trial()).status_code == 200
        assert known.post(TWINS, json=customer()).status_code == 200
        assert known.get("/ready").status_code == 200
