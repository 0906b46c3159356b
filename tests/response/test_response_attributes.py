"""Further attributes of records: what is read, what never is, and how they become features and weights."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.response.outcomes import blank, happened
from twincast.reading.further import further_of
from twincast.reading.twins import POSITION
from twincast.response.attributes import columns_of, encode_attributes
from twincast.response.learning import learn
from twincast.response.model import examine
from twincast.response.posteriors import ResponseModel, shipped_model


def read(**profile: object) -> dict[str, object]:
    return dict(further_of(json.dumps({"customer_id": "c", "profile": profile}), 100.0))


class TestReading:
    def test_numbers_categories_dates_and_lists(self) -> None:
        assert read(job="Blue-collar", since="1970-01-11", score=3, risk="2.5", vip=True, tags=["A b", "c"]) == {
            "profile.job": ("blue_collar",),
            "profile.since": 90.0,
            "profile.score": 3.0,
            "profile.risk": 2.5,
            "profile.vip": ("yes",),
            "profile.tags": ("a_b", "c"),
        }

    @pytest.mark.req("N15")
    @pytest.mark.parametrize("key", ["gender", "age", "marital", "marital_status", "religion", "first_name", "dob"])
    def test_protected_attributes_are_never_read(self, key: str) -> None:
        assert read(**{key: "x"}) == {}

    def test_known_fields_unknown_words_and_prose_are_not_read(self) -> None:
        assert read(income_bracket="$100k", job="n/a", note="word " * 30, nothing=None) == {}


class TestFeatures:
    def frame(self, documents: list[dict[str, object]]) -> object:
        rows = blank(np.random.default_rng(0), len(documents), "visit").cells.twins
        return replace(rows, documents=tuple(json.dumps({"history": it}) for it in documents))

    def test_they_are_standardised_once_and_rare_categories_pooled(self) -> None:
        documents = [{"job": "a" if k % 2 else f"rare{k}", "euribor": float(k)} for k in range(100)]
        twins = self.frame([*documents, *({} for _ in range(25))])
        columns = columns_of(twins)  # type: ignore[arg-type]  # loose on purpose
        assert [it.name for it in columns] == [
            "history.euribor",
            "history.euribor?",
            "history.job=a",
            "history.job=*",
            "history.job?",
        ]
        table = encode_attributes(twins, columns)  # type: ignore[arg-type]  # loose on purpose
        np.testing.assert_allclose(table.mean(axis=0), 0.0, atol=1e-12)
        alone = self.frame([{"job": "unheard of", "euribor": 1e9}])
        np.testing.assert_allclose(encode_attributes(alone, columns)[0, [0, 2]], [4.0, -0.5])  # type: ignore[arg-type]

    def test_constant_ones_make_no_feature(self) -> None:
        assert columns_of(self.frame([{"country": "PT", "x": 1.0}] * 50)) == ()  # type: ignore[arg-type]


class TestLearning:
    def test_a_telling_attribute_is_learned_kept_and_explained(self) -> None:
        rng = np.random.default_rng(3)
        rows, member = blank(rng, 2_000, "visit"), rng.random(2_000) < 0.5
        texts = tuple(json.dumps({"profile": {"club": "in" if it else "out"}}) for it in member)
        rows = replace(rows, cells=replace(rows.cells, twins=replace(rows.cells.twins, documents=texts)))
        world = happened(rng, rows, "visit", shift=np.where(member, 0.5, -0.5))
        model = learn(shipped_model(), world.rows)
        weights = [model.posteriors["visit"].mean_of(f"further:profile.club={it}") for it in ("in", "out")]
        assert 0.6 < weights[0] - weights[1] < 1.2
        again = ResponseModel.from_bytes(model.to_bytes())
        assert again.attributes == model.attributes
        first = replace(rows.cells, twin=np.array([0]), intervention=np.array([1]))
        looked = examine(first, again, [], ["will_engage"], shown=1, scored="will_click", horizon_days=7, level=0.8)
        found = looked.explanations["will_engage"][0]
        assert found is not None
        amounts = {part.term: part.amount for part in found.contributions}
        assert (amounts["profile.club"] > 0.0) == bool(member[0])

    def test_what_was_read_into_numbers_without_a_feature_is_learned_too(self) -> None:
        rng = np.random.default_rng(4)
        rows, share = blank(rng, 2_000, "visit"), rng.beta(0.5, 5.0, 2_000)
        values = rows.cells.twins.values.copy()
        values[:, POSITION["coupon_share"]] = share
        rows = replace(rows, cells=replace(rows.cells, twins=replace(rows.cells.twins, values=values)))
        world = happened(rng, rows, "visit", shift=0.6 * (share - share.mean()) / share.std())
        model = learn(shipped_model(), world.rows)
        assert [column.path for column in model.attributes] == ["coupon_share"]
        assert 0.35 < model.posteriors["visit"].mean_of("further:coupon_share") < 0.75
