"""A million customers x 4, file to file: time and memory of `twincast batch`, beside bare reading, scoring and writing.

The customers are those of `twincast world`, written piece by piece. The bare baseline reads the same columns, scores
them by matrix products and logistic curves with made-up weights, its intervals by the delta method, and writes the same
columns. Both run by themselves, one after the other.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter
from typing import Final

import numpy as np
import polars as pl
from scipy.special import expit

from benchmarks.figures import Figure
from twincast.world.making import Options, make
from twincast.world.people import CATEGORIES, SECTIONS, STORES

CUSTOMERS: Final = 1_000_000
PIECE: Final = 50_000
DAY: Final = "2025-04-01"
FIELDS: Final = ("will_engage", "will_purchase")
FEATURES: Final = 32
"""Width of the bare model's customers, about that of the response model's."""
GIGABYTE: Final = 1024 * 1024
"""In the kilobytes in which Linux tells memory."""


def measure() -> list[Figure]:
    """Return times, their ratio and the peak of memory."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        variants = write(folder, CUSTOMERS)
        bare, _ = _timed([sys.executable, "-m", "benchmarks.files", str(folder), str(variants)])
        asked = ["--fields", ",".join(FIELDS), "--as-of", DAY, "--out", str(folder / "out.parquet")]
        sent = ["--variants", str(folder / "interventions.json")]
        door = [sys.executable, "-m", "twincast.entrypoints.cli.main", "batch"]
        command = [*door, str(folder / "customers.parquet"), *sent, *asked]
        ours, peak = _timed(command)
        again = pl.scan_parquet(folder / "out.parquet")
        rows, width = again.select(pl.len()).collect().item(), len(again.collect_schema())
    cells = CUSTOMERS * variants
    note = f"{rows:,} rows of {width} columns, Parquet to Parquet"
    if rows != cells:
        raise AssertionError(f"{rows:,} rows were written, not {cells:,}")
    return [
        Figure(
            name=f"{CUSTOMERS:,} x {variants}, engage and purchase", value=ours, unit="s", bar=("<", 240), note=note
        ),
        Figure(name="  peak memory of all its processes", value=peak, unit="GB", bar=("<", 2.0), note="proportional"),
        Figure(
            name="  bare reading, numpy scoring and writing",
            value=bare,
            unit="s",
            note="one process; intervals by the delta method",
        ),
        Figure(name="  as a multiple of that", value=ours / bare, unit="x", bar=("<=", 3.0)),
    ]


def write(folder: Path, customers: int) -> int:
    """Write the customers and the messages of a world in pieces; returns how many variants there are."""
    record = {"customer_id", *(name for names in SECTIONS.values() for name in names)}
    pieces = []
    interventions: dict[str, object] = {}
    for piece, start in enumerate(range(0, customers, PIECE)):
        world = make(Options(customers=min(PIECE, customers - start), seed=piece))
        frame = pl.DataFrame({name: cells for name, cells in world.columns.items() if name in record})
        pieces.append(folder / f"piece-{piece:04d}.parquet")
        frame.with_columns(customer_id=pl.lit(f"{piece}-") + pl.col("customer_id")).write_parquet(pieces[-1])
        interventions = {
            name: {key: it for key, it in (body or {"type": "none"}).items() if key != "horizon_days"}
            for name, body in world.interventions.items()
        }
    pl.scan_parquet(pieces).sink_parquet(folder / "customers.parquet")
    for path in pieces:
        path.unlink()
    (folder / "interventions.json").write_text(json.dumps(interventions))
    return len(interventions)


def bare(folder: Path, variants: int) -> None:
    """Read, score with made-up weights and write, as one would by hand."""
    (folder / "bare").mkdir()
    rows = pl.scan_parquet(folder / "customers.parquet").select(pl.len()).collect().item()
    for start in range(0, rows, PIECE):
        frame = pl.scan_parquet(folder / "customers.parquet").slice(start, PIECE).collect()
        _scored(frame, variants).write_ipc(folder / "bare" / f"{start:09d}.arrow")
    pl.scan_ipc(folder / "bare").sink_parquet(folder / "bare.parquet")


