"""`twincast prove`, and the same in a notebook: from a plan to what the test shows."""

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from twincast import Twincast
from twincast.domain.errors import InvalidInput
from twincast.entrypoints.cli.main import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "proof.md"
ARMS = {"mail": {"type": "promotional_email", "channel": "email", "content": "20% off this weekend"}, "none": None}
CUSTOMERS = [{"customer_id": f"c{n}", "history": {"total_purchases": 1 + n % 9}} for n in range(40)]


def frame(count: int = 400) -> pl.DataFrame:
    arms = ["mail", "none"] * (count // 2)
    return pl.DataFrame(
        {
            "customer_id": [f"c{n}" for n in range(count)],
            "arm": arms,
            "visit": [int(n % 4 == 0 or n % 4 == 3) for n in range(count)],
            "unsubscribe": [0] * count,
            "spend": [0.0] * count,
            "before_orders": [n % 7 for n in range(count)],
        }
    )


@pytest.mark.slow
@pytest.mark.req("N12")
def test_from_file_to_file(tmp_path: Path) -> None:
    database, rows, whom, to = (tmp_path / name for name in ("t.db", "rows.csv", "whom.csv", "arms.csv"))
    with Twincast(str(database)) as tc:
        tc.add_customers(CUSTOMERS)
    body = tmp_path / "plan.json"
    body.write_text(json.dumps({"arms": ARMS, "customers": ["c1", "c2"], "metric": "visit", "available": 400}))
    frame().write_csv(rows)
    frame().select("customer_id").write_csv(whom)
    at = ["--database", str(database)]

    def run(*words: str) -> str:
        shown = CliRunner().invoke(cli, ["prove", *words, *at])
        assert shown.exit_code == 0, shown.output
        return shown.output

    plan = json.loads(run("plan", str(body), "--json"))["test_plan_id"]
    assert "customers find it" in run("show", plan)
    assert plan in run("plans")
    run("assign", plan, str(whom), "--to", str(to))
    assert pl.read_csv(to)["arm"].is_in(["mail", "none"]).all()
    shown = run("read", "--rows", str(rows), "--metric", "visit", "--control", "none", "--share", "mail=.5", "--share",
                "none=.5")  # fmt: skip
    assert "mail is not told apart from none" in shown
    assert "sample ratio" in shown
    found = json.loads(run("read", "--plan", plan, "--rows", str(rows), "--json"))
    assert found["before"] == ["orders"]
    assert found["foretold"][0]["arm"] == "mail"
    assert found["guardrails"][0]["verdict"] == "undecided"
    assert found["readout_id"] in run("readouts")
    assert json.loads(run("show", found["readout_id"], "--json")) == found


def test_a_notebook_says_the_same(tmp_path: Path) -> None:
    with Twincast() as tc:
        tc.add_customers(CUSTOMERS)
        plan = tc.plan_test(ARMS, ["c1", "c2"], metric="visit", available=400)
        assert {row["arm"] for row in tc.assign_test(plan.id, [f"c{n}" for n in range(30)])} == {"mail", "none"}
        by_plan = tc.read_test(frame(), plan=plan.id)
        alone = tc.read_test(
            frame().to_dicts(), metric="visit", control="none", shares={"mail": 0.5, "none": 0.5}, planned=plan.total
        )
        assert by_plan.effects == alone.effects
        assert by_plan.foretold
        with pytest.raises(InvalidInput, match="no column says it"):
            tc.read_test([{"visit": 1}], plan=plan.id)
        with pytest.raises(InvalidInput, match="visit"):
            tc.read_test([{"arm": "mail", "visit": "often"}], plan=plan.id)


@pytest.mark.slow
def test_the_page_shows_what_works() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    scope: dict[str, Any] = {}
    exec(compile(block, "docs/proof.md", "exec"), scope)  # noqa: S102 - our own page
    assert scope["found"].assignment == "sound"
    assert {it.arm for it in scope["found"].effects} == {"kitchen-sale", "garden-news", "book-offer"}
    scope["tc"].close()
