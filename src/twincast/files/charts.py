"""Line charts as SVG, drawn from numbers alone: no script, no font, nothing from the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Final

WIDTH, HEIGHT = 460, 320
LEFT, RIGHT, TOP, BOTTOM = 62, 24, 12, 44
COLOURS: Final[tuple[str, ...]] = ("#0b5fa5", "#b5541c", "#3f7d3a", "#6b4a9c", "#8a6d00", "#5a5f66")
GUIDE: Final = "#8b929a"
TICKS: Final = 5

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bars:
    """Points with vertical intervals: (x, y, low, high) each."""

    name: str
    points: Sequence[tuple[float, float, float, float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """What a chart shows.

    Attributes:
        title: for those who can not see it, too.
        x, y: what the axes mean.
        lines: name -> points, joined in their order.
        bars: points with intervals, drawn over the lines.
        guide: a dashed line to compare with, and its name.
        percent: whether the axes are shares.
        from_zero: whether the axis upwards begins at 0.
    """

    title: str
    x: str
    y: str
    lines: Mapping[str, Points]
    bars: Bars | None = None
    guide: tuple[str, Points] | None = None
    percent: tuple[bool, bool] = (False, False)
    from_zero: bool = True
    names: Sequence[str] | None = None
    """Labels of x = 0, 1, 2, ... in place of numbers."""


def svg(chart: Chart) -> str:
    """Return the chart as an SVG element."""
    xs, ys = _extent(chart)
    scale = _Scale(xs=xs, ys=ys)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(chart.title)}">',
        *_axes(chart, scale),
    ]
    if chart.guide is not None:
        parts.append(_line(chart.guide[1], scale, GUIDE, dashed=True))
    for place, points in enumerate(chart.lines.values()):
        parts.append(_line(points, scale, COLOURS[place % len(COLOURS)]))
    if chart.bars is not None:
        parts += _bars(chart.bars, scale)
    return "\n".join([*parts, "</svg>", _legend(chart)])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scale:
    xs: tuple[float, float]
    ys: tuple[float, float]

    def x(self, value: float) -> float:
        low, high = self.xs
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        low, high = self.ys
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def _extent(chart: Chart) -> tuple[tuple[float, float], tuple[float, float]]:
    points = [point for line in chart.lines.values() for point in line]
    points += chart.guide[1] if chart.guide is not None else []
    if chart.bars is not None:
        points += [(x, end) for x, y, low, high in chart.bars.points for end in (y, low, high)]
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    bottom = min(0.0, *ys) if chart.from_zero else min(ys) - 0.08 * (max(ys) - min(ys))
    return _wide(min(xs), max(xs)), _wide(bottom, max(ys) + 0.04 * (max(ys) - min(ys)))


def _wide(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _axes(chart: Chart, scale: _Scale) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for value in _ticks(*scale.ys):
        y = scale.y(value)
        parts.append(f'<line x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(_text(LEFT - 6, y + 4, _number(value, scale.ys, chart.percent[1]), "end"))
    marks = dict(enumerate(chart.names)) if chart.names is not None else {}
    for at, words in marks.items() or [(v, _number(v, scale.xs, chart.percent[0])) for v in _ticks(*scale.xs)]:
        parts.append(_text(scale.x(at), bottom + 16, words, "middle"))
    parts.append(f'<line x1="{LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}" class="axis"/>')
    parts.append(_text((LEFT + right) / 2, HEIGHT - 8, chart.x, "middle"))
    middle = (TOP + bottom) / 2
    parts.append(
        f'<text transform="translate(13 {middle:.1f}) rotate(-90)" text-anchor="middle">{escape(chart.y)}</text>'
    )
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers within a range, about `TICKS` of them."""
    rough = (high - low) / TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(power * it for it in (1, 2, 2.5, 5, 10) if power * it >= rough * 0.999)
    first = floor(low / step + 1e-9)
    every = [step * (first + place) for place in range(TICKS * 3)]
    return [0.0 if abs(value) < step * 1e-9 else value for value in every if low - 1e-9 <= value <= high + step * 1e-6]


def _number(value: float, ends: tuple[float, float], percent: bool) -> str:
    span = (ends[1] - ends[0]) * (100 if percent else 1)
    digits = max(0, 1 - floor(log10(span))) if span < 10 else 0
    return f"{value * 100:.{digits}f} %" if percent else f"{value:,.{digits}f}"


def _line(points: Points, scale: _Scale, colour: str, *, dashed: bool = False) -> str:
    path = " ".join(f"{scale.x(x):.1f},{scale.y(y):.1f}" for x, y in points)
    style = f'stroke="{colour}"' + (' stroke-dasharray="4 4"' if dashed else "")
    return f'<polyline points="{path}" fill="none" stroke-width="1.8" {style}/>'


def _bars(bars: Bars, scale: _Scale) -> list[str]:
    parts = []
    for x, y, low, high in bars.points:
        at = scale.x(x)
        parts.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{scale.y(low):.1f}" y2="{scale.y(high):.1f}" class="bar"/>'
        )
        parts.append(f'<circle cx="{at:.1f}" cy="{scale.y(y):.1f}" r="3.2" class="dot"/>')
    return parts


def _legend(chart: Chart) -> str:
    items = [(name, COLOURS[place % len(COLOURS)], "solid") for place, name in enumerate(chart.lines)]
    if chart.bars is not None:
        items.append((chart.bars.name, COLOURS[0], "solid"))
    if chart.guide is not None:
        items.append((chart.guide[0], GUIDE, "dashed"))
    spans = (
        f'<span><i style="border-top: 2px {style} {colour}"></i>{escape(name)}</span>' for name, colour, style in items
    )
    return f'<p class="legend">{"".join(spans)}</p>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
