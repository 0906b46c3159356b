"""Backtests on worlds with known truth, and on tables that nothing can be said about."""

from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

import numpy as np
import pytest

from tests.usecases.contacts import asked, few, world
from tests.usecases.shop import open_shop
from twincast.domain.backtests import BASE_RATE, CLOSED, NON_PERSONAL, OPEN, RFM, SEGMENT_MEAN, TWIN, Backtest
from twincast.domain.errors import InvalidInput, UnknownBacktest, UnknownTwin
from twincast.domain.ids import WorkspaceId
from twincast.usecases import backtests
from twincast.usecases.backtesting.uplifts import BY_SEGMENT, BY_TWIN, NOBODY
from twincast.usecases.context import Context


class Oracle:
    """Knows the column it is given; what a perfect estimator of one's own would be."""

    def __init__(self, place: int) -> None:
        self.place = place
        self.seen: tuple[int, ...] = ()

    def fit(self, features: np.ndarray, outcome: np.ndarray) -> None:
        self.seen = features.shape
        assert np.isfinite(features).all()
        assert len(outcome) == len(features)

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        p = np.clip(features[:, self.place], 0.001, 0.999)
        return np.stack([1 - p, p], axis=1)


@pytest.fixture(scope="module")
def shop_of_module() -> Context:
    return open_shop()


@pytest.fixture(scope="module")
def planted(shop_of_module: Context) -> Backtest:
    return backtests.run(shop_of_module, asked(world(2_000), subgroups=["home_store"], curve=True))


def contender(found: Backtest, name: str) -> Any:
    return next(it for it in found.contenders if it.name == name)


class TestTable:
    @pytest.mark.req("R182", "N3")
    def test_holds_the_twin_beside_every_trivial_baseline(self, planted: Backtest) -> None:
        names = [it.name for it in planted.contenders]
        assert names[0] == TWIN
        assert {BASE_RATE, SEGMENT_MEAN, RFM, NON_PERSONAL} < set(names)
        for it in planted.contenders:
            assert all(score.low <= score.value <= score.high for score in it.scores.values())
            assert sum(part.count for part in it.bins) == planted.split.test

    @pytest.mark.req("N3")
    def test_opens_the_gate_where_people_differ(self, planted: Backtest) -> None:
        assert planted.gate.verdict == OPEN
        assert all(gain.low > 0 for gain in planted.gate.gains.values())

    @pytest.mark.req("R182")
    def test_twin_learns_from_attributes_that_no_field_gives_a_meaning(self, shop: Context) -> None:
        plans = ["gold" if row % 2 else "basic" for row in range(400)]
        bought = [float(row % 5 == 0 or (row % 2 and row % 7 < 4)) for row in range(400)]
        customers = [{"customer_id": f"c{row}", "profile": {"plan": plan}} for row, plan in enumerate(plans)]
        found = backtests.run(shop, few(bought, customers=customers))
        assert contender(found, TWIN).gain.low > 0.0  # the records tell people apart by nothing else

    @pytest.mark.req("N6")
    def test_surest_predictions_are_the_better_ones(self, planted: Backtest) -> None:
        losses = [point.loss for point in planted.coverage]
        assert losses[0] < losses[-1]
        assert planted.coverage[-1].coverage == 1.0
        assert [point.threshold for point in planted.coverage] == sorted(
            (point.threshold for point in planted.coverage), reverse=True
        )

    @pytest.mark.slow
    @pytest.mark.req("N6")
    def test_acting_only_above_a_confidence_is_a_policy_of_its_own(self, shop: Context) -> None:
        def policies(threshold: float) -> dict[str, Any]:
            found = backtests.run(shop, asked(world(2_500), act_above=threshold))
            return {it.name: it for it in found.policies}

        always, never = policies(0.0), policies(1.0)
        (name,) = (it for it in always if "only where" in it)
        assert always[name].doubly_robust == always[BY_TWIN].doubly_robust
        (name,) = (it for it in never if "only where" in it)
        assert never[name].doubly_robust == never[NOBODY].doubly_robust  # nobody is that sure of anything
        assert never[name].doubly_robust is not None

    @pytest.mark.req("N15")
    def test_has_a_row_for_each_group_of_a_declared_attribute(self, planted: Backtest) -> None:
        groups = [it for it in planted.subgroups if it.attribute == "home_store"]
        assert sorted(it.group for it in groups) == ["east", "north", "south", "west"]
        assert sum(it.count for it in groups) == planted.split.test

    def test_learning_curve_ends_with_the_table(self, planted: Backtest) -> None:
        assert [point.rows for point in planted.learning][:3] == [0, 100, 300]
        last = planted.learning[-1]
        assert last.rows == planted.split.train
        assert last.losses[TWIN] == pytest.approx(contender(planted, TWIN).scores["log_loss"].value)

    def test_uplift_and_policies_are_measured_where_chance_decided(self, planted: Backtest) -> None:
        assert [it.intervention for it in planted.uplifts] == ["kitchen-sale", "garden-news", "book-offer"]
        for uplift in planted.uplifts:
            assert sum(decile.count for decile in uplift.deciles) == uplift.count
            assert uplift.curve["gain"][-1] == pytest.approx(uplift.average.value)
        policies = {it.name: it for it in planted.policies}
        assert {BY_SEGMENT, BY_TWIN, NOBODY} < set(policies)
        assert policies[BY_SEGMENT].gain is None

    @pytest.mark.req("R202")
    def test_says_so_where_personalising_gains_nothing(self, planted: Backtest) -> None:
        gain = next(it.gain for it in planted.policies if it.name == BY_TWIN)
        assert gain is None or (gain.low > 0) != any(it.code == "no-gain-from-personalising" for it in planted.warnings)

    @pytest.mark.slow
    def test_the_seed_decides(self, shop: Context) -> None:
        first, again, other = (backtests.run(shop, asked(world(800), seed=seed)) for seed in (1, 1, 2))
        assert replace(first, id=again.id, created_at=again.created_at) == again
        assert first.gate != other.gate


