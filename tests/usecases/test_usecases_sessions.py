"""Sessions: their life, their checkpoints, and what is run in them."""

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from tests.usecases.shop import BARGAIN, DOCUMENT, asking, changed, comparing, numbers_of, open_shop
from twincast.domain.errors import InvalidInput, PhaseRefused, SessionRequired, UnknownCheckpoint, UnknownSession
from twincast.domain.events import EventKind, root_of
from twincast.domain.ids import WorkspaceId
from twincast.domain.sessions import LIFE, Act, Phase, Session
from twincast.usecases import checkpoints, comparisons, sessions, trials, twins
from twincast.usecases.checkpoints import Restoring
from twincast.usecases.context import Context
from twincast.usecases.sessions import SessionRequest
from twincast.usecases.visits import Happening, Memory, settle, visit


def begin(ctx: Context, **more: Any) -> Session:
    return sessions.begin(ctx, SessionRequest(**({"name": "spring"} | more)))


def count(memory: Memory, happening: Happening) -> Memory:
    """Remember how often each thing happened."""
    return {**memory, happening.kind: memory.get(happening.kind, 0) + 1}


def expose(ctx: Context, session: Session, twin: str = "cust_12345", times: int = 1) -> Session:
    """Let something happen to a twin in a session."""
    for _ in range(times):
        happening = Happening(kind=EventKind.EXPOSURE, at=ctx.clock.now(), payload={"channel": "email"})
        with ctx.store.reading(ctx.workspace) as unit:
            met = visit(ctx, unit, twin, session.id)
        with ctx.store.writing(ctx.workspace) as unit:
            session = settle(unit, ctx, met, [happening], count)
            unit.commit()
    return session


def exposures(ctx: Context, session: Session, twin: str = "cust_12345") -> int:
    """How many exposures a twin remembers in a session."""
    with ctx.store.reading(ctx.workspace) as unit:
        return int(visit(ctx, unit, twin, session.id).memory.get(EventKind.EXPOSURE, 0))


class TestLife:
    ACTS: ClassVar[dict[Act, Any]] = {
        Act.APPEND: lambda ctx, it: trials.run(ctx, asking(session=it)),
        Act.CHECKPOINT: lambda ctx, it: checkpoints.mark(ctx, it, "late"),
        Act.RESTORE: lambda ctx, it: checkpoints.restore(ctx, it, Restoring(checkpoint="start")),
        Act.RESTORE_ELSEWHERE: lambda ctx, it: checkpoints.restore(
            ctx, it, Restoring(checkpoint="start", elsewhere=True)
        ),
        Act.PAUSE: lambda ctx, it: sessions.pause(ctx, it),
        Act.RESUME: lambda ctx, it: sessions.resume(ctx, it),
        Act.END: lambda ctx, it: sessions.end(ctx, it),
    }

    @pytest.mark.req("R168", "A68")
    @pytest.mark.parametrize("phase", Phase)
    @pytest.mark.parametrize("act", Act)
    def test_is_the_table_s(self, shop: Context, phase: Phase, act: Act) -> None:
        session = begin(shop)
        checkpoints.mark(shop, session.id, "start")
        into = {Phase.ACTIVE: sessions.resume, Phase.PAUSED: sessions.pause, Phase.ENDED: sessions.end}
        into[phase](shop, session.id)
        following = LIFE[act].get(phase)
        if following is None:
            before = sessions.get(shop, session.id)
            with pytest.raises(PhaseRefused, match=f"is {phase}: {act} is refused"):
                self.ACTS[act](shop, session.id)
            assert sessions.get(shop, session.id) == before
            assert trials.listing(shop).items == ()
        else:
            self.ACTS[act](shop, session.id)
            assert sessions.get(shop, session.id).phase is following

    @pytest.mark.req("A12", "R142")
    def test_ends_once(self, shop: Context) -> None:
        session = begin(shop)
        trial = trials.run(shop, asking(session=session.id))
        ended = sessions.end(shop, session.id)
        assert ended.ended_at is not None
        assert sessions.end(shop, session.id) == ended
        assert trials.get(shop, trial.id) == trial
        assert trials.listing(shop, session=session.id).items == (trial,)

    def test_ending_in_the_middle_of_a_test_stores_nothing(self, shop: Context) -> None:
        session = begin(shop)
        with shop.store.reading(shop.workspace) as unit:
            met = visit(shop, unit, "cust_12345", session.id)
        sessions.end(shop, session.id)
        with shop.store.writing(shop.workspace) as unit, pytest.raises(PhaseRefused):
            settle(unit, shop, met)


