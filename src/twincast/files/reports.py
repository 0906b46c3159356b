"""A backtest as one HTML file: tables and charts, readable offline, printed as it is, and without a script."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

from twincast.domain.backtests import MONEY, TWIN, Backtest, Contender, Measured, Uplift
from twincast.files.charts import Bars, Chart, svg

STYLE: Final = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2329; max-width: 1000px; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
p { margin: .3rem 0 .8rem; max-width: 46rem; } .meta { color: #57606a; }
.verdict { border-left: 5px solid #8a6d00; background: #faf7ec; padding: .7rem 1rem; margin: 1rem 0; max-width: none; }
.verdict.open { border-color: #3f7d3a; background: #f0f7ef; }
.verdict.closed { border-color: #b5541c; background: #fbf2ec; }
table { border-collapse: collapse; margin: .4rem 0 1rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
th, td { padding: .25rem .7rem .25rem 0; text-align: right; border-bottom: 1px solid #e3e6e9; white-space: nowrap; }
th { color: #57606a; font-weight: 600; } th:first-child, td:first-child { text-align: left; }
tr.twin td { font-weight: 600; } td small { color: #57606a; font-weight: 400; display: block; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: .6rem 1.6rem; }
figure { margin: 0; } figcaption { font-weight: 600; margin-bottom: .2rem; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: #40474e; }
.grid { stroke: #e9ecef; } .axis { stroke: #8b929a; } .bar { stroke: #0b5fa5; stroke-width: 1.4; }
.dot { fill: #0b5fa5; }
.legend { font-size: .82rem; color: #40474e; margin: 0 0 .6rem; } .legend span { margin-right: 1rem; }
.legend i { display: inline-block; width: 18px; margin-right: .35rem; vertical-align: middle; }
""".strip()

FIGURES: Final[dict[str, str]] = {
    "log_loss": "log loss", "brier": "Brier", "auc": "AUC", "ece": "calibration error", "rmse": "RMSE",
    "mae": "mean abs. error", "mean_predicted": "mean predicted", "observed": "observed",
}  # fmt: skip


def report(backtest: Backtest) -> str:
    """Return the report: a whole HTML document."""
    body = "\n".join(_parts(backtest))
    title = f"Backtest of {escape(backtest.outcome)}"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>\n{STYLE}\n</style>\n</head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _parts(found: Backtest) -> Iterator[str]:
    yield from _opening(found)
    yield "<h2>Everybody on the same test rows</h2>"
    yield f"<p>Intervals at {found.level:.0%}. Gain: how far the loss lies below the base rate's, on the same rows.</p>"
    yield _contenders(found)
    yield '<div class="charts">'
    yield from (f"<figure><figcaption>{escape(it.title)}</figcaption>{svg(it)}</figure>" for it in _charts(found))
    yield "</div>"
    yield from _uplift_tables(found)
    yield from _other_tables(found)
    if found.warnings or found.leaks:
        yield "<h2>What to know</h2><ul>"
        yield from (f"<li>{escape(it.message)}</li>" for it in found.warnings)
        yield "</ul>"
    made = ", ".join(f"{escape(name)} {escape(value)}" for name, value in found.provenance.items())
    yield f'<p class="meta">{escape(found.id)}, {found.created_at:%Y-%m-%d %H:%M} UTC, seed {found.seed}; {made}.</p>'


def _opening(found: Backtest) -> Iterator[str]:
    split, gate = found.split, found.gate
    how = f"from {split.cut} on" if split.cut is not None else "of other customers"
    purged = f"; {split.purged:,} were still open then and left out" if split.purged else ""
    events = "" if split.events is None else f", {split.events:,} events"
    yield f"<h1>Backtest of {escape(found.outcome)}</h1>"
    yield (
        f'<p class="meta">{escape(found.field)} within {found.horizon_days} days. '
        f"Learned from {split.train:,} rows{purged}; tested on {split.test:,} {how}{events}.</p>"
    )
    gains = "; ".join(f"{_measured(gain)} over {escape(name)}" for name, gain in gate.gains.items())
    yield (
        f'<p class="verdict {escape(gate.verdict)}"><b>Twin-value gate: {escape(gate.verdict)}.</b> '
        f"{escape(gate.words[:1].upper() + gate.words[1:])}. Gain in loss: {gains}.</p>"
    )


def _contenders(found: Backtest) -> str:
    names = [name for name in FIGURES if any(name in it.scores for it in found.contenders)]
    head = ["", *(FIGURES[name] for name in names), "gain"]
    rows = [
        [escape(it.name), *(_measured(it.scores.get(name)) for name in names), _measured(it.gain)]
        for it in found.contenders
    ]
    return _table(head, rows, bold=[it.name == TWIN for it in found.contenders])


def _charts(found: Backtest) -> Iterator[Chart]:
    twin = next(it for it in found.contenders if it.name == TWIN)
    if twin.bins:
        yield _reliability(twin)
        yield _gains(twin)
    for uplift in found.uplifts:
        yield _qini(uplift)
    if len(found.learning) > 1:
        yield _learning(found)
    yield _coverage(found)


