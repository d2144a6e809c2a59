"""Reports over HTTP: the preview in its closed frame, the archive, leaving a list, and who may do what."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from app.access import protect
from app.accounts import current
from app.accounts.models import RowScope
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.callbacks import reports as actions
from app.callbacks.base import Callbacks
from app.data.query.spec import Filter, Scope
from app.data.schedule_models import Schedule
from app.errors import AccessDenied, InputError, NotFound
from app.factory import Access, create_app
from app.layouts import report_dialogs
from app.layouts.pages import reports as page
from app.notify.models import Delivery
from app.reports import definitions, issue, mailing, unsubscribe
from app.services import Services
from app.units import Units
from tests.fakes import NOW, FakeRunner, access, viewer
from tests.report_case import HOSTILE, HostileRunner, weekly

ALICE = viewer("marketing_manager")
BOB = Viewer(2, "bob@example.com", "Bob Meyer", "analyst", ROLES["analyst"])
NORTH = Scope((Filter("region", ("North",)),))


def text_of(component: object) -> str:
    return json.dumps(component, default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def callbacks_of(services: Services, who: Viewer = ALICE) -> Callbacks:
    """The page's actions for one person; the test's request stands behind them."""
    dash = create_app(services, access(who))
    return Callbacks(dash, services, lambda: who)


FORM = (
    "Search only",
    ["week_over_week"],
    ["html"],
    "bob@example.com\n#search\ngroup: Board",
    "last_month",
    "channel = Paid search, Email",
    "30 8 1 * *",
    "Europe/Berlin",
)


def test_the_preview_may_run_its_charts_and_reach_nothing(tmp_path: Path) -> None:
    client = create_app(weekly(tmp_path, HostileRunner()), access(ALICE)).server.test_client()
    answer = client.get("/reports/preview/weekly")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200
    assert policy.startswith("sandbox allow-scripts; default-src 'none'")
    assert "connect-src" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script>alert" not in answer.text
    assert HOSTILE[:10] in answer.text


def test_an_unknown_report_has_no_preview(tmp_path: Path) -> None:
    client = create_app(weekly(tmp_path), access(ALICE)).server.test_client()
    assert client.get("/reports/preview/monthly").status_code == 404


def test_an_unknown_report_says_so_and_leads_back_to_all_of_them(tmp_path: Path) -> None:
    shown = text_of(page.body(weekly(tmp_path), ALICE, "monthly"))
    assert "There is no report 'monthly'." in shown
    assert "All reports" in shown and '"href": "/reports"' in shown


def test_a_kept_file_is_the_one_that_was_sent(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    made = issue.send(services, "weekly")
    client = create_app(services, access(ALICE)).server.test_client()
    answer = client.get(f"/reports/archive/{made.issue_id}/csv")
    (kept,) = (tmp_path / "archive").rglob("*.csv")
    assert answer.data == kept.read_bytes()
    assert client.get(f"/reports/archive/{made.issue_id}/exe").status_code == 404


def test_who_sees_less_than_the_owner_does_not_know_of_the_report(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    made = issue.send(services, "weekly")
    narrow = replace(BOB, scope=NORTH)
    client = create_app(services, access(narrow)).server.test_client()
    assert client.get("/reports/preview/weekly").status_code == 404
    theirs, nobodys = (client.get(f"/reports/archive/{number}/csv") for number in (made.issue_id, 4711))
    assert (theirs.status_code, theirs.text) == (nobodys.status_code, nobodys.text) == (404, theirs.text)
    assert "weekly" not in theirs.text
    assert definitions.listed(services.database, narrow) == []
    with pytest.raises(NotFound):
        definitions.get(services.database, "weekly", narrow)


def _issue_of(services: Services, weeks: int, regions: tuple[str, ...]) -> int:
    """The issue of so many weeks ago, made while its owner, Alice, saw these regions; none: everything."""
    with services.database.session() as session:
        session.execute(delete(RowScope))
        session.add_all(RowScope(user_id=1, dimension="region", value=name) for name in regions)
    return issue.send(services, "weekly", today=NOW.date() - timedelta(weeks=weeks)).issue_id


def test_an_issue_of_when_its_owner_saw_more_stays_closed(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    scopes: list[tuple[str, ...]] = [(), ("North", "South"), ("North",)]
    made = {regions: _issue_of(services, weeks, regions) for weeks, regions in enumerate(scopes)}
    narrow = replace(ALICE, scope=NORTH)
    client = create_app(services, access(narrow)).server.test_client()
    answers = {who: client.get(f"/reports/archive/{number}/csv") for who, number in made.items()}
    assert [answer.status_code for answer in answers.values()] == [403, 403, 200]
    said = "This issue was made when its owner saw more than you may see now."
    assert answers[()].text.startswith(said)
    whole = create_app(services, access(ALICE)).server.test_client()
    assert [whole.get(f"/reports/archive/{number}/csv").status_code for number in made.values()] == [200] * 3
    mine, all_of_it = (text_of(page.body(services, who, "weekly")) for who in (narrow, ALICE))
    assert (mine.count(said), all_of_it.count(said)) == (2, 0)
    assert [f"/archive/{number}/csv" in mine for number in made.values()] == [False, False, True]


def test_who_sees_a_part_is_told_that_reports_are_hidden(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    hidden = "You see your own reports only: those of others may show more of the data than you may see."
    shown = text_of(page.body(services, replace(BOB, scope=NORTH), ""))
    assert hidden in shown and "There is no report of yours yet." in shown
    assert "No report has been set up yet." not in shown
    assert hidden in text_of(page.body(services, replace(ALICE, scope=NORTH), ""))
    assert hidden not in text_of(page.body(services, BOB, ""))


def test_leaving_a_list_asks_first_and_needs_no_account(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    guarded = Access(current.viewer, lambda callbacks: protect(services, callbacks))
    client = create_app(services, guarded).server.test_client()
    address = unsubscribe.link(services.settings, "executives@example.com", "weekly")
    path = address.removeprefix("http://127.0.0.1:8050")
    asked = client.get(path)
    assert "executives@example.com will get no more issues" in asked.text
    assert unsubscribe.left(services.database, "weekly") == frozenset()
    assert client.post(path).status_code == 400  # a form of another page cannot do it
    token = re.findall(r'name="csrf_token" value="([^"]+)"', asked.text)[0]
    assert client.post(path, data={"csrf_token": token}).status_code == 200
    assert unsubscribe.left(services.database, "weekly") == {"executives@example.com"}
    assert client.get(f"{path}x").status_code == 400
    assert client.get("/reports/preview/weekly").status_code == 302  # to the sign-in


def test_a_mail_program_leaves_the_list_with_one_click(tmp_path: Path) -> None:
    """As RFC 8058 has it: a post without cookies or a form's token, to the address of the header alone."""
    services = weekly(tmp_path)
    guarded = Access(current.viewer, lambda callbacks: protect(services, callbacks))
    client = create_app(services, guarded).server.test_client()
    address = unsubscribe.link(services.settings, "executives@example.com", "weekly")
    path, click = address.removeprefix("http://127.0.0.1:8050"), {"List-Unsubscribe": "One-Click"}
    assert client.post("/login", data=click).status_code == 400  # only where the address is signed
    assert client.post(f"{path}x", data=click).status_code == 400
    assert unsubscribe.left(services.database, "weekly") == frozenset()
    assert client.post(path, data=click).status_code == 200
    assert unsubscribe.left(services.database, "weekly") == {"executives@example.com"}


