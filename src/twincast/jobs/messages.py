"""What webhooks are told and how: signed as the Standard Webhooks specification says, and never into a private network.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from twincast.domain.ids import DeliveryId, WorkspaceId
from twincast.domain.jobs import Job, JobProblem
from twincast.domain.webhooks import EVENTS, Attempt, DeliveryStatus, Webhook, url_problem
from twincast.jobs.posting import Refused, post
from twincast.ports.clock import Clock
from twincast.ports.stores import Store

log = logging.getLogger(__name__)
Post = Callable[[str, dict[str, str], bytes, bool], int]
"""Sends a body with headers to an address, in a private network or not; returns the answer's status."""


def message_of(job: Job) -> str:
    """Return what webhooks are told of how a job ended: ids and counts, no results."""
    problem = None if job.problem is None else {"code": job.problem.code, "detail": job.problem.detail}
    data = {
        "job_id": job.id,
        "kind": job.kind,
        "subject": job.subject,
        "status": job.status.value,
        "attempt": job.attempt,
        "total": job.total,
        "done": job.done,
        "failed": job.failed,
        "problem": problem,
    }
    return msgspec.json.encode({"type": EVENTS[job.status], "timestamp": job.ended_at, "data": data}).decode()


def headers_of(secret: bytes, name: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that prove where a message comes from, and when it was sent.

    Args:
        secret: key of the signature.
        name: id of the message.
        at: when it is sent.
        body: as it goes out.
    """
    stamp = str(int(at.timestamp()))
    digest = hmac.digest(secret, b".".join([name.encode(), stamp.encode(), body]), "sha256")
    return {
        "content-type": "application/json",
        "user-agent": "twincast-webhooks",
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Messenger:
    """Makes attempts at deliveries.

    Attributes:
        private: whether messages may go into a private network, or to this machine.
        post: what sends.
    """

    store: Store
    clock: Clock
    private: bool
    post: Post = post

    def attempt(self, workspace: WorkspaceId, delivery_id: DeliveryId, made: int) -> None:
        """Try a delivery at which so many attempts were made; nothing where that is no longer so.

        Sent and then killed before it could be stored: the message goes out again, with the same id.
        """
        with self.store.reading(workspace) as unit:
            delivery = unit.webhooks.delivery(delivery_id)
            webhook = None if delivery is None else unit.webhooks.get(delivery.webhook)
        if delivery is None or webhook is None or delivery.attempts != made:
            return
        if delivery.status is not DeliveryStatus.PENDING:
            return
        at, began = self.clock.now(), time.perf_counter()
        status, problem = self._sent(webhook, delivery_id, at, delivery.body.encode())
        attempt = Attempt(number=made + 1, at=at, seconds=time.perf_counter() - began, status=status, problem=problem)
        with self.store.writing(workspace) as unit:
            now = unit.webhooks.delivery(delivery_id)
            if now is None or now.attempts != made:
                return
            unit.webhooks.note(delivery_id, attempt)
            unit.webhooks.send(now.after(attempt))
            unit.commit()

    def _sent(
        self, webhook: Webhook, name: DeliveryId, at: datetime, body: bytes
    ) -> tuple[int | None, JobProblem | None]:
        wrong = url_problem(webhook.url, private=self.private)
        if wrong is not None:
            return None, JobProblem(code="webhook-refused", detail=f"The address {wrong}.")
        try:
            status = self.post(webhook.url, headers_of(webhook.secret, name, at, body), body, self.private)
        except Refused as error:
            return None, JobProblem(code="webhook-refused", detail=str(error))
        except (OSError, ValueError) as error:
            return None, JobProblem(code="webhook-unreachable", detail=f"No answer: {type(error).__name__}.")
        if 200 <= status < 300:
            return status, None
        return status, JobProblem(code="webhook-answer", detail=f"The address answered {status}.")
