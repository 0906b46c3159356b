"""Cells laid out over the terms of a head: the rows that learning fits, and that predictions sum over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.response.encoding import Encoded
from twincast.response.terms import Terms

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Design:
    """c cells over n customers and k pairs of message and channel.

    Attributes:
        still: (n, Kb) values of the terms of block `still`; reach: (n, Kr) of block `reach`.
        items: (k, Ki) of block `item`; match: (c, Kx) of block `match`.
        twin, pair: (c,) which customer, and which pair.
        contact: (c,) whether anything is sent.
        unseen: (k,) variance that a type or a message never seen adds.
    """

    terms: Terms
    still: Array
    reach: Array
    items: Array
    match: Array
    twin: Index
    pair: Index
    contact: NDArray[np.bool_]
    unseen: Array

    def rows(self, where: slice | Index, chosen: NDArray[np.bool_]) -> Array:
        """Return the values of all terms for some cells, (r, P).

        Args:
            where: the cells.
            chosen: (c,) whether the company itself chose to contact this customer: the term `selection`.
        """
        places, contact = self.terms.places, self.contact[where][:, None]
        twin, pair = self.twin[where], self.pair[where]
        found = np.zeros((len(twin), len(self.terms)))
        found[:, places["still"]] = self.still[twin]
        found[:, places["reach"]] = self.reach[twin] * contact
        found[:, places["item"]] = self.items[pair] * contact
        found[:, places["match"]] = self.match[where] * contact
        found[:, places["selection"]] = (chosen[where] & self.contact[where])[:, None]
        return found


def lay_out(encoded: Encoded, terms: Terms) -> Design:
    """Lay a batch out over the terms of a head; a term that the batch has no value for is 0."""
    customers = encoded.customers.features
    columns, places = terms.columns, terms.places
    further = encoded.further[:, columns["further"]]
    organic = places["still"].stop > places["still"].start
    still = [np.ones((len(customers), 1)), customers[:, columns["base"]], further] if organic else [customers[:, :0]]
    match = [encoded.matches.features[:, columns["match"]], _fatigue(encoded, columns)]
    if len(columns["said"]):
        still += [_signals(encoded.heard, len(customers), columns["heard"])] if organic else []
        match.append(_signals(encoded.said, len(encoded.cells), columns["said"]))
    reach = [customers[:, columns["reach"]], further]
    channel = encoded.matches.channel
    codes, pair = np.unique(encoded.cells.intervention * len(CHANNELS) + channel, return_inverse=True)
    items, unseen = _items(encoded, terms, codes)
    return Design(
        terms=terms,
        still=np.concatenate(still, axis=1),
        reach=np.concatenate(reach, axis=1),
        items=items,
        match=np.concatenate(match, axis=1),
        twin=encoded.cells.twin,
        pair=pair.astype(np.intp).reshape(-1),
        contact=encoded.contact,
        unseen=unseen,
    )


def _fatigue(encoded: Encoded, columns: Mapping[str, Index]) -> Array:
    if encoded.fatigue is None:
        return np.zeros((len(encoded.cells), len(columns["fatigue"])))
    return encoded.fatigue[:, columns["fatigue"]]


def _signals(features: Array | None, rows: int, places: Index) -> Array:
    return np.zeros((rows, len(places))) if features is None else features[:, places]


def _items(encoded: Encoded, terms: Terms, codes: Index) -> tuple[Array, Array]:
    block = terms.places["item"]
    where = {name: place for place, name in enumerate(terms.names[block])}
    items, unseen = np.zeros((len(codes), len(where))), np.zeros(len(codes))
    features = encoded.messages.features[:, terms.columns["message"]]
    wide = features.shape[1]
    for row, code in enumerate(codes.tolist()):
        item, channel = divmod(code, len(CHANNELS))
        for name in (f"level:{CHANNELS[channel]}", f"contact:{CHANNELS[channel]}"):
            if name in where:
                items[row, where[name]] = 1.0
        if wide:
            items[row, -wide:] = features[item]
        for name, variance in _own(encoded, terms, item, channel):
            if name in where:
                items[row, where[name]] = 1.0
            else:
                unseen[row] += variance
    return items, unseen


def _own(encoded: Encoded, terms: Terms, item: int, channel: int) -> Sequence[tuple[str, float]]:
    """Return the terms that a message has as one of its type, and to itself, with their variance where never seen."""
    return (
        (f"kind:{kind_of(encoded, item, channel)}", float(terms.kind_variance[channel])),
        (f"send:{encoded.messages.digests[item]}", terms.send_variance),
    )


def kind_of(encoded: Encoded, item: int, channel: int) -> str:
    """Return the type of a message on its channel, as terms name it."""
    return f"{CHANNELS[channel]}/{encoded.cells.interventions[item].type}"
