"""What costs, leaves the house or ends something is asked first: the question names who and what, and only
the answer does it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.accounts import audit
from app.accounts.audit import AuditFilter
from app.accounts.changes import Trail
from app.alerts import defaults, rules
from app.callbacks import recipients
from app.data import job_runs, schedules
from app.data.models import JobRun
from app.layouts import alert_dialogs, recipient_groups, report_dialogs, timing
from app.layouts.pages import jobs as job_page
from app.layouts.pages import schedules as schedule_page
from app.notify import groups, outbox
from app.notify.models import Delivery
from app.reports import definitions, mailing, unsubscribe
from app.text import t
from tests.demo_company import NOW, Site, email
from tests.fakes import viewer
from tests.visits import asked, callback

MIA, TOM = "mia@example.com", "tom@example.com"


def text_of(component: object) -> str:
    return json.dumps(component, default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def answered(site: Site, button: str, values: dict[str, Any]) -> Any:
    output = callback(site, f"{button}.n_clicks")
    return asked(site, "admin", output, {f"{button}.n_clicks": 1} | values)


def jobs(site: Site, kind: str) -> int:
    with site.services.database.session() as session:
        return session.query(JobRun).filter(JobRun.kind == kind).count()


@pytest.fixture
def weekly(site: Site) -> Any:
    services = site.services
    with services.database.session() as session:  # at one instant a report is asked for once
        session.query(JobRun).filter(JobRun.kind == "report").delete()
    defaults.ensure(services)
    admin = [who for who in _people(site) if who.email == email("admin")][0]
    told = [{"channel": "email", "to": MIA}, {"channel": "email", "to": TOM}]
    definitions.provide_weekly(services.database, services.clock, "UTC", admin.id, told)
    return definitions.get(services.database, definitions.WEEKLY)


def _people(site: Site) -> Any:
    from app.accounts import users

    return users.listing(site.services.database)


def test_sending_a_report_names_its_readers_without_those_who_left(site: Site, weekly: Any) -> None:
    services = site.services
    shown = text_of(report_dialogs.sending(weekly, mailing.readers(services, weekly)))
    assert "Recipients, 2:" in shown and MIA in shown and "Send to 2" in shown
    unsubscribe.leave(services.database, services.clock, MIA, weekly.id)
    shown = text_of(report_dialogs.sending(weekly, mailing.readers(services, weekly)))
    assert "Recipients, 1:" in shown and MIA not in shown and TOM in shown and "Send to 1" in shown
    with services.database.session() as session:
        unsubscribe.come_back(session, [MIA], weekly.id)


def test_a_report_that_nobody_would_get_cannot_be_sent(weekly: Any) -> None:
    shown = text_of(report_dialogs.sending(weekly, []))
    assert "Nobody is on the list of recipients." in shown and "report-send-do" not in shown


def test_only_the_answer_sends_a_report(site: Site, weekly: Any) -> None:
    before = jobs(site, "report")
    asking = answered(site, "report-send", {"report-shown.data": weekly.id})
    assert "report-send-do" in asking.text and jobs(site, "report") == before
    answered(site, "report-send-do", {"report-target.data": weekly.id})
    assert jobs(site, "report") == before + 1
    output = callback(site, "report-send-do.n_clicks")
    values = {"report-send-do.n_clicks": 1, "report-target.data": weekly.id}
    refused = asked(site, "analyst", output, values).text
    assert "report-said" in refused and "said-line" not in refused
    assert jobs(site, "report") == before + 1


def test_a_failed_job_that_sends_is_tried_again_by_the_answer_others_at_once(site: Site, weekly: Any) -> None:
    services = site.services
    with services.database.session() as session:
        for name, kind, arguments in (("r", "report", {"report_id": weekly.id}), ("c", "check_alerts", {})):
            row = JobRun(id=f"failed-{name}", kind=kind, title=name, state="failed", created_at=NOW)
            row.arguments = arguments
            session.add(row)
    sends, stays = (job_runs.get(services.database, f"failed-{name}") for name in ("r", "c"))
    assert sends is not None and stays is not None
    shown = text_of(job_page.asked(services, sends))
    assert "leaves the house" in shown and TOM in shown and "Try again and send" in shown
    assert job_page.asked(services, stays) is None
    before = jobs(site, "report")
    said = answered(site, "job-confirm-do", {"job-target.data": "failed-r"})
    assert "waits for a worker" in said.text and jobs(site, "report") == before
    again = job_runs.get(services.database, "failed-r")
    assert again is not None and again.state == "queued"
    refused = asked(site, "analyst", callback(site, "job-confirm-do.n_clicks"),
                    {"job-confirm-do.n_clicks": 1, "job-target.data": "failed-r"})  # fmt: skip
    assert "Only a failed job of one" in refused.text and jobs(site, "report") == before


def test_a_delivery_in_doubt_is_said_to_come_twice_perhaps() -> None:
    row = Delivery(id=7, kind="report", subject_id="weekly", title="Weekly", channel="email", to=MIA)
    for state, words in (("unknown", "It may come twice"), ("failed", "did not arrive")):
        row.state = state
        shown = text_of(report_dialogs.sending_again(row))
        assert words in shown and f"Send to {MIA}" in shown


def test_a_delivery_that_is_sent_again_is_in_the_audit_log_under_who_answered(
    site: Site, weekly: Any
) -> None:
    row = Delivery(key="again", kind="report", subject_id=weekly.id, title="Weekly", channel="email", to=MIA,
                   state="unknown", at=NOW)  # fmt: skip
    with site.services.database.session() as session:
        session.add(row)
    target = {"report-shown.data": weekly.id, "report-target.data": row.id}
    answered(site, "report-again-do", target)
    assert outbox.get(site.services.database, row.id).state == "queued"
    (entry,) = audit.every(site.services.database, AuditFilter(action=outbox.AGAIN))
    assert (entry.actor, entry.object, entry.detail) == (
        email("admin"),
        f"{row.id}: Weekly",
        f"state: unknown → queued; channel: – → email; to: – → {MIA}",
    )
    with site.services.database.session() as session:
        session.delete(session.get_one(Delivery, row.id))


def test_switching_a_rule_off_says_what_nobody_will_hear_of(site: Site, weekly: Any) -> None:
    view = rules.listed(site.services.database)[0]
    members = view.group.members if view.group else []
    shown = text_of(alert_dialogs.asked(view, "switch_off", "USD"))
    assert f"Switch off “{view.rule.title}”?" in shown and f"these {len(members)} recipients" in shown
    view.rule.actions = ["inbox"]
    told = [one for one in members if one["channel"] == "inbox"]
    shown = text_of(alert_dialogs.asked(view, "switch_off", "USD"))
    assert 0 < len(told) < len(members) and f"these {len(told)} recipients" in shown
    wrong = answered(
        site, "alert-confirm-do", {"alert-confirm-target.data": {"rule": view.rule.id, "verb": "test"}}
    )
    assert "Unknown action 'test'" in wrong.text
    answered(
        site, "alert-confirm-do", {"alert-confirm-target.data": {"rule": view.rule.id, "verb": "switch_off"}}
    )
    assert not rules.get(site.services.database, view.rule.id).rule.enabled
    rules.edit(site.services.database, view.rule.id, Trail(site.services.clock, "test"), enabled=True)


def test_a_group_is_deleted_by_the_answer_unless_something_uses_it(site: Site, weekly: Any) -> None:
    database, trail = site.services.database, Trail(site.services.clock, "test")
    groups.add(database, trail, "Board", f"email {MIA}\nemail {TOM}")
    board = next(group for group in groups.listed(database) if group.name == "Board")
    shown = text_of(recipient_groups.removal(board, recipients.users(site.services, board)))
    assert "Delete the group “Board”?" in shown and "list of members (2) is gone" in shown and TOM in shown
    answered(site, "group-remove-do", {"group-target.data": board.id})
    assert "Board" not in [group.name for group in groups.listed(database)]
    used = next(view.group for view in rules.listed(database) if view.group)
    told_by = recipients.users(site.services, used)
    assert told_by == [
        view.rule.title for view in rules.listed(database) if view.group and view.group.id == used.id
    ]
    instead = text_of(recipient_groups.removal(used, told_by))
    assert f"It is told by “{told_by[0]}”" in instead and "group-remove-do" not in instead
    refused = answered(site, "group-remove-do", {"group-target.data": used.id})
    assert "Choose another group there first." in refused.text
    assert used.name in [group.name for group in groups.listed(database)]


def test_a_schedule_is_run_and_paused_by_the_answer_and_a_report_names_its_readers(
    site: Site, weekly: Any
) -> None:
    services = site.services
    row = schedules.get(services.database, weekly.schedule_id)
    shown = text_of(schedule_page.asked(services, row, "run"))
    assert "leaves the house" in shown and TOM in shown
    shown = text_of(schedule_page.asked(services, row, "pause"))
    assert f"Pause “{row.title}”?" in shown and "its next run would be" in shown
    target = {"schedule": row.id, "verb": "pause"}
    said = answered(site, "schedule-confirm-do", {"schedule-target.data": target})
    assert (
        t("schedules.is_paused", title=row.title)
        in said.json["response"]["schedule-body"]["children"].__repr__()
    )
    assert schedules.get(services.database, row.id).paused
    schedules.pause(services.database, services.clock, row.id, False)


def test_the_list_of_schedules_says_when_in_words_and_shows_the_line_beside(site: Site) -> None:
    services = site.services
    schedules.add(
        services.database, services.clock, title="Words", kind="check_alerts", cron="0 7 * * 1",
        time_zone="Europe/Berlin",
    )  # fmt: skip
    shown = text_of(schedule_page.body(services, viewer("admin")))
    assert "Every Monday at 07:00" in shown and '"Europe/Berlin"' in shown and '"0 7 * * 1"' in shown
    row = next(row for row in schedules.listed(services.database) if row.title == "Words")
    runs = text_of(timing.upcoming(services, row.cron, row.time_zone))
    assert NOW.isoweekday() == 1  # the first of them is a week away: today at seven has passed
    assert [day in runs for day in ("22 Jun", "29 Jun", "6 Jul", "13 Jul", "20 Jul")] == [True] * 5
    with services.database.session() as session:
        session.delete(row)
