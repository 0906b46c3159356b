"""Stored documents: exact to the bit, and lifted from any older version."""

import json
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.storage.records import SHOP, a_comparison, a_trial, with_names
from twincast.domain.errors import SchemaMismatch
from twincast.domain.trials import Trial, Words
from twincast.storage.sql.documents import COMPARISONS, TRIALS, DocumentFormat, unpacked
from twincast.storage.sql.store import open_store


def value_of(trial: Trial) -> float:
    """The estimate of the first field."""
    estimate = trial.answer.predictions[0].estimate
    assert estimate is not None
    return estimate.value


class TestWriting:
    def test_and_reading_give_an_equal_value(self) -> None:
        assert TRIALS.read(TRIALS.write(a_trial()), TRIALS.newest) == a_trial()
        assert COMPARISONS.read(COMPARISONS.write(a_comparison()), COMPARISONS.newest) == a_comparison()

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_keeps_every_float_to_the_bit(self, number: float) -> None:
        read = value_of(TRIALS.read(TRIALS.write(a_trial(probability=number)), TRIALS.newest))
        assert struct.pack("<d", read) == struct.pack("<d", number)

    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_keeps_every_text(self, text: str) -> None:
        assert TRIALS.read(TRIALS.write(a_trial(name=text)), TRIALS.newest).id == text

    def test_of_what_was_waited_for_is_short_and_reads_alike(self) -> None:
        trial = a_trial()
        words = Words(prompt="reply/2", calls=1, model="m", reply="I might. " * 40)
        spoken = replace(trial, answer=replace(trial.answer, words=words))
        silent = replace(trial, answer=replace(trial.answer, words=None))
        texts = [TRIALS.write(it) for it in (spoken, silent)]
        assert [TRIALS.read(it, TRIALS.newest) for it in texts] == [spoken, silent]
        assert len(texts[0]) < 0.6 * len(unpacked(texts[0]))
        assert texts[1] == unpacked(texts[1])

    def test_keeps_the_order_of_mappings(self) -> None:
        assert list(TRIALS.read(TRIALS.write(a_trial()), TRIALS.newest).settings.fields) == ["engagement", "b"]


class TestContributions:
    def test_that_were_stored_with_their_names_are_read(self) -> None:
        test = with_names(json.loads(unpacked(TRIALS.write(a_trial()))))
        assert TRIALS.read(json.dumps(test), 2) == a_trial()
        comparison = json.loads(COMPARISONS.write(a_comparison()))
        for row in comparison["rankings"]:
            with_names(row)
        assert COMPARISONS.read(json.dumps(comparison), 2) == a_comparison()

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_keep_every_float_to_the_bit(self, number: float) -> None:
        trial = a_trial()
        (explanation,) = trial.answer.explanations
        parts = (explanation.contributions[0]._replace(amount=number),)
        answer = replace(trial.answer, explanations=(replace(explanation, contributions=parts),))
        read = TRIALS.read(TRIALS.write(replace(trial, answer=answer)), TRIALS.newest)
        found = read.answer.explanations[0].contributions[0].amount
        assert struct.pack("<d", found) == struct.pack("<d", number)


class TestTheLadder:
    FORMAT = DocumentFormat(
        "test",
        Trial,
        newest=3,
        ladder={
            1: lambda document: {**document, "currency": document["money"]},
            2: lambda document: {**document, "twin_version": document["twin_version"] + 10},
        },
    )

    @pytest.mark.parametrize(("version", "lifted"), [(1, 13), (2, 13), (3, 3)])
    def test_lifts_a_document_step_by_step(self, version: int, lifted: int) -> None:
        text = self.FORMAT.write(a_trial())
        if version == 1:
            text = text.replace('"currency"', '"money"')
        found = self.FORMAT.read(text, version)
        assert (found.twin_version, found.currency) == (lifted, "EUR")
        assert found.answer == a_trial().answer

    @pytest.mark.parametrize("version", [4, 0])
    def test_refuses_a_version_it_does_not_know(self, version: int) -> None:
        with pytest.raises(SchemaMismatch, match=f"version {version}; .*up to 3"):
            self.FORMAT.read(self.FORMAT.write(a_trial()), version)

    def test_is_asked_by_the_store(self) -> None:
        store = open_store("sqlite://")
        with store.writing(SHOP) as unit:
            unit.trials.add(a_trial())
            driver = unit.trials._session._driver  # type: ignore[attr-defined]  # a look inside
            driver.execute("UPDATE trials SET document_version = 99")
            with pytest.raises(SchemaMismatch, match="A stored test has version 99"):
                unit.trials.get(a_trial().id)
        store.close()
