"""Rows of files that are kept though something is wrong with them: each is named by its line, in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from app.data.models import SyncRun
from app.data.pipeline import channel_rules
from app.data.pipeline.imports.importing import import_file, preview
from app.data.warehouse.channels import Rule
from tests.import_case import COSTS, RATES, SUBSCRIPTIONS, written
from tests.ingest_cast import Company, Platform
from tests.shell import Shell

KNOWN = "Direct, Email, Social, Paid search, Organic search, Content, Referral, Other"
NO_CHANNEL = (
    f"There is no channel 'Nochannel'. Known: {KNOWN}. "
    "Correct the name, or give the channel a rule with pad channels set."
)
AHEAD = "lies in the future. Correct it, unless it is planned."
BEYOND = "lies beyond 2036-12-31, further ahead than plans reach. Correct the year."  # it is 2026
SURVEY = "response_id,date,survey,score\n"
ACTIVITY = (
    "customer_id,date,active_users,features_used,support_tickets,invoices_late,onboarding_step\n"
    "c1,{},1,1,0,0,1\n"
)
INVOICE = "invoice_id,customer_id,issued_on,due_on,paid_on,amount,currency\n"


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """It is 15 January 2026."""
    return Company(tmp_path / "home", "google_ads", Platform("google_ads"))


def test_costs_of_no_channel_and_of_months_to_come_are_told_by_line_and_kept(
    company: Company, tmp_path: Path
) -> None:
    more = ("2025-11-01,tools,nochannel", "2027-06-01,tools,email", "9999-12-01,tools,nochannel")
    path = written(tmp_path, COSTS + "".join(f"{start},5000,USD\n" for start in more))
    said = (
        "3 rows are kept though they break a rule:\n"
        f"line 3: {NO_CHANNEL}\n"
        f"line 4: 2027-06-01 {AHEAD}\n"
        f"line 5: {NO_CHANNEL}\n"
        f"line 5: 9999-12-01 {AHEAD}"
    )
    assert preview(company.parts, path, "costs", {}).notes == (said,)
    report = import_file(company.parts, path, "costs")
    assert (report.rows, report.flagged, report.notes) == (4, 3, (said,))
    company.publish()
    assert company.ask("SELECT count(*) FROM fact_cost") == [(4,)]
    assert company.ask("SELECT rule, sum(failed) FROM fact_quality_check GROUP BY rule ORDER BY rule") == [
        ("cost_begun", 2),
        ("cost_channel_known", 2),
    ]


@pytest.mark.parametrize("channel", ["", "other", "paid_search", "Paid Search", "paid-search", "PAID SEARCH"])
def test_a_known_channel_may_be_written_as_people_do_or_left_out(
    company: Company, tmp_path: Path, channel: str
) -> None:
    path = written(tmp_path, f"{COSTS}2026-01-01,tools,{channel},5,USD\n")
    report = import_file(company.parts, path, "costs")
    assert (report.rows, report.flagged, report.notes) == (2, 0, ())


def test_the_channels_are_those_of_the_mapping_in_force(company: Company, tmp_path: Path) -> None:
    with company.parts.database.session() as session:
        channel_rules.replace(session, [Rule("SEO", medium="organic"), Rule("Paid Social", medium="cpc")])
    more = "2026-01-01,tools,seo,5,USD\n2026-01-01,tools,paid_social,7,USD\n"
    report = import_file(company.parts, written(tmp_path, COSTS + more), "costs")
    (note,) = report.notes
    assert report.flagged == 1
    assert note.splitlines()[1].startswith(
        "line 2: There is no channel 'Email'. Known: SEO, Paid Social, Other. Correct the name, or give"
    )


@pytest.mark.parametrize(
    ("stream", "text", "said"),
    [
        ("market_size", "month,market_revenue,currency,source\n2026-02-01,5,USD,x\n", f"2026-02-01 {AHEAD}"),
        ("surveys", f"{SURVEY}r1,2026-01-16,nps,9\n", f"2026-01-16 {AHEAD}"),
        ("account_activity", ACTIVITY.format("2026-01-16"), f"2026-01-16 {AHEAD}"),
        ("subscriptions", SUBSCRIPTIONS.replace("2025-12-03", "2062-12-03"), f"2062-12-03 {AHEAD}"),
        ("subscriptions", SUBSCRIPTIONS.strip() + "2052-12-03\n", f"2052-12-03 {BEYOND}"),
        ("invoices", f"{INVOICE}i1,c1,2026-01-16,,,5,USD\n", f"2026-01-16 {AHEAD}"),
        ("invoices", f"{INVOICE}i1,c1,2026-01-01,,2026-01-16,5,USD\n", f"2026-01-16 {AHEAD}"),
        ("invoices", f"{INVOICE}i1,c1,2026-01-01,2037-01-01,,5,USD\n", f"2037-01-01 {BEYOND}"),
        ("exchange_rates", f"{RATES}2026-01-16,EUR,1.2\n", f"2026-01-16 {AHEAD}"),
        (
            "targets",
            "metric,starts_on,ends_on,value\nmrr,2026-01-01,9999-12-31,5\n",
            f"9999-12-31 {BEYOND}",
        ),
    ],
)
def test_a_day_ahead_is_told_of_every_stream(
    company: Company, tmp_path: Path, stream: str, text: str, said: str
) -> None:
    line = len(text.splitlines())
    found = preview(company.parts, written(tmp_path, text), stream, {})
    assert found.notes == (f"A row is kept though it breaks a rule:\nline {line}: {said}",)
    report = import_file(company.parts, written(tmp_path, text), stream)
    assert (report.flagged, report.notes) == (1, found.notes)
    company.publish()
    assert company.ask("SELECT sum(failed) FROM fact_quality_check") == [(1,)]


def test_days_of_plans_may_lie_ahead(company: Company, tmp_path: Path) -> None:
    ends = SUBSCRIPTIONS.strip() + "2026-12-03\n"
    due = f"{INVOICE}i1,c1,2026-01-15,2026-02-15,,5,USD\n"
    goal = "metric,starts_on,ends_on,value\nmrr,2027-01-01,2036-12-31,5\n"
    for stream, text in (("subscriptions", ends), ("invoices", due), ("targets", goal)):
        assert import_file(company.parts, written(tmp_path, text), stream).notes == ()


def test_the_log_of_the_source_tells_the_first_flags_in_words(company: Company, tmp_path: Path) -> None:
    more = "".join(f"2025-{month:02}-01,tools,nochannel,5,USD\n" for month in range(1, 8))
    import_file(company.parts, written(tmp_path, COSTS + more), "costs")
    with company.parts.database.session() as session:
        (run,) = session.scalars(select(SyncRun))
        state, flagged, lines = run.state, run.flagged, run.error.splitlines()
    assert (state, flagged, len(lines)) == ("done", 7, 7)
    assert lines[0] == "7 rows are kept though they break a rule:"
    assert (lines[1], lines[6]) == (f"line 3: {NO_CHANNEL}", "and 2 more")


def test_the_command_tells_flags_in_words_and_machines_their_rule_as_well(tmp_path: Path) -> None:
    pad = Shell(tmp_path / "home")
    path = str(written(tmp_path, f"{COSTS}2026-01-01,tools,nochannel,-5,USD\n"))
    tried = pad("import", path, "--as", "costs", "--preview")
    assert tried.exit_code == 0 and f"line 3: {NO_CHANNEL}" in tried.stderr
    done = pad("import", path, "--as", "costs", "--format", "json")
    assert "line 3: The cost is negative" in done.stderr and "cost_not_negative" not in done.stderr
    assert "Import the corrected file with --replace" in done.stderr
    (told,) = json.loads(done.stdout)
    assert told["flags"] == [
        {
            "line": 3,
            "rule": "cost_not_negative",
            "words": "The cost is negative, so it lowers the costs of its month.",
        },
        {"line": 3, "rule": "cost_channel_known", "words": NO_CHANNEL},
    ]


def test_a_flagged_row_is_taken_out_by_the_corrected_file(tmp_path: Path) -> None:
    pad = Shell(tmp_path / "home")
    pad("import", str(written(tmp_path, COSTS.replace("email", "emial"))), "--as", "costs")
    done = pad("import", str(written(tmp_path, COSTS)), "--as", "costs", "--replace")
    assert "Taken out: month 2026-01-01, category tools, channel Emial" in done.stderr
