"""Cache, ledger and budget of language models, on a scripted one: what is paid, what is kept, what is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.llm.chatting import DEAR, Heard, chat_of, speaking, talking
from tests.llm_stub import ANSWER
from tests.usecases.shop import Calendar, asking, open_shop
from twincast.domain.chats import Prompt, Said, Unsaid
from twincast.domain.errors import InvalidInput
from twincast.domain.ids import SessionId, WorkspaceId
from twincast.domain.usage import Budget, Period
from twincast.llm.doubles import Recording, Replaying, Scripted
from twincast.llm.pacing import MANY
from twincast.llm.prices import ListedPrice, UnknownPrice
from twincast.llm.providers import Failed
from twincast.reading.conversations import Spoken, reply_prompt
from twincast.usecases import payloads, trials, twins, usage
from twincast.usecases.context import Context

SHOP, OTHER = WorkspaceId("default"), WorkspaceId("other")


@pytest.fixture
def shop() -> Context:
    return open_shop()


def prompt(age: int = 40, **changes: Any) -> Prompt:
    spoken = Spoken(record={"age": age}, ids=(), message="20% off tea", channel="email", decision="I may look.")
    return replace(reply_prompt(spoken)[0], **changes)


class TestTheCache:
    @pytest.mark.req("A69")
    def test_asks_nothing_twice_and_forgets_nothing_else(self, shop: Context) -> None:
        heard = Heard()
        chat = chat_of(shop, Scripted(heard))
        crowd = [prompt(age) for age in range(20)]
        assert {answer.calls for answer in chat.ask(SHOP, crowd)} == {1}
        assert {answer.calls for answer in chat.ask(SHOP, crowd)} == {0}
        crowd[7] = prompt(99)
        assert sum(answer.calls for answer in chat.ask(SHOP, crowd)) == 1
        assert len(heard.prompts) == 21

    @pytest.mark.parametrize(
        "changes",
        [{"version": 99}, {"draw": 1}, {"max_tokens": 9}, {"system": "other"}, {"user": "other"}, {"name": "other"}],
        ids=lambda changes: next(iter(changes)),
    )
    def test_knows_all_that_could_change_an_answer(self, shop: Context, changes: dict[str, Any]) -> None:
        chat = chat_of(shop, Scripted(speaking()))
        assert [it.calls for it in chat.ask(SHOP, [prompt(), prompt(**changes), prompt()])] == [1, 1, 0]

    def test_is_another_one_for_another_model_and_in_another_workspace(self, shop: Context) -> None:
        for name, workspace in (("a", SHOP), ("b", SHOP), ("a", OTHER)):
            chat = chat_of(shop, Scripted(speaking(), name))
            assert [it.calls for it in chat.ask(workspace, [prompt()])] == [1]

    def test_keeps_no_answer_that_fits_no_shape(self, shop: Context) -> None:
        chat = chat_of(shop, Scripted(speaking("never")))
        assert [it.calls for it in chat.ask(SHOP, [prompt()])] == [2]
        assert [it.calls for it in chat.ask(SHOP, [prompt()])] == [2]


class TestTheLedger:
    @pytest.mark.req("R185")
    def test_counts_each_request_and_each_answer_that_was_kept(self, shop: Context) -> None:
        ctx = talking(shop, price=DEAR)
        assert ctx.chat is not None
        first, second = SessionId("sess_1"), SessionId("sess_2")
        ctx.chat.ask(SHOP, [prompt(1, session=first), prompt(2, session=second)])
        ctx.chat.ask(SHOP, [prompt(1, session=second)])
        found = usage.usage(ctx)
        assert (found.total.requests, found.total.cached, found.total.failed) == (2, 1, 0)
        assert found.total.usd == pytest.approx(2 * (500 * 1e-3 + 60 * 1e-2))
        assert sum(it.usage.usd for it in found.sessions) == pytest.approx(found.total.usd)
        assert {it.session: (it.usage.requests, it.usage.cached) for it in found.sessions} == {
            first: (1, 0), second: (1, 1),
        }  # fmt: skip
        calls = usage.calls(ctx).items
        assert [(it.status, it.usd) for it in calls if it.status == "cached"] == [("cached", 0.0)]

    def test_says_that_a_price_is_not_known_and_that_tokens_were_not_counted(self, shop: Context) -> None:
        ctx = talking(shop, speaking(tokens=None), price=UnknownPrice())
        assert ctx.chat is not None
        ctx.chat.ask(SHOP, [prompt()])
        (call,) = usage.calls(ctx).items
        assert (call.usd, call.counted) == (None, False)
        assert call.tokens_in > 100
        total = usage.usage(ctx).total
        assert (total.usd, total.unpriced, total.uncounted) == (0.0, 1, 1)

    def test_prices_come_from_a_table_that_is_read_offline(self) -> None:
        listed = ListedPrice(provider="openai", model="gpt-4o-mini")
        assert listed(1_000_000, 0, 1_000_000) == pytest.approx(0.15 + 0.60)
        assert listed(1_000_000, 1_000_000, 0) == pytest.approx(0.075)
        assert ListedPrice(provider="openai", model="no-such-model")(10, 0, 10) is None

    def test_holds_nobody(self, shop: Context) -> None:
        ctx = talking(shop)
        trials.run(ctx, asking())
        assert "12345" not in repr(usage.calls(ctx))


class TestTheBudget:
    @pytest.mark.req("I21", "N14")
    def test_stops_before_it_is_passed_however_many_ask_at_once(self, shop: Context) -> None:
        heard = Heard()
        ctx = talking(shop, heard, price=DEAR)
        assert ctx.chat is not None
        usage.put_budget(ctx, Budget(usd=10.0))
        answers = ctx.chat.ask(SHOP, [prompt(age) for age in range(100)])
        refused = [it for it in answers if isinstance(it, Unsaid)]
        spent = usage.usage(ctx).spent
        assert 5.0 < spent.usd <= 10.0
        assert len(heard.prompts) == spent.requests == 100 - len(refused)
        assert {it.code for it in refused} == {"budget"}
        assert {it.calls for it in refused} == {0}
        assert all(isinstance(it, Unsaid) for it in ctx.chat.ask(SHOP, [prompt(200 + age) for age in range(3)]))
        assert ctx.chat.ask(SHOP, [prompt(0)])[0].calls == 0  # what is kept costs nothing

    @pytest.mark.parametrize("budget", [Budget(usd=0.0), Budget(tokens=0)])
    def test_of_nothing_asks_nothing(self, shop: Context, budget: Budget) -> None:
        heard = Heard()
        ctx = talking(shop, heard, price=DEAR)
        usage.put_budget(ctx, budget)
        trial = trials.run(ctx, asking())
        assert heard.prompts == []
        assert trial.answer.words is not None
        assert trial.answer.words.problem == "budget"
        assert trial.answer.predicted_response == trials.run(shop, asking()).answer.predicted_response

    def test_of_money_refuses_a_model_of_unknown_price(self, shop: Context) -> None:
        ctx = talking(shop, price=UnknownPrice())
        assert ctx.chat is not None
        usage.put_budget(ctx, Budget(usd=1_000.0))
        (answer,) = ctx.chat.ask(SHOP, [prompt()])
        assert isinstance(answer, Unsaid)
        assert "not known" in answer.detail
        usage.put_budget(ctx, Budget(tokens=1_000_000))
        assert isinstance(ctx.chat.ask(SHOP, [prompt()])[0], Said)

    def test_begins_anew_with_its_period(self, shop: Context) -> None:
        ctx = talking(shop, price=DEAR)
        assert ctx.chat is not None
        assert isinstance(shop.clock, Calendar)
        usage.put_budget(ctx, Budget(usd=5.0, period=Period.DAY))
        answered = [sum(isinstance(it, Said) for it in ctx.chat.ask(SHOP, [prompt(age) for age in range(9)]))]
        shop.clock.moment = shop.clock.moment.replace(day=5)
        answered.append(sum(isinstance(it, Said) for it in ctx.chat.ask(SHOP, [prompt(50 + age) for age in range(9)])))
        assert answered[0] == answered[1] > 0

    @pytest.mark.parametrize("budget", [Budget(usd=-1.0), Budget(usd=float("nan")), Budget(tokens=-1)])
    def test_is_refused_where_it_is_none(self, shop: Context, budget: Budget) -> None:
        with pytest.raises(InvalidInput):
            usage.put_budget(shop, budget)


class TestPatience:
    def test_a_provider_that_always_fails_is_left_alone(self, shop: Context) -> None:
        heard = Heard(lambda _prompt, _correction: Failed("unreachable", "It is down."))
        chat = chat_of(shop, Scripted(heard), at_once=1)
        answers = chat.ask(SHOP, [prompt(age) for age in range(40)])
        assert len(heard.prompts) == MANY
        assert [it.code for it in answers if isinstance(it, Unsaid)].count("paused") == 40 - MANY

    def test_an_answer_is_corrected_with_what_was_wrong(self, shop: Context) -> None:
        told = []

        def part(_prompt: Prompt, correction: Any) -> Any:
            told.append(correction)
            return speaking("{}" if correction is None else json.dumps(ANSWER))(_prompt, correction)

        (answer,) = chat_of(shop, Scripted(part)).ask(SHOP, [prompt()])
        assert answer.calls == 2
        assert (told[0], told[1].text) == (None, "{}")
        assert "engage" in told[1].problem


class TestDoubles:
    def test_a_tape_plays_back_what_was_recorded_and_holds_no_prompt(self, shop: Context, tmp_path: Path) -> None:
        tape = tmp_path / "tape.jsonl"
        recording = chat_of(shop, Recording(Scripted(speaking()), tape))
        (first,) = recording.ask(SHOP, [prompt()])
        assert "tea" not in tape.read_text().replace(json.dumps(ANSWER["reply"]), "").split('"key"')[0]
        assert "20% off" not in tape.read_text()
        replaying = chat_of(open_shop(), Replaying(tape))
        known, unknown = replaying.ask(SHOP, [prompt(), prompt(41)])
        assert isinstance(first, Said)
        assert isinstance(known, Said)
        assert known.text == first.text
        assert isinstance(unknown, Unsaid)
        assert unknown.code == "unrecorded"

    def test_a_file_that_is_no_tape_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "tape").write_text("no tape")
        for path in (tmp_path / "tape", tmp_path / "none"):
            with pytest.raises(InvalidInput, match="no tape"):
                Replaying(path)


class TestTheRightsOfAPerson:
    @pytest.mark.req("N10")
    def test_what_was_said_for_her_is_exported_and_goes_with_her(self, shop: Context) -> None:
        heard = Heard()
        ctx = talking(shop, heard)
        trials.run(ctx, asking("cust_12345"))
        trials.run(ctx, asking("bargain"))
        exported = twins.export(ctx, "cust_12345")
        assert [it["text"] for it in exported.model_answers] == [json.dumps(ANSWER)]
        assert twins.erase(ctx, "cust_12345").removed["model_answers"] == 1
        with ctx.store.reading(SHOP) as unit:
            assert len(unit.answers.of_twin(twins.get(ctx, "bargain").id)) == 1
        twins.save(ctx, {"customer_id": "cust_12345"})
        assert twins.export(ctx, "cust_12345").model_answers == ()

    def test_nothing_is_kept_of_one_who_is_erased_while_the_model_speaks(self, shop: Context) -> None:
        def part(given: Prompt, correction: Any) -> Any:
            if given.twin is not None:
                twins.erase(shop, given.twin)
            return speaking()(given, correction)

        ctx = talking(shop, part)
        twin = twins.get(shop, "cust_12345").id
        with pytest.raises(Exception, match="erased"):
            trials.run(ctx, asking("cust_12345"))
        with shop.store.reading(SHOP) as unit:
            assert unit.answers.of_twin(twin) == []
            assert unit.usage.total().requests == 1  # it was paid all the same


def test_a_check_asks_once_about_nobody(shop: Context) -> None:
    heard = Heard()
    ctx = talking(shop, heard, price=DEAR)
    for _ in range(2):
        found = payloads.check(ctx)
        assert (found.problem, found.calls, found.tokens) == (None, 1, 560)
    assert len(heard.prompts) == 2
