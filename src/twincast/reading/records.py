"""Customer records read: a batch of them, or columns of a table, become the numbers of twins, documents and digests.

What each known field means is data: `fields.KNOWN_FIELDS` (published as `GET /fields`); the limits stand in `columns`.
Only clear contradictions are refused, since real records are untidy: null, "" and "unknown" mean unknown; dates,
channels, brackets and frequencies that can not be read are kept as text, and `profiles.describe` warns of them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem
from twincast.domain.ids import MAX_ID_LENGTH
from twincast.reading.behaviours import children_of
from twincast.reading.columns import MAX_DEPTH, MAX_TEXT, Columns, gather, plain_value
from twincast.reading.contacts import channels_of, consents_of, contacts_of
from twincast.reading.interests import interests_of
from twincast.reading.orders import orders_of
from twincast.reading.preferences import preferences_of
from twincast.reading.states import SINGLES, TwinFrame
from twincast.reading.tables import gather_table
from twincast.reading.values import LARGEST, income_of, is_unknown, middle_of, number_of, numbers, rates, short
from twincast.reading.zones import zones_of

Array = NDArray[np.float64]
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RecordBatch:
    """A batch of records after reading; all lists have one entry a record, in their order.

    Attributes:
        frame: the twins as numbers, all rows; a row that is not valid holds NaN but for `as_of_day`.
        customer_ids: as given; "" where there is none that could be used.
        documents: the records as canonical JSON (sorted keys, no spaces, UTF-8 as it is); "" for a row that has none.
        digests: SHA-256 (hex) of each document, and of `as_of` where it was stated; "" for a row without document.
        problems: what is wrong, each with its row; a row without a problem is valid.
        valid: (n,) whether the row can become a twin.
    """

    frame: TwinFrame
    customer_ids: list[str]
    documents: list[str]
    digests: list[str]
    problems: list[FieldProblem]
    valid: NDArray[np.bool_]


def read_records(
    records: Sequence[Mapping[str, object]] | Mapping[str, Sequence[object]],
    *,
    as_of: date,
    default_currency: str = "USD",
    as_of_stated: bool = False,
    documented: bool = True,
) -> RecordBatch:
    """Read customer records; one record gives the same bits alone, in any batch, and in any order.

    Args:
        records: a list of records, or the columns of a table by dotted name (`history.total_purchases`); an empty
            cell of a table (None, NaN) is an attribute that the record does not have.
        as_of: day on which the records were true.
        default_currency: for records that name none.
        as_of_stated: whether the caller stated `as_of`; then it counts towards the digest.
        documented: False where nobody will ask for documents and digests: then a plain table, None in its empty cells,
            is read without them, and these are empty.
    """
    if isinstance(records, Mapping):
        count = len(next(iter(records.values()), ()))
        table = None if documented else gather_table(records, count, as_of=as_of)
        if table is not None:
            return _batch_of_table(table, default_currency)
    rows = records_of_columns(records) if isinstance(records, Mapping) else records
    columns, plain = gather(rows, as_of=as_of)
    documents = [_document(columns, row, record) for row, record in enumerate(plain)]
    ids = _customer_ids(columns, plain)
    frame, problems, valid = _settled(columns, default_currency)
    suffix = as_of.isoformat().encode() if as_of_stated else b""
    texts = [document.decode() for document in documents]
    return RecordBatch(
        frame=replace(frame, documents=tuple(texts)),
        customer_ids=ids,
        documents=texts,
        digests=[digest_of(document, suffix) if document else "" for document in documents],
        problems=problems,
        valid=valid,
    )


def _batch_of_table(columns: Columns, default_currency: str) -> RecordBatch:
    ids = _customer_ids(columns, [{}] * columns.n)
    frame, problems, valid = _settled(columns, default_currency)
    return RecordBatch(frame=frame, customer_ids=ids, documents=[], digests=[], problems=problems, valid=valid)


def _settled(columns: Columns, default_currency: str) -> tuple[TwinFrame, list[FieldProblem], NDArray[np.bool_]]:
    """Return the frame, what is wrong by row, and who is valid; nothing is known of those who are not."""
    frame, _ = frame_of_columns(columns, default_currency)
    problems = sorted(columns.problems, key=lambda problem: problem.row or 0)
    valid = np.ones(columns.n, dtype=np.bool_)
    valid[[problem.row for problem in problems if problem.row is not None]] = False
    if problems:
        frame.values[~valid, 1:] = np.nan
    return frame, problems, valid


def digest_of_record(record: Mapping[str, object], *, stated_day: date | None) -> str | None:
    """Return the digest that a record has once it is read, without reading it; None where only reading tells."""
    try:
        document = _ENCODER.encode(record)
    except (OverflowError, RecursionError, TypeError, ValueError):  # half of a surrogate pair is a ValueError too
        return None
    return digest_of(document, stated_day.isoformat().encode() if stated_day is not None else b"")


def digest_of(document: bytes, stated_day: bytes = b"") -> str:
    """Return the SHA-256 (hex) of a canonical document and, where it was stated, of the day it was true on."""
    return hashlib.sha256(document + b"\n" + stated_day if stated_day else document).hexdigest()


# ---------------------------------------------------------------- documents


def _document(columns: Columns, row: int, record: Any) -> bytes:
    """The record as canonical JSON; b"" when it can not be one. Texts that no store could hold are refused here."""
    if type(record) is not dict:
        return b""
    try:
        document = _ENCODER.encode(record)
    except UnicodeEncodeError:
        _refuse_texts(columns, row, record, "")
        return b""
    except (OverflowError, RecursionError, TypeError, ValueError):
        return _slow_document(columns, row, record)
    if b"\\u0000" in document or len(document) > MAX_TEXT:
        _refuse_texts(columns, row, record, "")
    return document


def _slow_document(columns: Columns, row: int, record: Any) -> bytes:
    """The same for what the fast encoder refuses."""
    try:
        text = json.dumps(plain_value(record), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return text.encode()
    except (RecursionError, TypeError, ValueError):
        columns.refuse(row, "", "the record can not be written as JSON", "text, numbers, lists and objects")
        return b""


def _refuse_texts(columns: Columns, row: int, value: Any, path: str, depth: int = 0) -> None:
    """Refuse texts with NUL or lone surrogates, and texts that are too long, wherever they stand in a record."""
    if depth > MAX_DEPTH:
        return  # such a record is refused for its depth
    if isinstance(value, str):
        if "\x00" in value:
            columns.refuse(row, path, "holds a NUL character", "text without NUL")
        elif len(value) > MAX_TEXT:
            columns.refuse(row, path, f"{len(value)} characters", f"at most {MAX_TEXT}")
        elif any("\ud800" <= c <= "\udfff" for c in value):
            columns.refuse(row, path, "holds half of a surrogate pair", "valid Unicode")
    elif isinstance(value, dict):
        for key, inner in value.items():
            shown = short(key).strip("'")
            _refuse_texts(columns, row, key, f"{path}.{shown}".lstrip("."), depth + 1)
            _refuse_texts(columns, row, inner, f"{path}.{shown}".lstrip("."), depth + 1)
    elif isinstance(value, list):
        for k, inner in enumerate(value):
            _refuse_texts(columns, row, inner, f"{path}[{k}]", depth + 1)


def _customer_ids(columns: Columns, plain: Sequence[Any]) -> list[str]:
    """The ids as given; a missing, empty, over-long or otherwise unusable one is refused."""
    allowed = f"text of 1 to {MAX_ID_LENGTH} characters"
    ids = [""] * columns.n
    for slot, row, value in columns.entries("customer_id"):
        if type(value) is not str:
            columns.refuse(row, slot.path, f"must be text, not {short(value)}", allowed)
        elif not value.strip():
            columns.refuse(row, slot.path, "is empty", allowed)
        elif len(value) > MAX_ID_LENGTH:
            columns.refuse(row, slot.path, f"{len(value)} characters", allowed)
        elif not value.isprintable():
            columns.refuse(row, slot.path, f"{short(ascii(value))} holds characters that can not be shown", allowed)
        else:
            ids[row] = value
            continue
        ids[row] = "\n"
    for row, record in enumerate(plain):
        if ids[row] == "" and type(record) is dict:
            columns.refuse(row, "customer_id", "is missing", allowed)
    return ["" if value == "\n" else value for value in ids]


# ---------------------------------------------------------------- numbers


def frame_of_columns(columns: Columns, default_currency: str) -> tuple[TwinFrame, dict[str, Array]]:
    """Return the frame of a batch laid out as columns, and the numbers it was made of by name."""
    orders = orders_of(columns)
    table = dict(orders.columns)
    table["as_of_day"] = np.full(columns.n, columns.as_of)
    table["support_interactions"] = numbers(columns, "support_interactions")
    table["coupon_share"] = _or(table["coupon_share"], rates(columns, "discount_share"))
    table["return_rate"] = _or(table["return_rate"], rates(columns, "return_rate"))
    table |= _satisfaction(columns)
    table |= contacts_of(columns)
    table |= consents_of(columns)
    table |= channels_of(columns)
    table["age"] = _ages(columns)
    table["income_mid"] = _incomes(columns)
    table["has_children"] = children_of(columns, numbers(columns, "children"))
    means, widths = preferences_of(columns, table)
    singles = np.concatenate([table[name] for name in SINGLES]).reshape(len(SINGLES), columns.n)
    frame = TwinFrame(
        values=np.concatenate((singles.T, means, widths), axis=1),
        zones=zones_of(columns),
        currencies=_currencies(columns, default_currency),
        interests=interests_of(columns, orders.named),
    )
    return frame, table


def _or(values: Array, others: Array) -> Array:
    return np.where(np.isnan(values), others, values)


def _satisfaction(columns: Columns) -> dict[str, Array]:
    """Mean, latest and number of the satisfaction scores."""
    mean, last, count = (columns.nothing.copy() for _ in range(3))
    for slot, row, value in columns.entries("satisfaction_scores"):
        scores: list[float] = []
        for k, score in enumerate(value if isinstance(value, list) else [value]):
            if score is None or is_unknown(score):
                continue
            found = number_of(score)
            if found is None or not 1 <= found <= 5:
                path = f"{slot.path}[{k}]" if isinstance(value, list) else slot.path
                columns.refuse(row, path, f"{short(score)} is not possible", "a number from 1 to 5")
            else:
                scores.append(found)
        if scores:
            mean[row], last[row], count[row] = sum(scores) / len(scores), scores[-1], len(scores)
    return {"satisfaction_mean": mean, "satisfaction_last": last, "satisfaction_n": count}


def _ages(columns: Columns) -> Array:
    """Ages in years. Stored for the record's owner; a protected attribute, so no number is ever made of it."""
    out = columns.nothing.copy()
    for slot, row, value in columns.entries("age"):
        found = number_of(value)
        if found is None:
            if not isinstance(value, str):
                columns.refuse(row, slot.path, f"must be a number, not {short(value)}", "years from 0 to 120, or text")
            elif not is_unknown(value):
                columns.remark(row, "unparsed-age", slot.path, value)
        elif 0 <= found <= 120:
            out[row] = found
        else:
            columns.refuse(row, slot.path, f"{short(value)} is not possible", "a number from 0 to 120")
    return out


