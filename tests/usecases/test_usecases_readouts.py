"""From plan to learning: a test with customers of a world whose truth is known, and what is said when it is broken."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.usecases.proof import ARMS, BEGUN, SENT, company, planned, read_rows, rows_in, told_to
from twincast.domain.errors import InvalidInput, UnknownExperiment, UnknownReadout
from twincast.stats.intervals import two_sided
from twincast.stats.sequences import sequence_factor
from twincast.stats.streams import stream
from twincast.usecases import experiments, learning, outcomes, readouts, segments
from twincast.usecases.observations import told
from twincast.usecases.proving.readings import ReadoutRequest
from twincast.usecases.proving.rows import GivenRow
from twincast.usecases.segments import SegmentRequest
from twincast.wire.outcomes import outcomes_in
from twincast.wire.segments import condition_in


@pytest.mark.slow
@pytest.mark.req("N12")
def test_from_the_plan_to_what_is_foretold_next() -> None:
    co = company(4_000)
    plan = planned(co)
    assigned = experiments.assign(co.ctx, plan.id, co.customers)
    arms = [it.arm for it in assigned]
    co.clock.moment = BEGUN + timedelta(days=20)
    told_to(co, arms, [it.propensity for it in assigned])

    found = readouts.read(co.ctx, ReadoutRequest(plan=plan.id, learn=True))
    assert found.assignment == "sound"
    (effect,), (beside,) = found.effects, found.foretold
    assert effect.sequence is not None
    assert effect.adjusted is not None
    assert effect.sequence.low < co.effect("visit") < effect.sequence.high
    assert effect.verdict == "better"
    assert effect.adjusted.high - effect.adjusted.low < effect.plain.high - effect.plain.low
    assert beside.predicted.value == plan.effects[0].predicted.value
    assert beside.gap.value == pytest.approx(beside.measured.value - beside.predicted.value)
    assert found.foretold_by == "the plan"

    # what was measured moves what is foretold, and each outcome counts once however often it is read
    after = planned(co).effects[0].predicted
    before = plan.effects[0].predicted
    assert abs(after.value - co.effect("visit")) < abs(before.value - co.effect("visit"))
    assert after.high - after.low < (before.high - before.low) / 2.0
    digest = learning.models(co.ctx).versions[-1].digest
    again = readouts.read(co.ctx, ReadoutRequest(plan=plan.id, learn=True))
    assert again.feeding.learned == found.feeding.learned == 1
    assert learning.models(co.ctx).versions[-1].digest == digest
    assert sum(learning.models(co.ctx).versions[-1].outcomes.values()) == 4_000
    assert readouts.get(co.ctx, found.id) == found
    assert [it.id for it in readouts.listing(co.ctx).items] == [again.id, found.id]


class TestABrokenAssignment:
    @pytest.mark.req("N12")
    def test_gives_a_clear_answer_and_no_effect(self) -> None:
        co = company(300)
        lost = rows_in(["none"] * 300 + ["sale"] * 500, [0.0] * 800)
        found = read_rows(co, lost)
        assert found.assignment == "broken"
        assert (found.effects, found.guardrails, found.segments, found.foretold) == ((), (), (), ())
        assert "sample ratio" in found.summary
        assert "No effect is given" in found.summary
        assert not next(it for it in found.checks if it.name == "sample ratio").passed

    def test_is_seen_by_whoever_stands_in_several_arms(self) -> None:
        rows = tuple(
            GivenRow(arm=arm, customer=f"c{number}", outcomes={"visit": 1.0})
            for number in range(200)
            for arm in (("none", "sale") if number < 10 else ("none",) if number % 2 else ("sale",))
        )
        found = read_rows(company(300), rows)
        assert [it.name for it in found.checks if not it.passed] == ["one arm each"]
        assert found.left_out == {"of customers in several arms": 20}

    def test_is_seen_by_outcomes_that_are_known_of_one_arm_alone(self) -> None:
        arms = ["none", "sale"] * 400
        rows = tuple(
            GivenRow(arm=arm, outcomes={} if arm == "sale" and place % 4 == 1 else {"visit": 1.0})
            for place, arm in enumerate(arms)
        )
        assert [it.name for it in read_rows(company(300), rows).checks if not it.passed] == ["outcomes known"]

    def test_is_seen_by_customers_who_were_not_alike_before(self) -> None:
        arms = ["none", "sale"] * 400
        draws = stream(0, "before")
        rows = tuple(
            GivenRow(arm=arm, outcomes={"visit": 1.0}, before={"orders": float(draws.normal() + (arm == "sale"))})
            for arm in arms
        )
        assert [it.name for it in read_rows(company(300), rows).checks if not it.passed] == ["alike before"]

    def test_teaches_nothing(self) -> None:
        co = company(300)
        co.clock.moment = BEGUN + timedelta(days=20)
        rows = rows_in(["none"] * 100 + ["sale"] * 200, [0.0] * 300)
        rows = tuple(replace(it, customer=co.customers[at], day=BEGUN.date()) for at, it in enumerate(rows))
        found = read_rows(co, rows, arms=ARMS, window_days=14, store=True, learn=True)
        assert found.assignment == "broken"
        assert found.feeding.learned is None
        assert outcomes.listing(co.ctx).items == ()


def test_stored_money_is_read_by_segments_as_they_were_before() -> None:
    co = company(1_500)
    segments.define(co.ctx, SegmentRequest(name="many", every=(condition_in("orders >= 3", "rule"),)))
    arms = [("none", "sale")[place % 2] for place in range(1_500)]
    rows = co.told(arms, [0.5] * 1_500, ("purchase",))
    rows = [row | ({"amount": 40.0} if row["responses"]["purchase"] else {}) for row in rows]
    co.clock.moment = BEGUN + timedelta(days=20)
    for start in (0, 1_000):
        seen = outcomes_in({"outcomes": rows[start : start + 1_000], "interventions": SENT})
        outcomes.add(co.ctx, [it for fields in seen for it in told(fields)])
    asked = ReadoutRequest(arms=ARMS, metric="amount", window_days=14, segments=("many",), looks="once")
    found = readouts.read(co.ctx, asked)
    (effect,) = found.effects
    assert (found.unit, found.assignment, found.looks) == ("USD", "sound", "once")
    assert effect.best.low < 40.0 * co.effect("purchase") < effect.best.high
    assert {it.segment for it in found.segments} == {"many", "everybody else"}
    assert sum(it.customers for it in found.segments) == 1_500
    assert found.foretold[0].predicted.unit == "USD"


class TestGivenRows:
    def test_are_stored_once_and_learned_from_once(self) -> None:
        co = company(300)
        co.clock.moment = BEGUN + timedelta(days=20)
        arms = [("none", "sale")[place % 2] for place in range(300)]
        happened = co.happened("visit", arms)
        rows = tuple(
            GivenRow(arm=arm, customer=co.customers[place], day=BEGUN.date(), outcomes={"visit": happened[place]})
            for place, arm in enumerate(arms)
        )
        asked: dict[str, Any] = {"arms": ARMS, "window_days": 14, "store": True, "learn": True}
        first, second = (read_rows(co, rows, **asked).feeding for _ in range(2))
        assert (first.stored, first.repeated, first.learned) == (300, 0, 1)
        assert (second.stored, second.repeated, second.learned) == (0, 300, 1)
        version = learning.models(co.ctx).versions[-1]
        assert dict(version.outcomes) == {"visit": 300}
        # read from the store they say the same
        stored = readouts.read(co.ctx, ReadoutRequest(arms=ARMS, metric="visit", window_days=14, adjust=False))
        assert stored.effects[0].plain == read_rows(co, rows, adjust=False).effects[0].plain

    def test_are_read_by_the_sequence_that_was_tested(self) -> None:
        arms = ["none", "sale"] * 1_000
        y = [float(place % 4 < 2) for place in range(2_000)]
        (effect,) = read_rows(company(300), rows_in(arms, y), planned=5_000).effects
        assert effect.sequence is not None
        se = (effect.plain.high - effect.plain.low) / (2.0 * two_sided(0.95))
        half = (effect.sequence.high - effect.sequence.low) / 2.0
        assert half == pytest.approx(float(sequence_factor(2_000, tuned_for=5_000)) * se)

    def test_of_chances_that_differ_are_weighted_and_checked(self) -> None:
        draws = stream(0, "chances")
        chance = [0.2 if place % 3 else 0.7 for place in range(3_000)]
        sale = [bool(draws.random() < it) for it in chance]
        y = [float(draws.random() < (0.3 if place % 3 else 0.8)) for place in range(3_000)]  # no effect at all
        told = tuple(
            GivenRow(arm="sale" if sent else "none", outcomes={"visit": seen}, propensity=it if sent else 1.0 - it)
            for sent, seen, it in zip(sale, y, chance, strict=True)
        )
        found = read_rows(company(300), told, shares=None)
        assert found.assignment == "sound"
        assert found.effects[0].plain.low < 0.0 < found.effects[0].plain.high
        lost = tuple(it for place, it in enumerate(told) if it.arm == "none" or place % 2)
        broken = read_rows(company(300), lost, shares=None)
        assert [it.name for it in broken.checks if not it.passed] == ["sample ratio"]

    def test_by_segment_are_wider_not_bolder(self) -> None:
        draws, rows = stream(0, "segments"), []
        for number in range(6_000):
            arm = ("none", "sale")[number % 2]
            where = "tiny" if number < 40 else "south" if number % 3 == 0 else "north"
            p = 0.2 + 0.15 * (arm == "sale") * (where == "south")
            rows.append(GivenRow(arm=arm, outcomes={"visit": float(draws.random() < p)}, segment=where))
        found = read_rows(company(300), tuple(rows))
        by_name = {it.segment: it for it in found.segments}
        assert by_name["tiny"].difference is None
        assert "too few" in (by_name["tiny"].reason or "")
        assert (by_name["south"].verdict, by_name["north"].verdict) == ("better", "undecided")
        assert found.differing[0].p < 0.001
        alone = read_rows(company(300), tuple(it for it in rows if it.segment == "south"))
        wide = by_name["south"].difference
        assert wide is not None
        assert alone.effects[0].plain.high - alone.effects[0].plain.low < wide.high - wide.low

    def test_with_guardrails_say_whether_they_rose(self) -> None:
        arms = ["none", "sale"] * 2_000
        rows = tuple(
            GivenRow(arm=arm, outcomes={"visit": 1.0, "unsubscribe": float(arm == "sale" and place % 50 == 1)})
            for place, arm in enumerate(arms)
        )
        found = read_rows(company(300), rows)
        assert [it.verdict for it in found.guardrails] == ["breached"]
        assert "Guardrail" in found.summary
        lax = read_rows(company(300), rows, guardrails={"unsubscribe": 0.06, "share": 0.1})
        assert [it.verdict for it in lax.guardrails] == ["clear", "untold"]

    def test_of_few_events_are_not_judged_too_early(self) -> None:
        arms = ["none", "sale"] * 300
        few = read_rows(company(300), rows_in(arms, [float(place % 30 == 1) for place in range(600)]))
        (effect,) = few.effects
        assert effect.sequence is None
        assert effect.verdict == "too_early"
        assert "100" in (effect.reason or "")
        once = read_rows(company(300), rows_in(arms, [float(it == "sale") for it in arms]), looks="once", planned=2_000)
        assert once.effects[0].verdict == "too_early"
        assert read_rows(company(300), rows_in(arms, [float(it == "sale") for it in arms]), looks="once").effects[
            0
        ].verdict == ("better")


class TestWhatIsNotRight:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"rows": ()}, "rows"),
            ({"rows": rows_in(["none", "else"], [0.0, 1.0]), "arms": ARMS}, "arm"),
            ({"rows": rows_in(["none", "sale"], [0.0, 2.0])}, "outcomes.visit"),
            ({"rows": rows_in(["none", "sale"], [0.0, 1.0], propensity=0.0)}, "propensity"),
            ({"rows": rows_in(["none", "sale"], [0.0, 1.0], propensity=0.9), "shares": None}, "propensity"),
            ({"rows": rows_in(["none", "sale"], [0.0, 1.0])}, "arms"),
            ({"shares": None}, "shares"),
            ({"shares": {"none": 0.5, "sale": 0.6}}, "shares"),
            ({"shares": {"none": 1.0}}, "shares"),
            ({"control": "else"}, "control"),
            ({"metric": "joy"}, "metric"),
            ({"looks": "daily"}, "looks"),
            ({"level": 1.0}, "level"),
            ({"store": True}, "window_days"),
            ({"learn": True}, "learn"),
            ({"segments": ("loyal",)}, "segments"),
            ({"rows": None}, "arms"),
            ({"rows": None, "arms": ARMS, "shares": None}, "arms"),
            ({"rows": None, "arms": ARMS, "store": True}, "store"),
        ],
    )
    def test_in_a_readout_is_named(self, change: dict[str, Any], field: str) -> None:
        co = company(60)
        arms = ["none", "sale"] * 30
        with pytest.raises(InvalidInput) as refusal:
            read_rows(co, **({"rows": rows_in(arms, [0.0, 1.0] * 30)} | change))
        assert field in [problem.field for problem in refusal.value.problems]
        assert readouts.listing(co.ctx).items == ()

    def test_a_readout_keeps_to_its_plan(self) -> None:
        co = company(60)
        plan = planned(co)
        for change in ({"metric": "purchase"}, {"looks": "once"}, {"arms": {"none": None, "sale": None}}):
            with pytest.raises(InvalidInput):
                readouts.read(co.ctx, ReadoutRequest(plan=plan.id, **change))

    def test_what_is_not_there_is_said_so(self) -> None:
        ctx = company(60).ctx
        for name in ("plan_0", "", "\0", "\ud800"):
            with pytest.raises(UnknownExperiment):
                experiments.get(ctx, name)
            with pytest.raises(UnknownReadout):
                readouts.get(ctx, name)

    def test_observational_contacts_are_no_test(self) -> None:
        co = company(60)
        co.clock.moment = BEGUN + timedelta(days=20)
        rows = [
            {key: value for key, value in row.items() if key not in {"propensity", "assignment"}}
            for row in co.told(["none", "sale"] * 30, [0.5] * 60)
        ]
        seen = outcomes_in({"outcomes": rows, "interventions": SENT})
        outcomes.add(co.ctx, [it for fields in seen for it in told(fields)])
        with pytest.raises(InvalidInput, match="60 not assigned at random"):
            readouts.read(co.ctx, ReadoutRequest(arms=ARMS, metric="visit", window_days=14))
