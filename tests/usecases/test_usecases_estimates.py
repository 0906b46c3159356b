"""What a run will cost: said before, as a range that holds what it did cost, and never as a number nobody knows."""

import json
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import numpy as np
import pytest

from tests.llm.chatting import DEAR, Heard, chat_of, speaking, talking
from tests.llm_stub import ANSWER
from tests.usecases.shop import OFFER, asking, open_shop
from twincast.domain.chats import Prompt
from twincast.domain.costs import Allowed
from twincast.domain.errors import UnknownTwin
from twincast.domain.interventions import NO_CONTACT, Intervention
from twincast.domain.usage import Budget
from twincast.llm.budgets import tokens_of
from twincast.llm.doubles import Scripted
from twincast.llm.prices import StatedPrice, UnknownPrice
from twincast.llm.providers import Correction, Failed, Given
from twincast.stats.streams import stream
from twincast.usecases import batches, comparisons, sessions, trials, usage
from twincast.usecases.batching.requests import BatchRequest
from twincast.usecases.comparisons import ComparisonRequest, Variant
from twincast.usecases.context import Context
from twincast.usecases.estimates import estimate

PEOPLE = 24
NAMES = tuple(f"member_{number}" for number in range(PEOPLE))


@pytest.fixture
def crowd() -> Context:
    return crowded()


def crowded() -> Context:
    notes = ("likes tea", "buys for the whole family and asks about delivery every time " * 8)
    return open_shop(
        *({"customer_id": name, "profile": {"age": 20 + at}, "notes": notes[at % 2]} for at, name in enumerate(NAMES))
    )


def batch(size: int = PEOPLE, content: str | None = None, **more: Any) -> BatchRequest:
    message = OFFER if content is None else replace(OFFER, content=content)
    return BatchRequest(twins=NAMES[:size], **{"intervention": message, "words": True, "analyze": False, **more})


@pytest.mark.req("I19")
def test_an_estimate_asks_nobody_and_stores_nothing(crowd: Context) -> None:
    heard = Heard()
    ctx = talking(crowd, heard, price=DEAR)
    variants = tuple(Variant(id=name, intervention=replace(OFFER, content=name)) for name in ("tea", "coffee"))
    requests = (asking(NAMES[0]), ComparisonRequest(twin=NAMES[0], variants=variants, words=True), batch())
    before = (sessions.listing(ctx), trials.listing(ctx), comparisons.listing(ctx), batches.listing(ctx))
    found = [estimate(ctx, request) for request in requests]
    assert (sessions.listing(ctx), trials.listing(ctx), comparisons.listing(ctx), batches.listing(ctx)) == before
    assert heard.prompts == []
    assert [(it.calls.low, it.cells) for it in found] == [(1.0, 1), (2.0, 2), (24.0, 24)]
    for it in found:
        assert it.usd is not None
        assert 0.0 < it.usd.low < it.usd.value < it.usd.high
        assert (it.usd.basis, it.past_calls, it.allowed) == ("prior", 0, Allowed.UNLIMITED)


def test_what_is_kept_already_costs_nothing_and_what_is_new_is_all_that_is_paid(crowd: Context) -> None:
    ctx = talking(crowd, price=DEAR)
    batches.run(ctx, batch(10))
    again, more = estimate(ctx, batch(10)), estimate(ctx, batch(11))
    assert (again.kept, again.calls.high, again.usd and again.usd.high) == (10, 0.0, 0.0)
    assert (more.kept, more.calls.low) == (10, 1.0)
    assert more.usd is not None
    assert (more.usd.basis, more.past_calls, more.past_runs) == ("observed", 10, 1)


@pytest.mark.parametrize("models", [0, 1])
def test_a_run_that_asks_nobody_costs_nothing(crowd: Context, models: int) -> None:
    ctx = talking(crowd, price=UnknownPrice()) if models else crowd
    silence = asking(NAMES[0], Intervention(type=NO_CONTACT))
    for found in (estimate(ctx, silence), estimate(ctx, batch(words=False))):
        assert found.usd is not None
        assert (found.calls.high, found.usd.high, found.allowed) == (0.0, 0.0, Allowed.UNLIMITED)
        assert found.seconds.high > found.seconds.low > 0.0


def test_an_unknown_price_is_said_and_never_0(crowd: Context) -> None:
    ctx = replace(crowd, chat=chat_of(crowd, Scripted(speaking(), "known"), Scripted(speaking(), "odd"),
                                      price=UnknownPrice()))  # fmt: skip
    found = estimate(ctx, batch())
    assert (found.usd, found.unpriced) == (None, ("known", "odd"))
    assert found.tokens_in.low > 0.0
    usage.put_budget(ctx, Budget(usd=100.0))
    assert estimate(ctx, batch()).allowed is Allowed.SHORT


