"""`pad query` gives the numbers of the page."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from app.cli import context, main, progress
from app.clock import FixedClock
from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.query.runner import Runner
from app.data.query.spec import Filter, MetricQuery, Scope
from app.periods import Period
from app.scope_values import answered
from app.settings import Settings
from tests import warehouse
from tests.one_snapshot import OneSnapshot

NOW = datetime(2026, 3, 12, 15, tzinfo=UTC)
RANGE = ["--from", "2026-01-01", "--to", "2026-01-31"]
BEFORE = ["--from", "2026-01-23", "--to", "2026-02-09"]


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


def test_the_parts_of_a_quotient_divide_to_its_value(pad) -> None:  # type: ignore[no-untyped-def]
    catalogue.load()
    quotients, checked = [metric for metric in METRICS if metric.denominator], set()
    for metric in quotients:
        asked = (metric.id, "--from", "2026-01-01", "--to", "2026-02-28", "--compare", "previous", "--parts")
        (row,) = json.loads(pad("query", *asked, "--format", "json").output)["rows"]
        for end, ends in (("", "__{}"), ("__base", "__base_{}")):
            above, below = (row.get(metric.id + ends.format(part)) for part in "nd")
            if above is not None and below:
                assert row[f"{metric.id}{end}"] == pytest.approx(
                    above / below * metric.scale, rel=1e-12, abs=6e-7
                )
                checked.add(metric.id)
    assert "ltv" in checked and len(checked) > len(quotients) / 2


def test_csv_has_a_header_and_a_line_a_bucket(pad) -> None:  # type: ignore[no-untyped-def]
    output = pad("query", "clicks", "--grain", "week", *RANGE, "--format", "csv").stdout_bytes.decode()
    assert output.count("\r\n") == output.count("\n") > 1
    rows = list(csv.DictReader(io.StringIO(output)))
    assert [row["date"] for row in rows][:2] == ["2025-12-29", "2026-01-05"]
    # three campaigns, devices weigh 1 and 2, 20 + n % 11 clicks a day over 31 days
    assert sum(int(row["clicks"]) for row in rows) == 9 * sum(20 + n % 11 for n in range(31))


def test_a_file_for_spreadsheets_runs_no_name_and_keeps_its_numbers(pad) -> None:  # type: ignore[no-untyped-def]
    company = warehouse.company_to_change()
    company.execute("UPDATE dim_campaign SET campaign = '=1+1' WHERE campaign_key = 13")
    context.services().query = warehouse.runner(company)
    output = pad("query", "spend", "--by", "campaign", *RANGE, "--format", "csv").output
    spend = 3 * sum(23 + n % 7 for n in range(31))
    assert f"'=1+1,{spend}" in [line.removesuffix(".0") for line in output.splitlines()]
    company.execute("UPDATE fact_mrr_movement SET amount = -abs(amount)")
    head, lost = pad("query", "net_new_mrr", *RANGE, "--format", "csv").output.splitlines()
    assert (head, float(lost) < 0) == ("net_new_mrr", True)


def test_a_csv_stays_clean_and_its_notes_are_those_of_the_table(pad) -> None:  # type: ignore[no-untyped-def]
    asked = ("query", "claimed_value,cpa", *RANGE)
    found = pad(*asked, "--format", "csv")
    head, numbers = found.stdout.splitlines()
    assert head == "claimed_value,cpa" and numbers.startswith(",")
    claims, traffic = found.stderr.splitlines()
    assert claims.startswith("claimed_value: ") and "not added across" in claims
    assert traffic.startswith("cpa: ")
    table = pad(*asked).stdout.splitlines()
    assert claims in table and traffic in table
    clean = pad("query", "clicks", *RANGE, "--format", "csv")
    assert clean.stderr == "" and clean.stdout.splitlines()[0] == "clicks"


def test_a_csv_names_what_was_before_as_the_export_of_a_page_does(pad) -> None:  # type: ignore[no-untyped-def]
    asked = ("query", "spend", "--by", "channel", *RANGE, "--compare", "previous", "--format", "csv")
    assert pad(*asked).stdout.splitlines()[0] == "channel,spend,spend_base"


def test_a_table_names_members_in_words_and_filters_take_them(pad) -> None:  # type: ignore[no-untyped-def]
    """Costs that belong to no one channel; of 6,200 USD nothing came."""
    asked, two = (
        ("query", "cac_loaded,roi", "--by", "channel"),
        ("--from", "2026-01-01", "--to", "2026-02-28"),
    )
    shown = pad(*asked, *two).stdout.splitlines()
    assert [line.split() for line in shown if "Shared" in line] == [["Shared", "costs", "–", "-1"]]
    assert "(not set)" not in "".join(shown)
    file = pad(*asked, *two, "--format", "csv").stdout
    assert "(not set),,-1" in file and "Shared" not in file, "a file keeps the ids"
    words, ids = (
        pad("query", "spend", *two, "--where", line, "--format", "json").stdout
        for line in ("Platform=Google Ads", "platform=google_ads")
    )
    assert json.loads(words)["rows"] == json.loads(ids)["rows"] != [{"spend": None}]


def test_a_table_says_why_a_number_is_missing(pad) -> None:  # type: ignore[no-untyped-def]
    output = pad("query", "claimed_value", *RANGE).output
    assert "–" in output
    assert "not added across" in output.replace("\n", " ")


def test_brackets_and_colons_of_a_name_are_printed_as_they_are(pad) -> None:  # type: ignore[no-untyped-def]
    sale = "[eu] Sale [/b] :smile:"
    company = warehouse.company_to_change()
    company.execute("UPDATE dim_campaign SET campaign = ? WHERE campaign_key = 13", [sale])
    context.services().query = warehouse.runner(company)
    done = pad("query", "spend", "--by", "campaign", *RANGE)
    # January 2026: devices weigh 1 and 2, cost 10 + n % 7 + 13 a day
    spend = 3 * sum(23 + n % 7 for n in range(31))
    assert [line.split() for line in done.output.splitlines() if "Sale" in line] == [
        ["[eu]", "Sale", "[/b]", ":smile:", f"{spend:,.2f}"]
    ]


def test_a_bar_shows_brackets_as_they_are(monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    with progress.bar() as told:
        told(0.5, "Reads [eu] Sale [/b]")
    assert "Reads [eu] Sale [/b]" in capsys.readouterr().err


@pytest.mark.parametrize("terminal", [True, False])
def test_a_table_keeps_its_heads_whole_and_names_the_zone_of_its_times(monkeypatch, capsys, terminal) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(context, "settings", lambda: Settings(time_zone="Asia/Kolkata"))
    monkeypatch.setenv("COLUMNS", "60")
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    row = dict.fromkeys(("id", "rejected", "quarantined", "data_version"), "a rather long value")
    context.print_rows([row | {"last_sync": "2026-03-12T15:00:00+00:00"}], "table")
    head, *lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 or terminal  # what reads a pipe finds a row in a line
    assert all(name in head for name in (*row, "last_sync"))
    assert terminal or "2026-03-12 20:30 IST" in lines[0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--from", "0001-01-01", "--to", "2026-03-01", "--compare", "previous"), "before anything is kept"),
        (("--from", "0001-01-01", "--to", "0001-01-05", "--compare", "year"), "from 2000-01-01 on"),
        (("--from", "2000-01-01", "--to", "2026-03-01", "--by", "date"), "9,557 buckets by day"),
        ((*RANGE, "--limit", str(10**30)), "A limit is at most 100,000"),
        ((*RANGE, "--limit", "-1"), "must not be negative"),
        (
            ("--from", "2026-03-12", "--to", "2026-03-15"),
            "2026-03-12 to 2026-03-15 has no complete day yet; the newest complete day is 2026-03-11.",
        ),
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


@pytest.mark.parametrize("metric", ["spend", "leads", "mrr"])
def test_a_filter_for_what_is_not_known_is_named(pad, metric) -> None:  # type: ignore[no-untyped-def]
    name = "plan" if metric == "mrr" else "channel"
    output = pad("query", metric, *RANGE, "--where", f"{name}=Nope").output
    assert f"No rows: the filter asks for {name} 'Nope', which is not known." in output
    # Known, though not of these days
    early = ("--from", "2025-01-01", "--to", "2025-01-31", "--where", "channel=Social", "--format", "json")
    notes = json.loads(pad("query", "spend", *early).output)["notes"]
    assert notes == {"spend": "No rows in this range under this filter."}


@pytest.mark.parametrize("split", [(), ("--by", "device"), ("--grain", "month", "--compare", "previous")])
def test_what_is_not_known_has_no_number_and_what_had_none_has_zero(pad, split) -> None:  # type: ignore[no-untyped-def]
    def leads(*where: str) -> tuple[list[int | None], dict[str, str]]:
        day = ("--from", "2026-01-05", "--to", "2026-01-05")  # on which Paid search alone brought a lead
        named = (part for one in where for part in ("--where", f"channel={one}"))
        found = json.loads(pad("query", "leads", *day, *named, *split, "--format", "json").output)
        numbers = [row[name] for row in found["rows"] for name in row if name.startswith("leads")]
        return numbers, found["notes"]

    said = {"leads": "No rows: the filter asks for channel 'Nope', which is not known."}
    numbers, notes = leads("Nope")
    assert (set(numbers) <= {None}, notes) == (True, said)
    if "--by" not in split:
        assert leads("Social")[0][0] == leads("Social", "Nope")[0][0] == 0
        assert leads("Social", "Nope")[1] == said


def test_a_member_of_years_ago_is_known_in_its_days_and_an_hour_always(pad) -> None:  # type: ignore[no-untyped-def]
    """Seen from 2031, January 2026 is further back than members are looked for."""
    clock = FixedClock(datetime(2031, 3, 12, 15, tzinfo=UTC))
    context.services().clock = clock
    context.services().query = Runner(OneSnapshot(warehouse.company()), Settings(), clock)
    day = ("--from", "2026-01-05", "--to", "2026-01-05", "--format", "json")
    found = json.loads(pad("query", "leads", *day, "--where", "channel=Social").output)
    assert (found["rows"], found["notes"]) == ([{"leads": 0}], {})
    found = json.loads(pad("query", "clicks", *day, "--where", "hour=3").output)
    assert found["notes"] == {"clicks": "No rows in this range under this filter."}


def test_parts_of_weeks_meet_the_same_days_or_none(pad) -> None:  # type: ignore[no-untyped-def]
    """10 to 27 February is 18 days, before which lie 23 January to 9 February: only whole weeks are alike."""
    asked = ("--from", "2026-02-10", "--to", "2026-02-27", "--compare", "previous", "--format", "json")
    found = json.loads(pad("query", "spend", *asked, "--by", "date", "--grain", "week").output)
    days = json.loads(pad("query", "spend", *BEFORE, "--by", "date", "--format", "json").output)["rows"]
    whole = sum(row["spend"] for row in days if "2026-01-26" <= row["date"] <= "2026-02-01")
    assert [(row["date"], row["spend__base"]) for row in found["rows"]] == [
        ("2026-02-09", None),
        ("2026-02-16", pytest.approx(whole)),
        ("2026-02-23", None),
    ]
    said = "Not compared: what falls on 2026-02-09, 2026-02-23, for its part of the range"
    assert found["notes"]["spend"].startswith(said)


def test_days_without_rows_and_loads_before_the_first_say_so(pad) -> None:  # type: ignore[no-untyped-def]
    early = ("--from", "2010-01-01", "--to", "2010-01-31", "--format", "json")
    assert json.loads(pad("query", "spend", *early).output)["notes"] == {"spend": "No rows in this range."}
    then = json.loads(pad("query", "spend", *RANGE, "--as-of", "0", "--format", "json").output)
    assert then["rows"] == [{"spend": None}]
    said = {"spend": "No rows in this range were known when load 0 was published."}
    assert then["notes"] == said
    parts = ("--by", "date", "--grain", "week", "--compare", "previous")
    weeks = json.loads(pad("query", "spend", *BEFORE, "--as-of", "0", *parts, "--format", "json").output)
    assert weeks["notes"] == said


def test_a_member_outside_the_scope_is_as_unknown_as_one_that_is_nowhere(pad) -> None:  # type: ignore[no-untyped-def]
    scope = Scope((Filter("region", ("Berlin",)),))
    period = Period(date(2026, 1, 1), date(2026, 1, 31))
    for name in ("Texas", "Nope"):
        asked = MetricQuery(("spend",), period, filters=(Filter("region", (name,)),), scope=scope)
        said = f"No rows: the filter asks for region '{name}', which is not known."
        assert answered(context.services(), asked).notes == {"spend": said}


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
    assert pad(*asked, "--format", "csv").stdout.splitlines() == ["date,platform,spend,clicks"]
