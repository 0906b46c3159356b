"""`twincast answers calibrate`: a table in, a table out; and the same in a notebook."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from twincast import Twincast
from twincast.domain.errors import InvalidInput
from twincast.entrypoints.cli.main import cli


def survey(people: int = 60, questions: int = 4) -> pl.DataFrame:
    """Answers 1 to 5 of people with one trait, which their twins half know; the last people were not asked `q0`."""
    rng = np.random.default_rng(0)
    rows = []
    for person in range(people):
        trait = rng.normal()
        for question in range(questions):
            answer = float(np.clip(round(3 + trait + rng.normal(0.0, 0.7)), 1, 5))
            twins = [float(np.clip(round(3.5 + trait / 2 + rng.normal()), 1, 5)) for _ in range(2)]
            rows.append(
                {"person": f"=p{person}", "question": f"q{question}", "twin_a": twins[0], "twin_b": twins[1],
                 "answer": None if question == 0 and person >= 40 else answer, "low": 1, "high": 5}
            )  # fmt: skip
    return pl.DataFrame(rows)


@pytest.mark.req("N4")
def test_from_file_to_file(tmp_path: Path) -> None:
    file, to = tmp_path / "survey.csv", tmp_path / "out.csv"
    survey().write_csv(file)
    shown = CliRunner().invoke(cli, ["answers", "calibrate", str(file), "--to", str(to)])
    assert (shown.exit_code, "220 answers known, 20 calibrated" in shown.output) == (0, True)
    assert "Held back and foretold" in shown.output
    found = json.loads(CliRunner().invoke(cli, ["answers", "calibrate", str(file), "--json"]).output)
    assert len(found["items"]) == 240
    new = [it for it in found["items"] if it["basis"] != "answered"]
    assert {(it["question"], it["basis"], it["knowledge"], it["validated_on"]) for it in new} == {
        ("q0", "answers", "other_answers", "survey")
    }
    assert all(1.0 <= it["low"] <= it["value"] <= it["high"] <= 5.0 for it in new)
    assert to.read_text().splitlines()[1].startswith("'=p0,q0,")  # nothing that a spreadsheet would run
    assert [row["value"] for row in Twincast.calibrate_answers(survey()).records()] == [
        it["value"] for it in found["items"]
    ]


@pytest.mark.parametrize(
    ("column", "cells", "field"),
    [
        ("answer", ["much"] * 240, "answer"),
        ("mood", ["good"] * 240, "mood"),
        ("low", [1] * 239 + [2], "low"),
        ("question", [None] * 240, "question"),
    ],
)
def test_a_table_that_is_not_right_is_named(column: str, cells: list[object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Twincast.calibrate_answers(survey().with_columns(pl.Series(column, cells)))
    assert caught.value.problems[0].field == field


def test_a_table_without_twins_is_named() -> None:
    with pytest.raises(InvalidInput, match="twin"):
        Twincast.calibrate_answers(survey().drop("twin_a", "twin_b"))
