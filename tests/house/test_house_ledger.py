"""The ledger of requirements: which rows it reads, and what it says of them."""

import pytest

from tests.ledger import ledger, rows_of, state_of, totals

DOCUMENT = """
| # | L | Requirement | AT |
|---|---|---|---|
| R8 | 25 | Endpoint exists | 201 |
| R9 | 29 | required, see R8 | 422 |
| will_open | P(open), R105 | none |

Prose about R200.

| A1 | L1 | a problem | a resolution |
| R8 | 25 | the same row once more | 201 |
"""


class TestRows:
    def test_only_the_first_cell_of_a_table_names_a_row(self) -> None:
        assert rows_of(DOCUMENT) == ["R8", "R9", "A1"]


class TestStates:
    @pytest.mark.parametrize(
        ("outcomes", "state"),
        [
            (["passing", "passing"], "passing"),
            (["passing", "failing"], "failing"),
            (["skipped", "passing"], "passing"),
            (["skipped"], "skipped"),
            ([], "none"),
        ],
    )
    def test_a_row_is_as_good_as_its_worst_test_but_a_skipped_one_says_nothing(
        self, outcomes: list[str], state: str
    ) -> None:
        assert state_of(outcomes) == state

    def test_a_row_without_a_test_is_listed(self) -> None:
        assert ledger(["R8", "R9"], {"R9": ["passing"]}) == {"R8": "none", "R9": "passing"}

    def test_without_the_specification_the_marked_rows_are_known(self) -> None:
        assert list(ledger([], {"R10": ["passing"], "R9": ["failing"], "A2": ["passing"]})) == ["A2", "R9", "R10"]

    def test_the_totals_count_every_state(self) -> None:
        states = {"R1": "passing", "R2": "passing", "R3": "none", "R4": "failing"}
        assert totals(states) == "4 rows: 2 passing, 1 failing, 0 skipped, 1 none"
