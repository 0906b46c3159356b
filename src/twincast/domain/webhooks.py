"""Webhooks: addresses of others that are told when a job has ended, and the deliveries to them with every attempt."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from twincast.domain.ids import DeliveryId, WebhookId
from twincast.domain.jobs import Job, JobProblem, Status

EVENTS: Final[Mapping[Status, str]] = {
    Status.SUCCEEDED: "job.succeeded",
    Status.FAILED: "job.failed",
    Status.CANCELLED: "job.cancelled",
}
"""What happened, by how a job ended."""
WAITS: Final = tuple(timedelta(seconds=wait) for wait in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""Time to wait after each attempt that failed, as the Standard Webhooks specification proposes; then it is given up."""
MAX_URL: Final = 2_000
GONE: Final = 410
"""Status with which an address says that it wants nothing any more."""
HOME_NAMES: Final = ("localhost", "local", "internal", "localdomain", "home.arpa")


class DeliveryStatus(StrEnum):
    """How far a delivery is."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """An address that is told.

    Attributes:
        events: of which it is told.
        secret: key of the signatures; never part of what is shown or logged, but once when it was made.
    """

    id: WebhookId
    url: str
    events: tuple[str, ...]
    secret: bytes
    created_at: datetime

    def __repr__(self) -> str:
        """Show which webhook it is, and no secret."""
        return f"Webhook(id={self.id!r})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One try to deliver.

    Attributes:
        number: 1 for the first.
        status: of the answer, None where there was none.
        problem: why it failed; None where it was delivered.
    """

    number: int
    at: datetime
    seconds: float
    status: int | None
    problem: JobProblem | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """Something that a webhook is told.

    Attributes:
        id: the same in every attempt and every replay, so that whoever gets it twice can tell.
        body: JSON, signed as it stands.
        attempts: made so far.
        waits: how many waits of `WAITS` were used since it was first sent or replayed.
        due_at: when it is tried next; None where it is not to be.
    """

    id: DeliveryId
    webhook: WebhookId
    event: str
    body: str
    status: DeliveryStatus
    attempts: int
    waits: int
    due_at: datetime | None
    created_at: datetime

    def after(self, attempt: Attempt) -> "Delivery":
        """Return the delivery as it stands after an attempt."""
        made = replace(self, attempts=attempt.number)
        if attempt.problem is None:
            return replace(made, status=DeliveryStatus.DELIVERED, due_at=None)
        if attempt.status == GONE or self.waits == len(WAITS):
            return replace(made, status=DeliveryStatus.FAILED, due_at=None)
        return replace(made, waits=self.waits + 1, due_at=attempt.at + WAITS[self.waits])

    def replayed(self, at: datetime) -> "Delivery":
        """Return the delivery as it stands when it is to be sent once more."""
        return replace(self, status=DeliveryStatus.PENDING, waits=0, due_at=at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A delivery, and every attempt at it."""

    delivery: Delivery
    attempts: tuple[Attempt, ...]


def told_of(webhook: Webhook, job: Job, body: str, at: datetime) -> Delivery:
    """Return the delivery of how a job ended; the same job, attempt and webhook give the same id."""
    return Delivery(
        id=DeliveryId(f"msg_{job.id.removeprefix('job_')}_{job.attempt}_{webhook.id.removeprefix('hook_')}"),
        webhook=webhook.id,
        event=EVENTS[job.status],
        body=body,
        status=DeliveryStatus.PENDING,
        attempts=0,
        waits=0,
        due_at=at,
        created_at=at,
    )


def url_problem(url: str, *, private: bool) -> str | None:
    """Return what is wrong with the address of a webhook, as far as it can be seen without asking where it leads.

    Args:
        url: the address.
        private: whether addresses of this machine and of private networks are allowed.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return "is no URL"
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        return f"must be ASCII without spaces, at most {MAX_URL:,} characters"
    if parts.scheme not in ("https", "http") or not host or port == 0:
        return "must be an https:// or http:// address with a host"
    if parts.username is not None or parts.password is not None:
        return "must hold no user and no password"
    if private:
        return None
    if parts.scheme == "http":
        return "must be https://"
    if is_at_home(host):
        return "leads into a private network, or to this machine"
    return None


def is_at_home(host: str) -> bool:
    """Tell whether a host, as it is written, is this machine or in a private network. A name may yet lead there."""
    name = host.rstrip(".").lower()
    if any(name == home or name.endswith(f".{home}") for home in HOME_NAMES) or ("." not in name and ":" not in name):
        return True
    try:
        return not is_public(name)
    except ValueError:
        return name.rpartition(".")[2].isdigit()  # 127.1 and its like, which only some resolvers read


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the open internet. Raises ValueError where it is none."""
    found = ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (inner is None or bool(inner.is_global))
