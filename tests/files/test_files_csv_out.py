"""CSV that is written: quoted as RFC 4180 asks, and nothing in it runs."""

import csv
from io import StringIO

import pytest

from twincast.files.csv_out import safe_cell, write_csv


class TestWriting:
    def test_quotes_what_needs_quotes_and_ends_lines_with_crlf(self) -> None:
        rows: list[dict[str, object]] = [{"a": 'x "y", z', "b": 1.5}, {"a": "two\nlines", "b": None}, {"a": "ü"}]
        assert write_csv(rows, ["a", "b"]) == 'a,b\r\n"x ""y"", z",1.5\r\n"two\nlines",\r\nü,\r\n'.encode()

    def test_comes_back_as_it_was(self) -> None:
        rows = [{"a": 'q"u,o\r\nte', "b": "x"}]
        assert list(csv.DictReader(StringIO(write_csv(rows, ["a", "b"]).decode(), newline=""))) == rows

    def test_a_hostile_header_is_disarmed_too(self) -> None:
        assert write_csv([], ["=cmd()"]) == b"'=cmd()\r\n"

    def test_a_lone_surrogate_does_not_break_the_file(self) -> None:
        assert write_csv([{"a": "\ud800"}], ["a"]) == b"a\r\n?\r\n"


class TestCells:
    @pytest.mark.parametrize(
        "text",
        ["=1+1", "+SUM(A1)", "-2+3", "@x", "\t=1", "\r=1", "  =1", "\x00=1", "\uff1d1", '=HYPERLINK("http://x")'],
    )
    def test_formulas_are_disarmed(self, text: str) -> None:
        assert safe_cell(text).startswith("'")

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (-5, "-5"), ("-5", "-5"), ("+1.5", "+1.5"), (None, ""), (float("nan"), ""), (True, "true"), ("a=b", "a=b"),
            (["a", 1], '["a",1]'), ({"a": None}, '{"a":null}'),
        ],
    )  # fmt: skip
    def test_values_stay_as_they_are(self, value: object, text: str) -> None:
        assert safe_cell(value) == text
