"""One number, one value: card, table, export, command line, REST and passport agree."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import delete, select

from app.accounts import users
from app.accounts.changes import Trail
from app.accounts.models import User
from app.alerts import events, rules
from app.alerts.check import check_all
from app.alerts.models import AlertEvent, AlertRule
from app.data.metrics.base import METRICS
from app.data.metrics.parts import parts
from app.data.query.spec import MetricQuery
from app.layouts import campaign_table
from app.periods import DAY, Period
from app.reports import issue
from app.reports.models import Report
from app.units import Units
from tests.demo_company import CALIFORNIAN, Site, email, environment
from tests.page_text import read
from tests.processes import worker_on
from tests.visits import DAYS, RANGE, Rows, asked, by_rest, callback, cards, exported
from tests.waiting import until

SUMS = ("spend", "impressions", "clicks", "sessions", "leads", "conversions", "attributed_revenue")
SHOWN = (*SUMS, "ctr", "cpc", "cpm", "cost_per_lead", "cpa", "roas")
DIVISIONS = {
    "cost_per_lead": ("spend", "leads"),
    "roas": ("attributed_revenue", "spend"),
    "session_conversion_rate": ("key_event_sessions", "sessions"),
}
MICRO = 5e-7  # money leaves the product in whole micros
COLUMNS = ",".join(SHOWN)


def summed(rows: Rows, column: str) -> float:
    return sum(float(row[column] or 0) for row in rows)


def run(site: Site, form: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`pad query` in a process of its own."""
    line = [sys.executable, "-m", "app.cli", "query", *arguments, "--from", str(DAYS.start)]
    return subprocess.run(
        [*line, "--to", str(DAYS.end), "--format", form],
        env=environment(site.services.settings),
        capture_output=True,
        text=True,
        check=True,
    )


def by_command(site: Site, *arguments: str) -> Any:
    """What `pad query` prints."""
    return json.loads(run(site, "json", *arguments).stdout)


def table(site: Site, search: str) -> Any:
    """What the analyst's page shows."""
    viewer = users.viewer(site.services.database, email("analyst"))
    answer = campaign_table.show(search, site.services, viewer).answer
    assert answer is not None
    return answer.table


def test_the_tables_total_is_the_export_is_the_command_is_rest_is_the_passport(site: Site) -> None:
    shown = table(site, f"range={RANGE}&columns={COLUMNS}")
    file = exported(site, "analyst", "campaigns", columns=COLUMNS)
    rest = by_rest(site, "analyst", metrics=list(SHOWN)).json
    command = by_command(site, COLUMNS)
    assert shown.total["spend"] > 0 and shown.total["leads"] > 0 and shown.total["conversions"] > 0
    assert rest["data_version"] == command["data_version"]
    assert rest["currency"] == command["currency"] == "USD"
    for metric in SHOWN:
        value = shown.total[metric]
        assert rest["rows"][0][metric] == command["rows"][0][metric] == pytest.approx(value, abs=MICRO)
        assert site.services.query.passport(metric, MetricQuery((metric,), DAYS)).value == value
    for metric in SUMS:
        assert summed(file, metric) == pytest.approx(shown.total[metric], rel=1e-12)


def test_the_csv_of_the_command_is_that_of_the_page_and_its_notes_stand_beside_it(site: Site) -> None:
    file = exported(
        site, "analyst", "campaigns", columns="spend,cpa", group="channel", compare="previous", changes="1"
    )
    done = run(site, "csv", "spend,cpa", "--by", "channel", "--compare", "previous")
    rows = {row["channel"]: row for row in csv.DictReader(io.StringIO(done.stdout, newline=""))}
    assert set(file[0]) == set(rows["Social"]) == {"channel", "spend", "cpa", "spend_base", "cpa_base"}
    for line in file:
        before = rows[line["channel"]]["spend_base"]
        assert float(line["spend_base"] or 0) == pytest.approx(float(before or 0), abs=MICRO)
    whole = run(site, "csv", "cpa")
    assert whole.stdout.splitlines()[0] == "cpa" and len(whole.stdout.splitlines()) == 2
    assert whole.stderr.startswith("cpa: Counts what all channels brought, also those without ads;")
    assert whole.stderr.strip() in run(site, "table", "cpa").stdout


def test_every_subtotal_is_the_same_by_command_and_rest_and_the_sum_of_its_exported_lines(site: Site) -> None:
    shown = table(site, f"range={RANGE}&columns={COLUMNS}&group=channel,campaign")
    subtotals = {row.path[0]: row.cells for row in shown.rows if row.level == 1}
    rest = by_rest(site, "analyst", metrics=list(SHOWN), by=["channel"]).json["rows"]
    command = by_command(site, COLUMNS, "--by", "channel")["rows"]
    assert rest == command and {row["channel"] for row in rest} == set(subtotals) and len(rest) > 4
    for row in rest:
        for metric in SHOWN:
            assert row[metric] == pytest.approx(subtotals[row["channel"]][metric], abs=MICRO)
    file = exported(site, "analyst", "campaigns", columns=COLUMNS, group="channel,campaign")
    for channel, cells in subtotals.items():
        lines = [row for row in file if row["channel"] == channel]
        for metric in SUMS:
            assert summed(lines, metric) == pytest.approx(cells[metric] or 0.0, rel=1e-12)


