"""Learning through the HTTP door: refit, see the versions, go back, and see how right the numbers are."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, BULK, TEST
from tests.http.conftest import MakeClient

FIT, MODELS, REPORT = f"{API}/calibration/fit", f"{API}/calibration/models", f"{API}/calibration/report"
MAIL = {"type": "promotional_email", "content": "20% off this weekend", "response": "visit"}
COUNT = 80


@pytest.fixture
def mailed(client: TestClient) -> TestClient:
    """A shop that sent a mail to half of its customers, most of whom came anyway."""
    records = "customer_id\n" + "".join(f"c{k}\n" for k in range(COUNT))
    assert client.post(f"{BULK}?as_of=2026-01-01", content=records, headers={"Content-Type": "text/csv"}).is_success
    rows: list[dict[str, Any]] = [
        {"customer_id": f"c{k}", "intervention_id": "mail" if k % 2 else "none", "sent_at": "2026-01-05",
         "kind": "visit", "value": int(k % 4 > 0), "propensity": 0.5}
        for k in range(COUNT)
    ]  # fmt: skip
    body = {"outcomes": rows, "interventions": {"mail": MAIL, "none": None}}
    assert client.post(f"{API}/outcomes", json=body).status_code == 201
    return client


def asked(client: TestClient) -> dict[str, Any]:
    body = {"customer_id": "c1", "intervention": MAIL, "predict": ["will_engage"]}
    found: dict[str, Any] = client.post(TEST, json=body).json()["predictions"]["will_engage"]
    return found


@pytest.mark.req("I15")
def test_a_fit_changes_what_is_predicted_and_can_be_taken_back(mailed: TestClient) -> None:
    before = asked(mailed)
    version = mailed.post(FIT).json()
    after = asked(mailed)
    assert (version["version"], version["outcomes"], version["is_current"]) == (1, {"visit": COUNT}, True)
    assert (before["basis"], after["basis"]) == ("prior", "segment")  # records without content tell nobody apart
    assert after["likelihood"] > 2 * before["likelihood"]
    assert mailed.get(MODELS).json() == {"current": 1, "items": [version]}
    assert mailed.post(f"{MODELS}/0/select").json()["current"] == 0
    assert asked(mailed) == before
    assert mailed.post(f"{MODELS}/9/select").json()["code"] == "unknown-model"


@pytest.mark.req("I15")
def test_a_report_lays_predictions_beside_what_happened(mailed: TestClient) -> None:
    report = mailed.get(REPORT).json()
    whole = report["segments"][0]
    assert (report["contacts"], whole["kind"], whole["segment"], whole["events"]) == (COUNT, "visit", "all", 60)
    assert whole["after"]["log_loss"]["value"] < whole["before"]["log_loss"]["value"]
    for quality in (whole["before"], whole["after"]):
        for name in ("log_loss", "brier", "ece"):
            assert quality[name]["low"] <= quality[name]["value"] <= quality[name]["high"]
        assert sum(it["count"] for it in quality["bins"]) == COUNT


def test_without_outcomes_nothing_is_learned_and_it_is_said_why(known: TestClient) -> None:
    answer = known.post(FIT)
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing-to-learn")
    assert "none were told yet" in answer.json()["detail"]
    assert known.get(REPORT).status_code == 422
    assert known.get(MODELS).json() == {"current": 0, "items": []}


def test_a_key_that_only_reads_may_look(mailed: TestClient, make_client: MakeClient, make_key: Any) -> None:
    reader = make_client(make_key(scopes=("read",)))
    assert reader.get(MODELS).status_code == 200
    assert reader.post(FIT).status_code == 403
    other = make_client(make_key("other"))
    assert other.post(FIT).status_code == 422


@pytest.mark.req("I15", "N18")
def test_a_report_says_what_the_answering_model_was_checked_on(mailed: TestClient) -> None:
    before = mailed.get(REPORT).json()
    assert (before["gates"], before["validated_on"], before["confidence"]) == ({}, {}, [])
    fitted = mailed.post(FIT).json()
    report = mailed.get(REPORT).json()
    assert report["gates"]["visit"]["verdict"] in {"open", "undecided", "closed"}
    assert report["validated_on"] == {"visit": ["none"]}  # everybody who got the mail came: nothing to tell apart there
    assert sum(it["contacts"] for it in report["confidence"]) == COUNT
    assert report["notes"] == fitted["notes"]
    assert fitted["notes"][-1].startswith("the records tell no customer from another")
