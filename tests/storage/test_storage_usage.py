"""The ledger of calls to language models, the answers that are kept, and the budget: alike in every store."""

from datetime import timedelta

import pytest

from tests.storage.records import NOON, OTHER, SESSION, SHOP, twin_id
from tests.storage.usage import a_budget, a_call, an_answer_kept
from tests.storage.writes import fill
from twincast.domain.ids import SessionId
from twincast.domain.usage import Budget, UsageSum, sum_of
from twincast.ports.stores import Store

CALLS = [
    a_call("call_1", 0),
    a_call("call_2", 1, status="cached", tokens_in=0, tokens_out=0, usd=0.0, seconds=0.0),
    a_call("call_3", 2, status="timeout", tokens_in=300, tokens_out=0, counted=False, usd=None, session=None),
    a_call("call_4", 3, model="local", usd=0.0, session=SessionId("sess_2")),
]


@pytest.fixture
def full(store: Store) -> Store:
    fill(store, lambda unit: unit.usage.add(CALLS[:2]), lambda unit: unit.usage.add(CALLS[2:]))
    return store


class TestTheLedger:
    def test_gives_back_what_was_added_newest_first(self, full: Store) -> None:
        with full.reading(SHOP) as unit:
            first = unit.usage.newest(None, 3)
            rest = unit.usage.newest(first.next_cursor, 3)
            assert [*first.items, *rest.items] == CALLS[::-1]
            assert rest.next_cursor is None
            assert list(unit.usage.newest(None, 9, SESSION).items) == CALLS[1::-1]

    @pytest.mark.req("I21")
    def test_sums_of_models_and_of_sessions_are_the_total(self, full: Store) -> None:
        with full.reading(SHOP) as unit:
            total = unit.usage.total()
            parts = [[usage for _, usage in unit.usage.models()], [it.usage for it in unit.usage.sessions(None, 9)]]
        assert total == sum_of(CALLS)
        assert total == UsageSum(
            requests=3, cached=1, failed=1, tokens_in=1700, tokens_out=180, usd=0.1 + 0.2, unpriced=1, uncounted=1,
            seconds=1.5,
        )  # fmt: skip
        for part in parts:
            assert sum(it.requests for it in part) == total.requests
            assert sum(it.tokens for it in part) == total.tokens
            assert sum(it.usd for it in part) == total.usd

    def test_sums_may_be_of_one_session_or_from_a_moment_on(self, full: Store) -> None:
        with full.reading(SHOP) as unit:
            assert unit.usage.total(NOON + timedelta(seconds=2)) == sum_of(CALLS[2:])
            assert unit.usage.total(None, SESSION) == sum_of(CALLS[:2])
            assert unit.usage.models(None, SESSION) == [("openai:gpt-4o-mini", sum_of(CALLS[:2]))]
            assert [it.session for it in unit.usage.sessions(None, 2)] == [SessionId("sess_2"), None]

    def test_of_another_workspace_is_empty(self, full: Store) -> None:
        with full.reading(OTHER) as unit:
            assert unit.usage.total() == UsageSum()
            assert unit.usage.newest(None, 9).items == ()


class TestTheBudget:
    def test_is_none_until_it_is_set_and_then_the_one_set_last(self, store: Store) -> None:
        with store.reading(SHOP) as unit:
            assert unit.usage.budget() is None
        for budget in (Budget(usd=0.0), a_budget()):
            fill(store, lambda unit, set_now=budget: unit.usage.put_budget(set_now))  # type: ignore[misc]
            with store.reading(SHOP) as unit:
                assert unit.usage.budget() == budget
        with store.reading(OTHER) as unit:
            assert unit.usage.budget() is None


class TestKeptAnswers:
    def test_are_found_by_key_in_their_workspace_only(self, store: Store) -> None:
        fill(store, lambda unit: unit.answers.add(an_answer_kept()))
        key = an_answer_kept().key
        with store.reading(SHOP) as unit:
            assert unit.answers.get([key, "cd" * 32]) == {key: an_answer_kept()}
            assert unit.answers.get([]) == {}
        with store.reading(OTHER) as unit:
            assert unit.answers.get([key]) == {}

    def test_stay_as_they_were_kept_first(self, store: Store) -> None:
        fill(store, lambda unit: unit.answers.add(an_answer_kept()))
        fill(store, lambda unit: unit.answers.add(an_answer_kept(text="later")))
        with store.reading(SHOP) as unit:
            assert unit.answers.of_twin(twin_id()) == [an_answer_kept()]

    def test_go_with_the_person_alone(self, store: Store) -> None:
        kept = [an_answer_kept("a"), an_answer_kept("b"), an_answer_kept("c", "C2"), an_answer_kept("d", twin=None)]
        for answer in kept:
            fill(store, lambda unit, one=answer: unit.answers.add(one))  # type: ignore[misc]  # mypy knows no default
        with store.writing(SHOP) as unit:
            assert unit.answers.erase(twin_id()) == 2
            unit.commit()
        with store.reading(SHOP) as unit:
            assert set(unit.answers.get(["a", "b", "c", "d"])) == {"c", "d"}
