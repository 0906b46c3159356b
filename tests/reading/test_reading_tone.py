"""How a message speaks: tone, pressure, personalisation, what it asks for, and in which language."""

import pytest

from twincast.reading.messages import personalisation_level, read_message


class TestPersonalisation:
    @pytest.mark.req("R38", "A22")
    @pytest.mark.parametrize(
        ("text", "found", "level"),
        [
            ("Dear customer, 30% off", (), "low"),
            ("Exclusive for you: 30% off", ("Exclusive for you",), "low"),
            ("{{first_name}}, 30% off", ("{{first_name}}",), "medium"),
            ("Hi Anna, 30% off", ("Anna",), "medium"),
            ("Hi Anna, your favourite tea is back", ("Anna", "your favourite"), "high"),
            ("Hi there, good news", (), "low"),
            ("*|FNAME|*, %FNAME%, {name}, ${name}", ("*|FNAME|*", "%FNAME%", "{name}", "${name}"), "high"),
            ("save 50% today and 20% tomorrow", (), "low"),
        ],
    )
    def test_tokens_and_facts_make_the_level(self, text: str, found: tuple[str, ...], level: str) -> None:
        reading = read_message(text)
        assert tuple(span.text for span in reading.personalisation) == found
        assert personalisation_level(reading) == level


class TestTone:
    @pytest.mark.parametrize(
        ("text", "tone"),
        [
            ("E-mail featuring Mens merchandise", "informative"),
            ("We are sorry for the inconvenience.", "apologetic"),
            ("HURRY! LAST CHANCE! ACT NOW, only 2 left!", "urgent"),
            ("Hey Tom, hope you enjoy it, see you soon", "friendly"),
            ("Dear Sir or Madam, we hereby inform you. Yours sincerely", "formal"),
            ("Wow, amazing, incredible, spectacular!!!", "enthusiastic"),
            ("Psst, guess what 🎉🎉🎉", "playful"),
            ("We are pleased to offer our clients a tailored solution.", "professional"),
        ],
    )
    def test_is_the_closest_of_the_closed_list(self, text: str, tone: str) -> None:
        assert read_message(text).tone == tone

    def test_shouting_and_haste_press(self) -> None:
        calm = read_message("Our spring range is here")
        loud = read_message("HURRY!!! LAST CHANCE TO BUY NOW!!!")
        assert calm.pressure == 0
        assert loud.pressure > 0.7
        assert loud.attributes["caps"] > 0.5

    def test_one_acronym_is_no_shouting(self) -> None:
        assert read_message("save 15 USD").attributes["caps"] == 0

    def test_signs_of_bulk_mail_add_up(self) -> None:
        plain = read_message("Your order has been sent.")
        bulk = read_message("CONGRATULATIONS WINNER!!! Click here for free cash $$$ act now, 100% guaranteed")
        assert plain.spam == 0
        assert bulk.spam >= 0.5

    def test_no_pressure_is_none(self) -> None:
        assert read_message("No rush, no hurry.").pressure == 0


class TestCallToAction:
    @pytest.mark.parametrize(
        ("text", "asked"),
        [
            ("30% off. Shop now!", "Shop now"),
            ("Learn more on our site", "Learn more"),
            ("Complete your order today", "Complete your order"),
            ("Use code FLASH40 today", "Use code FLASH40"),
        ],
    )
    def test_is_the_phrase_that_asks(self, text: str, asked: str) -> None:
        reading = read_message(text)
        assert reading.call_to_action is not None
        assert reading.call_to_action.text == asked
        assert "no-call-to-action" not in reading.flags

    def test_its_absence_is_flagged(self) -> None:
        assert "no-call-to-action" in read_message("30% off").flags


class TestLanguage:
    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("Free shipping on all of our shoes", "en"),
            ("Nur heute: 20% Rabatt auf alles", "de"),
            ("-30% sur toutes les chaussures, livraison offerte", "fr"),
            ("Hasta 50% de descuento, envío gratis", "es"),
            ("xyzzy plugh", "und"),
        ],
    )
    def test_is_that_of_the_lexicon_that_fits(self, text: str, language: str) -> None:
        assert read_message(text).language == language
