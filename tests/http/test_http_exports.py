"""Results as files through the HTTP door."""

import csv
import io
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from starlette.testclient import TestClient

from tests.http.bodies import (
    BATCH,
    BATCHES,
    COMPARE,
    COMPARISONS,
    SESSIONS,
    TEST,
    TWINS,
    begun,
    comparison,
    customer,
    trial,
    variants_batch,
)

KINDS = {"json": "application/json", "jsonl": "application/x-ndjson", "csv": "text/csv", "parquet": "parquet"}


class TestExports:
    @pytest.mark.req("I22")
    @pytest.mark.parametrize("format", [*KINDS])
    def test_of_a_session_come_in_every_format(self, known: TestClient, format: str) -> None:
        session = begun(known)
        known.post(TEST, json=trial(session_id=session))
        known.post(COMPARE, json=comparison(session_id=session))
        answer = known.get(f"{SESSIONS}/{session}/export", params={"format": format})
        assert answer.status_code == 200
        assert KINDS[format] in answer.headers["content-type"]
        assert answer.headers["content-disposition"] == f'attachment; filename="{session}.{format}"'
        content = io.BytesIO(answer.content)
        readers: dict[str, Any] = {
            "json": pl.read_json,
            "jsonl": pl.read_ndjson,
            "csv": pl.read_csv,
            "parquet": pl.read_parquet,
        }
        found = readers[format](content)
        assert found.height > 2
        assert found["will_engage"].dtype == pl.Float64

    @pytest.mark.req("I22")
    def test_of_a_comparison_come_in_pages(self, known: TestClient) -> None:
        made = known.post(COMPARE, json=comparison()).json()["comparison_id"]
        whole = known.get(f"{COMPARISONS}/{made}/export").json()
        read, cursor = [], None
        while True:
            params: dict[str, Any] = {"format": "json", "limit": 1, **({"cursor": cursor} if cursor else {})}
            answer = known.get(f"{COMPARISONS}/{made}/export", params=params)
            read += answer.json()
            cursor = answer.headers.get("x-next-cursor")
            if cursor is None:
                break
        assert read == whole
        assert len(whole) > 1

    def test_what_is_not_right_is_a_problem(self, known: TestClient) -> None:
        session = begun(known)
        for params in ({"format": "xls"}, {"format": "csv", "cursor": "x"}, {"format": "csv", "limit": "0"}):
            answer = known.get(f"{SESSIONS}/{session}/export", params=params)
            assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert known.get(f"{SESSIONS}/{session}/export?format=csv&checkpoint=none").status_code == 404
        assert known.get(f"{SESSIONS}/nothing/export?format=csv").status_code == 404
        assert known.get(f"{COMPARISONS}/nothing/export").status_code == 404

    def test_of_another_workspace_are_not_found(
        self, known: TestClient, make_client: Callable[..., TestClient], make_key: Callable[..., str]
    ) -> None:
        session = begun(known)
        other = make_client(make_key("other"))
        assert other.get(f"{SESSIONS}/{session}/export?format=csv").status_code == 404

    @pytest.mark.req("R178")
    def test_a_formula_in_a_name_is_text(self, known: TestClient) -> None:
        known.post("/api/v1/customers/digital-twin", json={"customer_id": "=cmd|' /C calc'!A0"})
        session = begun(known)
        posted = known.post(TEST, json=trial(session_id=session, digital_twin_id="=cmd|' /C calc'!A0"))
        assert posted.status_code == 200, posted.text
        answer = known.get(f"{SESSIONS}/{session}/export?format=csv")
        rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        assert [row["customer_id"] for row in rows] == ["'=cmd|' /C calc'!A0"]

    @pytest.mark.req("I22", "R178", "R179")
    def test_of_a_batch_hold_its_rows(self, known: TestClient) -> None:
        known.post(TWINS, json=customer(customer_id="c2"))
        known.post(TWINS, json=customer(customer_id="c3", profiling_opt_out=True))
        body = variants_batch(digital_twin_ids=["cust_12345", "c2", "c3", "nobody"])
        made = known.post(BATCH, json=body).json()
        content = known.get(f"{BATCHES}/{made['batch_id']}/export", params={"format": "parquet"}).content
        found = pl.read_parquet(io.BytesIO(content))
        rows = made["individual_results"]
        assert found["intervention_id"].to_list() == [row["variant_id"] for row in rows]
        assert found["digital_twin_id"].to_list() == [row["digital_twin_id"] for row in rows]
        assert found["will_engage"].to_list() == [row["will_engage"] for row in rows]
        assert set(found["customer_id"]) == {"cust_12345", "c2"}
        assert (found["will_purchase_uplift_low"] <= found["will_purchase_uplift"]).all()
        assert set(found["will_purchase_basis"]) == {"prior"}
        assert found["created_at"].dtype == pl.Datetime("us", "UTC")
        page = known.get(f"{BATCHES}/{made['batch_id']}/export", params={"format": "json", "limit": 3, "cursor": "0.2"})
        assert [row["intervention_id"] for row in page.json()] == found["intervention_id"].to_list()[2:5]
        assert known.get(f"{BATCHES}/nothing/export").status_code == 404
