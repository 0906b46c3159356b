"""A server that speaks as OpenAI's chat completions do, half a second later; what it is to do is said to it beforehand.

Its answers fit whatever schema comes with the request. It runs in a process of its own, on one event loop.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.client import HTTPConnection
from typing import Any, Final

BYTES_A_TOKEN: Final = 4.3
"""Of its own count."""
FAULTS: Final = ("429", "500", "hang", "broken", "cut")
SPEECH: Final = 90.0
"""Tokens of an answer on average, as it counts them."""
HANG: Final = 30.0


class Stub:
    """What was asked, and what is to be done."""

    def __init__(self) -> None:
        self.set({})

    def set(self, mode: dict[str, Any]) -> None:
        """Begin anew.

        Args:
            mode: `latency` in seconds; `next`: what to do with the next requests, one after the other; `share`: of each
                of `faults` (all of FAULTS) among all requests; `failing`: whoever is asked about with this in the text
                never has an answer; `speech`: tokens of an answer on average, a little different each time.
        """
        self.latency = mode.get("latency", 0.5)
        self.next = list(mode.get("next", ()))
        self.share = mode.get("share", 0.0)
        self.faults = tuple(mode.get("faults", FAULTS))
        self.failing = mode.get("failing")
        self.speech = mode.get("speech", SPEECH)
        self.chance = random.Random(mode.get("seed", 0))
        self.times: list[float] = []
        self.whole: Counter[str] = Counter()
        self.twice = 0
        self.last = ""

    def seen(self) -> dict[str, Any]:
        """Return what was asked."""
        return {"requests": len(self.times), "times": self.times, "twice": self.twice, "last": self.last}

    def act(self, raw: bytes) -> str:
        """Return what to do with a request."""
        self.times.append(time.monotonic())
        self.last = raw.decode()
        if self.failing is not None and self.failing in self.last:
            return "500"
        if self.next:
            return str(self.next.pop(0))
        place = int(self.chance.random() / self.share) if self.share else len(self.faults)
        return self.faults[place] if place < len(self.faults) else "good"

    def completion(self, raw: bytes, act: str) -> bytes:
        """Return the body of an answer."""
        asked = json.loads(raw)
        text = json.dumps(fitting(asked["response_format"]["json_schema"]["schema"]))
        key = sha256(json.dumps(asked["messages"]).encode()).hexdigest()
        if act == "good":
            self.twice += self.whole[key] > 0
            self.whole[key] += 1
        text = {"broken": "Well, I would say so.", "truncated": text[: len(text) // 2], "empty": ""}.get(act, text)
        spoken = self.speech * self.chance.lognormvariate(0.0, 0.3)
        used = [int(len(raw) / BYTES_A_TOKEN), int(min(spoken, asked.get("max_completion_tokens", 320)))]
        usage = {"prompt_tokens": used[0], "completion_tokens": used[1], "total_tokens": sum(used)}
        finish = "length" if act == "truncated" else "stop"
        choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
        whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "stub", "choices": [choice]}
        return json.dumps(whole | {"usage": usage}).encode()


def fitting(schema: dict[str, Any]) -> Any:
    """Return the least that fits a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: fitting(it) for name, it in schema["properties"].items()}
    if kind == "integer":
        return schema.get("minimum", 1)
    return {"array": [], "boolean": True, "number": 0.5}.get(str(kind), "I might have a look at the tea this weekend.")


async def answer(stub: Stub, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            line, *fields = head.decode("latin-1").split("\r\n")
            lengths = [it.partition(":")[2] for it in fields if it.lower().startswith("content-length:")]
            raw = await reader.readexactly(int(lengths[0]) if lengths else 0)
            _, path, _ = line.split(" ")
            if path == "/mode":
                stub.set(json.loads(raw))
            if path in {"/mode", "/seen"}:
                writer.write(reply(200, json.dumps(stub.seen()).encode()))
                continue
            act = stub.act(raw)
            if act == "429":  # refused before anything is done for it
                writer.write(reply(429, b"{}", b"Retry-After: 1\r\n"))
                continue
            await asyncio.sleep(HANG if act == "hang" else stub.latency)
            if act == "hang":
                break
            if act == "500":
                writer.write(reply(500, b"{}"))
            else:
                whole = reply(200, stub.completion(raw, act))
                writer.write(whole[:-40] if act == "cut" else whole)
                if act == "cut":
                    break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def reply(status: int, body: bytes, more: bytes = b"") -> bytes:
    """Return an answer as it goes over the wire."""
    head = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"
    return head % (status, more, len(body)) + body


async def serve() -> None:
    """Serve until this process is ended; say first on which port."""
    stub = Stub()
    server = await asyncio.start_server(lambda r, w: answer(stub, r, w), "127.0.0.1", 0, backlog=1_000, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class Running:
    """The server as those who measure see it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self._port = port

    def set(self, **mode: Any) -> None:
        """Let it begin anew."""
        self._asked("PUT", "/mode", json.dumps(mode).encode())

    def seen(self) -> dict[str, Any]:
        """Return what it was asked since."""
        return self._asked("GET", "/seen")

    def _asked(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        connection.request(method, path, body)
        found: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return found


@contextmanager
def running() -> Iterator[Running]:
    """Run it in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.chat_stub"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Running(int(process.stdout.readline()))
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(serve())
