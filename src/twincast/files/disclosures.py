"""A disclosure sheet as Markdown: for a report's annex, a client or a board; nothing in it can pass for markup."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from twincast.domain.disclosures import Disclosure

MEDIA_TYPE: Final = "text/markdown; charset=utf-8"
_INNER: Final = re.compile(r"(?<=[^\W_])\\_(?=[^\W_])")
"""An underscore within a word means nothing anyway."""
_SPECIAL: Final = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>#|!&~"})


def markdown(found: Disclosure) -> str:
    """Return the sheet as one Markdown document."""
    return "\n".join(_parts(found)).rstrip() + "\n"


def _parts(found: Disclosure) -> Iterator[str]:
    yield f"# Disclosure: {found.kind} {_plain(found.id)}\n"
    made = f"{found.made_at:%Y-%m-%d %H:%M} UTC by {_plain(found.software)}"
    yield f"Of {found.created_at:%Y-%m-%d}; sheet made {made}.\n"
    yield from _simulated(found)
    yield from _records(found)
    yield from _models(found)
    yield from _fields(found)
    yield from _validation(found)
    yield from _language(found)
    yield "## Limits\n"
    yield from (f"- {_plain(it.words)} ({it.code})" for it in found.limits)


def _simulated(found: Disclosure) -> Iterator[str]:
    what = found.simulated
    counts = {"test": what.tests, "comparison": what.comparisons, "batch": what.batches}
    held = ", ".join(_many(count, name) for name, count in counts.items() if count)
    yield "## What is simulated\n"
    yield (
        f"{_many(what.answers, 'answer')} of the digital twins of {_many(what.customers, 'customer')} "
        f"({held or 'nothing was tested'}). "
        "No person was asked or contacted.\n"
    )
    if what.subjects:
        yield f"Customers, by pseudonym: {', '.join(what.subjects)}.\n"
    if what.stimuli:
        rows = [[it.id, it.type, it.channel or "-", it.content or "-"] for it in what.stimuli]
        yield from _table(["message", "type", "channel", "text (without what identifies)"], rows)


def _records(found: Disclosure) -> Iterator[str]:
    used = found.records
    yield "## Data used\n"
    when = "" if used.first is None else f", true on days from {used.first} to {used.last}"
    yield f"{_many(used.records, 'customer record')} looked at{when}.\n"
    if used.sections:
        yield f"They hold: {_counts(used.sections)}.\n"
    if used.left_out:
        yield f"Customers without a result: {_counts(used.left_out)}.\n"
    for it in found.models:
        if it.outcomes:
            until = f" received until {it.received_until:%Y-%m-%d}" if it.received_until else ""
            yield f"Outcomes of this company{until} that {_plain(it.model)} learned from: {_counts(it.outcomes)}.\n"
        if it.left_out:
            yield f"Left out of it: {_counts(it.left_out)}.\n"
    if found.models and not any(it.outcomes for it in found.models):
        yield "No outcome of this company was learned from.\n"


def _models(found: Disclosure) -> Iterator[str]:
    if not found.models:
        return
    yield "## Model\n"
    rows = [
        [it.model, it.prior, it.reading, it.software or "-", ", ".join(map(str, it.seeds)), f"{it.answers:,}"]
        for it in found.models
    ]
    yield from _table(["model", "prior", "reading", "software", "seeds", "answers looked at"], rows)


def _fields(found: Disclosure) -> Iterator[str]:
    if not found.fields:
        return
    yield "## What was predicted\n"
    rows = [
        [
            it.name,
            it.meaning,
            ", ".join(it.basis),
            f"{it.outcomes:,}",
            ", ".join(it.validated_on),
            ", ".join(it.uplift_basis) or "-",
            ", ".join(map(str, it.horizons)),
            ", ".join(f"{level:.0%}" for level in it.levels),
        ]
        for it in found.fields
    ]
    heads = [
        "field",
        "meaning",
        "basis",
        "outcomes",
        "validated on",
        "effect of contact",
        "days",
        "intervals",
    ]
    yield from _table(heads, rows)


def _validation(found: Disclosure) -> Iterator[str]:
    yield "## Validation and calibration\n"
    if found.calibration:
        rows = [
            [
                it.field,
                f"{it.contacts:,}",
                f"{it.events:,}",
                f"{it.foretold:.2%}",
                f"{it.observed:.2%} ({it.low:.2%} to {it.high:.2%} at {it.level:.0%})",
                f"{it.error:.2%}",
                ", ".join(it.channels) or "-",
            ]
            for it in found.calibration
        ]
        yield "Outcomes that no fit had seen, beside what was foretold of them:\n"
        yield from _table(["field", "outcomes", "events", "foretold", "came", "mean error", "checked on"], rows)
    else:
        yield "No probability of this study could be laid beside outcomes that no fit had seen.\n"
    for it in found.backtests:
        named = f"{_plain(it.id)} of {_plain(it.outcome)}, {it.created_at:%Y-%m-%d}"
        yield f"- Backtest {named}: {it.verdict}. {_plain(it.words)}"
    if found.backtests:
        yield ""
    if found.homogeneity is not None:
        spreads = found.homogeneity.spreads
        rows = [[it.field, *map(_number, (it.observed, it.expected, it.ratio)), it.basis] for it in spreads]
        yield "Variance between customers, on the logit:\n"
        yield from _table(["field", "observed", "expected", "ratio", "expected by"], rows)


def _language(found: Disclosure) -> Iterator[str]:
    yield "## Language models\n"
    used = found.language
    if used is None:
        yield "None was used.\n"
        return
    prompts = f" Prompts: {', '.join(map(_plain, used.prompts))}." if used.prompts else ""
    yield f"{used.answered:,} answers in their words, {used.failed:,} asked for in vain.{prompts}\n"
    rows = [
        [
            name,
            f"{it.requests:,}",
            f"{it.cached:,}",
            f"{it.failed:,}",
            f"{it.tokens:,}",
            f"{it.usd:.4f}" + (f" and {it.unpriced:,} requests of unknown price" if it.unpriced else ""),
        ]
        for name, it in used.models
    ]
    if rows:
        yield "In the study's session:\n"
        yield from _table(["model", "requests", "kept answers", "failed", "tokens", "US dollars"], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(map(_plain, row))} |" for row in rows)
    yield ""


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{_plain(name)} {count:,}" for name, count in found.items())


def _plain(text: str) -> str:
    """Return a text on one line in which no sign means anything to Markdown."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return _INNER.sub("_", line.translate(_SPECIAL))


def _many(count: int, name: str) -> str:
    return f"{count:,} {name}" + ("" if count == 1 else "es" if name.endswith("h") else "s")
