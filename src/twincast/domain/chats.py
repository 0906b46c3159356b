"""What is said to a language model and what comes back: a prompt, an answer in its shape, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from twincast.domain.ids import SessionId, TwinId


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What a question is about, kept with its answer, so that it can be laid beside what came of the message.

    Attributes:
        message: digest of the text and channel.
        told: how likely the purchase is that the model was told of as decided, 0 (least) to 4.
        as_of: the day after which nothing that was shown happened, where one was asked for; None: the moment it was
            asked.
    """

    message: str
    told: int
    as_of: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """One call's worth of text.

    Attributes:
        name, version: which prompt it is made from; both count for the cache.
        system: the part that is the same for all customers: first, so that providers can keep it.
        user: the part about one customer and one message.
        shape: the type that an answer must fit; nothing else is an answer.
        max_tokens: longest answer.
        draw: which of several answers to the same words it is.
        twin: whom it is about: what is kept of the answer goes when she is erased.
        session: where the call is counted.
        about: None where the answer judges no message, or rests on what was only simulated.
    """

    name: str
    version: int
    system: str
    user: str
    shape: type
    max_tokens: int
    draw: int = 0
    twin: TwinId | None = None
    session: SessionId | None = None
    about: About | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A whole answer.

    Attributes:
        text: JSON that fits the prompt's shape.
        model: which model gave it.
        calls: requests it took this time; 0: it was kept from before.
        key: what it is kept under (`KeptAnswer`).
    """

    text: str
    model: str
    calls: int
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsaid:
    """That there is no answer to one prompt, and why; never a value.

    Attributes:
        code: stable slug (`budget`, `timeout`, `malformed`, `refused`, `unreachable`, `paused`,
            `cancelled`).
        detail: one sentence, without anything of the prompt.
        calls: requests that were made all the same.
    """

    code: str
    detail: str
    calls: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptAnswer:
    """An answer kept, so that nobody asks for it again.

    Attributes:
        key: SHA-256 (hex) of all that could change it: the model, the prompt with its version, shape, limit, draw.
        twin: whom it is about.
        text: the answer as it came.
        about: what it judges; None where it judges no message.
    """

    key: str
    twin: TwinId | None
    text: str
    model: str
    prompt: str
    created_at: datetime
    about: About | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Payload:
    """Exactly what would be sent to a model about a customer.

    Attributes:
        prompt: name and version.
        model: to which it would go; None where none is configured.
        summary: what is sent before, about a long past; None where it is short. Its answer stands in `user` then, in
            the place of the counts.
        removed: what was taken out before it was written, kind -> how often.
    """

    prompt: str
    model: str | None
    system: str
    user: str
    summary: str | None
    removed: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """Whether a language model works: it was asked once about nobody.

    Attributes:
        problem, detail: why it does not; None where it does.
        calls: requests that it took.
        seconds, tokens, usd: of the last of them; None where none was made, or the price is not known.
    """

    model: str
    problem: str | None
    detail: str | None
    calls: int
    seconds: float | None
    tokens: int | None
    usd: float | None
