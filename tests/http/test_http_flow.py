"""The document's complete flow, as docs/flow.md prints it, against a server that was really started."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3.util.connection

PAGE = Path(__file__).parents[2] / "docs" / "flow.md"
DOCUMENT = "customer-intervention-testing-api.md"
SPEC = Path(os.environ.get("TWINCAST_SPEC", PAGE.parents[2] / "shared" / "spec"))
SERVE = [sys.executable, "-m", "twincast.entrypoints.cli.main", "serve", "--port", "0"]
PRINTED_PORT = 8000


def blocks() -> list[str]:
    """The page's code: what is supplied, and the flow itself."""
    return re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server on a port that is free; who connects to the page's own port is led there."""
    with subprocess.Popen(SERVE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stderr.readline())
            assert found
            port, connect = int(found[1]), urllib3.util.connection.create_connection

            def led(address: tuple[str, int], *args: Any, **kwargs: Any) -> Any:
                return connect((address[0], port if address[1] == PRINTED_PORT else address[1]), *args, **kwargs)

            monkeypatch.setattr(urllib3.util.connection, "create_connection", led)
            yield port
        finally:
            process.send_signal(signal.SIGINT)


def test_the_page_holds_the_documents_code_letter_for_letter() -> None:
    if not (SPEC / DOCUMENT).is_file():
        pytest.skip("no document at TWINCAST_SPEC")
    document = (SPEC / DOCUMENT).read_text("utf-8")
    flow = re.search(r"```python\n(.*?)```", document[document.index("### Complete Flow Example") :], re.DOTALL)
    assert flow
    assert blocks()[1] == flow[1]


@pytest.mark.slow
@pytest.mark.req(
    "R122",
    "R123",
    "R124",
    "R125",
    "R126",
    "R128",
    "R129",
    "R130",
    "R136",
    "R137",
    "R139",
    "R140",
    "R141",
    "R142",
    "R143",
)
def test_runs_to_its_last_print(served: int, capsys: pytest.CaptureFixture[str]) -> None:
    scope: dict[str, Any] = {}
    for block in blocks():
        exec(compile(block, str(PAGE), "exec"), scope)  # noqa: S102 - our own page
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 3
    shares = re.fullmatch(r"Average engagement likelihood: (\d+\.\d\d)%", printed[0])
    money = re.fullmatch(r"Predicted total revenue: \$([\d,]+\.\d\d)", printed[1])
    count = re.fullmatch(r"Customers likely to engage: (\d+)", printed[2])
    assert shares
    assert money
    assert count
    assert 0 < float(shares[1]) < 100
    assert float(money[1].replace(",", "")) > 0
    assert 0 <= int(count[1]) <= 3
    extracted = [result["extracted"] for result in scope["intervention_results"]]
    assert all(
        set(it) == set("will_engage will_purchase purchase_amount emotional_response concerns".split())
        for it in extracted
    )
    rows = scope["aggregated_results"]["individual_results"]
    assert [row["customer_id"] for row in rows] == ["1001", "1002", "1003"]
    engaged = [it["will_engage"]["value"] for it in extracted]
    assert [row["engagement_likelihood"] for row in rows] == engaged
    assert all(0 <= value <= 1 for value in engaged)
