"""`twincast optimize`: the same answer as in Python, from a file or from flags, and told in words."""

import contextlib
import io
import json
import re
from pathlib import Path

from click.testing import CliRunner

from twincast import Twincast
from twincast.entrypoints.cli.main import cli

RECORD = {
    "customer_id": "ann",
    "behavioral_data": {"interests": ["coffee"], "preferred_channels": ["email"]},
    "history": {"total_purchases": 12, "days_since_last_purchase": 9},
}
DAY = "2026-05-04"


def test_from_flags_from_a_file_and_in_python(tmp_path: Path) -> None:
    database, file = f"sqlite:///{tmp_path}/shop.db", tmp_path / "body.json"
    with Twincast(database) as tc:
        tc.add_customers([RECORD], as_of=DAY)
        limits = {"constraints": {"discount_max": 0.2, "tone": "formal"}}
        found = tc.optimize("ann", "profit", as_of=DAY, seed=3, costs={"margin": 0.4, "contact": 0.01}, **limits)
    file.write_text(json.dumps({**limits, "costs": {"margin": 0.9}}))
    flags = ["--twin", "ann", "--objective", "profit", "--margin", "0.4", "--contact-cost", "0.01", "--as-of", DAY]
    command = ["optimize", str(file), *flags, "--seed", "3", "--database", database]
    shown = CliRunner().invoke(cli, [*command, "--json"])
    assert shown.exit_code == 0
    answer = json.loads(shown.stdout)
    assert answer["optimized_message"]["content"] == found.content
    assert answer["optimized_message"]["objective"]["value"] == found.aim.value
    told = CliRunner().invoke(cli, command)
    assert (told.exit_code, found.content.split("\n")[0] in told.output) == (0, True)
    assert CliRunner().invoke(cli, [*command, "--words", "0"]).exit_code != 0


def test_one_message_for_a_segment(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/shop.db"
    with Twincast(database) as tc:
        tc.add_customers([RECORD, {**RECORD, "customer_id": "ben"}], as_of=DAY)
        found = tc.optimize_together(["ann", "ben"], as_of=DAY, candidates=40)
    made = CliRunner().invoke(cli, ["segments", "define", "all", "--all", "orders > 1", "--database", database])
    assert made.exit_code == 0, made.output
    command = ["optimize", "--segment", "all", "--candidates", "40", "--as-of", DAY, "--database", database]
    shown = CliRunner().invoke(cli, [*command, "--json"])
    assert json.loads(shown.stdout)["content"] == found.content
    assert "would add" in CliRunner().invoke(cli, command).output


def test_the_page_of_the_guide_runs_and_prints_what_it_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "optimizing.md").read_text("utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(block, "docs/optimizing.md", "exec"), {})  # noqa: S102 - our own page
    assert printed.getvalue().splitlines() == re.findall(r"^# (.*)$", block, re.MULTILINE)
