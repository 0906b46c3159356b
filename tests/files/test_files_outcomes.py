"""Tables of outcomes as companies keep them: a row a contact, a row an event, or the API's own shape."""

from datetime import UTC, date, datetime

import polars
import pytest

from twincast.domain.errors import InvalidInput
from twincast.domain.imports import ImportRows
from twincast.domain.interventions import Intervention
from twincast.files.frames import table_of
from twincast.files.tables import Table, read_table


def read(content: bytes | Table, **mapping: str | None) -> tuple[dict[str, str | None], ImportRows]:
    table = content if isinstance(content, Table) else read_table(content)
    found = table.outcome_mapping(mapping)
    return {it.column: it.field for it in found.matches}, table.outcome_rows(found)


def test_a_row_a_contact_has_a_column_a_response() -> None:
    fields, rows = read(
        b"customer_id,segment,sent_at,visit,conversion,spend,colour\n"
        b"c1,Mens E-Mail,2008-03-20,1,true,29.99,red\nc2,No E-Mail,2008-03-20 09:30,0,0,0,blue\n"
    )
    assert fields == {
        "customer_id": "customer_id", "segment": "intervention_id", "sent_at": "sent_at", "visit": "responses.visit",
        "conversion": "responses.purchase", "spend": "amount", "colour": None,
    }  # fmt: skip
    assert rows.problems == ()
    assert rows.records == [
        {
            "customer_id": "c1", "intervention_id": "Mens E-Mail", "sent_at": date(2008, 3, 20),
            "responses": {"visit": 1.0, "purchase": 1.0}, "amount": 29.99,
        },
        {
            "customer_id": "c2", "intervention_id": "No E-Mail", "sent_at": datetime(2008, 3, 20, 9, 30),  # noqa: DTZ001
            "responses": {"visit": 0.0, "purchase": 0.0}, "amount": 0,
        },
    ]  # fmt: skip


def test_a_row_an_event_has_a_kind() -> None:
    _, rows = read(
        b"event_id,customer_id,channel,content,sent_at,event,event_time,is_bot,randomised\n"
        b"e1,007,email,Hello,2026-04-01T10:00:00Z,open,2026-04-01T10:00:02Z,yes,false\n"
    )
    assert rows.records == [
        {
            "event_id": "e1", "customer_id": "007", "intervention": {"channel": "email", "content": "Hello"},
            "sent_at": datetime(2026, 4, 1, 10, tzinfo=UTC), "kind": "open",
            "occurred_at": datetime(2026, 4, 1, 10, 0, 2, tzinfo=UTC), "by_machine": True, "randomised": False,
        }
    ]  # fmt: skip


def test_lines_may_have_the_shape_of_the_api() -> None:
    _, rows = read(
        b'{"customer_id": "a", "intervention": {"content": "Hi"}, "responses": {"visit": 1}, "sent_at": "2026-04-01"}\n'
        b'{"customer_id": "b", "intervention": "mens", "kind": "visit", "sent_at": "2026-04-01"}\n'
        b'{"customer_id": "c", "intervention": {"cost": "much"}, "kind": "visit", "sent_at": "2026-04-01"}\n'
    )
    assert [record.get("intervention_id") for record in rows.records] == [Intervention(content="Hi"), "mens", None]
    assert rows.records[0]["responses"] == {"visit": 1.0}
    assert [(it.row, it.field) for it in rows.problems] == [(2, "intervention_id")]


def test_frames_keep_their_types() -> None:
    frame = polars.DataFrame({"customer_id": [1, 2], "sent_at": [datetime(2026, 4, 1, 9)] * 2, "visit": [True, None]})  # noqa: DTZ001
    _, rows = read(table_of(frame))
    assert rows.records[0] == {
        "customer_id": "1", "sent_at": datetime(2026, 4, 1, 9), "responses": {"visit": 1.0},  # noqa: DTZ001
    }  # fmt: skip
    assert rows.records[1] == {"customer_id": "2", "sent_at": datetime(2026, 4, 1, 9)}  # noqa: DTZ001


def test_cells_that_can_not_be_read_are_problems_of_their_rows() -> None:
    _, rows = read(b"customer_id,sent_at,visit,treated\na,2026-04-01,1,yes\nb,soon,often,maybe\n")
    assert [(it.row, it.field) for it in rows.problems] == [(1, "sent_at"), (1, "responses.visit"), (1, "contacted")]
    assert "column 'sent_at'" in rows.problems[0].message


@pytest.mark.parametrize("value", ["[1]", '{"a": 1}', '"1e400"', "1" * 400, '"soon"'])
def test_what_is_no_number_is_a_problem_of_its_row(value: str) -> None:
    _, rows = read(b'{"customer_id": "a", "spend": ' + value.encode() + b', "visit": 1}\n{"customer_id": "b"}\n')
    assert [(it.row, it.field) for it in rows.problems] in ([(0, "amount")], [])
    assert all(isinstance(it.get("amount", 0.0), float) for it in rows.records)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1950-06-01"])
def test_moments_outside_of_all_calendars_are_problems(day: str) -> None:
    _, rows = read(f"customer_id,sent_at\na,{day}\n".encode())
    assert "outside of the years" in rows.problems[0].message


def test_the_caller_says_what_names_do_not() -> None:
    fields, rows = read(b"Kunde,gekauft\na,1\n", Kunde="customer_id", gekauft="responses.purchase")
    assert rows.records == [{"customer_id": "a", "responses": {"purchase": 1.0}}]
    fields, _ = read(b"customer_id,id,visit\na,1,1\n", id=None)
    assert fields["id"] is None


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"nowhere": "kind"}, "is no column of the table"),
        ({"visit": "responses.sneeze"}, "'responses.sneeze' is no field of an outcome"),
        ({"visit": "kind", "a": "kind"}, "'visit' is mapped to kind too"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(mapping: dict[str, str | None], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read(b"customer_id,visit,a\na,1,1\n", **mapping)


def test_of_two_columns_for_one_field_the_surer_one_has_it() -> None:
    fields, _ = read(b"customer_id,twin_id,visited,visit\na,b,1,0\n")
    assert fields["twin_id"] is None
    assert sorted(field or "" for field in fields.values()) == ["", "", "customer_id", "responses.visit"]
