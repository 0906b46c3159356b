"""A server that speaks as OpenAI's chat completions do, and does what a test tells it to."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

ANSWER: dict[str, Any] = {"engage": "Maybe", "engage_of_100": 20, "buy": "I doubt it", "buy_of_100": 4,
          "reply": "I might look at the tea.", "negative": 10, "neutral": 30, "positive": 60,
          "concerns": ["the price"]}  # fmt: skip
"""An answer that fits the prompt for replies."""


@dataclass(frozen=True)
class Act:
    """What the server does with one request."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False


def said(content: str, *, finish: str = "stop", tokens: tuple[int, int] | None = (100, 20)) -> Act:
    """Return a completion with this text."""
    usage = None if tokens is None else {"prompt_tokens": tokens[0], "completion_tokens": tokens[1],
                                         "total_tokens": sum(tokens)}  # fmt: skip
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content}}
    document = {"id": "c", "object": "chat.completion", "created": 1, "model": "stub", "choices": [choice]}
    return Act(body=json.dumps(document | ({} if usage is None else {"usage": usage})).encode())


GOOD = said(json.dumps(ANSWER))
Script = Callable[[int, dict[str, Any]], Act]
"""What to do with request number n, from 0 on."""


@dataclass
class Stub:
    """The server.

    Attributes:
        url: where it is; seen: the bodies it was sent; keys: the keys that came with them.
    """

    url: str
    seen: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@contextmanager
def serving(script: Script) -> Iterator[Stub]:
    """Start a server on a free port of this machine, and stop it afterwards."""
    over, lock = Event(), Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            with lock:
                number = len(stub.raw)
                stub.raw.append(raw)
                stub.seen.append(json.loads(raw))
                stub.keys.append(self.headers.get("authorization", ""))
            act = script(number, stub.seen[number])
            if act.hangs:
                over.wait(30)
                return
            self.send_response(act.status)
            for name, value in {"content-type": "application/json", **act.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(act.body)))
            self.end_headers()
            try:
                self.wfile.write(act.body)
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub = Stub(url=f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stub
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