class TestSplit:
    def test_by_time_learns_nothing_that_was_not_known_when_the_test_began(self, planted: Backtest) -> None:
        split = planted.split
        assert split.cut == date(2025, 2, 24)
        days = np.array(world(2_000).columns["sent_on"])
        assert split.train == (days <= "2025-02-10").sum()
        assert split.purged == ((days > "2025-02-10") & (days < "2025-02-24")).sum()
        assert split.test == (days >= "2025-02-24").sum()

    @pytest.mark.slow
    def test_outcomes_of_the_test_rows_never_reach_a_prediction(self, shop: Context) -> None:
        request = asked(world(800))
        late = [day is not None and day >= date(2025, 2, 24) for day in request.time or ()]
        turned = [1.0 - y if row else y for y, row in zip(request.outcome, late, strict=True) if y is not None]
        first, other = (backtests.run(shop, it) for it in (request, replace(request, outcome=turned)))
        assert [[b.predicted for b in it.bins] for it in first.contenders] == [
            [b.predicted for b in it.bins] for it in other.contenders
        ]

    def test_by_customer_parts_nobody(self, shop: Context) -> None:
        rows = [float(row % 3 == 0) for row in range(300)]
        customers = [{"customer_id": f"c{row % 60}"} for row in range(300)]
        found = backtests.run(shop, few(rows, customers=customers))
        assert found.split.by == "customer"
        assert found.split.test % 5 == 0
        assert found.split.train + found.split.test == 300

    def test_without_randomised_rows_no_uplift_is_claimed(self, shop: Context) -> None:
        found = backtests.run(shop, asked(world(800, confounding=1.0)))
        assert (found.uplifts, found.policies) == ((), ())
        assert {"no-uplift", "no-policy-value"} <= {it.code for it in found.warnings}


class TestOwnEstimators:
    def test_get_the_same_table(self, shop: Context) -> None:
        truth = world(1_500).truth["purchase"]
        estimator = Oracle(-5)  # the last four columns say what was sent
        request = asked(world(1_500), columns={"truth": truth.tolist()}, estimators={"oracle": estimator})
        found = backtests.run(shop, request)
        oracle, twin = (contender(found, name) for name in ("oracle", TWIN))
        assert found.features[-5:] == ("truth", *(f"sent {arm}" for arm in request.interventions))
        assert estimator.seen == (found.split.train, len(found.features))
        assert set(oracle.scores) == set(twin.scores)
        assert oracle.gain.value > twin.gain.value
        assert oracle.calibration["slope"] == pytest.approx(1.0, abs=3 * oracle.calibration["slope_se"])

    @pytest.mark.parametrize(
        ("answer", "words"),
        [(np.zeros((3, 2)), r"shape \(3, 2\)"), (None, "no predict_proba"), (np.full((2, 2), np.nan), "gaps")],
    )
    def test_that_answer_nonsense_are_refused_by_name(self, shop: Context, answer: Any, words: str) -> None:
        class Odd:
            def fit(self, features: np.ndarray, outcome: np.ndarray) -> None: ...

        if answer is not None:
            Odd.predict_proba = lambda self, features: answer  # type: ignore[attr-defined]  # a trap
        with pytest.raises(InvalidInput, match=rf"estimators\['odd'\].*{words}"):
            backtests.run(shop, asked(world(800), estimators={"odd": Odd()}))


