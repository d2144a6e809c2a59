"""An issue of a report: held with its reasons, handed over once, read back from a real mail server."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts.changes import Trail
from app.accounts.models import AuditEntry, RowScope, User
from app.data.models import SyncRun
from app.errors import AccessDenied, ConflictError, DataUnavailable, InputError, NotFound, PadError
from app.notify import outbox
from app.notify.models import Delivery
from app.reports import definitions, issue, requests, unsubscribe
from app.reports.models import Report, ReportIssue
from app.reports.renderers import pdf
from app.reports.section import SECTIONS
from app.services import Services
from tests.fakes import NOW, FakeRunner
from tests.report_case import weekly


def deliveries(services: Services) -> list[Delivery]:
    with services.database.session() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def broken(query: object) -> Exception | None:
    return DataUnavailable("No pages.") if "landing_page" in query.dimensions else None  # type: ignore[attr-defined]


def test_an_issue_is_queued_once_for_everybody_however_often_it_is_asked_for(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    first, second = issue.send(services, "weekly"), issue.send(services, "weekly")
    assert first.state == "ready"
    assert first.deliveries == second.deliveries
    assert [(row.channel, row.to, row.state) for row in deliveries(services)] == [
        ("email", "executives@example.com", "queued"),
        ("slack", "#marketing", "queued"),
    ]


def test_the_same_data_lands_in_the_archive_as_the_same_files(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    issue.send(services, "weekly")
    kept = {path.name: path.read_bytes() for path in (tmp_path / "archive").rglob("*.*")}
    issue.send(services, "weekly")
    assert {path.name: path.read_bytes() for path in (tmp_path / "archive").rglob("*.*")} == kept
    assert sorted(kept) == [f"weekly-2026-03-08.{kind}" for kind in ("csv", "html", "pdf", "png")]
    (row,) = issue.issues(services, "weekly")
    assert (row.state, row.data_version, row.as_of, len(row.sha256)) == ("ready", "7", 12, 64)


def test_asked_for_again_with_nobody_new_nothing_is_drawn_that_nobody_gets(tmp_path: Path) -> None:
    runner = FakeRunner()
    services = weekly(tmp_path, runner)
    first = issue.send(services, "weekly")
    kept = sorted((tmp_path / "archive").rglob("*.*"))
    runner.data = "8"  # another version is printed on it, so its files would be others
    assert issue.send(services, "weekly").deliveries == first.deliveries
    assert sorted((tmp_path / "archive").rglob("*.*")) == kept
    with services.database.session() as session:
        report = session.get_one(Report, "weekly")
        report.recipients = [*report.recipients, {"channel": "email", "to": "late@example.com"}]
    assert len(issue.send(services, "weekly").deliveries) == 3  # the new reader gets it, as it is now
    assert [row.to for row in deliveries(services)][2:] == ["late@example.com"]
    assert len(sorted((tmp_path / "archive").rglob("*.*"))) == 2 * len(kept)


def test_a_period_composed_again_from_the_same_snapshot_has_the_same_bytes(tmp_path: Path) -> None:
    first, second = weekly(tmp_path / "a"), weekly(tmp_path / "b")
    marks = []
    for services in (first, second):
        made, _ = issue.rendered(issue.draft(services, definitions.get(services.database, "weekly")))
        marks.append({name.rpartition(".")[2]: sha256(content).hexdigest() for name, content in made.items()})
    assert sorted(marks[0]) == ["csv", "html", "pdf", "png"]
    assert marks[0] == marks[1]


def test_sending_a_period_again_is_a_double_unless_somebody_asks_for_it(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    first, double = issue.send(services, "weekly"), issue.send(services, "weekly")
    assert double.deliveries == first.deliveries
    asked = issue.send(services, "weekly", again=True)
    assert not set(asked.deliveries) & set(first.deliveries)
    found = issue.issues(services, "weekly")
    assert len(found) == 2
    assert found[0].sha256 == found[1].sha256


def test_a_failed_section_holds_the_report_and_only_its_owner_hears_of_it(tmp_path: Path) -> None:
    services = weekly(tmp_path, FakeRunner(error=broken))
    outcome = issue.send(services, "weekly")
    assert (outcome.state, outcome.reasons) == ("held", ("Content: No pages.",))
    told = [(row.channel, row.to) for row in deliveries(services) if row.state == "queued"]
    assert told == [("inbox", "alice@example.com")]
    held = [row for row in deliveries(services) if row.state == "held"]
    assert {row.to for row in held} == {"executives@example.com", "#marketing"}
    for row in held:
        with pytest.raises(ConflictError, match="what is held goes out when its report"):
            outbox.again(services.database, Trail(services.clock, "alice@example.com"), row.id)
    assert [row.state for row in deliveries(services) if row.id in {one.id for one in held}] == ["held"] * 2


def test_a_section_that_breaks_holds_the_report_under_a_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_given: object) -> None:
        raise ZeroDivisionError("no leads")

    monkeypatch.setattr(SECTIONS.get("lead_generation"), "compose", breaks)
    services = weekly(tmp_path)
    outcome = issue.send(services, "weekly")
    (reason,) = outcome.reasons
    assert outcome.state == "held"
    assert re.fullmatch(
        r"Lead generation: Something unexpected went wrong. .* reference [0-9A-F]{4}-[0-9A-F]{4}\.", reason
    )
    assert [row.to for row in deliveries(services) if row.state == "queued"] == ["alice@example.com"]
    (row,) = issue.issues(services, "weekly")
    assert (row.state, row.reason, sorted(row.files)) == ("held", reason, ["csv", "html", "pdf", "png"])


def test_an_issue_that_cannot_be_drawn_is_kept_as_failed_its_owner_is_told_and_it_may_be_made_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_document: object) -> bytes:
        raise ValueError("no such glyph")

    services = weekly(tmp_path)
    with monkeypatch.context() as patched:
        patched.setitem(issue.RENDERERS, "csv", breaks)
        with pytest.raises(PadError, match=r"reference [0-9A-F]{4}-[0-9A-F]{4}") as found:
            issue.send(services, "weekly")
    (row,) = issue.issues(services, "weekly")
    assert (row.state, row.reason) == ("failed", str(found.value))
    assert [(told.channel, told.to, told.title) for told in deliveries(services)] == [
        ("inbox", "alice@example.com", "Not made: Weekly report")
    ]
    assert row.reason in deliveries(services)[0].payload["text"]
    assert issue.send(services, "weekly").state == "ready"
    (row,) = issue.issues(services, "weekly")
    assert (row.state, row.reason) == ("ready", "")


def test_a_group_that_went_fails_the_issue_and_its_owner_reads_which(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    with services.database.session() as session:
        session.get_one(Report, "weekly").recipients = [{"channel": "group", "to": "Gone"}]
    with pytest.raises(NotFound, match="no group 'Gone'"):
        issue.send(services, "weekly")
    (row,) = issue.issues(services, "weekly")
    assert (row.state, row.reason) == ("failed", "There is no group 'Gone'.")
    (told,) = deliveries(services)
    assert (told.to, told.payload["text"].rpartition("Reason: ")[2]) == ("alice@example.com", row.reason)


def test_days_that_no_view_names_any_more_are_told_to_the_owner(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    with services.database.session() as session:
        session.get_one(Report, "weekly").view = "range=last_moon"
    with pytest.raises(InputError, match="last_moon"):
        issue.send(services, "weekly")
    assert [(row.channel, row.to) for row in deliveries(services)] == [("inbox", "alice@example.com")]


def test_what_was_held_goes_out_once_its_cause_is_gone(tmp_path: Path) -> None:
    runner = FakeRunner(error=broken)
    services = weekly(tmp_path, runner)
    issue.send(services, "weekly")
    runner.error = lambda query: None
    assert issue.send(services, "weekly").state == "ready"
    states = {row.to: row.state for row in deliveries(services)}
    assert states == {
        "alice@example.com": "queued",
        "executives@example.com": "queued",
        "#marketing": "queued",
    }


@pytest.mark.parametrize(
    ("state", "rows", "rejected", "reason"),
    [
        ("quarantined", 10, 0, "Google Ads: the last read of ad ended as quarantined."),
        ("failed", 0, 0, "Google Ads: the last read of ad ended as failed."),
        ("done", 90, 10, "Google Ads: 10.0% of the rows of ad were refused by the quality gate."),
        ("done", 1000, 1, ""),
    ],
)
def test_a_breach_of_quality_holds_the_report(
    tmp_path: Path, state: str, rows: int, rejected: int, reason: str
) -> None:
    services = weekly(tmp_path)
    with services.database.session() as session:
        session.add(
            SyncRun(
                source_id="google_ads", stream="ad", started_at=NOW, state=state, rows=rows, rejected=rejected
            )
        )
    assert issue.send(services, "weekly").reasons == ((reason,) if reason else ())


def test_data_that_ends_before_the_reported_days_holds_the_report(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    late = issue.send(services, "weekly", today=date(2026, 3, 16))
    assert late.state == "held"
    assert "Google Ads is known only up to 11 Mar 2026; the report needs 15 Mar 2026." in late.reasons


def test_a_report_with_nothing_in_it_is_held_unless_it_shall_go_out_empty(tmp_path: Path) -> None:
    services = weekly(tmp_path, FakeRunner(missing=True))
    assert issue.send(services, "weekly").reasons == ("There is nothing in it.",)
    with services.database.session() as session:
        session.get_one(Report, "weekly").send_when_empty = True
    assert issue.send(services, "weekly").state == "ready"


def test_a_held_report_sends_no_test_either(tmp_path: Path) -> None:
    services = weekly(tmp_path, FakeRunner(error=broken))
    with pytest.raises(ConflictError, match="No pages"):
        issue.send_test(services, "weekly", "email", "bob@example.com")
    assert deliveries(services) == []


def test_a_test_reaches_one_address_and_says_that_it_is_one(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    made = issue.send_test(services, "weekly", "email", "bob@example.com")
    (row,) = deliveries(services)
    assert (made.state, made.deliveries) == ("ready", (row.id,))
    assert (row.channel, row.to, row.state) == ("email", "bob@example.com", "queued")
    assert row.title.startswith("Test of Weekly report: ")
    assert [entry["name"].rpartition(".")[2] for entry in row.payload["files"]] == [
        "png",
        "pdf",
        "html",
        "csv",
    ]
    assert issue.issues(services, "weekly") == []  # a test is no issue: the list still gets its own


def test_a_letter_leads_to_its_report(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    issue.send(services, "weekly")
    mail, post = deliveries(services)
    there = "http://127.0.0.1:8050/reports?report=weekly"
    assert (mail.payload["link"], post.payload["link"]) == (there, there)
    assert f'<a href="{there}"' in mail.payload["html"]
    assert "Open this report" in mail.payload["html"]


@pytest.mark.parametrize("later", [True, False])
def test_who_sends_or_tests_a_report_stands_in_the_audit_log(tmp_path: Path, later: bool) -> None:
    services = weekly(tmp_path)
    report = definitions.get(services.database, "weekly")
    if later:
        requests.send_later(services, report, "alice@example.com")
        requests.test_later(services, report, "bob@example.com", "alice@example.com")
    else:
        requests.send_now(services, "weekly", "alice@example.com")
        requests.test_now(services, "weekly", "bob@example.com", "alice@example.com")
    with services.database.session() as session:
        found = [entry for entry in session.scalars(select(AuditEntry)) if entry.action.startswith("report.")]
    assert [(entry.actor, entry.action, entry.object, entry.detail) for entry in found] == [
        ("alice@example.com", "report.sent", "weekly", ""),
        ("alice@example.com", "report.tested", "weekly", "bob@example.com"),
    ]


def test_a_report_whose_owner_may_not_sign_in_is_not_made_and_the_admins_are_told(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    with services.database.session() as session:
        session.get_one(User, 1).disabled = True
        session.get_one(User, 2).role = "admin"
    with pytest.raises(AccessDenied, match="no owner"):
        issue.send(services, "weekly")
    (row,) = issue.issues(services, "weekly")
    assert (row.state, row.reason.partition(",")[0]) == ("failed", "The report has no owner who may sign in")
    assert [(told.channel, told.to) for told in deliveries(services)] == [("inbox", "bob@example.com")]


def test_who_left_the_list_gets_no_more(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    link = unsubscribe.link(services.settings, "Executives@example.com", "weekly")
    address, report = unsubscribe.read(services.settings, link.rpartition("/")[2])
    unsubscribe.leave(services.database, services.clock, address, report)
    unsubscribe.leave(services.database, services.clock, address, report)
    outcome = issue.send(services, "weekly")
    assert outcome.skipped == 1
    assert [row.to for row in deliveries(services)] == ["#marketing"]


def test_nothing_is_held_for_who_left_the_list(tmp_path: Path) -> None:
    services = weekly(tmp_path, FakeRunner(error=broken))
    unsubscribe.leave(services.database, services.clock, "Executives@example.com", "weekly")
    assert issue.send(services, "weekly").state == "held"
    assert [row.to for row in deliveries(services) if row.state == "held"] == ["#marketing"]


def test_a_link_that_we_did_not_sign_unsubscribes_nobody(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    other = dataclasses.replace(services.settings, secret_key="another key")
    forged = unsubscribe.link(other, "executives@example.com", "weekly").rpartition("/")[2]
    with pytest.raises(InputError, match="does not work"):
        unsubscribe.read(services.settings, forged)


def test_without_the_library_of_pages_html_and_csv_still_go_out_and_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(html: str) -> bytes:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(pdf, "printed", missing)
    services = weekly(tmp_path)
    issue.send(services, "weekly")
    mail = deliveries(services)[0]
    assert [entry["name"].rpartition(".")[2] for entry in mail.payload["files"]] == [
        "png",
        "html",
        "csv",
    ]
    assert "The PDF is not attached" in mail.payload["html"]
    assert "apt-get install libpango" in mail.payload["text"]


def test_a_report_of_one_channel_asks_only_for_it(tmp_path: Path) -> None:
    runner = FakeRunner()
    services = weekly(tmp_path, runner)
    with services.database.session() as session:
        session.get_one(Report, "weekly").view = "range=last_week&channel=Email"
    made = issue.draft(services, definitions.get(services.database, "weekly"))
    assert ("Filters", "Channel = Email") in made.document.about
    asked = [query for query in runner.asked if "spend" in query.metrics]
    assert asked
    assert all(query.filters[0].values == ("Email",) for query in asked)


def test_a_report_says_what_its_owner_may_see_to_those_who_may_see_it(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    with services.database.session() as session:
        session.add(RowScope(user_id=1, dimension="channel", value="Email"))
    issue.send(services, "weekly")
    payload = deliveries(services)[0].payload
    assert payload["permission"] == "reports.view"
    assert payload["shown"] == [["channel", ["Email"]]]


def test_an_issue_that_was_sent_is_not_rewritten_by_newer_data(tmp_path: Path) -> None:
    runner = FakeRunner()
    services = weekly(tmp_path, runner)
    issue.send(services, "weekly")
    runner.error = broken
    assert issue.send(services, "weekly").state == "ready"
    assert {row.to for row in deliveries(services)} == {"executives@example.com", "#marketing"}
    with services.database.session() as session:
        (row,) = session.scalars(select(ReportIssue))
    assert (row.state, row.reason) == ("ready", "")
    assert services.clock.now() - row.at == timedelta(0)
