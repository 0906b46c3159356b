"""What a language model costs, over HTTP against a stub that takes half a second: every row of the table in one run.

The service, its worker, the stub and the client share one machine. Beside the large runs stands what a bare client
takes for the same requests on the same stub, since no service can be quicker than that.
"""

import asyncio
import json
import random
import sqlite3
from contextlib import closing
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from benchmarks.chat_stub import SPEECH, Running, running
from benchmarks.figures import Figure
from benchmarks.llm_service import AT_ONCE, NOTES, ROOM, TWINS, Service, message, record, service
from benchmarks.processes import cpu, peak, resident

FREE: Final = [
    "satisfaction_with_offer",
    "trust_in_brand",
    "interest_in_tea",
    "felt_pressure",
    "likely_to_tell_friends",
]
HINTS: Final = dict.fromkeys(FREE, "score from 0 to 1")
CATALOGUE: Final = ["will_engage", "will_purchase", "purchase_amount", "satisfaction_impact", "brand_perception_change"]
CROWD: Final = 1_000
QUOTA: Final = 600
RUNS: Final = 50
TURNS: Final = 3


def measure() -> list[Figure]:
    """Return every row of the table."""
    with running() as stub, TemporaryDirectory() as folder:
        place = Path(folder) / "shop.db"
        with service(place, stub) as asked:
            asked.table(CROWD)
            figures = [*_alone(asked, stub), *_crowds(asked, stub, place), *_again(asked, stub)]
            figures += [*_faults(asked, stub), *_thousand(asked, stub), *_forecasts(asked, stub)]
        with service(place, stub, model="other") as asked:
            figures += _other_model(asked, stub)
        with service(place, stub, TWINCAST_LLM_REQUESTS_PER_MINUTE=str(QUOTA)) as asked:
            figures += _quota(asked, stub)
        with service(place, stub, TWINCAST_LLM_TIMEOUT="2") as asked:
            figures += _everything_breaks(asked, stub)
    return figures


def _alone(asked: Service, stub: Running) -> list[Figure]:
    """Return calls and prompt tokens of a customer, extraction included."""
    stub.set(latency=0.0)
    asked.send("POST", TWINS, record(1, hobby="chess"))
    made = stub.seen()["requests"]
    fields = {"extraction_config": {"extract_results": True, "fields": FREE, "fields_hints": HINTS}}
    asked.tests(range(20), "Fields", **fields)
    seen = stub.seen()
    asked.tests([1], "No fields", predict=CATALOGUE)
    plain = stub.seen()["last"]
    size = len(json.dumps(record(1)))
    return [
        Figure(name="calls per customer and message, five free fields", value=seen["requests"] / 20, bar=("<=", 1.0)),
        Figure(name="calls for a twin from a record", value=float(made), bar=("<=", 0.0)),
        *(
            Figure(name=f"prompt tokens, {what}", value=float(tokens), bar=("<=", 700.0), note=note)
            for what, (tokens, note) in (
                ("five fields of the catalogue", _tokens(plain, size)),
                ("five free fields", _tokens(seen["last"], size)),
            )
        ),
    ]


def _tokens(request: str, size: int) -> tuple[int, str]:
    """Return the tokens of a request's messages by a real tokeniser, and what they are counted of."""
    import xllamacpp

    from twincast.llm.local import weights  # the small model's tokeniser: 49,152 tokens; larger ones count fewer

    asked = xllamacpp.CommonParams()
    asked.model.path, asked.n_ctx, asked.port, asked.warmup, asked.verbosity = str(weights()), 512, 0, False, -1
    server = xllamacpp.Server(asked)
    port = int(server.listening_address.rpartition(":")[2])

    def count(text: str) -> int:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", "/tokenize", json.dumps({"content": text}), {"Content-Type": "application/json"})
        return len(json.loads(connection.getresponse().read())["tokens"])

    body = json.loads(request)
    schema = count(json.dumps(body["response_format"]["json_schema"]["schema"]))
    words = sum(count(it["content"]) for it in body["messages"])
    return words, f"SmolLM2's tokeniser; a record of {size:,} characters; the schema beside it has {schema}"