def _incomes(columns: Columns) -> Array:
    """Middle of the income brackets."""
    out = columns.nothing.copy()
    for slot, row, value in columns.entries("income_bracket"):
        if isinstance(value, str):
            bounds = income_of(value) if len(value) <= 60 else None
            if bounds is not None:
                out[row] = middle_of(bounds)
            elif not is_unknown(value):
                columns.remark(row, "unparsed-income", slot.path, value)
            continue
        found = number_of(value)
        if found is None or not 0 <= found <= LARGEST:
            columns.refuse(row, slot.path, f"{short(value)} is not possible", "a bracket in words, or money per year")
        else:
            out[row] = found
    return out


def _currencies(columns: Columns, default: str) -> tuple[str, ...]:
    out = [default] * columns.n
    for slot, row, value in columns.entries("currency"):
        code = value.strip().upper() if isinstance(value, str) and len(value) <= 10 else ""
        if len(code) == 3 and code.isascii() and code.isalpha():
            out[row] = code
        elif not is_unknown(value):
            columns.remark(row, "unknown-currency", slot.path, value)
    return tuple(out)


# ---------------------------------------------------------------- tables


def records_of_columns(table: Mapping[str, Sequence[object]]) -> list[dict[str, Any]]:
    """Return the records of a table given as columns by dotted name; an empty cell is left out.

    Numbers in the column of ids become text: tables of data frames often hold them so.
    """
    lengths = {len(column) for column in table.values()}
    if len(lengths) > 1:
        raise ValueError(f"the columns have different lengths: {sorted(lengths)}")
    records: list[dict[str, Any]] = [{} for _ in range(lengths.pop() if lengths else 0)]
    for name, column in table.items():
        *sections, key = name.split(".")
        for record, cell in zip(records, column, strict=True):
            if cell is None or cell != cell:
                continue
            target = record
            for section in sections:
                inner = target.setdefault(section, {})
                target = inner if type(inner) is dict else target
            target[key] = cell
    for record in records:
        if "customer_id" in record and isinstance(record["customer_id"], int | np.integer):
            record["customer_id"] = str(record["customer_id"])
    return records
