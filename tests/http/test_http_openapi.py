"""The public contract, as a file that changes visibly. A wanted change: `python -m tests.http.test_http_openapi`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from tests.http.bodies import API, customer, trial
from twincast.bootstrap.container import open_parts
from twincast.bootstrap.settings import Settings
from twincast.entrypoints.http.app import create_app
from twincast.files.tables_out import MEDIA_TYPES
from twincast.wire.comparisons import VariantComparison
from twincast.wire.shapes import Answer
from twincast.wire.trials import InterventionTest
from twincast.wire.twins import DigitalTwin

TABLES = {kind.partition(";")[0] for kind in MEDIA_TYPES.values()}
GOLDEN = Path(__file__).with_name("openapi.json")


def described() -> str:
    """Return the description of the service as it is now."""
    settings = Settings(database="memory://")
    document = create_app(settings, open_parts(settings)).openapi()
    document["info"]["version"] = "golden"
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(described())
    return found


class TestTheContract:
    def test_is_the_one_on_file(self) -> None:
        assert described() == GOLDEN.read_text("utf-8"), "wanted? then: python -m tests.http.test_http_openapi"

    def test_points_to_nothing_that_is_not_there(self, document: dict[str, Any]) -> None:
        wanted = set(re.findall(r"#/components/schemas/([\w-]+)", json.dumps(document)))
        assert wanted <= set(document["components"]["schemas"])

    def test_shows_the_documents_bodies(self, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        assert schemas["CustomerRecord"]["examples"] == [customer()]
        assert schemas["InterventionTestRequest"]["examples"] == [trial()]

    def test_says_for_each_address_what_it_does_and_how_it_fails(self, document: dict[str, Any]) -> None:
        for path, methods in document["paths"].items():
            for operation in methods.values():
                assert operation["summary"]
                assert operation["description"]
                assert ("401" in operation["responses"]) == ("x-scope" in operation), path
                for status, response in operation["responses"].items():
                    kinds = set(response.get("content", {}))
                    is_answer = status < "400" or status == "503"
                    files = {"export": TABLES, "send-list": TABLES, "disclosure": {"text/markdown"}}
                    answers = {"application/json", "text/event-stream"} | files.get(path.rpartition("/")[2], set())
                    assert kinds <= (answers if is_answer else {"application/problem+json"}), path

    def test_creating_addresses_take_an_idempotency_key(self, document: dict[str, Any]) -> None:
        for path in ("/customers/digital-twin", "/customers/digital-twin/bulk"):
            names = {it["name"] for it in document["paths"][f"{API}{path}"]["post"]["parameters"]}
            assert "Idempotency-Key" in names
        for path in ("test", "compare-variants"):
            operation = document["paths"][f"{API}/intervention-testing/{path}"]["post"]
            assert "Idempotency-Key" in {it["name"] for it in operation["parameters"]}

    def test_is_served(self, client: TestClient) -> None:
        served = client.get("/openapi.json").json()
        assert served["openapi"].startswith("3.1")
        assert f"{API}/intervention-testing/test" in served["paths"]


class TestAnswers:
    @pytest.mark.parametrize("model", [DigitalTwin, InterventionTest, VariantComparison])
    def test_have_no_defaults(self, model: type[Answer]) -> None:
        for shape in _all_shapes(Answer):
            defaults = [name for name, field in shape.model_fields.items() if not field.is_required()]
            assert not defaults, f"{shape.__name__}: {defaults}"
        assert model.model_json_schema()["required"] == list(model.model_fields)


def _all_shapes(base: type[BaseModel]) -> list[type[BaseModel]]:
    below = [shape for child in base.__subclasses__() for shape in _all_shapes(child)]
    return [base, *below]


if __name__ == "__main__":
    GOLDEN.write_text(described(), "utf-8")
