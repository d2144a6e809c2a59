"""`pad query` gives the numbers of the page."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from app.cli import context, main
from app.clock import FixedClock
from app.settings import Settings
from tests import warehouse

NOW = datetime(2026, 3, 12, 15, tzinfo=UTC)
RANGE = ["--from", "2026-01-01", "--to", "2026-01-31"]


@pytest.fixture
def pad(monkeypatch: pytest.MonkeyPatch) -> object:
    services = SimpleNamespace(
        query=warehouse.runner(warehouse.company()), clock=FixedClock(NOW), settings=Settings()
    )
    monkeypatch.setattr(context, "services", lambda: services)
    monkeypatch.setattr(context, "settings", Settings)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    return run


def test_spend_by_channel_as_json_has_one_key_a_dimension_and_metric(pad) -> None:  # type: ignore[no-untyped-def]
    found = json.loads(pad("query", "spend,ctr", "--by", "channel", *RANGE, "--format", "json").output)
    assert [sorted(row) for row in found["rows"]] == [["channel", "ctr", "spend"]] * 2
    assert (found["as_of"], found["data_version"]) == (9, "1")
    # January 2026 on Facebook: 31 days, devices weigh 1 and 2, cost 10 + n % 7 + 12 a day
    social = {row["channel"]: row for row in found["rows"]}["Social"]
    assert social["spend"] == 3 * sum(22 + n % 7 for n in range(31))


def test_csv_has_a_header_and_a_line_a_bucket(pad) -> None:  # type: ignore[no-untyped-def]
    output = pad("query", "clicks", "--grain", "week", *RANGE, "--format", "csv").stdout_bytes.decode()
    assert output.count("\r\n") == output.count("\n") > 1
    rows = list(csv.DictReader(io.StringIO(output)))
    assert [row["date"] for row in rows][:2] == ["2025-12-29", "2026-01-05"]
    # three campaigns, devices weigh 1 and 2, 20 + n % 11 clicks a day over 31 days
    assert sum(int(row["clicks"]) for row in rows) == 9 * sum(20 + n % 11 for n in range(31))


def test_a_table_says_why_a_number_is_missing(pad) -> None:  # type: ignore[no-untyped-def]
    output = pad("query", "claimed_value", *RANGE).output
    assert "–" in output
    assert "not added across" in output.replace("\n", " ")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--from", "0001-01-01", "--to", "2026-03-01", "--compare", "previous"), "before anything is kept"),
        (("--from", "0001-01-01", "--to", "0001-01-05", "--compare", "year"), "from 2000-01-01 on"),
        (("--from", "2000-01-01", "--to", "2026-03-01", "--by", "date"), "9,557 buckets by day"),
        ((*RANGE, "--limit", str(10**30)), "A limit is at most 100,000"),
    ],
)
def test_days_and_sizes_that_no_answer_has_are_refused(pad, given, words) -> None:  # type: ignore[no-untyped-def]
    refused = pad("query", "spend", *given)
    assert refused.exit_code == 1 and isinstance(refused.exception, SystemExit)
    assert words in refused.output


def test_filters_and_comparisons_reach_the_query(pad) -> None:  # type: ignore[no-untyped-def]
    arguments = ("--where", "platform=google_ads", "--compare", "previous", "--format", "json")
    february = ("--from", "2026-02-01", "--to", "2026-02-28")
    found = json.loads(pad("query", "spend", *february, *arguments).output)
    spend = [3 * sum(20 + n % 7 + key for key in (1, 3) for n in days) for days in (range(31, 59), range(31))]
    assert found["rows"] == [{"spend": spend[0], "spend__base": spend[1]}]
    assert found["base_period"] == {"from": "2026-01-01", "to": "2026-01-31"}


def test_the_running_month_is_asked_to_yesterday_and_compared_with_the_same_days(pad) -> None:  # type: ignore[no-untyped-def]
    context.services().clock = FixedClock(datetime(2026, 2, 20, 15, tzinfo=UTC))
    platform = ("--where", "platform=google_ads")
    asked = (
        "query",
        "spend",
        *platform,
        "--from",
        "2026-02-01",
        "--to",
        "2026-02-28",
        "--compare",
        "previous",
    )
    found = json.loads(pad(*asked, "--format", "json").output)
    assert found["period"] == {"from": "2026-02-01", "to": "2026-02-19"}
    assert found["base_period"] == {"from": "2026-01-01", "to": "2026-01-19"}
    spend = [3 * sum(20 + n % 7 + key for key in (1, 3) for n in days) for days in (range(31, 50), range(19))]
    assert found["rows"] == [{"spend": spend[0], "spend__base": spend[1]}]
    said = "2026-02-01 to 2026-02-19, in progress; before: 2026-01-01 to 2026-01-19"
    assert said in pad(*asked).output


def test_explain_shows_the_formula_and_the_statement(pad) -> None:  # type: ignore[no-untyped-def]
    output = pad("explain", "roas").output
    assert "Formula: Attributed revenue ÷ Ad spend" in output
    assert "FROM rollup_ad_campaign_day" in output


def test_explain_says_what_the_settings_are_in_a_formula(pad, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(context, "settings", lambda: Settings(gross_margin=0.725))
    assert "ARPA × gross margin of 72.5% ÷ monthly rate of Customer churn" in pad("explain", "ltv").output


def test_explain_and_lists_say_the_look_back_that_is_set(pad, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(context, "settings", lambda: Settings(attribution_lookback_days=30))
    assert "labelled “Last non-direct touch, 30 days”" in pad("explain", "roas").output
    found = json.loads(pad("metrics", "list", "--format", "json").output)
    assert {row["id"]: row["label"] for row in found}["roas"] == "Last non-direct touch, 30 days"


def test_metrics_list_has_every_id_with_its_dimensions(pad) -> None:  # type: ignore[no-untyped-def]
    found = json.loads(pad("metrics", "list", "--format", "json").output)
    assert {"spend", "roas", "mrr"} < {row["id"] for row in found}
    assert {row["id"]: row["dimensions"] for row in found}["market_share"] == ["date"]


def test_a_file_without_rows_has_its_head(pad) -> None:  # type: ignore[no-untyped-def]
    asked = ("query", "spend,clicks", "--by", "platform", *RANGE, "--grain", "month", "--limit", "0")
    assert pad(*asked, "--format", "csv").output.splitlines() == ["date,platform,spend,clicks"]
