"""Warming up: what is read or imported when it is first needed is needed once before the first caller waits.

What is there then stays for good: the collector of garbage is told so, and to look less often.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import IN_MEMORY, Settings
from twincast.domain.interventions import Intervention
from twincast.entrypoints.http import trials as trial_door
from twincast.usecases import trials, twins
from twincast.usecases.trials import TrialRequest

YOUNG: Final = 10_000
"""Objects made before the collector looks at them. One answer makes thousands, hardly any of them in a circle."""
RECORD: Final = {"customer_id": "nobody", "profile": {"location": "Berlin, Germany"}, "context": "likes quality"}


def up(parts: Parts) -> None:
    """Answer one test about nobody, on a store of its own that is gone afterwards."""
    scratch = open_parts(Settings(database=IN_MEMORY), engine=parts.engine)
    ctx = scratch.context()
    twins.save(ctx, RECORD)
    offer = Intervention(
        type="promotional_offer", content="20% off our new premium line this weekend", timing="friday_morning"
    )
    trial_door.answer_of(trials.run(ctx, TrialRequest(twin="nobody", intervention=offer)), True)
    scratch.close()


@contextmanager
def settled() -> Iterator[None]:
    """Spare the collector what lasts as long as the server: modules, places, words.

    It would go through all of it, some hundred thousand objects, every few dozen requests: a quarter of their time.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