def _reliability(twin: Contender) -> Chart:
    points = [(it.predicted, it.observed.value, it.observed.low, it.observed.high) for it in twin.bins]
    top = max(max(high, x) for x, _, _, high in points)
    return Chart(
        title="Reliability: is p what happens?", x="predicted", y="observed", lines={},
        bars=Bars(name="bins of equal count", points=points), guide=("right", [(0.0, 0.0), (top, top)]),
        percent=(True, True),
    )  # fmt: skip


def _gains(twin: Contender) -> Chart:
    """Return the gain curve: the share of events among the people with the highest predictions."""
    people, events = sum(it.count for it in twin.bins), sum(it.events for it in twin.bins)
    points, share, caught = [(0.0, 0.0)], 0, 0
    for part in reversed(twin.bins):
        share, caught = share + part.count, caught + part.events
        points.append((share / people, caught / events))
    return Chart(
        title="Gain: who is found first", x="people, highest predictions first", y="share of events",
        lines={TWIN: points}, guide=("at random", [(0.0, 0.0), (1.0, 1.0)]), percent=(True, True),
    )  # fmt: skip


def _qini(uplift: Uplift) -> Chart:
    points = list(zip(uplift.curve["share"], uplift.curve["qini"], strict=True))
    return Chart(
        title=f"Qini: {uplift.intervention} against no contact", x="people, highest predicted uplift first",
        y="incremental outcome per person", lines={TWIN: points},
        guide=("at random", [(0.0, 0.0), (1.0, points[-1][1])]), percent=(True, False),
    )  # fmt: skip


def _learning(found: Backtest) -> Chart:
    names = list(dict.fromkeys(name for it in found.learning for name in it.losses))
    lines = {
        name: [(float(place), it.losses[name]) for place, it in enumerate(found.learning) if name in it.losses]
        for name in names
    }
    return Chart(
        title="Learning curve", x="training rows", y=_loss(found), lines=lines, from_zero=False,
        names=[f"{it.rows:,}" for it in found.learning],
    )  # fmt: skip


def _coverage(found: Backtest) -> Chart:
    return Chart(
        title="Risk by coverage: acting on the surest only", x="share of rows acted on", y=_loss(found),
        lines={
            TWIN: [(it.coverage, it.loss) for it in found.coverage],
            "base rate, same rows": [(it.coverage, it.base_loss) for it in found.coverage],
        },
        percent=(True, False),
    )  # fmt: skip


def _loss(found: Backtest) -> str:
    return "mean squared error" if found.kind == MONEY else "log loss"


def _uplift_tables(found: Backtest) -> Iterator[str]:
    if not found.uplifts:
        return
    yield "<h2>Uplift</h2>"
    yield "<p>Per person, where chance decided. Qini: area above the random line, 0 where nothing is known.</p>"
    rows = [
        [
            escape(it.intervention),
            escape(score.name),
            _measured(it.average),
            _measured(score.auuc),
            _measured(score.qini),
        ]
        for it in found.uplifts
        for score in it.scores
    ]
    yield _table(["message", "ranked by", "average effect", "AUUC", "Qini"], rows)
    if found.policies:
        yield "<h2>Policies</h2>"
        yield "<p>Mean outcome per person, had the rule decided; gain over the best message of each segment.</p>"
        policies = [
            [escape(it.name), _measured(it.ipw), _measured(it.doubly_robust), _measured(it.gain),
             f"{it.effective:,.0f}", escape(it.refused)]
            for it in found.policies
        ]  # fmt: skip
        yield _table(["", "by propensity", "doubly robust", "gain", "effective sample", ""], policies)


def _other_tables(found: Backtest) -> Iterator[str]:
    if found.subgroups:
        yield "<h2>Subgroups</h2><p>For judging the twin, never a feature by themselves.</p>"
        rows = [
            [escape(f"{it.attribute}: {it.group}"), f"{it.count:,}", _number(it.predicted), _measured(it.observed),
             _measured(it.gain)]
            for it in found.subgroups
        ]  # fmt: skip
        yield _table(["", "rows", "predicted", "observed", "gain"], rows)
    if found.leaks:
        yield "<h2>Columns that know the outcome</h2>"
        yield _table(["", "", ""], [[escape(it.column), escape(it.why), escape(it.action)] for it in found.leaks])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], bold: Sequence[bool] = ()) -> str:
    """Return a table; cells are HTML already."""
    heads = "".join(f"<th>{escape(it)}</th>" for it in head)
    marked = [*bold, *[False] * (len(rows) - len(bold))]
    lines = (
        f"<tr{' class=twin' if mark else ''}>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
        for row, mark in zip(rows, marked, strict=True)
    )
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def _measured(figure: Measured | None) -> str:
    if figure is None:
        return "–"
    return f"{_number(figure.value)} <small>[{_number(figure.low)}, {_number(figure.high)}]</small>"


def _number(value: Any) -> str:
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if size >= 1 else f"{value:.4f}"
