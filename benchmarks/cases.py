"""The data sets as cases: twins, what each was sent, what happened, and plain features for the peers."""

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.outcomes import folder
from twincast.bootstrap.container import open_parts
from twincast.bootstrap.settings import IN_MEMORY, Settings
from twincast.domain.interventions import Intervention
from twincast.response.learning import OutcomeRows, learn
from twincast.response.posteriors import ResponseModel
from twincast.usecases.backtesting.cases import Cases, read_cases
from twincast.usecases.backtesting.requests import BacktestRequest
from twincast.wire.interventions import InterventionIn
from twincast.wire.shapes import parsed

Array = NDArray[np.float64]
MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec".split()


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSet:
    """One data set.

    Attributes:
        cases: the rows; `outcome` is whichever was asked for last.
        request: how they were read.
        outcomes: name -> (n,) 0/1 or money, NaN where not known.
        x: (n, k) plain features.
        window: (n,) days in which outcomes were counted.
        fold: (n,) a number that parts the rows.
    """

    cases: Cases
    request: BacktestRequest
    outcomes: Mapping[str, Array]
    x: Array
    window: Array
    fold: Array

    def learned(self, model: ResponseModel, rows: NDArray[np.intp], **heads: str) -> ResponseModel:
        """Return the model after it learned some rows.

        Args:
            model: what is believed.
            rows: places.
            heads: head -> name of its outcome; `amounts` and `items` name the money and the number of items.
        """
        return learn(model, self.rows(rows, **heads))

    def rows(self, rows: NDArray[np.intp], **heads: str) -> OutcomeRows:
        """Return some rows as outcomes to learn from."""
        part = self.cases.take(rows)
        money, items = heads.pop("amounts", None), heads.pop("items", None)
        return OutcomeRows(
            cells=part.cells(),
            outcomes={head: self.outcomes[name][rows] for head, name in heads.items()},
            window=self.window[rows],
            randomised=part.randomised,
            propensity=part.propensity,
            customer=part.customer,
            amounts=np.full(len(rows), np.nan) if money is None else self.outcomes[money][rows],
            items=np.full(len(rows), np.nan) if items is None else self.outcomes[items][rows],
            hours={},
        )


def hillstrom() -> DataSet:
    """Return the e-mail test: three arms drawn with a third each."""
    place = folder("hillstrom")
    table = _table("hillstrom")
    lines = _lines("hillstrom")
    flags = ("mens", "womens", "newbie")
    numbers = np.array([
        [float(row["recency"]), np.log1p(float(row["history"])), *(float(row[it]) for it in flags)] for row in table
    ])  # fmt: skip
    x = np.concatenate([numbers, _one_hot(table, "zip_code"), _one_hot(table, "channel")], axis=1)
    sent = json.loads((place / "interventions.json").read_text("utf-8"))
    return _made(
        [line["customer"] for line in lines],
        [row["arm"] for row in table],
        sent,
        {name: np.array([float(row[name]) for row in table]) for name in ("visit", "conversion", "spend")},
        x,
        window=np.full(len(table), 14.0),
        fold=np.array([float(row["fold"]) for row in table]),
        as_of=date(2008, 3, 20),
        propensity=[1.0 / 3.0] * len(table),
    )


def journey() -> tuple[DataSet, list[tuple[str, date, date, bool]]]:
    """Return households x campaigns, and the campaigns: id, first and last day, whether to be tested."""
    place = folder("completejourney")
    table = [row for row in _table("completejourney") if row["label_complete"] == "1"]
    kept = {(row["campaign_id"], row["household_id"]): row for row in table}
    lines = [it for it in _lines("completejourney") if (str(it["campaign_id"]), str(it["household_id"])) in kept]
    rows = [kept[str(it["campaign_id"]), str(it["household_id"])] for it in lines]
    sent = json.loads((place / "interventions.json").read_text("utf-8"))
    starts = [date.fromisoformat(row["start_date"]) for row in rows]
    ends = [date.fromisoformat(row["end_date"]) for row in rows]
    days = np.array([float((end - start).days + 1) for start, end in zip(starts, ends, strict=True)])
    spend = np.array([float(row["spend_next14"]) if row["spend_next14"] else np.nan for row in rows])
    seen = {(row["campaign_id"], row["split"] == "dev"): when for row, *when in zip(rows, starts, ends, strict=True)}
    campaigns = sorted(((name, start, end, dev) for (name, dev), (start, end) in seen.items()), key=lambda it: it[1])
    found = _made(
        [line["customer"] for line in lines],
        [row["campaign_id"] for row in rows],
        sent,
        {
            "redeemed": np.array([float(row["redeemed"]) for row in rows]),
            "spend": spend,
            "bought": np.where(np.isnan(spend), np.nan, spend > 0),
            "items": np.where(np.isnan(spend), np.nan, _items(rows, starts)),
            "own": np.array([float(row["own_average14"]) if row["own_average14"] else np.nan for row in rows]),
        },
        np.zeros((len(rows), 0)),
        window=days,
        fold=np.zeros(len(rows)),
        kind="redemption",
        time=starts,
    )
    return found, campaigns


