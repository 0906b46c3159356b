"""The phrases: wordings of one list show reading the same signs, so that a plan is scored and not its luck."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.writing.plans import FACTS
from twincast.domain.occasions import OCCASIONS
from twincast.domain.plans import APPEALS, MessagePlan, PlannedOffer
from twincast.domain.tones import TONES, TONES_OF_APOLOGIES
from twincast.reading.messages import read_message
from twincast.writing.slots import slots_of
from twincast.writing.wording import sections, wordings

FILES = ("openings", "cores", "appeals", "actions", "frames", "subjects")
SLOTS = slots_of(
    MessagePlan(offer=PlannedOffer(kind="percent", value=0.25), valid_days=6, product="oat milk frother", named=True),
    FACTS,
)


def lists(found: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every list of wordings in a file, under its path."""
    for name, below in found.items():
        if isinstance(below, dict):
            yield from lists(below, f"{path}.{name}")
        elif isinstance(below, list):
            yield f"{path}.{name}", below


EVERY = [(f"{file}{path}", listed) for file in FILES for path, listed in lists(sections(file))]


def signs(text: str) -> tuple[object, ...]:
    """What the response model is told of a text, but for its length."""
    read = read_message(text)
    return (
        sorted((it.name, it.strength) for it in read.appeals),
        len(read.personalisation),
        read.call_to_action is not None,
        sorted({it.kind for it in read.offers}),
        read.attributes["question"],
        read.spam,
        read.pressure,
    )


class TestWordings:
    @pytest.mark.parametrize(("path", "listed"), EVERY, ids=[path for path, _ in EVERY])
    def test_show_the_same_signs(self, path: str, listed: list[str]) -> None:
        if path.startswith("subjects"):
            return  # a line above is not read with the text
        found = {text: signs(text.format_map(SLOTS)) for text in listed}
        first = next(iter(found.values()))
        assert {text: it for text, it in found.items() if it != first} == {}
        assert len(set(listed)) == len(listed)

    @pytest.mark.parametrize("tone", TONES)
    def test_there_are_some_for_every_part_of_a_plan(self, tone: str) -> None:
        for appeal in set(APPEALS) - set(sections("appeals")["claims"]) - {"loyalty", "early_access"}:
            assert wordings("appeals", appeal, tone)
        for core in ("offer", "early", "product") if tone != "apologetic" else ():
            assert wordings("cores", core, tone) or (tone, core) == ("urgent", "product")
        for occasion in OCCASIONS:
            assert wordings("openings", occasion, tone) or occasion == "service_recovery"
        assert bool(wordings("cores", "amends", tone)) is (tone in TONES_OF_APOLOGIES)

    @pytest.mark.parametrize("tone", TONES)
    def test_what_is_offered_sets_the_tone(self, tone: str) -> None:
        hasty = MessagePlan(offer=PlannedOffer(kind="percent", value=0.25), valid_days=6, appeals=("urgency",))
        slots = slots_of(replace(hasty, product="oat milk frother"), FACTS) if tone == "urgent" else SLOTS
        for core in ("offer", "early", "product"):
            for text in wordings("cores", core, tone):
                assert read_message(text.format_map(slots)).tone == tone, text
