"""Keyed randomness: equal keys equal numbers, other keys independent ones; no two run into one another."""

from itertools import combinations

import numpy as np
import pytest

from twincast.stats.streams import stream, uniform

KEYS: list[tuple[str | int, ...]] = [
    (),
    ("",),
    ("", ""),
    ("a", "bc"),
    ("ab", "c"),
    ("abc",),
    ("a\x1fstr:bc",),
    ("a", "b", "c"),
    ("5:str:a",),
    (1, 23),
    (12, 3),
    ("1", "23"),
    (1,),
    ("1",),
    ("a,str:b",),
    ("send", "0" * 64),
    ("\ud800",),
]


def numbers(*keys: str | int, seed: int = 7) -> list[float]:
    return [float(number) for number in stream(seed, *keys).standard_normal(4)]


class TestStream:
    @pytest.mark.parametrize("keys", KEYS)
    def test_equal_keys_give_equal_numbers(self, keys: tuple[str | int, ...]) -> None:
        assert numbers(*keys) == numbers(*keys)

    def test_no_two_keys_run_into_one_another(self) -> None:
        for one, other in combinations(KEYS, 2):
            assert numbers(*one) != numbers(*other), (one, other)

    def test_seed_and_first_key_do_not_run_into_one_another(self) -> None:
        assert numbers("23", seed=1) != numbers("3", seed=12)
        assert numbers(23, seed=1) != numbers(3, seed=12)

    def test_what_was_drawn_before_does_not_matter(self) -> None:
        first = numbers("a")
        stream(7, "b").standard_normal(1000)
        assert numbers("a") == first

    def test_neighbouring_keys_are_independent(self) -> None:
        n = 4_000
        table = np.array([stream(seed, "cell", place).standard_normal(n) for seed in (0, 1) for place in range(12)])
        correlation = np.corrcoef(table)[np.triu_indices(24, 1)]
        assert np.abs(correlation).max() < 4.5 / np.sqrt(n)
        assert np.abs(table.mean(axis=1)).max() < 4.5 / np.sqrt(n)

    def test_keys_really_vary_the_numbers(self) -> None:
        firsts = [stream(3, place).random() for place in range(500)]
        assert len(set(firsts)) == 500
        assert abs(np.mean(firsts) - 0.5) < 4.5 * np.sqrt(1 / 12 / 500)


def test_single_numbers_are_even_and_depend_on_their_keys_alone() -> None:
    drawn = np.array([uniform(3, "a", f"c{number}") for number in range(20_000)])
    assert ((drawn >= 0.0) & (drawn < 1.0)).all()
    assert np.abs(np.histogram(drawn, 10, (0.0, 1.0))[0] / 2_000.0 - 1.0).max() < 0.1
    assert drawn[7] == uniform(3, "a", "c7") != uniform(4, "a", "c7")
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.03
