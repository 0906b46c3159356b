"""The page at /docs: it works without a network and lets nothing run but itself."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from starlette.testclient import TestClient

from tests.http.test_http_openapi import described

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "http.md"


class TestThePage:
    def test_loads_nothing_from_anywhere(self, client: TestClient) -> None:
        page = client.get("/docs")
        assert page.status_code == 200
        assert not re.findall(r"https?://", page.text)
        assert not re.search(r"<(?:link|img|iframe|script)[^>]+(?:src|href)=", page.text)

    def test_lets_only_its_own_script_run(self, client: TestClient) -> None:
        page = client.get("/docs")
        (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
        digest = b64encode(sha256(script.encode()).digest()).decode()
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert f"script-src 'sha256-{digest}'" in policy
        assert "unsafe" not in policy

    def test_never_makes_markup_of_what_it_shows(self, client: TestClient) -> None:
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", client.get("/docs").text)


class TestTheGuide:
    def test_shows_requests_that_work(self, client: TestClient) -> None:
        commands = re.findall(r"^\$ curl -s localhost:8000(\S+) .*? -d '(.*?)'$", GUIDE.read_text("utf-8"), re.M | re.S)
        statuses = [client.post(path, json=json.loads(body)).status_code for path, body in commands]
        assert statuses == [201, 200]

    def test_names_every_first_part_of_an_address(self) -> None:
        text = GUIDE.read_text("utf-8")
        for path in json.loads(described())["paths"]:
            name = next(part for part in reversed(path.split("/")) if not part.startswith("{"))
            assert f"/{name}" in text, path
