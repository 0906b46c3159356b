"""Fatigue: like offers tire, rest heals, and who remembers nothing is answered to the last bit as before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines.batches import NOW, TEXTS, bought, message, nothing, random_cells, twins
from twincast.domain.fields import PROBABILITIES
from twincast.domain.interventions import ReadIntervention
from twincast.domain.memories import Exposure, Memory, remember
from twincast.reading.likeness import likeness_of
from twincast.response.cells import Cells, Remembered, grid
from twincast.response.encoding import encode
from twincast.response.fatigue import fading_of
from twincast.response.features import FATIGUE_NAMES
from twincast.response.model import NUMERIC, examine, predict
from twincast.response.posteriors import shipped_model
from twincast.response.prior import shipped_prior
from twincast.response.ranking import best

BLANK = Memory(fading=fading_of(shipped_prior()))
ANNA = twins(bought(12.0), zones=["Europe/Berlin"])
FALLS = ("will_engage", "will_open", "will_click", "will_share", "will_purchase")
OFFER, GIFT = message(TEXTS[0]), message(TEXTS[1])


def exposure(item: ReadIntervention) -> Exposure:
    return Exposure(channel=item.channel or "email", type=item.type, likeness=likeness_of(item), words="", digest="")


def exposed(item: ReadIntervention, days: Sequence[float]) -> Memory:
    """The memory after the item came on these days, counted from NOW."""
    memory = BLANK
    for day in days:
        memory = remember(memory, exposure(item), NOW + timedelta(days=day))
    return memory


def asked(item: ReadIntervention, day: float) -> ReadIntervention:
    return replace(item, intervention=replace(item.intervention, at=NOW + timedelta(days=day)))


def answered(memory: Memory | None, item: ReadIntervention, fields: Sequence[str] = PROBABILITIES) -> dict[str, float]:
    batch = grid(ANNA, [item], NOW, Remembered(memories=(memory,), zone="UTC"))
    found = predict(batch, shipped_model(), fields, horizon_days=7, level=0.8)
    return {field: float(column.value[0]) for field, column in found.items()}


@pytest.mark.req("N8", "R173")
class TestLikeOffers:
    def test_each_like_offer_within_a_week_engages_less_and_drives_off_more(self) -> None:
        days = [0.0, 2.0, 4.0, 6.0]
        found = [answered(exposed(OFFER, days[:count]), asked(OFFER, 6.5)) for count in range(5)]
        for field in FALLS:
            assert np.diff([each[field] for each in found]).max() < 0.0, field
        assert np.diff([each["will_unsubscribe"] for each in found]).min() > 0.0

    def test_rest_heals(self) -> None:
        tired = exposed(OFFER, [0.0, 2.0, 4.0])
        fresh = answered(None, OFFER)
        found = [answered(tired, asked(OFFER, day)) for day in (4.5, 10.0, 30.0, 90.0, 1000.0)]
        for field in FALLS:
            values = [each[field] for each in found]
            assert np.diff(values).min() > 0.0, field
            assert values[-1] == pytest.approx(fresh[field], abs=1e-9)
        leaving = [each["will_unsubscribe"] for each in found]
        assert np.diff(leaving).max() < 0.0
        assert leaving[-1] == pytest.approx(fresh["will_unsubscribe"], abs=1e-9)

    def test_an_offer_of_another_kind_tires_less(self) -> None:
        after_like, after_other = (answered(exposed(it, [0.0, 1.0]), asked(OFFER, 2.0)) for it in (OFFER, GIFT))
        fresh = answered(None, OFFER)
        assert after_like["will_engage"] < after_other["will_engage"] < fresh["will_engage"]
        assert after_like["will_unsubscribe"] > after_other["will_unsubscribe"] > fresh["will_unsubscribe"]

    @given(days=st.lists(st.floats(0.0, 30.0), max_size=6), more=st.floats(0.0, 30.0))
    @settings(max_examples=25)
    def test_one_contact_more_never_helps(self, days: list[float], more: float) -> None:
        before, after = (answered(exposed(OFFER, kept), asked(OFFER, 31.0)) for kept in (days, [*days, more]))
        assert after["will_engage"] <= before["will_engage"]
        assert after["will_purchase"] <= before["will_purchase"]
        assert after["will_unsubscribe"] >= before["will_unsubscribe"]

    def test_sending_nothing_tires_nobody(self) -> None:
        assert answered(exposed(OFFER, [0.0, 0.1]), nothing()) == answered(None, nothing())

    def test_contacts_on_record_and_contacts_remembered_are_one_count(self) -> None:
        """Ten more on a record of none weigh as the step from none to ten on the record does, at the same weight."""
        people = twins(bought(12.0, contacts_recent=0.0))
        kept = exposed(GIFT, [0.0] * 10)
        features = encode(grid(people, [OFFER], NOW, Remembered(memories=(kept,), zone="UTC")), shipped_model()).fatigue
        assert features is not None
        assert features[0, FATIGUE_NAMES.index("contacts_since")] == pytest.approx(np.log(11.0))


@pytest.mark.req("R172")
def test_ten_thousand_events_are_answered_as_their_whole_history_would_be() -> None:
    """The stated tolerance: features, and so logits, differ by less than 1e-9: their weights are below 1."""
    rng = np.random.default_rng(11)
    days, kinds = rng.uniform(-700.0, 0.0, 10_000), rng.integers(0, 2, 10_000)
    memory = BLANK
    for day, kind in zip(days.tolist(), kinds.tolist(), strict=True):
        memory = remember(memory, exposure((OFFER, GIFT)[kind]), NOW + timedelta(days=day))
    batch = grid(ANNA, [asked(OFFER, 1.0)], NOW, Remembered(memories=(memory,), zone="UTC"))
    found = encode(batch, shipped_model()).fatigue
    assert found is not None
    ages, fading = 1.0 - days, BLANK.fading
    one, other = likeness_of(OFFER), likeness_of(GIFT)
    alike = np.array([1.0, sum(weight * other.get(term, 0.0) for term, weight in one.items())])[kinds]
    contacts = np.log1p(np.exp(-ages / fading.contact_days).sum() / 5.0)
    repeat = np.log1p((alike * np.exp(-ages / fading.likeness_days)).sum())
    whole = {"contacts_since": contacts, "repeat": repeat}
    assert found[0] == pytest.approx([whole[name] for name in FATIGUE_NAMES], abs=1e-9)


class TestWindows:
    def test_the_next_friday_morning_is_that_after_the_one_that_was_used(self) -> None:
        morning = message(TEXTS[0], timing="friday_morning")
        friday = datetime(2024, 6, 7, 4, tzinfo=UTC)  # six o'clock in Berlin
        once = remember(BLANK, exposure(morning), friday)
        batch = grid(ANNA, [morning], NOW, Remembered(memories=(once,), zone="UTC"))
        features = encode(batch, shipped_model()).fatigue
        assert features is not None
        week = np.exp(-7.0 / once.fading.likeness_days)
        assert features[0, FATIGUE_NAMES.index("repeat")] == pytest.approx(np.log1p(week))


@pytest.mark.req("A14", "N1")
class TestIsolation:
    def remembering(self, batch: Cells) -> Cells:
        """Every other twin remembers something."""
        rng = np.random.default_rng(3)
        sent = [it for it in batch.interventions if it.is_contact]
        memories = [
            exposed(sent[int(rng.integers(len(sent)))], rng.uniform(-20.0, 3.0, 4).tolist()) if row % 2 else None
            for row in range(len(batch.twins))
        ]
        return replace(batch, remembered=Remembered(memories=tuple(memories), zone="UTC"))

    def test_no_memory_changes_no_bit(self) -> None:
        batch = random_cells(5, 200)
        nobody = replace(batch, remembered=Remembered(memories=(None,) * len(batch.twins), zone="UTC"))
        some = self.remembering(batch)
        plain, blank, mixed = (
            predict(it, shipped_model(), list(NUMERIC), horizon_days=7, level=0.8) for it in (batch, nobody, some)
        )
        others = batch.twin % 2 == 0
        for field, column in plain.items():
            for name, values in column.parts().items():
                assert np.array_equal(values, blank[field].parts()[name], equal_nan=True)
                assert np.array_equal(values[others], mixed[field].parts()[name][others], equal_nan=True)
        assert not np.array_equal(plain["will_engage"].value, mixed["will_engage"].value)

    def test_neighbours_order_and_chunks_change_no_bit(self) -> None:
        batch = self.remembering(random_cells(6, 120))
        whole = predict(batch, shipped_model(), list(NUMERIC), horizon_days=7, level=0.8)
        order = np.random.default_rng(1).permutation(len(batch))
        for places in (order, order[:1], order[40:90], np.repeat(order[:20], 2)):
            part = replace(batch, twin=batch.twin[places], intervention=batch.intervention[places])
            found = predict(part, shipped_model(), list(NUMERIC), horizon_days=7, level=0.8)
            for field, column in found.items():
                for name, values in column.parts().items():
                    assert np.array_equal(values, whole[field].parts()[name][places], equal_nan=True), (field, name)

    def test_the_best_of_those_that_remember(self) -> None:
        """A variant that is like what was sent all week loses to its equal that is not."""
        tired = Remembered(memories=(exposed(OFFER, [-0.3] * 5),), zone="UTC")
        fresh, worn = (
            best(grid(ANNA, [OFFER, GIFT], NOW, kept), shipped_model(), "will_click", horizon_days=7, draws=500, seed=1)
            for kept in (None, tired)
        )
        assert worn[0] < fresh[0]


@pytest.mark.req("N16")
def test_the_parts_add_up_with_fatigue_among_them() -> None:
    batch = grid(ANNA, [OFFER, GIFT], NOW, Remembered(memories=(exposed(OFFER, [-3.0, -2.0, -1.0]),), zone="UTC"))
    found = examine(
        batch, shipped_model(), PROBABILITIES, PROBABILITIES, shown=2, scored="will_click", horizon_days=7, level=0.8
    ).explanations
    named = set()
    for parts in found.values():
        for each in parts:
            assert each is not None
            total = each.base_logit + sum(part.amount for part in each.contributions)
            assert total == pytest.approx(np.log(each.probability / (1.0 - each.probability)), abs=1e-9)
            named |= {part.term for part in each.contributions if part.group == "fatigue"}
    assert {"contacts_since", "repeat"} <= named
