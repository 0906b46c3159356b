"""Cells of text tables: numbers, dates and lists as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincast.files.cells import ABSENT, READERS, read_cells, signs_of


class TestNumbers:
    @pytest.mark.parametrize(
        ("written", "read"),
        [
            (["1", "-2", "+3"], [1, -2, 3]),
            (["1.5", ".5", "1e3"], [1.5, 0.5, 1000.0]),
            (["1,234.50", "7"], [1234.5, 7]),
            (["$1,200", "$ 3.10", "12 EUR", "€5"], [1200, 3.1, 12, 5]),
            (["1.234,50", "12,5", "3"], [1234.5, 12.5, 3]),
            (["1 234,5", "1'000,0"], [1234.5, 1000.0]),
            ([" 7 ", ABSENT, None], [7, ABSENT, None]),
            ([4, 2.5], [4, 2.5]),
        ],
    )
    def test_are_read_as_their_column_writes_them(self, written: list[object], read: list[object]) -> None:
        assert read_cells("number", written) == (read, [])

    def test_a_point_in_another_cell_keeps_the_comma_a_divider_of_thousands(self) -> None:
        assert read_cells("number", ["1,234", "5.25"])[0] == [1234, 5.25]

    @pytest.mark.parametrize("bad", ["x", "1.2.3", "=1+1", "nan", "inf", "--1", "1e999", "٣x"])
    def test_a_text_that_is_none_is_a_problem(self, bad: str) -> None:
        values, problems = read_cells("number", ["1", bad])
        assert values == [1, ABSENT]
        assert [position for position, _ in problems] == [1]
        assert bad in problems[0][1]

    def test_a_long_text_is_quoted_short(self) -> None:
        assert len(read_cells("number", ["x" * 1_000_000])[1][0][1]) < 100


class TestDates:
    def test_the_whole_column_tells_which_part_is_the_month(self) -> None:
        assert read_cells("day", ["03/04/2020", "25/12/2020"])[0] == ["2020-04-03", "2020-12-25"]
        assert read_cells("day", ["03/04/2020", "12/25/2020"])[0] == ["2020-03-04", "2020-12-25"]
        assert read_cells("day", ["03.04.2020"])[0] == ["2020-04-03"]

    def test_what_could_be_either_stays_as_it_is(self) -> None:
        assert read_cells("day", ["03/04/2020", "05/06/2020"])[0] == ["03/04/2020", "05/06/2020"]

    def test_other_text_stays_as_it_is(self) -> None:
        written = ["2020-01-02", "more than 12 months ago", ABSENT, "31.02.2020"]
        assert read_cells("day", written)[0] == written


class TestLists:
    @pytest.mark.parametrize("written", ["email; sms", "email|sms", "email, sms", '["email", "sms"]', "email,,sms,"])
    def test_are_divided_however_they_are_written(self, written: str) -> None:
        assert read_cells("words", [written])[0] == [["email", "sms"]]

    def test_numbers_in_them_are_numbers(self) -> None:
        assert read_cells("scores", ["4;5", "[3, 4]", ABSENT]) == ([[4, 5], [3, 4], ABSENT], [])
        assert read_cells("scores", ["4;bad"])[1] == [(0, "'bad' is not a number")]

    def test_transactions_travel_as_json(self) -> None:
        values, problems = read_cells("transactions", ['[{"date": "2020-01-01", "amount": 3}]', "[{", "[" * 100_000])
        assert values == [[{"date": "2020-01-01", "amount": 3}], ABSENT, ABSENT]
        assert [position for position, _ in problems] == [1, 2]


class TestFlags:
    def test_words_of_mailing_tools_are_understood(self) -> None:
        written = ["yes", "Unsubscribed", "NEVER_SUBSCRIBED", "opted_in", "1", 0, "2020-01-01"]
        assert read_cells("flag", written)[0] == [True, False, False, True, True, False, "2020-01-01"]


class TestUnknownColumns:
    def test_become_numbers_only_if_every_cell_is_one(self) -> None:
        assert read_cells("", ["1", "2.5"])[0] == [1, 2.5]
        assert read_cells("", ["1", "two"])[0] == ["1", "two"]

    def test_codes_with_leading_zeros_stay_text(self) -> None:
        assert read_cells("", ["01234", "99999"])[0] == ["01234", "99999"]

    def test_yes_and_no_become_flags(self) -> None:
        assert read_cells("", ["yes", "No"])[0] == [True, False]


WRITTEN = st.sampled_from([
    "1", "2.5", "1,5", "1.234,5", "1,234", "03/04/2020", "25/12/2020", "12/25/2020", "3.4.2020", "yes", "no", "[1]",
    '["a"]', "01234", "'123", "'a", "word", "", "a;b", "$5", ABSENT, None, 7, 2.5, True,
])  # fmt: skip


class TestParts:
    @given(column=st.lists(WRITTEN, max_size=8), cut=st.integers(0, 8), kind=st.sampled_from([*READERS, ""]))
    def test_the_signs_of_parts_read_a_column_as_if_it_were_one(
        self, column: list[object], cut: int, kind: str
    ) -> None:
        parts = [column[:cut], column[cut:]]
        signs = frozenset().union(*(signs_of(kind, part) for part in parts))
        values = [value for part in parts for value in read_cells(kind, part, signs)[0]]
        whole = read_cells(kind, column)[0]
        assert repr(values) == repr(whole)