def _crowds(asked: Service, stub: Running, place: Path) -> list[Figure]:
    """Return the time of 20 and of 50 customers at once, processor time, memory and storage."""
    figures = []
    stub.set()
    idle, before = resident(asked.pid), cpu(asked.pid)
    for count, bar in ((20, 1.5), (50, 2.3)):
        taken = [asked.tests(range(count), f"{count} at once, {turn}")[1] for turn in range(TURNS)]
        bare = min(_bare(stub, count, f"{count} {turn}") for turn in range(TURNS))
        note = f"best of {TURNS}, the others {', '.join(f'{it:.2f}' for it in sorted(taken)[1:])}; bare {bare:.2f}"
        figures.append(
            Figure(name=f"{count} customers at once", value=min(taken), unit="s", bar=("<=", bar), note=note)
        )
    spent = (cpu(asked.pid) - before) / (TURNS * 70)
    figures.append(Figure(name="own CPU per customer, tests", value=spent, unit="s", bar=("<=", 0.027)))
    more = (peak(asked.pid) - idle) / 2**20
    figures.append(Figure(name="memory above idle at 50", value=more, unit="MB", bar=("<=", 150.0)))
    stub.set(latency=0.0)
    sizes = [_size(place)]
    for turn in range(2):
        asked.tests(range(CROWD // 2), f"Storage {turn}")
        sizes.append(_size(place))
    first, second = ((after - start) / (CROWD // 2) / 1024 for start, after in pairwise(sizes))
    note = f"the second {CROWD // 2} tests took {second:.2f} a test"
    figures.append(Figure(name="storage per test", value=first, unit="KB", bar=("<=", 10.0), note=note))
    return figures


def _size(place: Path) -> int:
    """Return the bytes of a database, once all that was written is in its place."""
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    return place.stat().st_size


def _bare(stub: Running, count: int, words: str, at_once: int = AT_ONCE) -> float:
    """Return the seconds that a bare client takes for so many requests of the usual size."""
    import httpx2

    body = {
        "model": "stub",
        "messages": [{"role": "user", "content": NOTES * 6 + words}],
        "response_format": {"json_schema": {"schema": {"type": "object", "properties": {"reply": {"type": "string"}}}}},
    }

    async def all_of_them() -> float:
        places = asyncio.Semaphore(at_once)
        async with httpx2.AsyncClient(timeout=60, limits=httpx2.Limits(max_connections=None)) as client:

            async def one() -> None:
                async with places:
                    (await client.post(f"{stub.url}/chat/completions", json=body)).raise_for_status()

            await one()
            begun = perf_counter()
            await asyncio.gather(*(one() for _ in range(count)))
            return perf_counter() - begun

    return asyncio.run(all_of_them())


def _again(asked: Service, stub: Running) -> list[Figure]:
    """Return the calls of the same again, and with one customer changed."""
    asked.tests(range(20), "Again")
    stub.set(latency=0.0)
    asked.tests(range(20), "Again")
    same = stub.seen()["requests"]
    asked.send("POST", TWINS, record(3, hobby="rowing"))
    asked.tests(range(20), "Again")
    seen = stub.seen()
    fresh = float("rowing" in seen["last"])
    return [
        Figure(name="calls of the same 20 again", value=float(same), bar=("<=", 0.0)),
        Figure(name="new calls after one of 20 changed", value=float(seen["requests"] - same), bar=("<=", 1.0)),
        Figure(name="that call speaks of the change", value=fresh, bar=(">=", 1.0)),
    ]


def _other_model(asked: Service, stub: Running) -> list[Figure]:
    """Return the calls per customer after the model was changed: no answer of the other one is given."""
    stub.set(latency=0.0)
    answers, _ = asked.tests(range(20), "Again")
    stale = sum("#other" not in it["words"]["model"] and "/other" not in it["words"]["model"] for it in answers)
    calls = stub.seen()["requests"] / 20
    return [
        Figure(name="calls per customer after the model changed", value=calls, bar=("<=", 1.0)),
        Figure(name="stale answers then", value=float(stale), bar=("<=", 0.0)),
    ]


def _faults(asked: Service, stub: Running) -> list[Figure]:
    """Return what one bad reply of each kind costs, and one customer who fails for good."""
    figures = []
    for act in ("429", "broken", "truncated", "empty"):
        stub.set(next=[act])
        (answer,), seconds = asked.tests([1], f"One {act}")
        more = stub.seen()["requests"] - 1
        lost = answer["words"]["problem"] is not None
        note = f"{seconds:.2f} s, {'lost' if lost else 'answered'}"
        figures.append(Figure(name=f"more calls after one {act}", value=float(more), bar=("<=", 1.0), note=note))
        figures.append(Figure(name=f"seconds of one {act}", value=seconds, unit="s", bar=("<=", 2.0)))
    asked.send("POST", TWINS, record(7, hobby="never answered"))
    stub.set(failing="never answered")
    answers, seconds = asked.tests(range(20), "For good")
    calls = stub.seen()["requests"] - 19
    silent = sum(it["words"]["problem"] is not None for it in answers)
    return [
        *figures,
        Figure(name="calls for one who fails for good", value=float(calls), bar=("<=", 5.0)),
        Figure(name="seconds until then", value=seconds, unit="s", bar=("<=", 15.0)),
        Figure(name="customers flagged, of 20 of whom one fails", value=float(silent), bar=("<=", 1.0)),
    ]


def _thousand(asked: Service, stub: Running) -> list[Figure]:
    """Return what a batch of 1,000 takes with 200 under way, and its replay."""
    taken, spent, bare = [], [], []
    idle = resident(asked.pid)
    for turn in range(TURNS):
        stub.set()
        bare.append(_bare(stub, CROWD, f"Thousand {turn}"))
        stub.set()
        before = cpu(asked.pid)
        ran, seconds = asked.batch(range(CROWD), f"Thousand {turn}")
        spent.append((cpu(asked.pid) - before) / CROWD)
        assert ran["words"]["answered"] == CROWD, ran["words"]
        taken.append(seconds)
    more = (peak(asked.pid) - idle) / 2**20
    stub.set()
    replays = [asked.batch(range(CROWD), f"Thousand {turn}")[1] for turn in range(TURNS)]
    calls = stub.seen()["requests"]
    others = ", ".join(f"{it:.1f}" for it in sorted(taken)[1:])
    note = f"best of {TURNS}, the others {others}; bare client {min(bare):.1f}"
    return [
        Figure(name="1,000 customers, 200 under way", value=min(taken), unit="s", bar=("<=", 12.0), note=note),
        Figure(name="bare client", value=min(bare), unit="s"),
        Figure(name="own CPU per customer, batch", value=min(spent), unit="s", bar=("<=", 0.027)),
        Figure(name="memory above idle", value=more, unit="MB", bar=("<=", 300.0), note="service and worker"),
        Figure(name="replay of the 1,000", value=min(replays), unit="s", bar=("<=", 3.0), note=f"best of {TURNS}"),
        Figure(name="calls of the replays", value=float(calls), bar=("<=", 0.0)),
    ]


def _forecasts(asked: Service, stub: Running) -> list[Figure]:
    """Return how often the forecast held what a run did cost, over random runs of one model."""
    chance, held, width = random.Random(3), 0, list[float]()
    for run in range(RUNS):
        speech, share = SPEECH * chance.lognormvariate(0.0, 0.15), chance.choice([0.0, 0.0, 0.005])
        stub.set(latency=0.0, speech=speech, share=share, faults=["broken", "500"], seed=run)
        numbers = chance.sample(range(CROWD), chance.randint(1, 40))
        body = {
            "digital_twin_ids": [f"c{it}" for it in numbers],
            "intervention": message(f"Forecast {run}"),
            "words": True,
        }
        told = asked.send("POST", f"{ROOM}/batch", {**body, "dry_run": True})["usd"]
        session = asked.send("POST", f"{ROOM}/batch", {**body, "analyze": False})["session_id"]
        cost = asked.send("GET", f"/api/v1/usage?session_id={session}")["total"]["usd"]
        held += told["low"] <= cost <= told["high"]
        width.append(told["high"] / told["low"])
    note = f"median width, upper end for lower: {sorted(width)[RUNS // 2]:.2f}"
    return [Figure(name=f"forecasts that held, of {RUNS} runs", value=held / RUNS, bar=(">=", 0.9), note=note)]


def _quota(asked: Service, stub: Running) -> list[Figure]:
    """Return the share of a quota of requests that a batch uses."""
    stub.set()
    asked.batch(range(QUOTA), "Quota")
    times = sorted(stub.seen()["times"])
    share = (len(times) - 1) / (times[-1] - times[0]) * 60.0 / QUOTA
    worst = max(sum(start <= it < start + 60.0 for it in times) for start in times) / QUOTA
    note = f"most within any minute: {worst:.3f} of it"
    return [Figure(name=f"share of a quota of {QUOTA} a minute", value=share, bar=(">=", 0.97), note=note)]


def _everything_breaks(asked: Service, stub: Running) -> list[Figure]:
    """Return what becomes of 200 customers when half of all requests go wrong."""
    stub.set(share=0.1, seed=5)
    ran, seconds = asked.batch(range(200), "Everything breaks")
    seen, words = stub.seen(), ran["words"]
    settled = (words["answered"] + sum(words["problems"].values())) / 200
    told = f"{words['answered']} answered, {words['problems'] or 'no problems'}"
    note = f"{told}, {seen['requests']} calls, {seconds:.0f} s"
    return [
        Figure(name="answered or told why not, 10 % each of five faults", value=settled, bar=(">=", 1.0), note=note),
        Figure(name="whole answers requested twice", value=float(seen["twice"]), bar=("<=", 0.0)),
        Figure(name="rows with all of their numbers", value=ran["total_tested"] / 200, bar=(">=", 1.0)),
    ]
