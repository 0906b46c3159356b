"""The data sets that are kept beside the repository, as the benchmarks read them (TWINCAST_DATA)."""

import csv
import gzip
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]
REPOSITORY: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Contacts:
    """Customers that were contacted by one message on one day, and what they did.

    Attributes:
        name: of the message.
        intervention: the message, as published.
        as_of: the day before which everything in the records was known.
        days: length of the window in which outcomes were counted.
        records: customers' records.
        outcomes: what was counted, by name, a 0 or 1 per customer.
    """

    name: str
    intervention: Mapping[str, Any]
    as_of: date
    days: int
    records: list[dict[str, Any]]
    outcomes: Mapping[str, NDArray[np.bool_]]


def folder(name: str) -> Path:
    """Return the folder of a data set.

    Raises:
        FileNotFoundError: it is not there; says what to set.
    """
    place = Path(os.environ.get("TWINCAST_DATA", REPOSITORY / ".." / "shared" / "data")).resolve() / name
    if not place.is_dir():
        raise FileNotFoundError(f"the data set '{name}' is not at TWINCAST_DATA (default ../shared/data)")
    return place


def hillstrom() -> list[Contacts]:
    """Return the three arms of the e-mail test: outcomes of the two weeks after it."""
    place = folder("hillstrom")
    messages = json.loads((place / "interventions.json").read_text("utf-8"))
    rows = list(_lines(place / "customers.jsonl.gz"))
    arms = {arm: [row for row in rows if row["arm"] == arm] for arm in messages}
    return [
        Contacts(
            name=arm,
            intervention=messages[arm],
            as_of=date(2008, 3, 20),
            days=14,
            records=[row["customer"] for row in found],
            outcomes={"visit": _of(found, "visited"), "conversion": _of(found, "purchased")},
        )
        for arm, found in arms.items()
    ]


def journey() -> list[Contacts]:
    """Return the grocery panel's complete campaigns of the DEV part: who redeemed a coupon of them."""
    place = folder("completejourney")
    messages = json.loads((place / "interventions.json").read_text("utf-8"))
    days = {row["campaign_id"]: row for row in _table(place / "campaign_descriptions.csv")}
    with gzip.open(place / "rows.csv.gz", "rt", encoding="utf-8", newline="") as file:
        complete = {
            (row["campaign_id"], row["household_id"]): bool(int(row["redeemed"]))
            for row in csv.DictReader(file)
            if row["split"] == "dev" and row["label_complete"] == "1"
        }
    rows = [
        row
        for row in _lines(place / "customers.jsonl.gz")
        if (str(row["campaign_id"]), str(row["household_id"])) in complete
    ]
    found = []
    for campaign in sorted({str(row["campaign_id"]) for row in rows}, key=int):
        mine = [row for row in rows if str(row["campaign_id"]) == campaign]
        starts, ends = (date.fromisoformat(days[campaign][part]) for part in ("start_date", "end_date"))
        redeemed = [complete[campaign, str(row["household_id"])] for row in mine]
        found.append(
            Contacts(
                name=campaign,
                intervention=messages[campaign],
                as_of=starts,
                days=(ends - starts).days + 1,
                records=[row["customer"] for row in mine],
                outcomes={"redeemed": np.array(redeemed)},
            )
        )
    return found


def recency_money(records: list[dict[str, Any]]) -> Array:
    """Return the sum of two ranks: later last purchase, more spent."""
    days = [_first(it["history"], "days_since_last_purchase", "months_since_last_purchase") for it in records]
    money = [it["behavioral_data"]["lifetime_value"] for it in records]
    late = np.array([np.inf if value is None else float(value) for value in days])
    spent = np.array([0.0 if value is None else float(value) for value in money])
    return np.asarray(rankdata(-late) + rankdata(spent), dtype=np.float64)


def past_rate(records: list[dict[str, Any]]) -> Array:
    """Return the share of earlier campaigns that each household redeemed; 0 where it had none."""
    counts = [(it["history"]["campaigns_redeemed"], it["history"]["campaigns_received"]) for it in records]
    return np.array([redeemed / received if received else 0.0 for redeemed, received in counts])


def _first(section: Mapping[str, Any], *names: str) -> Any:
    return next((section[name] for name in names if section.get(name) is not None), None)


def _of(rows: list[dict[str, Any]], outcome: str) -> NDArray[np.bool_]:
    return np.array([bool(row["outcome"][outcome]) for row in rows])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
