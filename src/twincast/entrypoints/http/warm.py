"""Warming up: what is read or imported when it is first needed is needed once before the first caller waits."""

from typing import Final

from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import IN_MEMORY, Settings
from twincast.domain.interventions import Intervention
from twincast.entrypoints.http import trials as trial_door
from twincast.usecases import trials, twins
from twincast.usecases.trials import TrialRequest

RECORD: Final = {"customer_id": "nobody", "profile": {"location": "Berlin, Germany"}, "context": "likes quality"}


def up(parts: Parts) -> None:
    """Answer one test about nobody, on a store of its own that is gone afterwards."""
    scratch = open_parts(Settings(database=IN_MEMORY), engine=parts.engine)
    ctx = scratch.context()
    twins.save(ctx, RECORD)
    offer = Intervention(type="promotional_offer", content="20% off this weekend", timing="friday_morning")
    trial_door.answer_of(trials.run(ctx, TrialRequest(twin="nobody", intervention=offer)), True)
    scratch.close()