class TestBeginning:
    @pytest.mark.req("A34")
    @pytest.mark.parametrize("name", ["a.cache.json", "x", "Frühling 2", "a" * 255])
    def test_takes_a_name_for_the_cache(self, shop: Context, name: str) -> None:
        assert begin(shop, cache_file=name).cache_file == name

    @pytest.mark.req("A34")
    @pytest.mark.parametrize(
        "name", ["", "a" * 256, "/etc/passwd", "a/b", "a\\b", "..", "a..b", ".hidden", "a\0b", "a\nb", "\ud800"]
    )
    def test_refuses_a_path_for_it(self, shop: Context, name: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            begin(shop, cache_file=name)
        assert [problem.field for problem in refusal.value.problems] == ["cache_file"]
        assert sessions.listing(shop).items == ()

    def test_names_every_problem(self, shop: Context) -> None:
        with pytest.raises(InvalidInput) as refusal:
            begin(shop, name="x" * 201, description="\0", seed=-1, cache_file="../x")
        fields = {problem.field for problem in refusal.value.problems}
        assert fields == {"session_name", "description", "seed", "cache_file"}


class TestRunningInASession:
    @pytest.mark.req("R167", "A11")
    def test_without_one_opens_an_ephemeral_one(self, shop: Context) -> None:
        trial = trials.run(shop, asking())
        comparison = comparisons.run(shop, comparing({"A": "10% off", "B": "Free tea"}))
        assert trial.session_id != comparison.session_id
        for it in (trial, comparison):
            session = sessions.get(shop, it.session_id)
            assert (session.ephemeral, session.phase) == (True, Phase.ACTIVE)
        assert sessions.listing(shop).items == ()
        assert len(sessions.listing(shop, ephemeral=True).items) == 2

    @pytest.mark.req("R167", "A11")
    def test_may_be_made_mandatory(self, shop: Context) -> None:
        strict = replace(shop, require_session=True)
        with pytest.raises(SessionRequired):
            trials.run(strict, asking())
        with pytest.raises(SessionRequired):
            comparisons.run(strict, comparing({"A": "10% off", "B": "Free tea"}))
        assert trials.listing(shop).items == ()
        session = begin(strict)
        assert trials.run(strict, asking(session=session.id)).session_id == session.id

    def test_needs_one_that_is_there(self, shop: Context) -> None:
        for name in ("sess_nothing", "", "\ud800", "x" * 999):
            with pytest.raises(UnknownSession):
                trials.run(shop, asking(session=name))
        assert trials.listing(shop).items == ()

    def test_gives_the_numbers_that_it_gives_without(self, shop: Context) -> None:
        session = begin(shop)
        assert numbers_of(trials.run(shop, asking(session=session.id))) == numbers_of(trials.run(shop, asking()))

    def test_draws_with_its_seed(self, shop: Context) -> None:
        session = begin(shop, seed=41)
        assert trials.run(shop, asking(session=session.id)).settings.seed == 41
        assert trials.run(shop, asking(session=session.id, seed=0)).settings.seed == 0

    @pytest.mark.req("A13")
    def test_goes_on_with_the_version_it_first_met(self, shop: Context) -> None:
        session = begin(shop)
        first = trials.run(shop, asking(session=session.id))
        checkpoints.mark(shop, session.id, "before")
        twins.save(shop, changed(DOCUMENT, total_purchases=99))
        again = trials.run(shop, asking(session=session.id))
        assert (first.twin_version, again.twin_version) == (1, 1)
        assert numbers_of(first) == numbers_of(again)
        assert trials.run(shop, asking()).twin_version == 2
        assert trials.run(shop, asking(session=begin(shop).id)).twin_version == 2
        child = checkpoints.restore(shop, session.id, Restoring(checkpoint="before", elsewhere=True))
        assert trials.run(shop, asking(session=child.id)).twin_version == 1

    def test_leaves_no_trace_in_the_twin_or_in_other_sessions(self, shop: Context) -> None:
        one, other = begin(shop), begin(shop)
        expose(shop, one, times=3)
        assert exposures(shop, one) == 3
        assert exposures(shop, other) == 0
        assert exposures(shop, one, "bargain") == 0
        with shop.store.reading(shop.workspace) as unit:
            assert visit(shop, unit, "cust_12345", None).memory == {}

    def test_forgets_a_person_who_is_erased(self, shop: Context) -> None:
        session = expose(shop, begin(shop), times=2)
        expose(shop, session, "bargain")
        removed = twins.erase(shop, "cust_12345").removed
        assert removed["events"] == 3
        twins.save(shop, DOCUMENT)
        assert exposures(shop, session) == 0
        assert exposures(shop, session, "bargain") == 1


class TestCheckpoints:
    @pytest.mark.req("A33")
    def test_of_one_name_have_versions_and_the_last_wins(self, shop: Context) -> None:
        session = begin(shop)
        first = checkpoints.mark(shop, session.id, "tested")
        expose(shop, session)
        second = checkpoints.mark(shop, session.id, "tested", "again")
        assert (first.version, second.version) == (1, 2)
        assert checkpoints.listing(shop, session.id).items == (second, first)
        for asked, position in ((Restoring(checkpoint="tested"), 2), (Restoring(checkpoint="tested", version=1), 0)):
            assert checkpoints.restore(shop, session.id, replace(asked, elsewhere=True)).head.position == position
        assert checkpoints.restore(shop, session.id, Restoring(checkpoint=first.id)).head.position == 0

    @pytest.mark.req("A33")
    def test_that_are_unknown_are_answered_with_the_names_there_are(self, shop: Context) -> None:
        session, other = begin(shop), begin(shop)
        foreign = checkpoints.mark(shop, other.id, "elsewhere")
        with pytest.raises(UnknownCheckpoint, match="It has none"):
            checkpoints.restore(shop, session.id, Restoring(checkpoint="x"))
        for name in ("a", "b", "a"):
            checkpoints.mark(shop, session.id, name)
        asked = [("x", None), (foreign.id, None), ("a", 3), ("\ud800", None)]
        for name, version in asked:
            with pytest.raises(UnknownCheckpoint, match="It has: 'a', 'b'"):
                checkpoints.restore(shop, session.id, Restoring(checkpoint=name, version=version))

    @pytest.mark.parametrize(("name", "description"), [("", ""), ("  ", ""), ("x" * 201, ""), ("x", "y" * 2_001)])
    def test_need_a_name(self, shop: Context, name: str, description: str) -> None:
        session = begin(shop)
        with pytest.raises(InvalidInput):
            checkpoints.mark(shop, session.id, name, description)
        assert checkpoints.listing(shop, session.id).items == ()


class TestRestoring:
    @pytest.mark.req("I4", "A35")
    @pytest.mark.parametrize("elsewhere", [False, True])
    def test_brings_back_what_was(self, shop: Context, elsewhere: bool) -> None:
        session = expose(shop, begin(shop, seed=7), times=2)
        mark = checkpoints.mark(shop, session.id, "two")
        expose(shop, session, times=3)
        restored = checkpoints.restore(shop, session.id, Restoring(checkpoint="two", elsewhere=elsewhere))
        assert exposures(shop, restored) == 2
        assert (restored.head.position, restored.seed) == (mark.head.position, 7)
        if elsewhere:
            assert (restored.parent, restored.checkpoint) == (session.id, mark.id)
            assert exposures(shop, session) == 5

    @pytest.mark.req("I4")
    def test_twice_shares_nothing_that_can_change(self, shop: Context) -> None:
        session = expose(shop, begin(shop))
        checkpoints.mark(shop, session.id, "one")
        twice = [checkpoints.restore(shop, session.id, Restoring(checkpoint="one", elsewhere=True)) for _ in range(2)]
        expose(shop, twice[0], times=2)
        expose(shop, session, times=4)
        assert [exposures(shop, it) for it in (session, *twice)] == [5, 3, 1]
        checkpoints.mark(shop, twice[1].id, "mine")
        checkpoints.restore(shop, twice[0].id, Restoring(checkpoint=checkpoints.mark(shop, twice[0].id, "a").id))
        expose(shop, twice[1])
        assert [exposures(shop, it) for it in (session, *twice)] == [5, 3, 2]

    def test_again_and_again_makes_no_line_longer(self, shop: Context) -> None:
        session = expose(shop, begin(shop))
        for _ in range(5):
            checkpoints.mark(shop, session.id, "again")
            session = checkpoints.restore(shop, session.id, Restoring(checkpoint="again"))
        with shop.store.reading(shop.workspace) as unit:
            branch = unit.events.branch(session.head.branch)
        assert branch is not None
        assert branch.parent.branch == root_of(session.id).branch

    def test_keeps_the_checkpoints_there_are(self, shop: Context) -> None:
        session = begin(shop)
        checkpoints.mark(shop, session.id, "a")
        expose(shop, session, times=2)
        checkpoints.mark(shop, session.id, "b")
        checkpoints.restore(shop, session.id, Restoring(checkpoint="a"))
        assert exposures(shop, checkpoints.restore(shop, session.id, Restoring(checkpoint="b"))) == 2


class TestIsolation:
    def test_of_workspaces(self) -> None:
        shop = open_shop(DOCUMENT, BARGAIN)
        other = replace(shop, workspace=WorkspaceId("other"))
        session = begin(shop)
        mark = checkpoints.mark(shop, session.id, "a")
        calls: list[Any] = [
            lambda: sessions.get(other, session.id),
            lambda: sessions.end(other, session.id),
            lambda: checkpoints.mark(other, session.id, "b"),
            lambda: checkpoints.listing(other, session.id),
            lambda: checkpoints.restore(other, session.id, Restoring(checkpoint=mark.id, elsewhere=True)),
        ]
        for call in calls:
            with pytest.raises(UnknownSession):
                call()
        assert sessions.listing(other).items == ()
