"""`twincast sequence`: the same plan as in Python, and told in words."""

import json
from pathlib import Path

from click.testing import CliRunner

from twincast import Twincast
from twincast.entrypoints.cli.main import cli

RECORD = {"customer_id": "ann", "history": {"total_purchases": 12, "days_since_last_purchase": 9}}
DAY = "2026-05-04"


def test_the_same_in_python_and_in_words(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/shop.db"
    with Twincast(database) as tc:
        tc.add_customers([RECORD], as_of=DAY)
        plan = tc.sequence("ann", {"A": "20% off coffee", "B": "Thank you"}, "purchase", as_of=DAY, most=2)
    flags = ["--twin", "ann", "--content", "20% off coffee", "--content", "Thank you", "--as-of", DAY]
    command = ["sequence", *flags, "--max-messages", "2", "--database", database]
    shown = CliRunner().invoke(cli, [*command, "--json"])
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["total"] == plan.total
    told = CliRunner().invoke(cli, command)
    assert (told.exit_code, "As many messages as were asked for." in told.output) == (0, True)
    assert CliRunner().invoke(cli, [*command, "--objective", "profit"]).exit_code != 0
