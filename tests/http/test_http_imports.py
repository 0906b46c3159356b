"""Customers in bulk through the HTTP door: a preview that stores nothing, then all of the rows or none."""

from io import BytesIO

import polars
import pytest
from starlette.testclient import TestClient

from tests.http.bodies import BULK, TWINS
from tests.http.conftest import MakeClient

CSV = b"customer_id,age,city,orders\na,30,Berlin,4\nb,40,Paris,7\n"
LINES = b'{"customer_id": "a", "profile": {"age": 30}}\n{"customer_id": "b"}\n'
BAD = b"customer_id,age\na,30\nb,four hundred years\nc,400\n"
PREVIEW = f"{BULK}/preview"


def parquet() -> bytes:
    file = BytesIO()
    polars.DataFrame({"customer_id": ["a", "b"], "age": [30, 40]}).write_parquet(file)
    return file.getvalue()


def stored(client: TestClient) -> list[str]:
    return [it["customer_id"] for it in client.get(TWINS).json()["items"]]


class TestATable:
    @pytest.mark.req("I13")
    @pytest.mark.parametrize(
        ("kind", "content", "format"),
        [
            ("text/csv", CSV, "csv"),
            ("text/csv; charset=utf-8", CSV, "csv"),
            ("application/x-ndjson", LINES, "jsonl"),
            ("application/vnd.apache.parquet", parquet(), "parquet"),
            ("application/octet-stream", parquet(), "parquet"),
        ],
    )
    def test_is_stored_from_a_body_of_its_own_type(
        self, client: TestClient, kind: str, content: bytes, format: str
    ) -> None:
        answer = client.post(BULK, content=content, headers={"Content-Type": kind})
        assert answer.status_code == 200
        report = answer.json()
        assert (report["format"], report["rows"], report["created"]) == (format, 2, 2)
        assert stored(client) == ["a", "b"]

    @pytest.mark.req("I13")
    def test_is_stored_from_a_form_with_a_mapping(self, client: TestClient) -> None:
        form = {"mapping": '{"city": null, "orders": "history.total_purchases"}', "as_of": "2026-01-05"}
        answer = client.post(BULK, files={"file": ("shop.csv", CSV)}, data=form)
        columns = {it["column"]: it["field"] for it in answer.json()["mapping"]["columns"]}
        assert (columns["city"], columns["orders"]) == (None, "history.total_purchases")
        twin = client.get(f"{TWINS}/a").json()
        assert (twin["as_of"], twin["record"]["history"]) == ("2026-01-05", {"total_purchases": 4})

    def test_is_looked_at_first_without_storing_anything(self, client: TestClient) -> None:
        seen = client.post(PREVIEW, files={"file": ("shop.csv", BAD)}).json()
        assert (seen["rows"], seen["new"]) == (3, seen["valid"])
        assert {it["row"] for it in seen["problems"]} == {2} | {it["row"] for it in seen["problems"]}
        assert seen["first"][0]["customer_id"] == "a"
        assert stored(client) == []

    @pytest.mark.req("I13")
    def test_of_a_thousand_rows_changes_only_what_changed(self, client: TestClient) -> None:
        rows = [f"c{number},{number % 90}" for number in range(1_000)]
        first = client.post(BULK, content="customer_id,age\n" + "\n".join(rows), headers={"Content-Type": "text/csv"})
        assert first.json()["created"] == 1_000
        rows[7] = "c7,77"
        again = client.post(BULK, content="customer_id,age\n" + "\n".join(rows), headers={"Content-Type": "text/csv"})
        assert {name: again.json()[name] for name in ("created", "changed", "unchanged")} == {
            "created": 0,
            "changed": 1,
            "unchanged": 999,
        }


class TestABadRow:
    @pytest.mark.req("I13")
    def test_refuses_the_whole_table_and_is_named(self, client: TestClient) -> None:
        answer = client.post(BULK, content=BAD, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 422
        assert ("profile.age", 2) in {(it["field"], it["row"]) for it in answer.json()["errors"]}
        assert stored(client) == []

    def test_can_be_left_out(self, client: TestClient) -> None:
        answer = client.post(f"{BULK}?on_error=skip", content=BAD, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 200
        assert answer.json()["skipped"] == 3 - answer.json()["created"] > 0
        assert "c" not in stored(client)

    def test_that_a_kept_reply_names_is_erased_with_its_customer(self, client: TestClient) -> None:
        client.post(TWINS, json={"customer_id": "c"})
        headers = {"Content-Type": "text/csv", "Idempotency-Key": "k"}
        client.post(f"{BULK}?on_error=skip", content=BAD, headers=headers)
        assert client.delete(f"{TWINS}/c").json()["removed"]["kept_replies"] == 1


class TestWhatIsNoTable:
    @pytest.mark.parametrize(
        ("content", "kind", "status", "field"),
        [
            (b"", "text/csv", 422, "file"),
            (b"a,b\n1,2\n", "text/csv", 422, None),
            (b"\xff\xfe\x00", "text/csv", 422, "file"),
            (b"{}", "application/vnd.apache.parquet", 422, "file"),
            (CSV, "image/png", 415, None),
            (CSV, "application/json", 415, None),
            (CSV, "multipart/form-data", 400, None),
            (CSV, "multipart/form-data; boundary=x", 400, None),
        ],
    )
    @pytest.mark.parametrize("path", [BULK, PREVIEW])
    def test_is_refused(
        self, client: TestClient, path: str, content: bytes, kind: str, status: int, field: str | None
    ) -> None:
        answer = client.post(path, content=content, headers={"Content-Type": kind})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        if field:
            assert field in {it["field"] for it in answer.json()["errors"]}
        assert stored(client) == []

    def test_is_a_form_without_a_file(self, client: TestClient) -> None:
        for form in ({"data": {"file": "text"}, "files": {"other": b"x"}}, {"files": {"table": ("a.csv", CSV)}}):
            answer = client.post(BULK, **form)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "file")

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"on_error": "ignore"}, "on_error"),
            ({"as_of": "soon"}, "as_of"),
            ({"mapping": "[]"}, "mapping"),
            ({"mapping": '{"age": 5}'}, "mapping.age"),
            ({"format": "xls"}, "format"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_is_read_with_wrong_options(self, client: TestClient, query: dict[str, str], field: str) -> None:
        answer = client.post(BULK, params=query, content=CSV, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 422
        assert field in {it["field"] for it in answer.json()["errors"]}
        assert stored(client) == []

    def test_is_too_long(self, make_client: MakeClient) -> None:
        client = make_client()
        answer = client.post(BULK, content=b"x" * 2_100_000, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 413
        answer = client.post(BULK, files={"file": ("a.csv", b"x" * 2_100_000)})
        assert answer.status_code == 413
