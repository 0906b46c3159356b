"""The law of saving, through a real file: what is restored goes on exactly as what was never left."""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.usecases.shop import CUSTOMERS, DOCUMENT_VARIANTS, asking, comparing, context, numbers_in, open_shop
from twincast.bootstrap.clocks import RandomIds
from twincast.domain.events import EventKind
from twincast.domain.interventions import Intervention
from twincast.storage.sql.store import open_store
from twincast.usecases import checkpoints, comparisons, sessions, trials
from twincast.usecases.checkpoints import Restoring
from twincast.usecases.context import Context
from twincast.usecases.sessions import SessionRequest

REPOSITORY = Path(__file__).resolve().parents[2]
DAY = date(2026, 5, 4)
TWINS = [str(customer["customer_id"]) for customer in CUSTOMERS[:3]]


def offer(number: int) -> Intervention:
    """A message at a moment of its own."""
    timing = f"2026-05-{5 + number:02d}T09:00:00Z"
    content = list(DOCUMENT_VARIANTS.values())[number % 3]
    return Intervention(type="promotional_offer", channel="email", content=content, timing=timing)


def go_on(ctx: Context, session: str, numbers: Sequence[int]) -> list[Any]:
    """Send messages that the twins remember, compare now and then; return every number that was answered."""
    found: list[Any] = []
    for number in numbers:
        twin = TWINS[number % len(TWINS)]
        asked = asking(twin, offer(number), session=session, memory=True, as_of=DAY)
        found.append(sorted(numbers_in(trials.run(ctx, asked).answer)))
        if number % 4 == 0:
            rows = comparisons.run(ctx, comparing(DOCUMENT_VARIANTS, twin, session=session, as_of=DAY)).rankings
            found.append(sorted(numbers_in(rows)))
    return found


def in_a_new_process(database: Path, session: str, *, elsewhere: bool) -> list[Any]:
    """Restore a checkpoint in a process of its own, and go on there."""
    code = (
        "import json, sys; from tests.usecases.test_usecases_continuing import restored_and_gone_on as go;"
        "print(json.dumps(go(sys.argv[1], sys.argv[2], sys.argv[3] == 'new')))"
    )
    arguments = [sys.executable, "-c", code, str(database), session, "new" if elsewhere else "here"]
    done = subprocess.run(arguments, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [[tuple(pair) for pair in answer] for answer in json.loads(done.stdout)]


def restored_and_gone_on(database: str, session: str, elsewhere: bool) -> list[Any]:
    store = open_store(database)
    ctx = shop_on(store)
    restored = checkpoints.restore(ctx, session, Restoring(checkpoint="half", elsewhere=elsewhere))
    found = go_on(ctx, restored.id, range(6, 12))
    store.close()
    return found


def shop_on(store: Any) -> Context:
    """A context over a store, whose ids are fresh in every process."""
    return replace(context(store), ids=RandomIds())


class TestRestoring:
    @pytest.mark.slow
    @pytest.mark.req("R169", "R170", "I4")
    def test_goes_on_exactly_in_another_process(self, tmp_path: Path) -> None:
        database = tmp_path / "shop.db"
        store = open_store(str(database))
        open_shop(store=store)
        ctx = shop_on(store)
        session = sessions.begin(ctx, SessionRequest(seed=11)).id
        go_on(ctx, session, range(6))
        checkpoints.mark(ctx, session, "half")
        unbroken = go_on(ctx, session, range(6, 12))
        store.close()
        assert in_a_new_process(database, session, elsewhere=True) == unbroken
        assert in_a_new_process(database, session, elsewhere=False) == unbroken


class TestManyAtOnce:
    @pytest.mark.slow
    @pytest.mark.req("R187")
    def test_fifty_sessions_on_one_file_lose_and_mix_nothing(self, tmp_path: Path) -> None:
        store = open_store(str(tmp_path / "shop.db"))
        open_shop(store=store)
        ctx = shop_on(store)
        begun = [sessions.begin(ctx, SessionRequest(name=str(number))).id for number in range(50)]
        steps = [(session, step) for step in range(4) for session in begun]

        def send(work: tuple[str, int]) -> str:
            session, step = work
            asked = asking(TWINS[step % 2], offer(step), session=session, memory=True, predict=("will_engage",))
            return trials.run(ctx, asked).id

        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(send, steps))
        assert len(set(made)) == 200
        alike = set()
        for session in begun:
            kinds = sessions.kinds(ctx, session)
            assert kinds == {EventKind.JOINED: 2, EventKind.EXPOSURE: 4, EventKind.REPLY: 4}
            assert sessions.get(ctx, session).head.position == 10
            own = {it.id for it in trials.listing(ctx, session=session, limit=500).items}
            assert own == {name for name, (where, _) in zip(made, steps, strict=True) if where == session}
            events = sessions.history(ctx, session, limit=500).items
            assert {it.source for it in events if it.source} == own
            last = [it.memory for it in events if it.twin_id == "twin_cust_12345"][-1]
            alike.add((last["exposures"], last["replies"]))
        assert alike == {(2, 2)}
        store.close()
