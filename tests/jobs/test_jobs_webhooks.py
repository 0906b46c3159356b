"""Webhooks: signed by the specification, told again until they are heard, replayed under one id, never sent home."""

import base64
import hashlib
import hmac
import json
import socket
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.jobs.conftest import Accept
from tests.jobs.listening import listening
from twincast.domain.errors import InvalidInput, UnknownWebhook
from twincast.domain.ids import DeliveryId
from twincast.domain.jobs import Job
from twincast.domain.webhooks import WAITS, DeliveryStatus, Told, Webhook, url_problem
from twincast.jobs.messages import Messenger, headers_of
from twincast.jobs.posting import Refused, post
from twincast.jobs.running import Runner
from twincast.jobs.threads import ThreadedJobs
from twincast.usecases import audit, webhooks
from twincast.usecases.context import Context

URL = "https://shop.example/hooks"
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


@dataclass
class Far:
    """An address that answers as it is told, and keeps what it got."""

    answers: list[int | Exception] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def __call__(self, url: str, headers: dict[str, str], body: bytes, private: bool) -> int:
        self.got.append((url, headers, body))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer


class Post:
    """A job that ended, a webhook that is to hear of it, and who tells it."""

    def __init__(self, ctx: Context, runner: Runner, job: Job) -> None:
        self.ctx, self.far, self.clock = ctx, Far(), Clock()
        self.webhook: Webhook = webhooks.register(ctx, URL)
        self.messenger = Messenger(store=ctx.store, clock=self.clock, private=False, post=self.far)
        ThreadedJobs(runner, at_once=True).tell(ctx.workspace, job.id)
        self.clock.at = ctx.clock.now() + timedelta(seconds=1)

    def told(self) -> Told:
        (found,) = webhooks.deliveries(self.ctx, self.webhook.id).items
        return found

    def work(self) -> int:
        """Do what is due; return how much that was."""
        due = self.ctx.store.board.due(self.clock.at, 99)
        for workspace, name, made in due:
            self.messenger.attempt(workspace, name, made)
        return len(due)


@pytest.fixture
def mail(ctx: Context, runner: Runner, accept: Accept) -> Post:
    return Post(ctx, runner, accept(2))


