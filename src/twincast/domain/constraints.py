"""What a message must keep to: its constraints, what breaks them, and which of them can not hold together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from twincast.domain.plans import MessagePlan
from twincast.domain.tones import WORD, haste_in, lint_tone

UNITS: Final = ("words", "characters")
URGENCIES: Final = ("low", "medium", "high")
"""low: no word of haste or scarcity; medium: at most one; high: as many as the plan wants."""
MAX_WORDS_LISTED: Final = 100
"""Most forbidden words, and most required facts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelLimit:
    """What fits: characters of the text, and of the subject or title; None: the channel has no such line."""

    content: int
    subject: int | None


CHANNEL_LIMITS: Final[dict[str, ChannelLimit]] = {
    "email": ChannelLimit(content=20_000, subject=60),
    "sms": ChannelLimit(content=160, subject=None),
    "push": ChannelLimit(content=150, subject=50),
    "in_app": ChannelLimit(content=300, subject=50),
    "web": ChannelLimit(content=300, subject=60),
    "social": ChannelLimit(content=500, subject=None),
    "mail": ChannelLimit(content=20_000, subject=None),
    "mobile_app": ChannelLimit(content=300, subject=50),
}
"""One segment of a text message; what a locked phone shows of a notification; what a mailbox shows of a subject."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraints:
    """What every message must keep to; None and empty: anything goes.

    Attributes:
        discount_max: largest fraction of the list price, in [0, 1].
        length_max: longest text, in `length_unit`.
        length_unit: of `UNITS`.
        tone: of `TONES`.
        urgency: of `URGENCIES`.
        forbidden: words and phrases that must not stand in the message, in any case of letters.
        required: sentences that must stand in it word for word.
        channel: of `CHANNEL_LIMITS`, or None.
    """

    discount_max: float | None = None
    length_max: int | None = None
    length_unit: str = "words"
    tone: str | None = None
    urgency: str | None = None
    forbidden: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    channel: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """One constraint that a plan or a text breaks: its field, and one sentence that says how."""

    field: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Contradiction:
    """Constraints that no message can keep together: the fields, none of which could be left out, and why."""

    fields: tuple[str, ...]
    message: str


def word_count(text: str) -> int:
    """Count words as people do: "25%", "$10" and "first-class" are one each."""
    return len(WORD.findall(text))


def broken_by_plan(constraints: Constraints, plan: MessagePlan, order_value: float | None) -> tuple[Violation, ...]:
    """Return what a plan breaks before a word of it is written: discount, tone, urgency, channel.

    Args:
        order_value: what the customer usually spends on an order: turns money off into a fraction.
    """
    return tuple(_of_plan(constraints, plan, order_value))


def _of_plan(constraints: Constraints, plan: MessagePlan, order_value: float | None) -> Iterator[Violation]:
    if plan.offer is not None:
        yield from _discount(constraints, plan.offer.depth(order_value))
    if constraints.tone is not None and plan.tone != constraints.tone:
        yield Violation(field="tone", message=f"The tone is {plan.tone}, not {constraints.tone}.")
    if constraints.urgency == "low":
        hasty = [appeal for appeal in plan.appeals if appeal in {"urgency", "scarcity"}]
        if hasty:
            yield Violation(field="urgency", message=f"An appeal to {hasty[0]} is not low urgency.")
    if constraints.channel is not None and plan.channel != constraints.channel:
        yield Violation(field="channel", message=f"The channel is {plan.channel}, not {constraints.channel}.")


def broken_by_text(
    constraints: Constraints, content: str, *, subject: str | None, depth: float | None
) -> tuple[Violation, ...]:
    """Return what a text breaks, whoever wrote it.

    Args:
        content: the text itself; subject: its subject or title, where it has one.
        depth: the largest fraction of the list price that it was read to give up, 0 for none; None: it cuts a price,
            nobody knows by which fraction, and any `discount_max` is broken.
    """
    return tuple(_of_text(constraints, content, subject, depth))


def _of_text(constraints: Constraints, content: str, subject: str | None, depth: float | None) -> Iterator[Violation]:
    whole = content if subject is None else f"{subject}\n{content}"
    yield from _discount(constraints, depth)
    yield from _length(constraints, content)
    if constraints.tone is not None:
        yield from (Violation(field="tone", message=said) for said in lint_tone(whole, constraints.tone))
    yield from _haste(constraints, whole)
    for word in constraints.forbidden:
        if stands_in(word, whole):
            yield Violation(field="forbidden", message=f"{word!r} stands in the message.")
    for fact in constraints.required:
        if fact not in content:
            yield Violation(field="required", message=f"{fact!r} does not stand in the message.")
    yield from _channel(constraints, content, subject)


def _discount(constraints: Constraints, depth: float | None) -> Iterator[Violation]:
    most = constraints.discount_max
    if most is None:
        return
    if depth is None:
        yield Violation(field="discount_max", message="The fraction of the price that it takes off is not known.")
    elif depth > most + 1e-9:
        yield Violation(field="discount_max", message=f"It takes off {depth:.1%}, more than {most:.1%}.")


def _length(constraints: Constraints, content: str) -> Iterator[Violation]:
    most, unit = constraints.length_max, constraints.length_unit
    if most is None:
        return
    has = word_count(content) if unit == "words" else len(content)
    if has > most:
        yield Violation(field="length_max", message=f"It has {has} {unit}, more than {most}.")


def _haste(constraints: Constraints, text: str) -> Iterator[Violation]:
    allowed = {"low": 0, "medium": 1}.get(constraints.urgency or "")
    found = haste_in(text)
    if allowed is not None and len(found) > allowed:
        message = f"{found[allowed]!r} is more haste than {constraints.urgency} urgency allows."
        yield Violation(field="urgency", message=message)


def _channel(constraints: Constraints, content: str, subject: str | None) -> Iterator[Violation]:
    limit = CHANNEL_LIMITS.get(constraints.channel or "")
    if limit is None:
        return
    if len(content) > limit.content:
        message = f"It has {len(content)} characters; {constraints.channel} holds {limit.content}."
        yield Violation(field="channel", message=message)
    if subject is not None and limit.subject is not None and len(subject) > limit.subject:
        message = f"Its subject has {len(subject)} characters; {constraints.channel} shows {limit.subject}."
        yield Violation(field="channel", message=message)


def stands_in(word: str, text: str) -> bool:
    """Whether a word or phrase stands in a text as words of its own, in any case of letters and with any blanks."""
    return f" {_plain(word)} " in f" {_plain(text)} " if _plain(word) else word.strip() in text


def _plain(text: str) -> str:
    return " ".join(WORD.findall(text.lower().replace("’", "'")))


def contradictions(
    constraints: Constraints, *, depths: Mapping[str, float | None] | None = None
) -> tuple[Contradiction, ...]:
    """Return what can not hold together, the smallest first; empty: nothing is known to contradict.

    Args:
        depths: what each required fact was read to take off the list price (0: nothing, None: unknown); those left out
            take off nothing.
    """
    found = list(_contradictions(constraints, depths or {}))
    return tuple(sorted(found, key=lambda it: len(it.fields)))


def _contradictions(constraints: Constraints, depths: Mapping[str, float | None]) -> Iterator[Contradiction]:
    if constraints.tone == "urgent" and constraints.urgency == "low":
        yield Contradiction(fields=("tone", "urgency"), message="A message of low urgency can not be urgent.")
    for at, fact in enumerate(constraints.required):
        yield from _against_fact(constraints, f"required[{at}]", fact, depths.get(fact, 0.0))
    yield from _too_long_together(constraints)


def _against_fact(constraints: Constraints, name: str, fact: str, depth: float | None) -> Iterator[Contradiction]:
    for violation in _of_text(_alone(constraints), fact, None, depth):
        if violation.field == "forbidden":
            words = enumerate(constraints.forbidden)
            at = next(at for at, word in words if stands_in(word, fact) and repr(word) in violation.message)
            yield Contradiction(fields=(f"forbidden[{at}]", name), message=f"{violation.message[:-1]}: it is required.")
        else:
            yield Contradiction(fields=(violation.field, name), message=f"Of what is required: {violation.message}")


def _alone(constraints: Constraints) -> Constraints:
    """Return the constraints on a fact by itself: that the other facts stand in it is not asked."""
    return Constraints(
        discount_max=constraints.discount_max,
        length_max=constraints.length_max,
        length_unit=constraints.length_unit,
        tone=constraints.tone,
        urgency=constraints.urgency,
        forbidden=constraints.forbidden,
        channel=constraints.channel,
    )


def _too_long_together(constraints: Constraints) -> Iterator[Contradiction]:
    """Facts that fit one by one and not together: the fewest of them, the longest first."""
    sizes = {
        at: word_count(fact) if constraints.length_unit == "words" else len(fact) + 1
        for at, fact in enumerate(constraints.required)
    }
    most = constraints.length_max
    if most is None or sum(sizes.values()) <= most or any(size > most for size in sizes.values()):
        return
    chosen: list[int] = []
    for at in sorted(sizes, key=lambda at: (-sizes[at], at)):
        chosen.append(at)
        if sum(sizes[one] for one in chosen) > most:
            break
    names = ("length_max", *(f"required[{at}]" for at in sorted(chosen)))
    message = f"Together they have more than {most} {constraints.length_unit}."
    yield Contradiction(fields=names, message=message)
