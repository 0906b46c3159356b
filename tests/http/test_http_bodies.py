"""Bodies that no client should send: each is answered with a problem that names what is wrong, never with a crash."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.http.bodies import COMPARE, TEST, TESTS, TWINS, comparison, customer, trial

JSON = {"Content-Type": "application/json"}
POSTS = (TWINS, TEST, COMPARE)


def written(body: object) -> str:
    return json.dumps(body, ensure_ascii=True)


class TestBytesThatAreNoJson:
    @pytest.mark.parametrize("path", POSTS)
    @pytest.mark.parametrize(
        "content", [b"", b"{", b"{'a': 1}", b"\xff\xfe{}", b'{"a": 01}', b"nul", b'{"a": ' + b"1" * 5_000 + b"}"]
    )
    def test_are_malformed(self, known: TestClient, path: str, content: bytes) -> None:
        answer = known.post(path, content=content, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-body")

    @pytest.mark.parametrize("path", POSTS)
    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
    def test_of_another_type_are_not_taken(self, known: TestClient, path: str, kind: str) -> None:
        answer = known.post(path, content=b"{}", headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")

    @pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/ld+json"])
    def test_of_any_json_type_are_taken(self, known: TestClient, kind: str) -> None:
        assert known.post(TEST, content=written(trial()), headers={"Content-Type": kind}).status_code == 200


class TestValuesThatNoFieldMayHold:
    @pytest.mark.parametrize("path", POSTS)
    @pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
    def test_numbers_that_are_none_are_named(self, known: TestClient, path: str, value: str) -> None:
        content = f'{{"customer_id": "c", "history": {{"deep": [0, {value}]}}}}'
        answer = known.post(path, content=content, headers=JSON)
        assert answer.status_code == 422
        assert "history.deep[1]" in {it["field"] for it in answer.json()["errors"]}

    @pytest.mark.parametrize("path", POSTS)
    @pytest.mark.parametrize("text", [r"\u0000", r"a\ud800b", r"\udfff", r"\uDC00\uD800"])
    def test_characters_that_are_no_text_are_named(self, known: TestClient, path: str, text: str) -> None:
        content = f'{{"customer_id": "c", "profile": {{"job": "{text}"}}}}'
        answer = known.post(path, content=content, headers=JSON)
        assert answer.status_code == 422
        assert "profile.job" in {it["field"] for it in answer.json()["errors"]}
        key = known.post(path, content=f'{{"customer_id": "c", "{text}": 1}}', headers=JSON)
        assert key.status_code == 422

    def test_a_surrogate_pair_is_text(self, known: TestClient) -> None:
        content = written(trial()).replace("Exclusive", r"\ud83d\ude00 Exclusive")
        assert known.post(TEST, content=content, headers=JSON).status_code == 200

    @pytest.mark.parametrize("path", POSTS)
    def test_a_key_that_stands_twice_is_named(self, known: TestClient, path: str) -> None:
        answer = known.post(path, content='{"customer_id": "a", "seed": {"x": 1, "x": 2}}', headers=JSON)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "x")

    @pytest.mark.parametrize("path", POSTS)
    @pytest.mark.parametrize("depth", [40, 900, 50_000])
    @pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
    def test_what_is_nested_too_deep_is_refused(
        self, known: TestClient, path: str, depth: int, opened: str, closed: str
    ) -> None:
        inner = opened * depth + "1" + closed * depth
        answer = known.post(path, content=f'{{"customer_id": "c", "profile": {{"a": {inner}}}}}', headers=JSON)
        assert answer.status_code in {413, 422}
        assert known.get(f"{TWINS}/c").status_code == 404

    @pytest.mark.parametrize("body", [[], "text", 5, None, True, [{}]])
    @pytest.mark.parametrize("path", POSTS)
    def test_a_body_that_is_no_object_is_refused(self, known: TestClient, path: str, body: object) -> None:
        answer = known.post(path, content=written(body), headers=JSON)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body")


class TestLength:
    @pytest.mark.parametrize("path", POSTS)
    def test_a_text_of_a_megabyte_is_too_large(self, known: TestClient, path: str) -> None:
        answer = known.post(path, json=customer(context="x" * 1_000_000))
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")

    def test_nothing_that_was_refused_is_stored(self, known: TestClient) -> None:
        known.post(TEST, json=trial(session_id="x" * 400_000))
        assert known.get(TESTS).json()["items"] == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(sorted({*customer(), *trial(), *comparison(), "seed", "level", "as_of", "horizon_days"}))


@st.composite
def nearly_right(draw: st.DrawFn) -> dict[str, object]:
    """A body of the document in which some values are anything."""
    body: dict[str, object] = draw(st.sampled_from([customer(), trial(), comparison()]))
    for key in draw(st.lists(KEYS, min_size=1, max_size=3)):
        body[key] = draw(VALUES)
    for section in ("intervention", "history", "profile", "behavioral_data"):
        inner = body.get(section)
        if isinstance(inner, dict) and inner and draw(st.booleans()):
            body[section] = {**inner, draw(st.sampled_from(sorted(inner))): draw(VALUES)}
    return body


class TestAnything:
    @pytest.mark.slow
    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(body=nearly_right() | VALUES, path=st.sampled_from(POSTS))
    def test_no_body_makes_it_crash(self, known: TestClient, body: object, path: str) -> None:
        answer = known.post(path, content=json.dumps(body).encode("utf-8", "surrogatepass"), headers=JSON)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"]

    @pytest.mark.slow
    @settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(content=st.binary(max_size=60), path=st.sampled_from(POSTS))
    def test_no_bytes_make_it_crash(self, known: TestClient, content: bytes, path: str) -> None:
        assert known.post(path, content=content, headers=JSON).status_code < 500
