"""Texts that give orders to the system are texts: they move no number but through what is read in any text."""

import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.usecases.shop import (
    CUSTOMERS,
    DOCUMENT,
    EVERY_FIELD,
    MESSAGES,
    OFFER,
    asking,
    comparing,
    numbers_of,
    open_shop,
)
from tests.usecases.strings import ATTACKS, blanked
from twincast.domain.interventions import Intervention
from twincast.reading.injections import REASONS
from twincast.response.model import NUMERIC
from twincast.storage.sql.store import open_store
from twincast.usecases import comparisons, predictions, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.predictions import PredictionTable

BASE = "Our new line is here."
Make = Callable[[str], dict[str, Any]]


def within(section: str, **fields: Any) -> dict[str, Any]:
    return {**DOCUMENT, section: {**DOCUMENT[section], **fields}}


RECORD_TEXTS: dict[str, Make] = {
    "context": lambda text: {**DOCUMENT, "context": text},
    "currency": lambda text: {**DOCUMENT, "currency": text},
    "timezone": lambda text: {**DOCUMENT, "timezone": text},
    "psychographic_traits": lambda text: {**DOCUMENT, "psychographic_traits": ["quality_focused", text]},
    "notes": lambda text: {**DOCUMENT, "crm": {"notes": [{"by": "desk 3", "text": text}]}},
    "a name": lambda text: {**DOCUMENT, "further": {text[:150]: "x"}},
    **{
        f"profile.{name}": lambda text, name=name: within("profile", **{name: text})  # type: ignore[misc]
        for name in ("family_status", "income_bracket", "location", "job")
    },
    "purchase_frequency": lambda text: within("behavioral_data", purchase_frequency=text),
    "browsing_patterns": lambda text: within("behavioral_data", browsing_patterns=text),
    "preferred_channels": lambda text: within("behavioral_data", preferred_channels=["email", text]),
    "interests": lambda text: within("behavioral_data", interests=[text]),
    "customer_since": lambda text: within("history", customer_since=text),
    "transactions": lambda text: within(
        "history", transactions=[{"date": "2026-01-05", "amount": 20, "product": text}]
    ),
}
MESSAGE_TEXTS: dict[str, Callable[[str], Intervention]] = {
    "content": lambda text: told(text),
    "within the content": lambda text: told(f"{BASE} {text}"),
    "products": lambda text: replace(told("It is here."), products=(text,)),
    **{
        name: lambda text, name=name: replace(told(BASE), **{name: text})  # type: ignore[misc]
        for name in ("type", "channel", "timing", "id")
    },
    "attributes": lambda text: replace(told(BASE), attributes={"note": text}),
}


def told(content: str) -> Intervention:
    return Intervention(type="announcement", channel="email", content=content, timing="tuesday_morning")


def rows(table: PredictionTable, first: int) -> NDArray[np.float64]:
    """All numbers of a table by its first axis, (first, all others); what has no value is infinite."""
    columns = [np.asarray(column, dtype=np.float64).reshape(first, -1) for column in table.numbers().values()]
    return np.nan_to_num(np.concatenate(columns, axis=1), nan=np.inf)


def moved(found: NDArray[np.float64]) -> list[str]:
    """The attacks whose numbers, the first half of the rows, are not those of their harmless texts, the other half."""
    attacked, harmless = np.split(found, 2)
    assert np.isfinite(attacked).mean() > 0.9
    return [ATTACKS[at] for at in np.flatnonzero((attacked != harmless).any(axis=1))]