@pytest.mark.req("I21")
@pytest.mark.parametrize(("usd", "allowed"), [(0.0, "short"), (1.0, "short"), (25.0, "uncertain"), (1e4, "enough")])
def test_it_says_whether_the_budget_is_enough(crowd: Context, usd: float, allowed: str) -> None:
    ctx = talking(crowd, price=DEAR)
    usage.put_budget(ctx, Budget(usd=usd))
    found = estimate(ctx, batch())
    assert (found.allowed, found.left_usd) == (allowed, usd)


def test_what_would_be_refused_is_refused(crowd: Context) -> None:
    with pytest.raises(UnknownTwin):
        estimate(talking(crowd), asking("nobody"))


def test_a_large_batch_is_looked_at_in_part_and_counted_whole(crowd: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twincast.usecases.estimates.LOOKED_AT", 6)
    ctx = talking(crowd)
    found = estimate(ctx, batch())
    assert (found.sampled, found.cells, found.calls.low) == (6, PEOPLE, float(PEOPLE))


def test_quotas_make_it_longer(crowd: Context) -> None:
    free, slow = (estimate(talking(crowd, requests_per_minute=quota), batch()) for quota in (None, 12.0))
    assert slow.seconds.low >= (PEOPLE - 1) * 5.0 > free.seconds.value


@dataclass
class World:
    """A model as it might be: what a token is, how long it speaks or thinks, how it fails; each run a little different.

    Attributes:
        drift: what the run that is under way multiplies the length of answers by.
    """

    source: np.random.Generator

    def __post_init__(self) -> None:
        source = self.source
        self.price = StatedPrice(
            per_million_in=float(source.lognormal(0, 1)), per_million_out=float(source.lognormal(1, 1))
        )
        self.text = float(source.uniform(0.6, 0.9))
        self.speech = float(source.uniform(0.6, 0.95) if source.random() < 0.3 else source.uniform(0.15, 0.5))
        self.failing = float(source.choice([0.0, 0.02, 0.1]))
        self.drift = 1.0

    def next_run(self) -> None:
        self.drift = float(self.source.lognormal(0.0, 0.12))

    def __call__(self, prompt: Prompt, _correction: Correction | None) -> Given | Failed:
        chance = self.source.random()
        if chance < self.failing / 2:
            return Failed("quota", "Too often.", again=True)
        wanted = prompt.max_tokens * self.speech * self.drift * self.source.lognormal(0.0, 0.3)
        text = "no" if chance < self.failing else json.dumps(ANSWER)
        tokens_in = int(tokens_of(prompt) * self.text * self.source.lognormal(0.0, 0.03))
        return Given(text=text, tokens_in=tokens_in, tokens_out=int(min(wanted, prompt.max_tokens)))


@pytest.mark.slow
@pytest.mark.req("R193", "N14")
def test_the_range_holds_what_fifty_random_runs_did_cost_and_is_no_wider_than_it_must_be() -> None:
    held: list[bool] = []
    thirds: list[bool] = []
    wide: dict[int, list[float]] = {0: [], 1: []}
    crowd = crowded()
    for number in range(50):
        source = stream(11, "run", number)
        world, texts = World(source), count()
        ctx = replace(crowd, chat=chat_of(crowd, Scripted(world, f"model-{number}"), price=world.price))
        past = int(source.choice([0, 1, 4]))
        for _ in range(past):
            world.next_run()
            batches.run(ctx, batch(int(source.integers(1, PEOPLE)), f"Tea {number} {next(texts)}"))
        request = batch(int(source.integers(1, PEOPLE)), f"Tea {number} {next(texts)}")
        found = estimate(ctx, request).usd
        assert found is not None
        world.next_run()
        ran = batches.run(ctx, request)
        cost = usage.usage(ctx, session=ran.batch.session_id).total.usd
        held.append(found.low <= cost <= found.high)
        thirds.append(abs(np.log(cost / found.value)) <= np.log(found.high / found.low) / 6.0)
        wide[int(past > 2)].append(found.high / found.low)
    assert np.mean(held) >= 0.9
    assert np.mean(thirds) < 0.9  # a third as wide would not do
    assert np.median(wide[1]) < 2.5
    assert max(wide[0]) < 12.0  # nothing is known of the model, and its words alone may cost
