"""The page at /docs: it works without a network and lets nothing run but itself."""

import re
from base64 import b64encode
from hashlib import sha256

from starlette.testclient import TestClient


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
