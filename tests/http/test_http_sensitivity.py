"""The sensitivity panel through the doors: HTTP, the command line and Python say the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from tests.http.bodies import API, customer
from twincast import Twincast
from twincast.entrypoints.cli.main import cli

WHO = customer()
PANEL = f"{API}/intervention-testing/sensitivity"
TEXTS = {"deal": ["20% off tea", "Tea is 20% off"], "news": ["New coffee is here."]}
BODY: dict[str, Any] = {
    "digital_twin_ids": [WHO["customer_id"]],
    "variants": [
        {"id": name, "channel": "email", "content": text, "paraphrases": more} for name, (text, *more) in TEXTS.items()
    ],
    "as_of": "2026-05-04",
}


@pytest.mark.req("N13")
def test_the_doors_say_the_same(known: TestClient, tmp_path: Path) -> None:
    found = known.post(PANEL, json=BODY).json()
    assert (found["customers"], found["under_dispersed"], found["replies"]) == (1, None, None)
    assert {it["over"] for it in found["stabilities"]} == {"draws", "wordings"}
    for it in found["variants"]:
        mean = it["mean"]
        assert mean["low"] <= mean["value"] <= mean["high"]
        assert mean["level"] == 0.8

    database, body = f"sqlite:///{tmp_path / 'twins.db'}", tmp_path / "body.json"
    with Twincast(database) as tc:
        tc.add_customers([WHO])
        panel = tc.sensitivity([WHO["customer_id"]], TEXTS, channel="email", as_of="2026-05-04")
    body.write_text(json.dumps(BODY))
    told = CliRunner().invoke(cli, ["sensitivity", str(body), "--database", database, "--json"])
    shown = CliRunner().invoke(cli, ["sensitivity", str(body), "--database", database])
    assert (told.exit_code, shown.exit_code) == (0, 0), told.output
    assert json.loads(told.output) == found
    assert [it.value for it in panel.variants] == [it["mean"]["value"] for it in found["variants"]]
    assert "wordings" in shown.output


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rank_by": "will_open"}, "rank_by"),
        ({"variants": []}, "variants"),
        ({"variants": [BODY["variants"][0]] * 2}, "variants[1].id"),
        ({"digital_twin_ids": []}, "twins"),
        ({"known": {"will_purchase": -1}}, "known.will_purchase"),
        ({"replies": {}}, "replies"),
        ({"replies": {"twins": 5_000}}, "replies.twins"),
    ],
)
def test_what_is_not_right_is_named(known: TestClient, change: dict[str, Any], field: str) -> None:
    answer = known.post(PANEL, json={**BODY, **change})
    assert answer.status_code == 422
    assert field in [it["field"] for it in answer.json()["errors"]]


def test_a_twin_that_is_not_there_is_named(known: TestClient) -> None:
    assert known.post(PANEL, json={**BODY, "digital_twin_ids": ["nobody"]}).status_code == 404
