"""The parts a probability is made of: contributions on the logit scale that add up to the number."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from math import log1p
from typing import Final

import numpy as np
from scipy.special import expit, logit

from twincast.domain.channels import CHANNELS
from twincast.domain.predictions import Contribution, Explanation
from twincast.domain.signals import NUMBER, WORDS
from twincast.response.beliefs import seen_by
from twincast.response.customers import REFERENCE
from twincast.response.designs import kind_of
from twincast.response.encoding import Encoded
from twincast.response.features import CUSTOMER, FATIGUE, MATCH, MESSAGE, Feature
from twincast.response.heads import CONTACT_ONLY
from twincast.response.posteriors import Posterior, ResponseModel
from twincast.response.prior import HeadPrior
from twincast.response.reasons import REACHED
from twincast.response.signals import MISSING

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

TERMS: Final[tuple[Feature, ...]] = (
    *CUSTOMER,
    *(replace(it, name=it.name + REACHED) for it in CUSTOMER),
    *MESSAGE,
    *MATCH,
    *FATIGUE,
)
"""The terms of a head, block by block: the customer's, the same through the contact, those of message and match."""

PLAIN = "a plain message without an offer"
NOTHING = "nothing is sent"
LANGUAGE: Final = "language_model"
"""Group, and beginning of the terms, of what was heard from one."""
HEARD: Final = {
    WORDS: "what a language model says of it in words",
    NUMBER: "how likely a language model says it is",
    MISSING: "that no language model was heard",
}


def explain_cells(
    encoded: Encoded,
    head: str,
    model: ResponseModel,
    cells: Sequence[int],
    *,
    field: str,
    probabilities: Sequence[float],
    at_reference: Sequence[float],
) -> list[Explanation]:
    """Take one probability of some cells apart.

    Args:
        encoded: the batch; `cells`: k places in it.
        head: the head; model: what is believed of it.
        field: canonical field that is explained.
        probabilities: what was answered, after horizon and limits, k of them.
        at_reference: logits at the head's own horizon, the sums of the terms.

    Returns:
        For each cell: base_logit + sum of the contributions == logit(probability), to 1e-9.
    """
    own = model.head(head)
    posterior = model.posteriors.get(head)
    if posterior is not None:
        encoded = seen_by(encoded, posterior)
    _, stretch = (0.0, 1.0) if posterior is None else posterior.calibration
    terms, contact = _terms(encoded, head, own, cells), encoded.contact
    found = []
    for place, cell in enumerate(cells):
        contacted, channel = bool(contact[cell]), int(encoded.matches.channel[cell])
        level = stretch * float(own.level.mean[channel if head in CONTACT_ONLY else 0])
        parts = terms[place]
        if posterior is not None:
            parts = _learned(encoded, model, head, cell, parts)
        parts += _rest(field, probabilities[place], at_reference[place])
        parts.sort(key=lambda part: (-abs(part.amount), part.group, part.term))
        message = f"{PLAIN}, by {CHANNELS[channel]}" if contacted and head in CONTACT_ONLY else NOTHING
        found.append(
            Explanation(
                field=field,
                probability=probabilities[place],
                base=float(expit(level)),
                base_logit=level,
                reference=f"{REFERENCE}; {message}; horizon {own.horizon:g} days",
                contributions=tuple(parts),
            )
        )
    return found


def _terms(encoded: Encoded, head: str, own: HeadPrior, cells: Sequence[int]) -> list[list[Contribution]]:
    """Return what each feature adds, cell by cell: those of the customer alone, and with contact all of `TERMS`."""
    places = list(cells)
    twin, item = encoded.cells.twin[places], encoded.cells.intervention[places]
    contacted = encoded.messages.contact[item]
    customer = encoded.customers.features[twin]
    blocks = [customer, customer, encoded.messages.features[item], encoded.matches.features[places]]
    if encoded.fatigue is not None:
        blocks.append(encoded.fatigue[places])
    rows = np.concatenate(blocks, axis=1)
    amounts = rows * _weights(own)[: rows.shape[1]]
    amounts[~contacted, customer.shape[1] :] = 0.0
    parts: list[list[Contribution]] = [[] for _ in places]
    if head not in CONTACT_ONLY:
        for place in np.flatnonzero(contacted).tolist():
            parts[place].append(_contact(own, int(encoded.matches.channel[places[place]])))
    which, columns = amounts.nonzero()
    values, added = rows[which, columns].tolist(), amounts[which, columns].tolist()
    for place, column, value, amount in zip(which.tolist(), columns.tolist(), values, added, strict=True):
        term = TERMS[column]
        words = term.high if value > 0.0 else term.low
        parts[place].append(Contribution(term.group, term.name, words, amount, value, 0.0))
    return parts


@lru_cache(maxsize=128)
def _weights(own: HeadPrior) -> Array:
    """Return the means of a head's weights in the order of `TERMS`."""
    return np.concatenate([it.mean for it in (own.base, own.reach, own.message, own.match, own.fatigue)])