class TestOrders:
    """Text that gives orders to the system is text: a harmless one that declares the same gives the same numbers."""

    @pytest.mark.slow
    @pytest.mark.req("R25", "N9")
    def test_orders_in_a_record_move_no_number(self) -> None:
        ctx, messages = open_shop(), {"offer": OFFER, "text": told("New coffee is here."), "nothing": None}
        for field, make in RECORD_TEXTS.items():
            texts = [*ATTACKS, *map(blanked, ATTACKS)]
            records = [{**make(text), "customer_id": f"c{at}"} for at, text in enumerate(texts)]
            table = predictions.predict(ctx, records, messages, fields=sorted(NUMERIC))
            assert moved(rows(table, len(records))) == [], field

    @pytest.mark.req("R25", "N9")
    @pytest.mark.parametrize("field", MESSAGE_TEXTS)
    def test_orders_in_a_message_move_no_number(self, shop: Context, field: str) -> None:
        texts = [text[:200] for text in (*ATTACKS, *map(blanked, ATTACKS))]
        messages = {f"m{at}": MESSAGE_TEXTS[field](text) for at, text in enumerate(texts)}
        table = predictions.predict(shop, ["cust_12345"], messages, fields=sorted(NUMERIC))
        assert moved(rows(table, len(texts))) == []

    def test_the_comparison_would_see_a_number_that_moved(self, shop: Context) -> None:
        plain, offer = told("Our new line is here. la la"), told("Our new line is here. 30% off")
        found = rows(predictions.predict(shop, ["cust_12345"], {"a": plain, "b": offer}, fields=sorted(NUMERIC)), 2)
        assert (found[0] != found[1]).any()

    @pytest.mark.slow
    @pytest.mark.req("N9")
    @pytest.mark.parametrize("field", MESSAGE_TEXTS)
    def test_orders_in_a_message_are_flagged_in_the_answer_by_field_and_reason(self, shop: Context, field: str) -> None:
        where = {"within the content": "content", "products": "products[0]", "attributes": "attributes.note"}
        for attack in ATTACKS:
            trial = trials.run(shop, asking(intervention=MESSAGE_TEXTS[field](attack[:200])))
            flags = {it.field: it for it in trial.answer.warnings if it.code == "instruction-like-text"}
            assert any(reason in flags[f"intervention.{where.get(field, field)}"].message for reason in REASONS), attack

    @pytest.mark.req("N9")
    def test_orders_in_a_record_are_flagged_where_it_becomes_a_twin_and_in_every_answer(self) -> None:
        for make in RECORD_TEXTS.values():
            ctx = open_shop()
            saved = twins.save(ctx, make(ATTACKS[0]))
            flags = [it.field for it in saved.profile.warnings if it.code == "instruction-like-text"]
            assert len(flags) == 1
            answers = (
                trials.run(ctx, asking()).answer,
                comparisons.run(ctx, comparing({"A": "One", "B": "Two"})).rankings[0].answer,
            )
            for answer in answers:
                found = [it.field for it in answer.warnings if it.code == "instruction-like-text"]
                assert found == [f"record.{flags[0]}"]

    @pytest.mark.req("N9")
    def test_nothing_else_is_flagged(self, shop: Context) -> None:
        for customer in CUSTOMERS:
            for message in MESSAGES:
                answer = trials.run(shop, asking(customer["customer_id"], message)).answer
                assert "instruction-like-text" not in {it.code for it in answer.warnings}

    @pytest.mark.req("R55", "N9")
    def test_orders_in_the_extraction_move_no_number(self, shop: Context) -> None:
        plain = numbers_of(trials.run(shop, asking()))
        for attack in ATTACKS[::5]:
            assert numbers_of(trials.run(shop, asking(objective=attack, hint=attack))) == plain


class TestNoOutboundMessages:
    @pytest.mark.req("R1", "R201")
    def test_nothing_is_sent_anywhere(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def refused(*args: object, **kwargs: object) -> None:
            raise AssertionError("a test opened a connection")

        with closing(open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
            ctx = open_shop(store=store)
            for name in ("socket", "create_connection", "getaddrinfo", "create_server"):
                monkeypatch.setattr(socket, name, refused)
            trials.run(ctx, asking(predict=EVERY_FIELD))
            comparisons.run(ctx, comparing({"A": "One", "B": "Two"}))
