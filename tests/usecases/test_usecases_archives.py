"""Sessions that leave as a file and come back: equal, whole or not at all, and without those who were erased."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.usecases.shop import BARGAIN, CUSTOMERS, DOCUMENT, asking, changed, comparing, numbers_of, open_shop
from twincast.domain.archives import Archive
from twincast.domain.errors import ArchiveMisfit, UnreadableArchive
from twincast.domain.events import Branch, Head, real_line
from twincast.domain.ids import BranchId, SessionId, TrialId, WorkspaceId
from twincast.domain.sessions import Session
from twincast.files.archives import read_archive, write_archive
from twincast.storage.sql.store import open_store
from twincast.usecases import archives, audit, checkpoints, comparisons, sessions, trials, twins
from twincast.usecases.checkpoints import Restoring
from twincast.usecases.context import Context
from twincast.usecases.sessions import SessionRequest


def grown(shop: Context) -> Session:
    """A session with a past: two twins, memory, a comparison, two checkpoints and a restore in place."""
    session = sessions.begin(shop, SessionRequest(name="spring", cache_file="a.b.json", seed=9))
    trials.run(shop, asking(session=session.id, memory=True))
    checkpoints.mark(shop, session.id, "one")
    trials.run(shop, asking("bargain", session=session.id, memory=True))
    comparisons.run(shop, comparing({"A": "10% off", "B": "Free tea"}, session=session.id))
    checkpoints.restore(shop, session.id, Restoring(checkpoint="one"))
    checkpoints.mark(shop, session.id, "one")
    trials.run(shop, asking(session=session.id, memory=True))
    return sessions.get(shop, session.id)


def elsewhere(shop: Context, name: str = "other") -> Context:
    return replace(shop, workspace=WorkspaceId(name))


def carried(archive: Archive) -> Archive:
    """An archive that went through a file."""
    return read_archive(write_archive(archive))


def told(archive: Archive) -> Archive:
    """What an archive says of the session, without where and when it was made."""
    return replace(archive, workspace="", exported_at=archive.session.created_at)


def head(branch: str, position: int) -> Head:
    return Head(branch=BranchId(branch), position=position)


def next_numbers(ctx: Context, session: SessionId) -> Any:
    return numbers_of(trials.run(ctx, asking(session=session, memory=True)))


class TestExporting:
    def test_through_a_file_loses_nothing(self, shop: Context) -> None:
        archive = archives.export(shop, grown(shop).id, twins=True)
        assert carried(archive) == archive
        assert write_archive(carried(archive)) == write_archive(archive)
        assert {pin.twin_id for pin in archive.pins} == {"twin_cust_12345", "twin_bargain"}
        assert len(archive.twins) == 2

    def test_of_a_restored_session_needs_no_other(self, shop: Context) -> None:
        first = grown(shop)
        child = checkpoints.restore(shop, first.id, Restoring(checkpoint="one", elsewhere=True))
        trials.run(shop, asking(session=child.id, memory=True))
        grandchild = checkpoints.restore(
            shop, child.id, Restoring(checkpoint=checkpoints.mark(shop, child.id, "two").id, elsewhere=True)
        )
        archive = carried(archives.export(shop, grandchild.id, twins=True))
        there = elsewhere(shop)
        loaded = archives.load(there, archive).session
        assert sessions.kinds(there, loaded.id) == sessions.kinds(shop, grandchild.id)
        assert next_numbers(there, loaded.id) == next_numbers(shop, grandchild.id)


class TestLoading:
    @pytest.mark.req("R169", "A56")
    def test_brings_back_an_equal_session(self, shop: Context) -> None:
        session = grown(shop)
        archive = archives.export(shop, session.id)
        sessions.erase(shop, session.id)
        loaded = archives.load(shop, carried(archive))
        assert (loaded.copied, loaded.session) == (False, session)
        assert told(archives.export(shop, session.id)) == told(archive)

    @pytest.mark.req("R169")
    def test_goes_on_in_another_workspace_as_it_would_have(self, shop: Context) -> None:
        session = grown(shop)
        archive = archives.export(shop, session.id, twins=True)
        there = elsewhere(shop)
        loaded = archives.load(there, carried(archive))
        assert (loaded.session, loaded.counts["twins"]) == (session, 2)
        assert told(archives.export(there, session.id, twins=True)) == told(archive)
        assert next_numbers(there, session.id) == next_numbers(shop, session.id)

    def test_beside_the_session_makes_a_copy(self, shop: Context) -> None:
        session = grown(shop)
        loaded = archives.load(shop, archives.export(shop, session.id))
        assert loaded.copied
        assert loaded.session.id != session.id
        sizes = [
            (it.session.head.position, it.tests, it.comparisons, it.checkpoints)
            for it in (sessions.content(shop, session.id), sessions.content(shop, loaded.session.id))
        ]
        assert sizes[0] == sizes[1]
        assert next_numbers(shop, loaded.session.id) == next_numbers(shop, session.id)
        for name in (session.id, loaded.session.id):
            restored = checkpoints.restore(shop, name, Restoring(checkpoint="one", version=2))
            assert restored.head.position == 3

    def test_brings_nobody_back_who_was_erased(self, shop: Context) -> None:
        session = grown(shop)
        archive = archives.export(shop, session.id, twins=True)
        sessions.erase(shop, session.id)
        twins.erase(shop, "cust_12345")
        loaded = archives.load(shop, archive)
        assert loaded.left_out == 1
        assert {it.twin_id for it in trials.listing(shop, session=session.id).items} == {"twin_bargain"}
        assert b"cust_12345" not in write_archive(archives.export(shop, session.id, twins=True))
        assert "twin_cust_12345" not in {twin.id for twin in twins.listing(shop).items}

    def test_without_its_twins_is_refused_where_they_are_not(self, shop: Context) -> None:
        archive = archives.export(shop, grown(shop).id)
        there = elsewhere(shop)
        with pytest.raises(ArchiveMisfit, match=r"2 twins .* not in this workspace .*'default'.* export it with"):
            archives.load(there, archive)
        assert sessions.listing(there).items == ()
        assert audit.entries(there).items == ()

    def test_is_refused_where_its_twins_are_others(self, shop: Context) -> None:
        archive = archives.export(shop, grown(shop).id, twins=True)
        there = elsewhere(shop)
        twins.save(there, changed(DOCUMENT, total_purchases=3))
        with pytest.raises(ArchiveMisfit, match=r"other data under the same version .*twin_cust_12345"):
            archives.load(there, archive)
        assert sessions.listing(there).items == ()
        assert len(twins.listing(there).items) == 1


FORGERIES: dict[str, Callable[[Archive], Archive]] = {
    "an event on a twin's own line": lambda it: replace(
        it, events=(replace(it.events[0], branch=real_line(it.events[0].twin_id).branch), *it.events[1:])
    ),
    "an event that is said to be real": lambda it: replace(
        it, events=(replace(it.events[0], simulated=False), *it.events[1:])
    ),
    "a session with a twin's line for its own": lambda it: replace(
        it, session=replace(it.session, id=SessionId("real:twin_bargain"))
    ),
    "a ring of branches": lambda it: replace(
        it,
        branches=(
            Branch(id=BranchId("branch_a"), session_id=it.session.id, parent=head("branch_b", 1)),
            Branch(id=BranchId("branch_b"), session_id=it.session.id, parent=head("branch_a", 1)),
        ),
    ),
    "a head on no branch": lambda it: replace(it, session=replace(it.session, head=head("branch_x", 1))),
    "a memory that is none": lambda it: replace(it, events=(replace(it.events[0], memory={"x": 1}), *it.events[1:])),
    "two events in one place": lambda it: replace(it, events=(it.events[0], *it.events)),
    "a test of another session": lambda it: replace(
        it, tests=(replace(it.tests[0], session_id=SessionId("sess_x")), *it.tests[1:])
    ),
    "a test with a path for its id": lambda it: replace(
        it, tests=(replace(it.tests[0], id=TrialId("../x")), *it.tests[1:])
    ),
    "a twin that is not named": lambda it: replace(it, pins=it.pins[1:]),
}


class TestForgeries:
    @pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
    def test_are_refused_and_leave_nothing(self, shop: Context, forge: Callable[[Archive], Archive]) -> None:
        archive = forge(archives.export(shop, grown(shop).id, twins=True))
        there = elsewhere(shop)
        with pytest.raises(UnreadableArchive):
            archives.load(there, carried(archive))
        assert sessions.listing(there).items == ()
        assert twins.listing(there).items == ()

    def test_of_a_record_are_refused(self, shop: Context) -> None:
        archive = archives.export(shop, grown(shop).id, twins=True)
        forged = replace(archive, twins=tuple(replace(it, record='{"customer_id":"x"}') for it in archive.twins))
        with pytest.raises(UnreadableArchive, match="does not fit its digest"):
            archives.load(elsewhere(shop), forged)


@pytest.fixture(scope="module")
def content() -> bytes:
    """A session as a file."""
    shop = open_shop(DOCUMENT, BARGAIN)
    return write_archive(archives.export(shop, grown(shop).id, twins=True))


class TestFiles:
    def test_that_are_cut_off_anywhere_are_refused(self, content: bytes) -> None:
        for part in range(97):
            cut = content[: len(content) * part // 97]
            with pytest.raises(UnreadableArchive):
                read_archive(cut)
        lines = content.splitlines(keepends=True)
        for kept in range(len(lines)):
            with pytest.raises(UnreadableArchive):
                read_archive(b"".join(lines[:kept]))

    def test_that_were_altered_are_refused(self, content: bytes) -> None:
        with pytest.raises(UnreadableArchive, match="checksum"):
            read_archive(content.replace(b'"spring"', b'"autumn"'))
        lines = content.splitlines(keepends=True)
        with pytest.raises(UnreadableArchive, match="checksum"):
            read_archive(b"".join([*lines[:2], *lines[3:]]))

    def test_of_a_later_version_are_refused(self, content: bytes) -> None:
        with pytest.raises(UnreadableArchive, match="version 2; this Twincast reads version 1"):
            read_archive(content.replace(b'"version":1', b'"version":2', 1))

    @pytest.mark.parametrize(
        "other", [b"", b"\n", b"{}", b"[]\n[]", b"\xff\xfe", b'{"format":"twincast-session"}\n', b"a,b\n1,2\n"]
    )
    def test_of_another_kind_are_refused(self, other: bytes) -> None:
        with pytest.raises(UnreadableArchive):
            read_archive(other)


class TestAProcessLater:
    """The law of saving, through a real file: a session that was loaded goes on exactly as the one that was not."""

    @pytest.mark.req("R169")
    def test_goes_on_exactly_as_it_would_have(self, tmp_path: Path) -> None:
        one, two = (open_store(str(tmp_path / f"{name}.db")) for name in ("one", "two"))
        shop = open_shop(*CUSTOMERS, store=one)
        session = grown(shop)
        (tmp_path / "session.jsonl").write_bytes(write_archive(archives.export(shop, session.id, twins=True)))
        there = replace(shop, store=two)
        loaded = archives.load(there, read_archive((tmp_path / "session.jsonl").read_bytes())).session
        assert loaded == session
        assert [next_numbers(there, session.id) for _ in range(3)] == [next_numbers(shop, session.id) for _ in range(3)]
        one.close()
        two.close()