class TestLeaks:
    @pytest.mark.req("I16")
    def test_columns_that_know_the_outcome_are_refused_by_name(self, shop: Context) -> None:
        columns = world(1_500).columns
        given = {name: columns[name] for name in ("amount", "days_to_purchase", "home_store", "total_purchases")}
        with pytest.raises(InvalidInput) as refusal:
            backtests.run(shop, asked(world(1_500), columns=given))
        assert {it.field for it in refusal.value.problems} == {"amount", "days_to_purchase"}
        assert "filled almost only where the outcome happened" in str(refusal.value)

    def test_days_after_the_contact_are_found_in_cells_and_lists(self, shop: Context) -> None:
        days = world(800).columns["sent_on"]
        given = {
            "reply_on": ["2025-12-01" if row % 50 == 0 else None for row in range(800)],
            "orders": [[{"date": "2026-01-01", "amount": 3}] if row == 5 else [] for row in range(800)],
            "sent_on": days,
        }
        with pytest.raises(InvalidInput) as refusal:
            backtests.run(shop, asked(world(800), columns=given, test_share=0.2))
        assert {it.field for it in refusal.value.problems} == {"reply_on", "orders"}

    @pytest.mark.slow
    def test_can_be_left_out_and_change_nothing_then(self, shop: Context) -> None:
        given = {"home_store": world(800).columns["home_store"], "amount": world(800).columns["amount"]}
        plain = backtests.run(shop, asked(world(800)))
        found = backtests.run(shop, asked(world(800), columns=given, leaks="leave_out"))
        assert [(it.column, it.action) for it in found.leaks] == [("amount", "left out")]
        assert found.contenders == plain.contenders
        assert "leak" in {it.code for it in found.warnings}


class TestNothingToSay:
    ROWS: ClassVar = [float(row % 4 == 0) for row in range(200)]

    @pytest.mark.parametrize(
        ("request_", "field", "words"),
        [
            (few([0.0] * 200), "bought", "without variation"),
            (few([1.0] * 200), "bought", "without variation"),
            (few([0.0, 1.0, 0.0]), "rows", "3 usable rows"),
            (few([]), "rows", "no rows"),
            (few([1.0] * 2 + [0.0] * 198), "bought", "test rows"),
            (few([2.0, *ROWS[1:]]), "bought", "can not be"),
            (few([-1.0, *ROWS[1:]], kind="amount"), "bought", "can not be"),
            (few(ROWS, propensity=[1.2] * 200), "propensity", "no probability"),
            (few(ROWS, intervention=["mail"] * 199), "intervention", "199 entries"),
            (few(ROWS, intervention=["sms"] * 200), "intervention", "nothing says what it is"),
            (few(ROWS, time=[date(2030, 1, 1)] * 200), "time", "future"),
            (few(ROWS, split="time"), "split", "day of each contact"),
            (few(ROWS, kind="smile"), "kind", "not known"),
            (few(ROWS, test_share=1.5), "test_share", "out of range"),
            (few(ROWS, subgroups=["age"]), "subgroups", "on record"),
        ],
    )
    def test_is_said_with_the_field_and_nothing_is_stored(
        self, shop: Context, request_: Any, field: str, words: str
    ) -> None:
        with pytest.raises(InvalidInput, match=words) as refusal:
            backtests.run(shop, request_)
        assert refusal.value.problems[0].field == field
        assert backtests.listing(shop).items == ()

    def test_unknown_twins_are_named(self, shop: Context) -> None:
        with pytest.raises(UnknownTwin, match="nobody"):
            backtests.run(shop, few(self.ROWS, customers=["nobody"] * 200))

    def test_a_wrong_record_is_placed_in_the_table(self, shop: Context) -> None:
        customers = [{"customer_id": f"c{row}", "profile": {"age": 999 if row == 7 else 40}} for row in range(200)]
        with pytest.raises(InvalidInput) as refusal:
            backtests.run(shop, few(self.ROWS, customers=customers))
        assert (refusal.value.problems[0].row, refusal.value.problems[0].field) == (7, "profile.age")

    @pytest.mark.req("N3")
    def test_where_nothing_tells_people_apart_the_gate_does_not_open(self, shop: Context) -> None:
        found = backtests.run(shop, asked(world(1_500, kind="nothing"), "visit"))
        assert found.gate.verdict != OPEN
        assert found.gate.verdict == CLOSED or "too few" in found.gate.words


class TestKeeping:
    @pytest.mark.req("I16")
    def test_is_found_again_in_its_workspace_only(self, shop_of_module: Context, planted: Backtest) -> None:
        assert backtests.get(shop_of_module, planted.id) == planted
        assert [it.id for it in backtests.listing(shop_of_module).items] == [planted.id]
        other = replace(shop_of_module, workspace=WorkspaceId("other"))
        assert backtests.listing(other).items == ()
        with pytest.raises(UnknownBacktest, match=planted.id):
            backtests.get(other, planted.id)

    def test_money_has_its_own_scores(self, shop: Context) -> None:
        found = backtests.run(shop, asked(world(1_500), "amount"))
        twin = contender(found, TWIN)
        assert {"mae", "rmse"} < set(twin.scores)
        assert (twin.bins, twin.calibration) == ((), None)
        assert found.uplifts

    def test_people_who_opted_out_are_left_out_and_counted(self, shop: Context) -> None:
        customers = [{"customer_id": f"c{row}", "profiling_opt_out": row < 20} for row in range(200)]
        rows = [float(row % 3 == 0) for row in range(200)]
        found = backtests.run(shop, few(rows, customers=customers))
        assert found.split.train + found.split.test == 180
        assert "opted-out" in {it.code for it in found.warnings}
