"""Backtests through the HTTP door: a table in, the judgement out, kept and read again; bad tables refused by name."""

import json

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API
from tests.http.conftest import MakeClient
from twincast.files.worlds import world_files
from twincast.world.making import Options, make

pytestmark = pytest.mark.slow  # each learns and judges anew

BACKTESTS = f"{API}/backtests"
WORLD = make(Options(customers=500))
TABLE = world_files(WORLD.columns, {}, [], {}, readme="")["contacts.csv"]
SENT = json.dumps(WORLD.interventions)
OPTIONS = {"outcome": "purchased", "interventions": SENT, "curve": "false", "subgroups": "home_store"}
FORM = {"file": ("contacts.csv", TABLE, "text/csv")}


@pytest.mark.req("I16", "N6")
def test_a_table_is_judged_kept_and_found_again(client: TestClient) -> None:
    answer = client.post(BACKTESTS, files=FORM, data=OPTIONS)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["gate"]["verdict"] in {"open", "undecided", "closed"}
    assert [it["name"] for it in found["contenders"]][:3] == ["twincast", "twincast without outcomes", "base rate"]
    assert [point["coverage"] for point in found["coverage"]][-1] == 1.0
    assert {it["attribute"] for it in found["subgroups"]} == {"home_store"}
    assert client.get(answer.headers["Location"]).json() == found
    assert [it["id"] for it in client.get(BACKTESTS).json()["items"]] == [found["id"]]
    page = client.get(f"{BACKTESTS}/{found['id']}/report")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.startswith("<!doctype html>")


def test_as_a_body_with_the_options_in_the_query_it_is_the_same_and_repeats_nothing(client: TestClient) -> None:
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "b-1"}
    first, again = (client.post(BACKTESTS, content=TABLE, params=OPTIONS, headers=headers) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert len(client.get(BACKTESTS).json()["items"]) == 1


@pytest.mark.parametrize(
    ("table", "options", "field"),
    [
        (TABLE, {"outcome": "bought"}, "outcome"),
        (TABLE, {"outcome": "purchased", "interventions": "{}"}, "intervention"),
        (TABLE, {"outcome": "purchased", "test_share": "2"}, "test_share"),
        (TABLE, {"outcome": "purchased", "tset_share": "0.5"}, "tset_share"),
        (b"customer_id,arm,purchased\na,none,1\nb,none,0\nc,none,0\n", {}, "rows"),
        (b"customer_id,arm,purchased\n" + b"".join(b"c%d,none,0\n" % n for n in range(99)), {}, "purchased"),
        (b"customer_id,arm,purchased\na,none,maybe\n", {}, "purchased"),
        (b"", {}, "file"),
    ],
)
def test_what_nothing_can_be_said_about_is_refused_by_field(
    client: TestClient, table: bytes, options: dict[str, str], field: str
) -> None:
    answer = client.post(
        BACKTESTS, content=table, params={"interventions": SENT} | options, headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert client.get(BACKTESTS).json()["items"] == []


def test_one_of_another_workspace_is_not_there(make_client: MakeClient, make_key: object) -> None:
    made = make_client().post(BACKTESTS, files=FORM, data=OPTIONS).json()["id"]
    other = make_client(make_key("other", ("read",)))  # type: ignore[operator]  # a fixture
    for path in (made, f"{made}/report", "back_nothing"):
        answer = other.get(f"{BACKTESTS}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-backtest")