def _items(rows: Sequence[Mapping[str, str]], starts: Sequence[date]) -> Array:
    """Return the lines on each household's receipts in the two weeks from the start, the number of items bought."""
    lines = pl.read_parquet(folder("completejourney") / "transactions.parquet")
    days = (lines["transaction_timestamp"].cast(pl.Date).to_physical()).to_numpy()
    order = np.lexsort((days, lines["household_id"].to_numpy()))
    households, days = lines["household_id"].to_numpy()[order], days[order]
    found = np.empty(len(rows))
    for place, (row, start) in enumerate(zip(rows, starts, strict=True)):
        first, last = np.searchsorted(households, int(row["household_id"]) + np.arange(2))
        since = (start - date(1970, 1, 1)).days
        found[place] = np.diff(np.searchsorted(days[first:last], [since, since + 14]))[0]
    return found


def bank() -> DataSet:
    """Return the telephone contacts of a bank, in their order; the day is the first of the month that is known."""
    table, lines = _table("bank")[:28_000], _lines("bank")[:28_000]
    numeric = "age campaign pdays previous emp.var.rate cons.price.idx cons.conf.idx euribor3m nr.employed".split()
    texts = ("job", "marital", "education", "default", "housing", "loan", "contact", "month", "day_of_week", "poutcome")
    numbers = np.array([[float(row[name]) for name in numeric] for row in table])
    messages: dict[str, tuple[str, Any]] = {}
    for line in lines:
        messages.setdefault(json.dumps(line["intervention"]), (f"call {len(messages)}", line["intervention"]))
    return _made(
        [line["customer"] for line in lines],
        [messages[json.dumps(line["intervention"])][0] for line in lines],
        dict(messages.values()),
        {"purchase": np.array([float(row["y"]) for row in table])},
        np.concatenate([numbers, *(_one_hot(table, name) for name in texts)], axis=1),
        window=np.full(len(table), 7.0),
        fold=np.array([float(row["batch"]) for row in table]),
        time=[date(int(row["year"]), MONTHS.index(row["month"]) + 1, 1) for row in table],
    )


def _made(
    customers: list[dict[str, Any]],
    intervention: list[str],
    sent: Mapping[str, Mapping[str, Any]],
    outcomes: Mapping[str, Array],
    x: Array,
    *,
    window: Array,
    fold: Array,
    kind: str = "visit",
    **how: Any,
) -> DataSet:
    request = BacktestRequest(
        customers=customers,
        intervention=intervention,
        interventions={name: _read(body) for name, body in sent.items()},
        outcome=[0.0] * len(customers),
        name="outcome",
        kind=kind,
        window_days=14,
        **how,
    )
    parts = open_parts(Settings(database=IN_MEMORY))
    cases, _ = read_cases(parts.context(), request)
    parts.close()
    return DataSet(cases=cases, request=request, outcomes=outcomes, x=x, window=window, fold=fold)


def _read(body: Mapping[str, Any]) -> Intervention | None:
    given = {key: value for key, value in body.items() if value is not None and key != "campaign_id"}
    return None if given.get("type") == "none" else parsed(InterventionIn, given).to_domain()


def _table(name: str) -> list[dict[str, str]]:
    with gzip.open(folder(name) / "rows.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _lines(name: str) -> list[dict[str, Any]]:
    with gzip.open(folder(name) / "customers.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _one_hot(rows: Sequence[Mapping[str, str]], name: str) -> Array:
    cells = np.array([row[name] for row in rows])
    return np.asarray(cells[:, None] == np.unique(cells), dtype=np.float64)
