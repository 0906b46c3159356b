"""Disclosure sheets through the doors."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from tests.http.bodies import API, BATCH, COMPARE, SESSIONS, customer
from twincast import Twincast
from twincast.entrypoints.cli.main import cli

WHO = customer()["customer_id"]


@pytest.mark.req("N17")
def test_of_a_batch_a_comparison_and_a_session(known: TestClient) -> None:
    session = known.post(f"{SESSIONS}/begin", json={"session_name": "s"}).json()["session_id"]
    variants = [{"id": "A", "content": "20% off tea"}, {"id": "B", "content": "New teas are here"}]
    asked = {"digital_twin_id": WHO, "variants": variants, "session_id": session}
    comparison = known.post(COMPARE, json=asked).json()["comparison_id"]
    sent = {"type": "promotional_offer", "content": "20% off tea"}
    batch = known.post(BATCH, json={"digital_twin_ids": [WHO], "intervention": sent, "session_id": session})
    places = {
        "comparison": f"{API}/intervention-testing/comparisons/{comparison}/disclosure",
        "batch": f"{API}/intervention-testing/batches/{batch.json()['batch_id']}/disclosure",
        "session": f"{SESSIONS}/{session}/disclosure",
    }
    sheets = {kind: known.get(place).json() for kind, place in places.items()}
    assert {kind: it["kind"] for kind, it in sheets.items()} == {kind: kind for kind in places}
    assert [it["simulated"]["answers"] for it in sheets.values()] == [2, 1, 3]
    assert all(it["limits"][0]["code"] == "simulated" for it in sheets.values())
    page = known.get(places["session"], params={"format": "markdown"})
    assert page.headers["content-type"] == "text/markdown; charset=utf-8"
    assert page.text.startswith("# Disclosure: session")
    assert WHO not in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/intervention-testing/batches/none/disclosure", 404),
        ("/intervention-testing/comparisons/none/disclosure", 404),
        ("/simulation-control/sessions/none/disclosure", 404),
        ("/simulation-control/sessions/none/disclosure?format=pdf", 422),
    ],
)
def test_what_is_not_there_or_not_known_is_named(client: TestClient, path: str, status: int) -> None:
    assert client.get(f"{API}{path}").status_code == status


@pytest.mark.req("N17")
def test_the_command_line_and_python_make_the_same_sheet(tmp_path: Path) -> None:
    database, out = f"sqlite:///{tmp_path / 'twins.db'}", tmp_path / "sheet.md"
    with Twincast(database) as tc:
        tc.add_customers([customer()])
        found = tc.compare(WHO, {"A": "20% off tea", "B": "New teas are here"})
        sheet = tc.disclosure(found.id)
    written = CliRunner().invoke(cli, ["disclose", found.id, "--database", database, "--out", str(out)])
    told = CliRunner().invoke(cli, ["disclose", found.id, "--database", database, "--json"])
    shown = CliRunner().invoke(cli, ["disclose", found.session_id, "--database", database])
    assert (written.exit_code, told.exit_code, shown.exit_code) == (0, 0, 0), told.output
    assert out.read_text().startswith("# Disclosure: comparison")
    assert json.loads(told.output)["simulated"]["subjects"] == list(sheet.simulated.subjects)
    assert shown.output.startswith("# Disclosure: session")
