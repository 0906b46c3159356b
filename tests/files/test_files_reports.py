"""The report of a backtest: whole, self-contained, and safe; its charts drawn to scale; its tables flat."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.storage.backtests import a_backtest
from twincast.domain.backtests import (
    TWIN,
    Backtest,
    Bin,
    Coverage,
    Leak,
    LearningPoint,
    Measured,
    Policy,
    Subgroup,
    UpliftScore,
)
from twincast.domain.twins import Warning
from twincast.files.backtests import TABLES, tables_of
from twincast.files.charts import Bars, Chart, svg
from twincast.files.reports import report

EVIL = '<script>alert("x")</script>'
FIGURE = Measured(value=0.2, low=0.1, high=0.3, level=0.9)


def full() -> Backtest:
    """A backtest with something of everything, and text that means harm."""
    plain = a_backtest()
    bins = tuple(
        Bin(count=10, events=n, predicted=0.1 * n, observed=replace(FIGURE, value=0.1 * n, low=0.0, high=0.1 * n + 0.1))
        for n in range(1, 4)
    )
    return replace(
        plain,
        outcome=EVIL,
        contenders=(replace(plain.contenders[0], name=TWIN, bins=bins, gain=FIGURE),),
        coverage=(
            Coverage(coverage=0.5, threshold=0.9, loss=0.1, base_loss=0.2, accuracy=1.0),
            Coverage(coverage=1.0, threshold=0.5, loss=0.2, base_loss=0.3, accuracy=0.9),
        ),
        subgroups=(Subgroup(attribute="store", group=EVIL, count=9, predicted=0.1, observed=FIGURE, gain=FIGURE),),
        uplifts=(replace(plain.uplifts[0], scores=(UpliftScore(name=TWIN, auuc=FIGURE, qini=FIGURE),)),),
        policies=(
            Policy(
                name="nobody", ipw=None, doubly_robust=None, gain=None, effective=12.0, clipped=0, refused="too few"
            ),
        ),
        learning=(LearningPoint(rows=0, losses={TWIN: 0.3}), LearningPoint(rows=100, losses={TWIN: 0.2})),
        leaks=(Leak(column=EVIL, why="knows", action="left out"),),
        warnings=(Warning(code="leak", field="a", message=EVIL),),
    )


class Reader(HTMLParser):
    """Keeps the tags, and those that were not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {"meta"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class TestReport:
    def test_is_whole_and_needs_nothing_from_elsewhere(self) -> None:
        text = report(full())
        reader = Reader()
        reader.feed(text)
        assert reader.open == []
        assert not {"script", "link", "img", "iframe", "object"} & set(reader.tags)
        assert not re.search(r"(src|href)=|https?:|url\(|@import", text)
        # reliability, gain, Qini, learning curve, coverage
        assert reader.tags.count("svg") == 5

    def test_shows_what_customers_wrote_and_obeys_none_of_it(self) -> None:
        text = report(full())
        assert EVIL not in text
        assert text.count("&lt;script&gt;") >= 5

    def test_says_the_verdict_and_every_interval(self) -> None:
        text = report(full())
        assert "Twin-value gate: undecided" in text
        assert "0.2000 <small>[0.1000, 0.3000]</small>" in text
        assert "too few" in text

    def test_of_money_has_no_reliability_diagram(self) -> None:
        found = full()
        money = replace(found, kind="money", contenders=(replace(found.contenders[0], bins=()),))
        assert report(money).count("<svg") == 3


class TestCharts:
    def test_points_are_where_their_numbers_say(self) -> None:
        drawn = svg(Chart(title="t", x="x", y="y", lines={"a": [(0.0, 0.0), (1.0, 5.0), (2.0, 10.0)]}))
        found = re.search(r'polyline points="([^"]+)"', drawn)
        assert found is not None
        points = [tuple(map(float, pair.split(","))) for pair in found[1].split()]
        (left, bottom), middle, (right, top) = points
        assert middle == pytest.approx(((left + right) / 2, (bottom + top) / 2), abs=0.11)
        assert (right > left, top < bottom) == (True, True)

    @pytest.mark.parametrize("points", [[(0.0, 0.0)], [(1.0, 3.0), (1.0, 3.0)], [(0.0, -1e-9), (1.0, 1e-9)]])
    def test_that_have_no_extent_are_drawn_all_the_same(self, points: list[tuple[float, float]]) -> None:
        drawn = svg(Chart(title="t", x="x", y="y", lines={"a": points}, bars=Bars(name="b", points=[])))
        assert "nan" not in drawn
        assert "inf" not in drawn

    def test_name_their_lines_and_titles_safely(self) -> None:
        drawn = svg(Chart(title=EVIL, x=EVIL, y=EVIL, lines={EVIL: [(0.0, 1.0), (1.0, 2.0)]}, guide=(EVIL, [(0, 0)])))
        assert EVIL not in drawn


def test_tables_are_flat_and_each_row_has_the_same_columns() -> None:
    tables = tables_of(full())
    assert set(tables) == set(TABLES)
    for rows in tables.values():
        assert rows
        assert len({tuple(row) for row in rows}) == 1
        assert all(not isinstance(cell, dict | list | Measured) for row in rows for cell in row.values())
    assert tables["gate"][0]["verdict"] == "undecided"
    assert tables["policies"][0]["doubly_robust"] is None
