"""Replaying stored tests: the same bytes as then, or the names of what changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.usecases.shop import DOCUMENT, EVERY_FIELD, MESSAGES, NOW, Calendar, asking, changed, engine, open_shop
from tests.usecases.test_usecases_learning import asked, campaign
from twincast.domain.errors import UnknownTrial
from twincast.domain.interventions import Intervention
from twincast.domain.trials import Trial
from twincast.engines.behavioural import BehaviouralEngine
from twincast.ports.engines import Provenances
from twincast.storage.sql.store import open_store
from twincast.usecases import learning, replays, sessions, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.sessions import SessionRequest


def later(ctx: Context, days: int = 40) -> Context:
    """The same shop, some days later."""
    return replace(ctx, clock=Calendar(NOW + timedelta(days=days)))


def remembering(shop: Context) -> list[Trial]:
    """Three like messages to one twin that remembers them, at moments of their own."""
    session = sessions.begin(shop, SessionRequest(seed=5)).id
    offers = [replace(MESSAGES[0], timing=f"2026-05-{day:02d}T09:00:00Z") for day in (5, 7, 9)]
    return [trials.run(shop, asking(intervention=offer, session=session, memory=True)) for offer in offers]


class TestTheSame:
    @pytest.mark.req("I26", "N11")
    @pytest.mark.parametrize("message", [0, 1, 5, 9, 12])
    def test_gives_the_same_bytes_long_after(self, shop: Context, message: int) -> None:
        trial = trials.run(shop, asking(intervention=MESSAGES[message], predict=EVERY_FIELD, thinking=True))
        twins.save(shop, changed(DOCUMENT, total_purchases=99))
        found = replays.replay(later(shop), trial.id)
        assert (found.identical, found.causes, found.differences) == (True, (), ())
        assert found.before == found.after
        assert found.provenance == trial.provenance

    @pytest.mark.req("I26", "N11")
    @pytest.mark.parametrize("as_of", [date(2026, 5, 4), date(2026, 3, 1), None])
    def test_is_asked_from_the_same_day(self, shop: Context, as_of: date | None) -> None:
        trial = trials.run(shop, asking(as_of=as_of, predict=EVERY_FIELD))
        assert replays.replay(later(shop), trial.id).identical

    @pytest.mark.req("I26", "N11")
    def test_remembers_what_was_remembered_then(self, shop: Context) -> None:
        made = remembering(shop)
        assert len({trial.provenance.memory_digest for trial in made}) == 3
        for trial in made:
            assert replays.replay(later(shop), trial.id).identical
        sessions.end(shop, made[0].session_id)
        assert replays.replay(shop, made[-1].id).identical

    @pytest.mark.req("N11")
    def test_is_answered_by_the_model_of_then_whatever_was_learned_since(self) -> None:
        shop = campaign(rate=0.8)
        before = asked(shop)
        learning.learn(shop)
        after = asked(shop)
        learning.select(shop, 0)
        assert after.provenance.model != before.provenance.model
        assert replays.replay(shop, before.id).identical
        assert replays.replay(shop, after.id).identical

    def test_goes_through_a_file(self, tmp_path: Path) -> None:
        store = open_store(str(tmp_path / "shop.db"))
        shop = open_shop(store=store)
        for trial in remembering(shop):
            assert replays.replay(later(shop), trial.id).identical
        store.close()

    def test_stores_nothing(self, shop: Context) -> None:
        trial = trials.run(shop, asking())
        replays.replay(shop, trial.id)
        assert trials.listing(shop).items == (trial,)


class Another(BehaviouralEngine):
    """The engine under another version, with another P(engage)."""

    @property
    def provenance(self) -> Provenances:
        return replace(engine().provenance, model="another")

    def examine(self, *args: Any, **kwargs: Any) -> Any:
        found = engine().examine(*args, **kwargs)
        columns: Mapping[str, Any] = found.columns
        bent = replace(columns["will_engage"], value=columns["will_engage"].value * 0.5)
        return replace(found, columns={**columns, "will_engage": bent})


class TestAnother:
    @pytest.mark.req("I26", "N11")
    def test_names_what_changed_and_where_the_answer_did(self, shop: Context) -> None:
        trial = trials.run(shop, asking(predict=("will_engage", "will_purchase")))
        found = replays.replay(replace(shop, engine=Another(), software="twincast 9"), trial.id)
        assert not found.identical
        assert {cause.name: cause.after for cause in found.causes} == {"model": "another", "software": "twincast 9"}
        assert any(it.path == "predictions[0].estimate.value" for it in found.differences)
        assert not any(it.path.startswith("predictions[1]") for it in found.differences)

    def test_names_what_changed_even_where_the_answer_did_not(self, shop: Context) -> None:
        trial = trials.run(shop, asking())
        found = replays.replay(replace(shop, software="twincast 9"), trial.id)
        assert found.identical
        assert [cause.name for cause in found.causes] == ["software"]

    def test_that_nothing_explains_is_said_to_be_so(self, shop: Context) -> None:
        trial = trials.run(shop, asking(predict=("will_engage",)))

        class Silent(Another):
            @property
            def provenance(self) -> Provenances:
                return engine().provenance

        found = replays.replay(replace(shop, engine=Silent()), trial.id)
        assert [cause.name for cause in found.causes] == [replays.UNEXPLAINED]

    def test_of_an_unknown_test(self, shop: Context) -> None:
        with pytest.raises(UnknownTrial):
            replays.replay(shop, "test_nothing")

    def test_of_sending_nothing(self, shop: Context) -> None:
        trial = trials.run(shop, asking(intervention=Intervention(type="none")))
        assert replays.replay(later(shop), trial.id).identical