def _contact(own: HeadPrior, channel: int) -> Contribution:
    amount = float(own.contact.mean[channel])
    return Contribution("message", "contact", f"being contacted by {CHANNELS[channel]}", amount, 1.0, 0.0)


def _learned(
    encoded: Encoded, model: ResponseModel, head: str, cell: int, parts: list[Contribution]
) -> list[Contribution]:
    """Return the parts of a cell with those that outcomes taught, stretched by the line of calibration."""
    own, posterior = model.head(head), model.posteriors[head]
    added, stretch = posterior.calibration
    contacted, channel = bool(encoded.contact[cell]), int(encoded.matches.channel[cell])
    parts += _seen(encoded, posterior, cell, contacted, channel)
    if contacted or own.organic:
        parts += _further(encoded, model, posterior, cell, contacted)
        parts += _heard(encoded, model, posterior, cell, contacted)
    parts = [part._replace(amount=stretch * part.amount) for part in parts]
    parts = _together(parts) if posterior.typical is not None else parts
    return parts + _calibration(added)


def _seen(encoded: Encoded, posterior: Posterior, cell: int, contacted: bool, channel: int) -> Iterator[Contribution]:
    """Yield what outcomes told of messages of this type, and of this very message, beyond what its text says."""
    if not contacted:
        return
    item = int(encoded.cells.intervention[cell])
    for term, name, words in (
        ("kind", f"kind:{kind_of(encoded, item, channel)}", "how messages of this type did on this channel"),
        ("send", f"send:{encoded.messages.digests[item]}", "how this very message has done so far"),
    ):
        amount = posterior.mean_of(name)
        if amount != 0.0:
            yield Contribution(group="message", term=term, words=words, amount=amount, value=1.0, reference=0.0)


def _further(
    encoded: Encoded, model: ResponseModel, posterior: Posterior, cell: int, contacted: bool
) -> Iterator[Contribution]:
    """Yield what each further attribute of the record adds, all of its features together."""
    row = encoded.further[encoded.cells.twin[cell]]
    amounts: dict[str, float] = {}
    for column, value in zip(model.attributes, row.tolist(), strict=True):
        weight = posterior.mean_of(f"further:{column.name}")
        if contacted:
            weight += posterior.mean_of(f"reached:{column.name}")
        amounts[column.path] = amounts.get(column.path, 0.0) + value * weight
    for path, amount in amounts.items():
        if amount != 0.0:
            words = f"the record's '{path}'"
            yield Contribution(group="customer", term=path, words=words, amount=amount, value=1.0, reference=0.0)


def _heard(
    encoded: Encoded, model: ResponseModel, posterior: Posterior, cell: int, contacted: bool
) -> Iterator[Contribution]:
    """Yield what each signal of a language model adds: of the customer, and of the customer with this message."""
    if encoded.heard is None or encoded.said is None:
        return
    customer, said = encoded.heard[encoded.cells.twin[cell]].tolist(), encoded.said[cell].tolist()
    for column, of_customer, of_cell in zip(model.hearing.columns, customer, said, strict=True):
        amount = of_customer * posterior.mean_of(f"heard:{column.signal}")
        amount += of_cell * posterior.mean_of(f"said:{column.signal}") if contacted else 0.0
        if amount != 0.0:
            yield Contribution(
                group=LANGUAGE,
                term=f"{LANGUAGE}_{column.signal}",
                words=HEARD[column.signal.rpartition(".")[2]],
                amount=amount,
                value=of_cell if contacted else of_customer,
                reference=0.0,
            )


def _together(parts: list[Contribution]) -> list[Contribution]:
    """Put all that is said of the average customer into one part: nobody is told apart where the gate is closed."""
    kept = [part for part in parts if part.group == "message"]
    amount = sum(part.amount for part in parts if part.group != "message")
    words = "what the average customer does: nothing that is known of individuals was shown to foretell more"
    average = Contribution(group="customer", term="segment", words=words, amount=amount, value=1.0, reference=0.0)
    return [*kept, average]


def _calibration(added: float) -> list[Contribution]:
    if added == 0.0:
        return []
    words = "the correction found on outcomes that were not fitted"
    return [Contribution(group="calibration", term="calibration", words=words, amount=added, value=1.0, reference=0.0)]


def _rest(field: str, probability: float, at_reference: float) -> list[Contribution]:
    """What horizon and limits add: nothing when the head's own horizon was asked for."""
    rest = exact_logit(probability) - at_reference
    if abs(rest) < 1e-12:
        return []
    words = "the horizon asked for" if field != "will_click" else "the horizon asked for, and at most the opens"
    return [Contribution(group="horizon", term="horizon", words=words, amount=rest, value=rest, reference=0.0)]


def exact_logit(probability: float) -> float:
    """Return the logit, finite at 0 and 1 too."""
    inside = min(max(probability, 1e-300), 1.0 - 1e-16)
    return float(logit(inside)) if inside > 1e-9 else float(np.log(inside) - log1p(-inside))