def _scored(frame: pl.DataFrame, variants: int) -> pl.DataFrame:
    x = _features(frame)
    squares = x * x
    columns: dict[str, np.ndarray] = {}
    for head, name in enumerate(FIELDS):
        weights = np.full((FEATURES, 1 + variants), 0.01 * (head + 1))
        mean, variance = x @ weights, squares @ (weights * weights)
        base, effect = mean[:, :1], mean[:, 1:]
        sd0, sd1 = np.sqrt(variance[:, :1]), np.sqrt(variance[:, :1] + variance[:, 1:])
        p, p0 = expit(base + effect), np.broadcast_to(expit(base), effect.shape)
        by_base, by_effect = p * (1 - p) - p0 * (1 - p0), p * (1 - p)
        spread = 1.28 * np.sqrt((by_base * sd0) ** 2 + by_effect**2 * variance[:, 1:])
        for part, values in (
            ("", p), ("_low", expit(base + effect - 1.28 * sd1)), ("_high", expit(base + effect + 1.28 * sd1)),
            ("_no_contact", p0), ("_uplift", p - p0),
            ("_uplift_low", p - p0 - spread), ("_uplift_high", p - p0 + spread),
        ):  # fmt: skip
            columns[f"{name}{part}"] = values.ravel()
    ids = frame["customer_id"].gather(np.repeat(np.arange(frame.height), variants))
    named = pl.Series("intervention_id", [f"v{k}" for k in range(variants)]).gather(
        np.tile(np.arange(variants), frame.height)
    )
    return pl.DataFrame([ids, named, *(pl.Series(name, values) for name, values in columns.items())])


def _features(frame: pl.DataFrame) -> np.ndarray:
    """Return what one would make of the record: logarithms, shares, days, categories; then their products."""
    day = pl.date(2025, 4, 1)
    plain = frame.select(
        pl.selectors.numeric().log1p(),
        since=(day - pl.col("customer_since").str.to_date()).dt.total_days().log1p(),
        opens=pl.col("emails_opened") / pl.col("emails_sent"),
        clicks=pl.col("emails_clicked") / pl.col("emails_sent"),
        **{name: pl.col("categories_past_12_months").list.contains(name).cast(pl.Float64) for name in CATEGORIES[:2]},
        **{name: (pl.col("home_store") == name).cast(pl.Float64) for name in STORES[:3]},
    ).fill_null(0.0).to_numpy()  # fmt: skip
    products = plain[:, : FEATURES - plain.shape[1]] * plain[:, :1]
    return np.ascontiguousarray(np.concatenate([plain, products], axis=1))


def _timed(command: list[str]) -> tuple[float, float]:
    """Return how long a command took, in seconds, and the peak of its and its children's memory, in GB."""
    peak, done = [0], Event()
    start = perf_counter()
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    watching = Thread(target=_watch, args=(running.pid, peak, done), daemon=True)
    watching.start()
    code = running.wait()
    taken = perf_counter() - start
    done.set()
    watching.join()
    if code:
        raise RuntimeError(f"{command} ended with {code}")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # where nobody tells what is shared
    return taken, max(peak[0], most if not peak[0] else 0) / GIGABYTE


def _watch(root: int, peak: list[int], done: Event) -> None:
    while not done.wait(0.1):
        peak[0] = max(peak[0], sum(_memory(process) for process in (root, *_children(root))))


def _children(root: int) -> Iterator[int]:
    try:
        listed = Path(f"/proc/{root}/task/{root}/children").read_text()
    except OSError:
        return
    for name in listed.split():
        yield int(name)
        yield from _children(int(name))


def _memory(process: int) -> int:
    """Return a process's memory in KB, of what it shares its share."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    bare(Path(sys.argv[1]), int(sys.argv[2]))
