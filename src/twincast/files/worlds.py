"""A synthetic world as files: tables to import and to backtest on, the messages, and the truth beside them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from twincast.files.csv_out import write_csv

README: Final = """Everything in this folder is SYNTHETIC: made up by `twincast world`. No row is a real person.

contacts.csv, contacts.jsonl   a row a contact: what was on record the day before, what was sent (or nothing), and
                               what happened within {days} days: {outcomes}
customers.jsonl                the same customers as records in the shape of the API
interventions.json             what was sent, by name; null sends nothing
truth.csv                      the true probabilities, which no real table has: keep it out of any fit

Made with {made}
"""


def world_files(
    columns: Mapping[str, Sequence[Any]],
    truth: Mapping[str, Sequence[Any]],
    records: Sequence[Mapping[str, Any]],
    interventions: Mapping[str, Any],
    *,
    readme: str,
) -> dict[str, bytes]:
    """Return the files of a world by name: the same world gives the same bytes."""
    rows, true = _rows(columns), _rows({"customer_id": columns["customer_id"], **truth})
    flat = [{name: ", ".join(cell) if isinstance(cell, list) else cell for name, cell in row.items()} for row in rows]
    return {
        "README.txt": readme.encode(),
        "contacts.csv": write_csv(flat, list(columns)),
        "contacts.jsonl": _lines(rows),
        "customers.jsonl": _lines(records),
        "interventions.json": (json.dumps(interventions, indent=2) + "\n").encode(),
        "truth.csv": write_csv(true, ["customer_id", *truth]),
    }


def _rows(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(_without_nan(row)) + "\n" for row in rows).encode()


def _without_nan(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if cell != cell else cell for name, cell in row.items()}