def is_genuine(secret: bytes, headers: dict[str, str], body: bytes) -> bool:
    """The reference algorithm of the Standard Webhooks specification, written from its text."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    given = [part.split(",", 1) for part in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(it, expected) for version, it in given)


class TestSigning:
    @pytest.mark.req("I12")
    def test_agrees_with_the_vector_of_the_reference_libraries(self) -> None:
        secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        at = datetime.fromtimestamp(1614265330, UTC)
        headers = headers_of(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
        assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    @pytest.mark.req("I12")
    def test_proves_where_a_message_comes_from(self, mail: Post) -> None:
        assert mail.work() == 1
        ((url, headers, body),) = mail.far.got
        assert url == URL
        assert is_genuine(mail.webhook.secret, headers, body)
        assert not is_genuine(mail.webhook.secret, headers, body + b" ")
        assert not is_genuine(b"another", headers, body)
        message = json.loads(body)
        assert (message["type"], message["data"]["status"], message["data"]["done"]) == (
            "job.succeeded",
            "succeeded",
            2,
        )


class TestTelling:
    @pytest.mark.req("I12")
    def test_goes_on_under_one_id_until_it_is_heard(self, mail: Post) -> None:
        mail.far.answers = [500, OSError("refused"), 302, 204]
        for _ in range(4):
            assert mail.work() == 1
            assert mail.work() == 0  # only once the wait is over
            mail.clock.at += timedelta(hours=1)
        assert mail.work() == 0
        found = mail.told()
        assert found.delivery.status is DeliveryStatus.DELIVERED
        assert [it.status for it in found.attempts] == [500, None, 302, 204]
        assert [it.problem is None for it in found.attempts] == [False, False, False, True]
        assert len({headers["webhook-id"] for _, headers, _ in mail.far.got}) == 1
        assert len({headers["webhook-signature"] for _, headers, _ in mail.far.got}) == 4
        assert len({body for _, _, body in mail.far.got}) == 1

    @pytest.mark.req("I12")
    def test_a_replay_has_the_same_id_and_body(self, mail: Post) -> None:
        mail.work()
        name = mail.told().delivery.id
        replayed = webhooks.replay(mail.ctx, mail.webhook.id, name)
        assert replayed.delivery.status is DeliveryStatus.PENDING
        mail.clock.at = mail.ctx.clock.now() + timedelta(seconds=1)
        assert mail.work() == 1
        first, second = mail.far.got
        assert first[1]["webhook-id"] == second[1]["webhook-id"] == name
        assert first[2] == second[2]
        assert is_genuine(mail.webhook.secret, *second[1:])
        assert [it.number for it in mail.told().attempts] == [1, 2]

    def test_is_given_up_after_the_last_wait_and_where_nobody_wants_it(self, mail: Post) -> None:
        mail.far.answers = [503] * 99
        made = 0
        while mail.work():
            made += 1
            mail.clock.at += timedelta(days=2)
        assert made == len(WAITS) + 1
        assert mail.told().delivery.status is DeliveryStatus.FAILED
        webhooks.replay(mail.ctx, mail.webhook.id, mail.told().delivery.id)
        mail.far.answers = [410]
        assert mail.work() == 1
        assert mail.told().delivery.status is DeliveryStatus.FAILED
        assert mail.work() == 0

    def test_an_attempt_that_was_made_is_not_made_again(self, mail: Post) -> None:
        name = mail.told().delivery.id
        for _ in range(2):
            mail.messenger.attempt(mail.ctx.workspace, name, 0)
        mail.messenger.attempt(mail.ctx.workspace, DeliveryId("msg_nothing"), 0)
        assert len(mail.far.got) == 1

    def test_only_of_what_was_asked_for_and_of_nothing_once_it_is_gone(
        self, ctx: Context, runner: Runner, accept: Accept
    ) -> None:
        only = webhooks.register(ctx, URL, ["job.failed"])
        post = Post(ctx, runner, accept(1))
        assert webhooks.deliveries(ctx, only.id).items == ()
        webhooks.remove(ctx, post.webhook.id)
        assert post.work() == 0
        with pytest.raises(UnknownWebhook):
            webhooks.deliveries(ctx, post.webhook.id)
        actions = [it.action for it in audit.entries(ctx, action="webhook").items]
        assert actions == ["webhook.removed", "webhook.registered", "webhook.registered"]


class TestWhereTo:
    @pytest.mark.parametrize(
        "url",
        [
            "http://shop.example/",
            "https://localhost/",
            "https://shop.localhost./",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fe80::1%25eth0]/",
            "https://10.0.0.8/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://metadata.internal/",
            "https://intranet/",
            "https://user:secret@shop.example/",
            "ftp://shop.example/",
            "https:///nowhere",
            "https://shop.example:99999/",
            "https://shop.example/\nX: y",
            "https://shöp.example/",
            "",
        ],
    )
    def test_addresses_that_are_private_or_none_are_refused(self, ctx: Context, url: str) -> None:
        with pytest.raises(InvalidInput, match="url"):
            webhooks.register(ctx, url)
        assert webhooks.listing(ctx) == []

    def test_a_setting_allows_private_ones(self, ctx: Context) -> None:
        made = webhooks.register(replace(ctx, private_webhooks=True), "http://127.0.0.1:9/hook")
        assert webhooks.get(ctx, made.id) == made
        assert url_problem("ftp://127.0.0.1/", private=True)

    def test_unknown_events_are_refused(self, ctx: Context) -> None:
        with pytest.raises(InvalidInput, match="events"):
            webhooks.register(ctx, URL, ["job.exploded"])

    @pytest.mark.parametrize("found", [["10.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::1"], ["169.254.169.254"]])
    def test_a_name_that_leads_home_when_it_is_to_be_told_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, found: list[str]
    ) -> None:
        def resolved(*_: Any, **__: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in found]

        def connected(*_: Any) -> None:
            raise AssertionError("a connection was made")

        monkeypatch.setattr(socket, "getaddrinfo", resolved)
        monkeypatch.setattr(socket, "create_connection", connected)
        with pytest.raises(Refused, match="private network"):
            post(URL, {}, b"{}", False)

    def test_a_real_address_gets_the_bytes_and_is_followed_nowhere(self) -> None:
        with listening(307) as (url, got):
            assert post(f"{url}/a?b=c", {"webhook-id": "msg_1"}, b'{"a":1}', True) == 307
        assert got == [("/a?b=c", "msg_1", b'{"a":1}')]
        with pytest.raises(OSError, match="refused"):
            post(url, {}, b"{}", True)
