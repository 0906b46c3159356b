"""Whatever bytes come in: a table or a named failure, and records that never hold what was not in the file."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twincast.domain.errors import TwincastError
from twincast.domain.imports import KnownColumn
from twincast.files.tables import FORMATS, read_table
from twincast.reading.fields import KNOWN_FIELDS

KNOWN = tuple(KnownColumn(path=it.path, kind=it.kind, names=(it.name, *it.aliases)) for it in KNOWN_FIELDS)
CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["", "1", "1,5", "=1+1", "\x00", '"', "'", "[", "[1]", "nan", "1e400", "2020-01-02", "31.12.2020", "yes", "email"]
)
NAMES = st.sampled_from([it.names[0] for it in KNOWN]) | st.text(max_size=20)


@pytest.mark.parametrize("format", [*FORMATS, None])
@given(data=st.binary(max_size=300))
@example(data=b"\x00")
@example(data=b"\xef\xbb\xbf\n")
@example(data=b"PAR1" + b"\x00" * 50 + b"PAR1")
@example(data=b'"')
@example(data=b'{"profile": {"profile": {"profile": 1}}, "customer": {"customer": {}}}')
def test_any_bytes_give_a_table_or_a_named_failure(format: str | None, data: bytes) -> None:
    with suppress(TwincastError):
        table = read_table(data, format)
        table.mapped(table.mapping(KNOWN, {}), KNOWN)


ROWS = st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=5)


@given(names=st.lists(NAMES, min_size=1, max_size=6), rows=ROWS)
def test_any_cells_give_records_or_problems(names: list[str], rows: list[list[str]]) -> None:
    lines = [["customer_id", *names], *([f"c{k}", *row[: len(names)]] for k, row in enumerate(rows))]
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    with suppress(TwincastError):
        table = read_table(text.encode())
        mapped = table.mapped(table.mapping(KNOWN, {}), KNOWN)
        assert len(mapped.records) + len([it for it in mapped.problems if it.field == "row"]) == mapped.total
        assert all(str(record["customer_id"]).startswith("c") for record in mapped.records)
        assert all(it.row is not None and it.row < mapped.total for it in mapped.problems)
