"""Any record whatever: reading never fails, and gives the same bits alone, in any order and in any chunk."""

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincast.reading.fields import KNOWN_FIELDS
from twincast.reading.records import read_records
from twincast.reading.states import STATE

AS_OF = dt.date(2024, 6, 1)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["2020-01-01", "monthly", "email", "quality_focused", "yes", "$50-70k", "Paris", "early adopter"])
)
KEYS = st.sampled_from([field.name for field in KNOWN_FIELDS]) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
RECORDS = st.dictionaries(KEYS | st.sampled_from(["profile", "behavioral_data", "history"]), VALUES, max_size=8)


class TestAnyRecord:
    @pytest.mark.slow
    @settings(max_examples=150)
    @given(st.lists(RECORDS | VALUES, max_size=4))
    def test_reading_never_fails_and_names_every_bad_row(self, records: list[Any]) -> None:
        batch = read_records(records, as_of=AS_OF)
        assert batch.frame.values.shape == (len(records), len(STATE))
        assert {problem.row for problem in batch.problems} == set(np.flatnonzero(~batch.valid).tolist())
        for row in np.flatnonzero(batch.valid).tolist():
            assert json.loads(batch.documents[row])["customer_id"] == batch.customer_ids[row]
            assert not np.isinf(batch.frame.values[row]).any()

    @pytest.mark.slow
    @settings(max_examples=60)
    @given(st.lists(RECORDS, min_size=1, max_size=5), st.randoms(use_true_random=False))
    def test_a_record_gives_the_same_bits_alone_and_in_any_order(self, records: list[Any], dice: Any) -> None:
        order = list(range(len(records)))
        dice.shuffle(order)
        together = read_records([records[k] for k in order], as_of=AS_OF)
        for place, k in enumerate(order):
            alone = read_records([records[k]], as_of=AS_OF)
            assert together.frame.values[place].tobytes() == alone.frame.values[0].tobytes()
            assert together.documents[place] == alone.documents[0]
            assert together.frame.interests[place] == alone.frame.interests[0]

    def test_real_records_give_the_same_bits_alone_and_in_chunks(self, data_dir: Path) -> None:
        records: list[Any] = []
        for name in ("bank", "completejourney", "hillstrom"):
            with gzip.open(data_dir / name / "customers.jsonl.gz") as lines:
                records += [json.loads(line)["customer"] for line, _ in zip(lines, range(150), strict=False)]
        day = dt.date(2024, 6, 1)
        whole = read_records(records, as_of=day).frame.values
        backwards = read_records(records[::-1], as_of=day).frame.values[::-1]
        chunks = np.concatenate(
            [read_records(records[k : k + 7], as_of=day).frame.values for k in range(0, len(records), 7)]
        )
        assert whole.tobytes() == np.ascontiguousarray(backwards).tobytes()
        assert whole.tobytes() == chunks.tobytes()
        for row in range(0, len(records), 9):
            assert read_records([records[row]], as_of=day).frame.values.tobytes() == whole[row].tobytes()
