"""The prior's file: every figure has a reason that exists, every source is used, and nothing unknown slips in."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import pytest

from twincast.domain.channels import CHANNELS
from twincast.domain.errors import Misconfigured
from twincast.response.features import CUSTOMER_NAMES, MATCH_NAMES, MESSAGE_NAMES
from twincast.response.heads import CONTACT_ONLY, HEADS, ORGANIC
from twincast.response.prior import read_prior, shipped_prior

DATA = files("twincast.response").joinpath("prior.toml").read_bytes()
DOCUMENT = tomllib.loads(DATA.decode())
SOURCES = DOCUMENT["sources"]
OWN = {"judgement", "by construction"}
"""Reasons that name no source: a judgement with its reasoning, and what follows from another figure."""


def entries(node: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from entries(value, here)
        else:
            yield here, value


TERMS = {path: value for path, value in entries(DOCUMENT) if isinstance(value, list)}
REASONS = {path: value[2] for path, value in TERMS.items()} | {
    path: value for path, value in entries(DOCUMENT) if path.endswith("why") and not path.startswith("sources")
}


def changed(old: str, new: str) -> bytes:
    text = DATA.decode()
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1).encode()


class TestReasons:
    def test_every_term_has_a_mean_a_width_and_a_reason(self) -> None:
        assert len(TERMS) > 200
        for path, value in TERMS.items():
            assert len(value) == 3, path
            assert all(isinstance(number, float | int) for number in value[:2]), path
            assert value[2].strip(), path

    @pytest.mark.parametrize("path", sorted(REASONS))
    def test_a_reason_names_a_source_of_the_file_or_says_that_it_is_a_judgement(self, path: str) -> None:
        words = set(re.findall(r"[a-z]+\d*", REASONS[path].lower()))
        assert words & (set(SOURCES) | {"judgement"}) or "by construction" in REASONS[path]

    def test_every_section_of_single_figures_gives_its_reason(self) -> None:
        for section in ("process", "order_value", "items", "send", "horizon", "decay_days"):
            assert DOCUMENT[section]["why"]
        assert DOCUMENT["stated"]["cuts"]["why"]

    def test_every_source_is_used(self) -> None:
        words = {word for reason in REASONS.values() for word in re.findall(r"[a-z]+\d*", reason.lower())}
        assert sorted(set(SOURCES) - words) == []

    def test_every_source_says_where_it_is_and_what_was_read_there(self) -> None:
        for key, text in SOURCES.items():
            assert len(text) > 40, key
            assert "http" in text or re.search(r"\(\d{4}\)|section", text), key

    def test_no_reason_is_a_bare_sources_name_that_does_not_exist(self) -> None:
        """Words that look like a key (letters and a year) must be one: a misspelt source is an invented one."""
        for path, reason in REASONS.items():
            for word in re.findall(r"\b[a-z]+(?:19|20)\d\d\b", reason):
                assert word in SOURCES, f"{path}: {word}"


class TestWidths:
    def test_every_width_is_positive(self) -> None:
        for path, value in TERMS.items():
            assert value[1] > 0.0, path

    def test_levels_are_as_wide_as_companies_differ_and_no_wider(self) -> None:
        """Published spreads are .4 to 1.1 logits; from 1.5 on a hundred outcomes would throw a level off."""
        for head, channels in ((head, DOCUMENT["level"][head]) for head in ("open", "click", *ORGANIC)):
            assert all(0.7 <= width <= 1.1 for _, width, _ in channels.values()), head

    def test_a_judged_level_is_wider_than_a_sourced_one(self) -> None:
        """Levels by channel of one head are alike in kind, so their widths can be compared."""
        for head in CONTACT_ONLY:
            terms = DOCUMENT["level"][head].values()
            judged = [width for _, width, why in terms if why.startswith("judgement")]
            sourced = [width for _, width, why in terms if not why.startswith("judgement")]
            assert not judged or not sourced or min(judged) >= max(sourced) - 0.1, head

    def test_a_judgement_that_means_something_is_not_certain_of_its_sign(self) -> None:
        for path, (mean, width, why) in TERMS.items():
            if why.startswith("judgement") and path.split(".")[0] in {"base", "reach", "message", "match"}:
                assert abs(mean) <= 2.2 * width, path


class TestReading:
    def test_arrays_line_up_with_features_and_channels(self) -> None:
        prior = shipped_prior()
        assert set(prior.heads) == set(HEADS)
        for name, head in prior.heads.items():
            assert head.base.mean.shape == head.reach.mean.shape == (len(CUSTOMER_NAMES),)
            assert head.message.mean.shape == (len(MESSAGE_NAMES),)
            assert head.match.mean.shape == (len(MATCH_NAMES),)
            assert head.level.mean.shape == head.contact.mean.shape == (len(CHANNELS),)
            assert head.base.mean.any() == (name in ORGANIC)
            assert bool(head.contact.width.any()) == (name in ORGANIC)

    def test_a_term_lands_on_its_feature(self) -> None:
        head = shipped_prior().heads["purchase"]
        mean, width, _ = DOCUMENT["base"]["purchase"]["process"]
        place = CUSTOMER_NAMES.index("process")
        assert (head.base.mean[place], head.base.width[place]) == (mean, width) == (1.0, 0.3)
        tastes = [MATCH_NAMES.index(name) for name in MATCH_NAMES if name.startswith("taste_")]
        assert len(tastes) == 12
        assert set(head.match.mean[tastes]) == {DOCUMENT["match"]["purchase"]["tastes"][0]}

    @pytest.mark.parametrize(
        ("old", "new", "named"),
        [
            ("[base.purchase]\nprocess =", "[base.purchase]\nprocesss =", "processs"),
            ("[match.open]\ntastes =", "[match.open]\ncategories =", "categories"),
            ("[level.open]\nemail =", "[level.open]\npigeon =", "pigeon"),
            ("[stated.brand]\nlevel =", '[stated.brand]\nbeauty = [0.0, 0.1, "judgement"]\nlevel =', "beauty"),
        ],
    )
    def test_an_unknown_name_is_refused(self, old: str, new: str, named: str) -> None:
        with pytest.raises(Misconfigured, match=named):
            read_prior(changed(old, new))

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('process = [1.0, 0.3, "design"]', 'process = [1.0, 0.3, "everybody knows"]'),
            ('process = [1.0, 0.3, "design"]', 'process = [1.0, 0.3, ""]'),
            ('process = [1.0, 0.3, "design"]', "process = [1.0, 0.3]"),
            ('process = [1.0, 0.3, "design"]', 'process = [1.0, 0.3, "smith2011"]'),
            ('process = [1.0, 0.3, "design"]', 'process = [1.0, 0.3, "redesigned at will"]'),
        ],
    )
    def test_a_figure_without_a_reason_is_refused(self, old: str, new: str) -> None:
        with pytest.raises(Misconfigured, match=r"base\.purchase\.process"):
            read_prior(changed(old, new))

    @pytest.mark.parametrize("width", ["0.0", "-0.3", "nan"])
    def test_a_width_that_is_none_is_refused(self, width: str) -> None:
        with pytest.raises(Misconfigured, match=r"base\.purchase\.process"):
            read_prior(changed('process = [1.0, 0.3, "design"]', f'process = [1.0, {width}, "design"]'))

    def test_the_digest_is_of_the_file(self) -> None:
        first = read_prior(DATA)
        assert first.digest == shipped_prior().digest == read_prior(DATA).digest
        assert read_prior(DATA + b"\n# looked at again\n").digest != first.digest
