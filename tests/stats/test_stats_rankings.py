"""Rankings laid beside one another."""

import numpy as np
import pytest

from twincast.stats.rankings import held
from twincast.stats.streams import stream


@pytest.mark.req("N13")
def test_the_same_upside_down_and_a_tie() -> None:
    own = [3.0, 2.0, 1.0]
    same, turned, tied = held([[9, 8, 7]], own), held([[1, 2, 3]], own), held([[5, 5, 1]], own)
    assert (same.first, same.order, same.tau) == (1.0, 1.0, 1.0)
    assert (turned.first, turned.order, turned.tau) == (0.0, 0.0, -1.0)
    assert (tied.first, tied.order) == (0.5, 1.0)
    assert tied.tau == pytest.approx(2 / 3)


@pytest.mark.req("N13")
def test_of_chance_a_leader_leads_as_often_as_any_other() -> None:
    noise = stream(1, "rankings").standard_normal((4_000, 4))
    found = held(noise, [4.0, 3.0, 2.0, 1.0])
    assert found.first == pytest.approx(1 / 4, abs=4 * np.sqrt(0.25 * 0.75 / 4_000))
    assert found.order == pytest.approx(1 / 24, abs=4 * np.sqrt(1 / 24 / 4_000))
    assert found.tau == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(
    ("values", "own"), [([[1.0]], [1.0]), (np.empty((0, 2)), [1.0, 2.0]), ([[1.0, 2.0, 3.0]], [1.0, 2.0])]
)
def test_what_is_no_ranking_is_refused(values: object, own: list[float]) -> None:
    with pytest.raises(ValueError, match="no rankings"):
        held(values, own)  # type: ignore[arg-type]