def test_one_click_is_offered_where_the_address_is_safe_from_others() -> None:
    plain, safe = "http://127.0.0.1:8050/unsubscribe/x", "https://pad.example/unsubscribe/x"
    assert dict(unsubscribe.headers(plain)) == {"List-Unsubscribe": f"<{plain}>"}
    assert dict(unsubscribe.headers(safe)) == {
        "List-Unsubscribe": f"<{safe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_a_report_is_added_as_the_form_says(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    callbacks = callbacks_of(services)
    with callbacks.dash.server.test_request_context("/"):
        actions.store(callbacks, None, FORM)
    made = definitions.get(services.database, "search-only", ALICE)
    schedule = definitions.schedule_of(services.database, made)
    assert made.recipients == [
        {"channel": "email", "to": "bob@example.com"},
        {"channel": "slack", "to": "#search"},
        {"channel": "group", "to": "Board"},
    ]
    assert made.view == "range=last_month&channel=Email&channel=Paid+search"
    assert schedule is not None
    assert (schedule.kind, schedule.arguments) == ("report", {"report_id": "search-only"})
    assert schedule.next_at.isoformat() == "2026-04-01T06:30:00+00:00"


def test_an_address_that_its_owner_adds_again_is_a_reader_again(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    callbacks = callbacks_of(services)

    def saved(recipients: str) -> list[str]:
        with callbacks.dash.server.test_request_context("/"):
            actions.store(callbacks, "weekly", (*FORM[:3], recipients, *FORM[4:]))
        report = definitions.get(services.database, "weekly")
        return [entry["to"] for entry in mailing.readers(services, report)]

    both = "bob@example.com\nexecutives@example.com"
    unsubscribe.leave(services.database, services.clock, "executives@example.com", "weekly")
    assert saved(both) == ["bob@example.com"]  # it stood there before: saving alone brings nobody back
    assert saved("bob@example.com") == ["bob@example.com"]
    assert saved("bob@example.com\nExecutives@example.com") == ["bob@example.com", "Executives@example.com"]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        (0, " ", "needs a title"),
        (1, [], "at least one section"),
        (1, ["weather"], "Unknown section 'weather'"),
        (2, ["docx"], "Unknown format 'docx'"),
        (3, "not an address", "is not an address"),
        (3, "group: Gone", "Unknown group 'Gone'"),
        (4, "yesterday", "Unknown range 'yesterday'"),
        (5, "channel", "cannot be read"),
        (5, "channel = Nope", "Unknown channel 'Nope'"),
        (1, ["content_review"], "“Content” cannot be told under these filters"),
        (6, "every monday", "every monday"),
        (7, "Mars/Base", "Mars/Base"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(
    tmp_path: Path, field: int, value: object, problem: str
) -> None:
    services = weekly(tmp_path)
    callbacks = callbacks_of(services)
    fields = (*FORM[:field], value, *FORM[field + 1 :])
    with (
        callbacks.dash.server.test_request_context("/"),
        pytest.raises(InputError, match=problem),
    ):
        actions.store(callbacks, None, fields)
    assert [report.id for report in definitions.listed(services.database)] == ["weekly"]


def test_only_the_owner_or_an_admin_changes_a_report(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    callbacks = callbacks_of(services, BOB)
    with (
        callbacks.dash.server.test_request_context("/"),
        pytest.raises(AccessDenied, match="Only the owner"),
    ):
        actions.store(callbacks, "weekly", FORM)
    assert "report-edit" not in text_of(page.body(services, BOB, "weekly"))
    assert "report-edit" in text_of(page.body(services, ALICE, "weekly"))


def test_the_page_shows_every_delivery_in_its_true_state(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    made = issue.send(services, "weekly")
    with services.database.session() as session:
        row = session.get_one(Delivery, made.deliveries[0])
        row.state, row.error = "unknown", "The connection broke."
    shown = text_of(page.body(services, ALICE, "weekly"))
    for words in ("unknown", "The connection broke.", "queued", "Send again", "made"):
        assert words in shown


def test_a_deleted_report_is_gone_with_its_schedule_and_its_name_is_not_given_again(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    issue.send(services, "weekly")
    asked = text_of(report_dialogs.removing(definitions.get(services.database, "weekly")))
    assert "Delete “Weekly report”?" in asked and "(recipients: 2)" in asked
    with pytest.raises(AccessDenied, match="Only the owner"):
        definitions.remove(services.database, services.clock, "weekly", BOB)
    title = definitions.remove(services.database, services.clock, "weekly", ALICE)
    assert title == "Weekly report"
    assert definitions.listed(services.database) == []
    with services.database.session() as session:
        assert session.query(Schedule).filter(Schedule.kind == "report").count() == 0
    callbacks = callbacks_of(services)
    with callbacks.dash.server.test_request_context("/"):
        actions.store(callbacks, None, ("Weekly", *FORM[1:]))
    assert [report.id for report in definitions.listed(services.database)] == ["weekly-2"]  # not its issues


def test_who_may_edit_a_report_may_delete_it_on_its_page(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    assert "report-remove" in text_of(page.body(services, ALICE, "weekly"))
    assert "report-remove" not in text_of(page.body(services, BOB, "weekly"))


def test_the_list_says_when_the_last_issue_was_made(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    assert "none yet" in text_of(page.body(services, ALICE, ""))
    issue.send(services, "weekly")
    at = Units().instant(services.clock.now(), services.settings.time_zone)
    assert at in text_of(page.body(services, ALICE, ""))


def test_the_list_counts_how_the_last_issue_ended_with_its_readers(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    made = issue.send(services, "weekly")
    with services.database.session() as session:
        first, *others = (session.get_one(Delivery, number) for number in made.deliveries)
        first.state = "unknown"
        for row in others:
            row.state = "sent"
    at = Units().instant(services.clock.now(), services.settings.time_zone)
    assert others and f"{at}, {len(others)} sent, 1 unknown" in text_of(page.body(services, ALICE, ""))


def test_an_empty_cron_line_pauses_the_report(tmp_path: Path) -> None:
    services = weekly(tmp_path, FakeRunner())
    callbacks = callbacks_of(services)
    with callbacks.dash.server.test_request_context("/"):
        actions.store(callbacks, "weekly", (*FORM[:6], "", FORM[7]))
    schedule = definitions.schedule_of(services.database, definitions.get(services.database, "weekly"))
    assert schedule is not None
    assert schedule.paused
    assert "paused" in text_of(page.body(services, ALICE, ""))
