"""The benchmark of calibrated answers holds out what it says; and its main bars, on a part of the panel."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import answers


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("known", "share", "gained"),
    [(answers.NOTHING, 0.96, 0.0), (answers.OTHERS, 0.94, 0.03), (answers.SIBLINGS, 0.87, 0.12)],
)
def test_thirty_answers_beat_the_twin(data_dir: Path, known: str, share: float, gained: float) -> None:
    panel = answers.read(data_dir / "llm_twins")
    found = answers.score(panel, known, 30, most=4, every=1 if known == answers.SIBLINGS else 4)
    mean = {name: answers.mean_of(found, name) for name in answers.Score.__slots__}
    assert mean["correlation"] >= mean["twin_correlation"] + gained
    assert mean["error"] <= share * mean["twin_error"]
    assert mean["covered"] == pytest.approx(0.8, abs=0.05)


def test_rounds_hold_out_batteries_or_one_of_each() -> None:
    battery = np.array([0, 1, 0, 1, 1])
    assert [it.tolist() for it in answers._rounds(battery, answers.NOTHING, None)] == [[0, 2], [1, 3, 4]]
    assert [it.tolist() for it in answers._rounds(battery, answers.SIBLINGS, None)] == [[0, 1], [2, 3], [4]]
    assert [it.tolist() for it in answers._rounds(battery, answers.OTHERS, 1)] == [[0], [1]]
