"""Batches and comparisons whose customers answer in a language model's words: no number moves, nobody pays twice."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.llm.chatting import DEAR, Heard, speaking, talking
from tests.llm_stub import ANSWER
from tests.usecases.shop import MESSAGES, OFFER, asking, open_shop
from twincast.domain.interventions import NO_CONTACT, Intervention
from twincast.domain.jobs import Status
from twincast.domain.usage import Budget
from twincast.llm.providers import Failed
from twincast.usecases import batches, comparisons, jobs, trials, twins, usage
from twincast.usecases.batches import BatchWork
from twincast.usecases.batching.requests import BatchRequest, variant_of
from twincast.usecases.comparisons import ComparisonRequest, Variant
from twincast.usecases.context import Context

CROWD = tuple({"customer_id": f"member_{number}", "profile": {"age": 20 + number}} for number in range(12))
CONTACTS = [message for message in MESSAGES if message.is_contact]
NAMES = tuple(f"member_{number}" for number in range(12))


@pytest.fixture
def crowd() -> Context:
    return open_shop(*CROWD)


def batch(**more: Any) -> BatchRequest:
    return BatchRequest(twins=NAMES, **{"intervention": OFFER, "words": True, **more})


def numbers(ctx: Context, ran: batches.Ran) -> dict[str, Any]:
    found = batches.rows(ctx, ran.batch.id, 0, ran.batch.members)
    return {f"{field}.{name}": it for field, parts in found.columns.items() for name, it in parts.items()}


def test_a_batch_is_one_call_a_row_and_its_numbers_are_those_without(crowd: Context) -> None:
    heard = Heard()
    silent, spoken = batches.run(crowd, batch(words=False)), batches.run(talking(crowd, heard), batch())
    assert len(heard.prompts) == len(NAMES)
    assert spoken.page.words is not None
    assert silent.page.words is None
    assert {it.reply for it in spoken.page.words if it} == {ANSWER["reply"]}
    assert spoken.results is not None
    assert spoken.results.words is not None
    assert (spoken.results.words.asked, spoken.results.words.answered) == (12, 12)
    bare, told = (numbers(crowd, it) for it in (silent, spoken))
    assert all(np.array_equal(values, told[name], equal_nan=True) for name, values in bare.items())
    again = batches.get(crowd, spoken.batch.id)
    assert (again.page.words, again.results) == (spoken.page.words, spoken.results)


def test_the_same_batch_again_asks_nobody_and_neither_does_a_test_of_one_of_them(crowd: Context) -> None:
    heard = Heard()
    ctx = talking(crowd, heard)
    batches.run(ctx, batch())
    again = batches.run(ctx, batch())
    assert [it.calls for it in again.page.words or () if it] == [0] * len(NAMES)
    trial = trials.run(ctx, asking(NAMES[3]))
    assert trial.answer.words is not None
    assert trial.answer.words.calls == 0
    assert len(heard.prompts) == len(NAMES)


def test_nothing_is_asked_about_sending_nothing(crowd: Context) -> None:
    heard = Heard()
    variants = (variant_of("offer", OFFER), variant_of("silence", Intervention(type=NO_CONTACT)))
    ran = batches.run(talking(crowd, heard), batch(intervention=None, variants=variants))
    assert len(heard.prompts) == len(NAMES)
    assert [it is not None for it in ran.page.words or ()] == [True, False] * len(NAMES)


def test_a_row_without_an_answer_says_why_and_the_others_have_theirs(crowd: Context) -> None:
    def part(prompt: Any, correction: Any) -> Any:
        failing = Failed("refused", "No.")
        return failing if prompt.twin == "twin_member_4" else speaking()(prompt, correction)

    ran = batches.run(talking(crowd, part), batch())
    assert [it.problem for it in ran.page.words or () if it] == ["refused" if at == 4 else None for at in range(12)]
    assert ran.results is not None
    assert ran.results.words is not None
    assert ran.results.words.problems == {"refused": 1}
    assert ran.results.tested == 12


@pytest.mark.req("I21")
@pytest.mark.parametrize(("usd", "calls"), [(0.0, 0), (9.9, 3)])
def test_an_exhausted_budget_leaves_rows_without_words_and_the_numbers_whole(
    crowd: Context, usd: float, calls: int
) -> None:
    heard = Heard()
    ctx = talking(crowd, heard, price=DEAR, at_once=1)
    usage.put_budget(ctx, Budget(usd=usd))
    ran = batches.run(ctx, batch())
    assert ran.results is not None
    assert ran.results.words is not None
    assert ran.results.words.problems == {"budget": 12 - len(heard.prompts)}
    assert len(heard.prompts) >= calls
    assert usage.usage(ctx).total.usd <= usd
    assert ran.results.tested == 12


def test_a_cancelled_batch_asks_for_nothing_more_and_keeps_its_numbers(crowd: Context) -> None:
    heard = Heard()
    ctx = talking(crowd, heard)
    ran = batches.run(ctx, batch(), spoken=0)
    assert ran.job is not None

    def cancels(prompt: Any, correction: Any) -> Any:
        if len(heard.prompts) == 0:
            jobs.cancel(crowd, ran.job.id if ran.job else "")
        return heard(prompt, correction)

    slow = talking(crowd, cancels, at_once=1, requests_per_minute=150.0)
    work = BatchWork(lambda _workspace, _actor: slow)
    work.run(ctx.workspace, "local", ran.batch.id, 0)
    work.finish(ctx.workspace, "local", ran.batch.id)
    assert jobs.get(ctx, ran.job.id).status is Status.CANCELLING
    done = batches.get(ctx, ran.batch.id)
    assert done.page.words is not None
    problems = [it.problem for it in done.page.words if it]
    assert 1 <= len(heard.prompts) <= 5
    assert problems.count("cancelled") == 12 - len(heard.prompts)
    assert done.page.numbers["will_engage"].count(None) == 0


def test_words_go_with_whoever_is_erased(crowd: Context) -> None:
    ctx = talking(crowd)
    ran = batches.run(ctx, batch())
    twins.erase(ctx, NAMES[5])
    found = batches.get(ctx, ran.batch.id)
    assert found.page.words is not None
    assert len(found.page.words) == 11
    assert found.results is not None
    assert found.results.words is not None
    assert found.results.words.asked == 11


def test_a_comparison_is_told_in_words_only_where_that_was_asked_for(crowd: Context) -> None:
    heard = Heard()
    ctx = talking(crowd, heard)
    variants = tuple(Variant(id=name, intervention=CONTACTS[place]) for place, name in enumerate("ab"))
    request = ComparisonRequest(twin=NAMES[0], variants=variants, include_no_contact=True)
    plain = comparisons.run(ctx, request)
    assert heard.prompts == []
    spoken = comparisons.run(ctx, replace(request, words=True))
    assert len(heard.prompts) == 2
    for row, told in zip(plain.rankings, spoken.rankings, strict=True):
        assert replace(told.answer, words=None, turns=row.answer.turns,
                       predicted_response=row.answer.predicted_response) == row.answer  # fmt: skip
    assert comparisons.get(ctx, spoken.id) == spoken


def test_whoever_asks_for_words_where_nobody_speaks_is_told_so(crowd: Context) -> None:
    ran = batches.run(crowd, batch())
    assert "no-language-model" in [it.code for it in ran.batch.warnings]
    assert ran.page.words is None
