"""Horizons: the inverse is the inverse, H = H* changes nothing, and what a contact adds fades."""

import numpy as np
import pytest
from scipy.special import expit

from twincast.response.horizons import Horizon, horizon_of

ETA, TAU = (grid.ravel() for grid in np.meshgrid(np.linspace(-9.0, 4.0, 27), np.linspace(-3.0, 3.0, 25)))
DAYS = (1.0, 2.0, 6.0, 7.0, 8.0, 14.0, 30.0, 90.0, 365.0)


def at(days: float, decay: float = 3.0, reference: float = 7.0) -> Horizon:
    return horizon_of(days, reference, np.full(len(ETA), decay))


class TestReference:
    @pytest.mark.parametrize("reference", [7.0, 35.0, 90.0])
    def test_the_heads_own_horizon_is_the_identity_to_the_last_bit(self, reference: float) -> None:
        horizon = at(reference, reference=reference)
        assert horizon.is_reference
        assert horizon.base(ETA).tobytes() == expit(ETA).tobytes()
        assert horizon.contacted(ETA, TAU).tobytes() == expit(ETA + TAU).tobytes()
        assert horizon.only_contacted(TAU).tobytes() == expit(TAU).tobytes()

    def test_the_road_through_hazards_agrees_there(self) -> None:
        horizon = at(7.0)
        forward, _ = horizon.hazards(ETA)
        assert np.allclose(-np.expm1(-forward(TAU)), expit(ETA + TAU), rtol=1e-12)


class TestDays:
    def test_p0_rises_with_every_day(self) -> None:
        table = np.stack([at(float(days)).base(ETA) for days in range(1, 366)])
        assert np.all(np.diff(table, axis=0) >= 0.0)
        assert np.all((table >= 0.0) & (table <= 1.0))

    def test_p0_has_a_constant_hazard(self) -> None:
        survival = 1.0 - at(7.0).base(ETA)
        assert np.allclose(1.0 - at(14.0).base(ETA), survival**2, rtol=1e-9)
        assert np.allclose(1.0 - at(28.0).base(ETA), survival**4, rtol=1e-9)

    def test_p1_never_falls_with_more_days(self) -> None:
        table = np.stack([at(days).contacted(ETA, TAU) for days in DAYS])
        assert np.all(np.diff(table, axis=0) >= -1e-15)
        assert np.all((table >= 0.0) & (table <= 1.0))

    def test_what_contact_alone_brings_saturates(self) -> None:
        month, year = (at(days).only_contacted(TAU) for days in (30.0, 365.0))
        assert np.allclose(month, year, rtol=1e-3)
        assert np.all(at(1.0).only_contacted(TAU) < at(7.0).only_contacted(TAU))

    def test_the_added_hazard_saturates_though_the_organic_one_grows(self) -> None:
        for days, limit in ((30.0, 1e-3), (365.0, 1e-3)):
            rare = (ETA < -3.0) & (TAU > 0.0)
            p0, p1 = at(days).base(ETA)[rare], at(days).contacted(ETA, TAU)[rare]
            week = (np.logaddexp(0.0, ETA + TAU) - np.logaddexp(0.0, ETA))[rare]
            whole = week / -np.expm1(-7.0 / 3.0)
            assert np.abs((np.log1p(-p0) - np.log1p(-p1)) / whole - 1.0).max() < limit, days

    def test_slow_channels_have_more_to_come(self) -> None:
        letter = at(60.0, decay=15.0).only_contacted(TAU) / at(7.0, decay=15.0).only_contacted(TAU)
        mail = at(60.0).only_contacted(TAU) / at(7.0).only_contacted(TAU)
        assert np.all(letter[TAU < -1.0] > 2.0)
        assert np.all(mail[TAU < -1.0] < 1.2)

    @pytest.mark.parametrize("days", DAYS)
    def test_a_contact_that_puts_people_off_never_makes_a_negative_hazard(self, days: float) -> None:
        p1, p0 = at(days).contacted(ETA, TAU), at(days).base(ETA)
        off = TAU < 0.0
        assert np.all(p1[off] >= 0.0)
        assert np.all(p1[off] <= p0[off] + 1e-15)
        lowest = -np.expm1(-days / 7.0 * np.logaddexp(0.0, ETA + TAU))
        assert np.all(p1[off] >= lowest[off] - 1e-12)

    @pytest.mark.parametrize("days", DAYS)
    def test_no_effect_stays_no_effect(self, days: float) -> None:
        assert np.allclose(at(days).contacted(ETA, np.zeros(len(ETA))), at(days).base(ETA), rtol=1e-12)

    @pytest.mark.parametrize("days", DAYS)
    def test_a_stronger_effect_gives_a_higher_probability(self, days: float) -> None:
        table = np.stack([at(days).contacted(ETA, np.full(len(ETA), tau)) for tau in np.linspace(-3.0, 3.0, 41)])
        assert np.all(np.diff(table, axis=0) >= -1e-15)


class TestInverse:
    @pytest.mark.parametrize("days", DAYS)
    def test_gain_comes_back(self, days: float) -> None:
        horizon = at(days)
        forward, inverse = horizon.gain(ETA)
        gain = forward(TAU)
        assert np.allclose(gain, horizon.contacted(ETA, TAU) - horizon.base(ETA), atol=1e-12)
        # Where all but everybody buys anyway, or the effect moves less than the last digits, nothing can come back.
        told = (horizon.base(ETA) < 0.999) & (np.abs(gain) > 1e-9)
        assert told.mean() > 0.4
        assert np.abs(inverse(gain) - TAU)[told].max() < 1e-5

    @pytest.mark.parametrize("days", DAYS)
    def test_hazard_comes_back(self, days: float) -> None:
        forward, inverse = at(days).hazards(ETA)
        assert np.abs(inverse(forward(TAU)) - TAU).max() < 1e-6

    @pytest.mark.parametrize("days", DAYS)
    def test_gains_outside_the_possible_have_no_effect_behind_them(self, days: float) -> None:
        horizon = at(days)
        _, inverse = horizon.gain(ETA)
        base = horizon.base(ETA)
        assert np.all(inverse(1.0 - base + 1e-6) > 600.0)
        assert np.all(inverse(-base - 1e-6) < -600.0)