def test_the_rows_behind_a_count_of_customers_make_its_card(site: Site) -> None:
    for metric, unit in (("customers", "count"), ("mrr", "money")):
        rows = exported(site, "executive", "rows", metric=metric, range="last_30_days")
        found = site.services.query.passport(metric, MetricQuery((metric,), DAYS))
        assert summed(rows, metric) == pytest.approx(found.value)
        assert Units("USD").short(found.value, unit) in cards(site, "executive")


def test_money_in_exported_rows_is_money_whichever_metric_was_asked(site: Site) -> None:
    by_count = exported(site, "analyst", "rows", metric="conversions")
    by_money = exported(site, "analyst", "rows", metric="attributed_revenue")
    assert summed(by_count, "revenue") == summed(by_money, "attributed_revenue") > 0


# -- alert, report, card, export -----------------------------------------------------------------------------

# The last whole weeks: what settles within hours is judged by the newer one, the rest by the older.
WEEKS = {day: Period(date.fromisoformat(day), date.fromisoformat(day) + 6 * DAY) for day in
         ("2026-06-01", "2026-06-08")}  # fmt: skip
WEEKS_RANGE = "2026-06-08..2026-06-14"


@pytest.fixture
def fired(site: Site) -> Iterator[Callable[..., AlertEvent]]:
    """What a rule by the week says of a metric: one that is always above nothing. It leaves no trace."""
    database, trail = site.services.database, Trail(site.services.clock, email("admin"))
    made: list[str] = []

    def fire(metric: str, filters: Sequence[Any] = ()) -> AlertEvent:
        condition = {"kind": "threshold", "side": "above", "limit": 0}
        rule = AlertRule(title=f"Any {metric}", metric=metric, by="", filters=list(filters), grain="week",
                         condition=condition, minimum_volume=0, breaches_to_fire=1, clears_to_resolve=1,
                         cool_down=0, quiet_from="", quiet_to="", time_zone="", severity="low", actions=[],
                         enabled=True)  # fmt: skip
        made.append(rules.add(database, rule, trail))
        check_all(site.services, only=made[-1])
        (event,) = events.listed(database, made[-1])
        return event

    yield fire
    for rule_id in made:
        rules.remove(database, rule_id, trail)
    with database.session() as session:
        session.execute(delete(AlertEvent).where(AlertEvent.rule_id.in_(made)))


def report_cells(site: Site, week: Period) -> Mapping[str, str]:
    """The cells of the weekly report's CSV, by the metric's title: what was counted in the reported week."""
    with site.services.database.session() as session:
        owner = session.scalars(select(User.id).where(User.email == email("marketing_manager"))).one()
    report = Report(id="weekly", title="Weekly", sections=["week_over_week"], view="",
                    formats=["csv"], recipients=[], owner_id=owner, send_when_empty=False)  # fmt: skip
    made = issue.draft(site.services, report, week.end + DAY)
    assert made.document.period == week and made.reasons == ()
    written = issue.RENDERERS["csv"](made.document).decode()
    return {
        row["row"]: row["value"] for row in csv.DictReader(io.StringIO(written)) if row["column"] == "value"
    }


@pytest.mark.parametrize(
    ("metric", "bucket"),
    [
        ("leads", "2026-06-08"),
        ("spend", "2026-06-01"),
        ("cost_per_lead", "2026-06-01"),
        ("session_conversion_rate", "2026-06-01"),
    ],
)
def test_the_alerts_value_the_reports_cell_the_card_and_the_export_are_one_number(
    site: Site, fired: Callable[[str], AlertEvent], metric: str, bucket: str
) -> None:
    event, declared, week = fired(metric), METRICS.get(metric), WEEKS[bucket]
    days = {"from": week.start.isoformat(), "to": week.end.isoformat()}
    value = by_rest(site, "admin", metrics=[metric], **days).json["rows"][0][metric]
    assert (event.kind, event.bucket) == ("firing", bucket)
    assert event.value == pytest.approx(value, abs=MICRO) and event.value > 0
    assert Units("USD").full(value, declared.unit) in event.text
    assert float(report_cells(site, week)[declared.title]) == event.value
    assert made_of_export(site, metric, week) == pytest.approx(event.value, rel=1e-9)


def test_the_roas_of_paid_media_is_one_number_in_alert_report_rest_and_export(
    site: Site, fired: Callable[..., AlertEvent]
) -> None:
    """Google Ads is the one ad platform of this company, so its ROAS is that of paid media."""
    event = fired("roas", ["platform=google_ads"])
    week = WEEKS[event.bucket]
    days = {"from": week.start.isoformat(), "to": week.end.isoformat()}
    rest = by_rest(site, "admin", metrics=["roas"], where=["platform=google_ads"], **days)
    assert event.value == pytest.approx(rest.json["rows"][0]["roas"], abs=MICRO) and event.value > 0
    assert float(report_cells(site, week)["ROAS, paid media"]) == event.value
    assert made_of_export(site, "roas", week, paid="1") == pytest.approx(event.value, rel=1e-9)


