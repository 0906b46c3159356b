"""Which head answers whether a customer engages: that of the response that a message asks for."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.reading.interventions import default_response
from twincast.response.encoding import Encoded
from twincast.response.heads import HEADS, RESPONSE_HEADS


def engaged_heads(encoded: Encoded) -> NDArray[np.intp]:
    """Return the head that answers `will_engage` for each cell, (c,), as its place in HEADS.

    The response is the declared one, or the default of the type and of the channel that the message goes out on.
    """
    table = np.array([_engaged(item.response, item.type) for item in encoded.cells.interventions], dtype=np.intp)
    return table.reshape(-1, len(CHANNELS))[encoded.cells.intervention, encoded.matches.channel]


@cache
def _engaged(response: str | None, type_: str) -> tuple[int, ...]:
    """Return the head that answers `will_engage` on each channel, as its place in HEADS."""
    return tuple(HEADS.index(RESPONSE_HEADS[response or default_response(type_, channel)]) for channel in CHANNELS)