def made_of_export(site: Site, metric: str, week: Period, **narrowed: str) -> float:
    """The number again out of the exported rows of its week."""
    days = f"{week.start}..{week.end}"
    exports = [
        exported(site, "analyst", "rows", metric=metric, part=part.id, range=days, **narrowed)
        for part in parts(metric)
    ]
    above, *below = [
        sum(summed(rows, column) for rows in exports if column in rows[0])
        for column in DIVISIONS.get(metric, (metric,))
    ]
    return above / below[0] if below else above


def test_the_cards_of_that_week_show_what_the_alerts_fired_on(
    site: Site, fired: Callable[[str], AlertEvent]
) -> None:
    shown: dict[str, Any] = {}

    def whole() -> bool:
        shown.update(site.browser("executive").client.get(f"/view/executive?range={WEEKS_RANGE}").json)
        return not shown["late"]

    until(whole)
    units, card = Units("USD"), read(shown["cards"]["funnel"]).words
    for metric in ("leads", "opportunities", "customers_won"):
        assert f" {units.full(fired(metric).value, 'count')} " in card, metric
    rate = fired("opportunity_to_customer").value
    assert units.short(rate, "ratio") in card


# -- XLSX ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worker(site: Site) -> Iterator[None]:
    """A job worker as `pad run` starts it."""
    with worker_on(site.services.settings):
        yield


def workbook(site: Site, person: str, search: str) -> tuple[str, bytes]:
    """Asks for an XLSX as the page does and waits for its link; the address and the file."""
    values = {
        "export-xlsx.n_clicks": 1,
        "export-kind.data": "campaigns",
        "location.search": search,
    }
    started = asked(site, person, callback(site, "export-xlsx.n_clicks"), values).json["response"]
    address = f"/download/{started['export-job']['data']}"
    watch = callback(site, "export-poll.n_intervals")
    seen = {"export-poll.n_intervals": 1, "export-job.data": started["export-job"]["data"]}
    until(lambda: address in str(asked(site, person, watch, seen).json))
    return address, site.browser(person).client.get(address).data


@pytest.mark.usefixtures("worker")
def test_the_xlsx_of_a_worker_holds_the_csv_and_goes_to_its_reader_until_it_expires(site: Site) -> None:
    address, data = workbook(site, "analyst", f"?range={RANGE}&columns={COLUMNS}")
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = list(book["Data"].values)
    file = exported(site, "analyst", "campaigns", columns=COLUMNS)
    assert list(sheet[0]) == ["channel", "campaign", *SHOWN] == list(file[0])
    assert [row[:2] for row in sheet[1:]] == [(row["channel"], row["campaign"]) for row in file]
    cells = [(cell, row[name]) for line, row in zip(sheet[1:], file, strict=True)
             for cell, name in zip(line[2:], SHOWN, strict=True)]  # fmt: skip
    assert [cell is None for cell, _ in cells] == [text == "" for _, text in cells]
    numbers = [(cell, float(text)) for cell, text in cells if text]
    assert [cell for cell, _ in numbers] == pytest.approx([number for _, number in numbers], rel=1e-12)
    named = {row[0]: row[1:] for row in book["Columns"].values}
    assert named["spend"][:2] == ("Ad spend", "reporting currency") and set(named) > set(sheet[0])
    seen = {who: site.browser(who).client.get(address).status_code for who in ("executive", CALIFORNIAN)}
    assert seen == {"executive": 404, CALIFORNIAN: 404}
    path = Path(site.services.settings.exports_dir) / f"{address.rsplit('/')[-1]}.xlsx"
    old = (site.services.clock.now() - timedelta(hours=25)).astimezone(UTC).timestamp()
    os.utime(path, (old, old))
    assert site.browser("analyst").client.get(address).status_code == 404
    assert datetime.fromtimestamp(path.stat().st_mtime, UTC) < site.services.clock.now()


@pytest.mark.usefixtures("worker")
def test_an_xlsx_is_written_in_the_scope_of_the_one_who_asked(site: Site) -> None:
    _, data = workbook(site, CALIFORNIAN, f"?range={RANGE}&columns=leads,sessions")
    book = openpyxl.load_workbook(io.BytesIO(data))
    rows = list(book["Data"].values)
    scoped = by_rest(site, "admin", metrics=["leads", "sessions"], where=["region=California"]).json["rows"][
        0
    ]
    assert sum(row[2] or 0 for row in rows[1:]) == scoped["leads"] > 0
    assert sum(row[3] or 0 for row in rows[1:]) == scoped["sessions"] > 0
    assert dict(book["About"].values)["Scope"] == "Region is California"
