"""A manager who sees California only: what works on the whole company is not theirs to change, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, select

from app.accounts import users
from app.accounts.changes import Trail
from app.alerts import rules
from app.alerts.models import AlertEvent, AlertRule, AlertState
from app.data import schedules
from app.data.models import JobRun
from app.data.schedule_models import Schedule
from app.layouts import alert_ids
from app.notify import groups
from app.notify.models import Delivery
from app.reports import definitions
from app.reports.section import SECTIONS
from app.training import trainings
from tests.demo_company import NOW, REGIONAL_MANAGER, Site, email
from tests.visits import asked, callback, drawn, pressed

MANAGER = "marketing_manager"
ONLY_WHOLE = "only who sees the whole company changes their members"
OUTSIDER = "email outsider@example.net"
BY_REGION = {
    "title": "Visits by region", "metric": "sessions", "by": "region", "filters": [], "grain": "day",
    "condition": {"kind": "threshold", "side": "below", "limit": 90}, "minimum_volume": 0,
    "breaches_to_fire": 1, "clears_to_resolve": 2, "cool_down": 0, "quiet_from": "", "quiet_to": "",
    "time_zone": "", "severity": "high", "actions": ["inbox"], "enabled": True,
}  # fmt: skip


@pytest.fixture
def group(site: Site) -> Iterator[int]:
    """A group that rules of the whole company tell."""
    trail = Trail(site.services.clock, email("admin"))
    made = groups.add(site.services.database, trail, "Directors", f"inbox {email('executive')}")
    yield made
    groups.remove(site.services.database, trail, made, ())


@pytest.fixture
def rule(site: Site, group: int) -> Iterator[str]:
    """A rule that watches every region; it fires for two."""
    trail, database = Trail(site.services.clock, email("admin")), site.services.database
    made = rules.add(database, AlertRule(**BY_REGION, group_id=group), trail)
    stands = {"state": "firing", "since": NOW, "bucket": "2026-06-14", "value": 41.0, "threshold": 90.0}
    with database.session() as session:
        session.add_all(AlertState(rule_id=made, member=name, **stands) for name in ("California", "Texas"))
    yield made
    with database.session() as session:
        for table in (AlertState, AlertEvent):
            session.execute(delete(table).where(table.rule_id == made))
        session.execute(delete(AlertRule).where(AlertRule.id == made))
        session.execute(delete(Delivery).where(Delivery.subject_id.startswith(made)))


def members(site: Site, group: int) -> str:
    return groups.written(groups.get(site.services.database, group))


def saved(site: Site, person: str, **given: Any) -> str:
    """What the dialog of a group answers when it is saved."""
    fields = {f"group-{name.replace('_', '.')}": value for name, value in given.items()}
    block = callback(site, "group-save.n_clicks")
    return asked(site, person, block, {"group-save.n_clicks": 1} | fields).text


def test_who_hears_of_the_whole_company_is_not_theirs_to_say(site: Site, group: int) -> None:
    buttons = [alert_ids.group_button(verb, group) for verb in ("edit", "remove")]
    for button in buttons:
        assert ONLY_WHOLE in pressed(site, REGIONAL_MANAGER, button).text
    opening = callback(site, "group-add.n_clicks")
    assert ONLY_WHOLE in asked(site, REGIONAL_MANAGER, opening, {"group-add.n_clicks": 1}).text
    assert ONLY_WHOLE in saved(site, REGIONAL_MANAGER, target_data=group, members_value=OUTSIDER)
    assert ONLY_WHOLE in saved(site, REGIONAL_MANAGER, name_value="Own", members_value=OUTSIDER)
    removing = {"group-remove-do.n_clicks": 1, "group-target.data": group}
    block = callback(site, "group-remove-do.n_clicks")
    assert ONLY_WHOLE in asked(site, REGIONAL_MANAGER, block, removing).text
    assert members(site, group) == f"inbox {email('executive')}"
    assert "Own" not in [one.name for one in groups.listed(site.services.database)]
    assert "Members of “Directors”" in str(pressed(site, MANAGER, buttons[0]).json["response"])
    assert ONLY_WHOLE not in saved(site, MANAGER, target_data=group, members_value=OUTSIDER)
    assert members(site, group) == OUTSIDER


def test_the_page_shows_groups_without_buttons_and_says_why(site: Site, group: int) -> None:
    whole, mine = drawn(site, MANAGER, "alerts"), drawn(site, REGIONAL_MANAGER, "alerts")
    assert "Directors" in whole and "Directors" in mine
    assert "group-edit" in whole and "Add a group" in whole and ONLY_WHOLE not in whole
    assert "group-edit" not in mine and "Add a group" not in mine and ONLY_WHOLE in mine


def stands(site: Site, rule: str) -> tuple[bool, dict[str, str]]:
    """Whether a rule is on, and the state of each member."""
    view = rules.get(site.services.database, rule)
    return view.rule.enabled, {state.member: state.state for state in view.states}


REFUSED = "“Visits by region” watches more than you may see"
FIRING = {"California": "firing", "Texas": "firing"}


@pytest.mark.parametrize("member", ["California", "Texas", ""])
@pytest.mark.parametrize("verb", ["test", "switch_on", "edit", "rehearse", *alert_ids.ASKED])
def test_a_member_that_is_seen_opens_nothing_of_the_whole_rule(
    site: Site, rule: str, verb: str, member: str
) -> None:
    rules.edit(site.services.database, rule, enabled=verb != "switch_on")
    answer = pressed(site, REGIONAL_MANAGER, alert_ids.alert_button(verb, rule, member))
    assert REFUSED in str(answer.json["response"])
    assert stands(site, rule) == (verb != "switch_on", FIRING)
    with site.services.database.session() as session:
        assert session.scalars(select(Delivery).where(Delivery.subject_id == f"{rule}:test")).all() == []


@pytest.mark.parametrize("verb", alert_ids.ASKED)
def test_a_forged_answer_to_a_question_changes_nothing_of_the_whole_rule(
    site: Site, rule: str, verb: str
) -> None:
    block, target = callback(site, "alert-confirm-do.n_clicks"), {"verb": verb, "rule": rule}
    given = {"alert-confirm-do.n_clicks": 1, "alert-confirm-target.data": target | {"member": "California"}}
    assert REFUSED in str(asked(site, REGIONAL_MANAGER, block, given).json["response"])
    assert stands(site, rule) == (True, FIRING)


@pytest.mark.parametrize(
    ("verb", "state"), [("acknowledge", "acknowledged"), ("snooze", "snoozed"), ("reopen", "firing")]
)
def test_only_the_alarm_of_a_member_that_is_seen_is_theirs_to_see_to(
    site: Site, rule: str, verb: str, state: str
) -> None:
    if verb == "reopen":
        for name in FIRING:
            rules.acknowledge(site.services.database, rule, name, Trail(site.services.clock, "ada"))
    before = stands(site, rule)[1]
    for member in ("Texas", ""):
        assert REFUSED in str(
            pressed(site, REGIONAL_MANAGER, alert_ids.alert_button(verb, rule, member)).json["response"]
        )
    assert stands(site, rule)[1] == before
    pressed(site, REGIONAL_MANAGER, alert_ids.alert_button(verb, rule, "California"))
    assert stands(site, rule)[1] == before | {"California": state}


# ---- schedules ---------------------------------------------------------------------------------------------

WHOLE_RUNS = "What works on the whole company is run, paused and moved by those who see the whole company"


@pytest.fixture
def timetable(site: Site) -> Iterator[dict[str, int]]:
    """Schedules by name: a training, a report of an admin's, and one of the manager's own."""
    database, clock = site.services.database, site.services.clock
    trainings.ensure(site.services)
    made, owned = {}, {}
    _forget_runs(site)
    for name, person in (("theirs", "admin"), ("own", REGIONAL_MANAGER)):
        wanted = definitions.Wanted(f"Report {name}", ["growth"], ["csv"], [])
        viewer = users.viewer(database, email(person))
        owned[name] = definitions.add(database, clock, wanted, viewer, "0 9 * * 1", "UTC")
        made[name] = definitions.get(database, owned[name]).schedule_id or 0
    made["training"] = next(one.id for one in schedules.listed(database) if one.kind == "train_churn")
    yield made
    for report in owned.values():
        definitions.remove(database, clock, report, users.viewer(database, email("admin")))
    with database.session() as session:
        session.execute(delete(Schedule))
    _forget_runs(site)


def _forget_runs(site: Site) -> None:
    """What waits of another test is not started twice."""
    with site.services.database.session() as session:
        session.execute(delete(JobRun).where(JobRun.kind.in_(("report", "train_churn"))))


def kept(site: Site, schedule: int) -> tuple[str, str, bool]:
    row = schedules.get(site.services.database, schedule)
    return row.title, row.cron, row.paused


def runs(site: Site, schedule: int) -> list[str]:
    """The jobs that were made of a schedule."""
    row = schedules.get(site.services.database, schedule)
    asked = schedules.work_id(site.services.database, row.kind, row.arguments)
    with site.services.database.session() as session:
        return list(session.scalars(select(JobRun.id).where(JobRun.id == asked)))


def answered(site: Site, person: str, verb: str, schedule: int) -> str:
    """What the answer to a question about a schedule brings."""
    given = {"schedule-confirm-do.n_clicks": 1, "schedule-target.data": {"verb": verb, "schedule": schedule}}
    return asked(site, person, callback(site, "schedule-confirm-do.n_clicks"), given).text


def moved(site: Site, person: str, schedule: int) -> str:
    """What saving another time brings."""
    given = {"target.data": schedule, "title.value": "Moved", "cron.value": "0 3 * * *", "zone.value": "UTC"}
    fields = {f"schedule-{name}": value for name, value in given.items()}
    block = callback(site, "schedule-save.n_clicks")
    return asked(site, person, block, {"schedule-save.n_clicks": 1} | fields).text


@pytest.mark.parametrize("name", ["training", "theirs"])
def test_only_whoever_sees_the_whole_company_runs_and_moves_what_works_on_it(
    site: Site, timetable: dict[str, int], name: str
) -> None:
    row = timetable[name]
    before = kept(site, row)
    for verb in ("run", "pause", "resume", "edit"):
        answer = pressed(site, REGIONAL_MANAGER, alert_ids.schedule_button(verb, row))
        assert WHOLE_RUNS in answer.text, verb
    for verb in ("run", "pause", "resume"):
        assert WHOLE_RUNS in answered(site, REGIONAL_MANAGER, verb, row), verb
    assert WHOLE_RUNS in moved(site, REGIONAL_MANAGER, row)
    assert (kept(site, row), runs(site, row)) == (before, [])
    assert WHOLE_RUNS not in answered(site, MANAGER, "run", row) + moved(site, MANAGER, row)
    assert kept(site, row) == ("Moved", "0 3 * * *", False) and len(runs(site, row)) == 1


def test_a_report_of_ones_own_is_run_and_moved_by_whoever_sees_a_part(
    site: Site, timetable: dict[str, int]
) -> None:
    row = timetable["own"]
    assert "is paused" in answered(site, REGIONAL_MANAGER, "pause", row)
    assert "is saved" in moved(site, REGIONAL_MANAGER, row)
    answered(site, REGIONAL_MANAGER, "run", row)
    assert kept(site, row) == ("Moved", "0 3 * * *", True) and len(runs(site, row)) == 1


def test_the_page_has_buttons_only_for_ones_own_reports_and_says_why(
    site: Site, timetable: dict[str, int]
) -> None:
    whole, mine = drawn(site, MANAGER, "schedules"), drawn(site, REGIONAL_MANAGER, "schedules")
    assert WHOLE_RUNS in mine and WHOLE_RUNS not in whole
    assert all(_buttons_of(whole, row) for row in timetable.values())
    assert [name for name, row in timetable.items() if _buttons_of(mine, row)] == ["own"]


def _buttons_of(page: str, schedule: int) -> bool:
    return f'"schedule": {schedule}' in page


REPORT = {
    "report-save.n_clicks": 1, "report-title.value": "My region", "report-formats.value": ["html"],
    "report-recipients.value": "", "report-range.value": "last_week", "report-filters.value": "",
    "report-cron.value": "0 9 * * 1", "report-zone.value": "Europe/Berlin",
}  # fmt: skip


def report_saved(site: Site, sections: list[str], **given: Any) -> dict[str, Any]:
    """What the page of reports shows of a form that the manager saves."""
    fields = REPORT | {"report-sections.value": sections} | given
    answer = asked(site, REGIONAL_MANAGER, callback(site, "report-save.n_clicks"), fields)
    shown: dict[str, Any] = answer.json["response"]
    return shown


def test_a_report_of_theirs_is_offered_and_saved_with_what_their_region_can_tell(site: Site) -> None:
    opening = callback(site, "report-add.n_clicks")
    form = str(asked(site, REGIONAL_MANAGER, opening, {"report-add.n_clicks": 1}).json["response"])
    assert form.count("'disabled': True") == 2
    assert "Sessions is not known by region and landing page together." in form
    assert "ROI is not known by region." in form
    offered = [name for name in SECTIONS.ids() if name not in ("content_review", "marketing_roi")]
    refused = report_saved(site, list(SECTIONS.ids()))["report-problem"]["children"]
    assert "“Content” cannot be told in a scope" in refused and "“Return on marketing”" in refused
    late = report_saved(site, offered, **{"report-cron.value": "every monday"})
    assert late["report-problem"]["children"] == "" and late["report-dialog"]["is_open"] is True
    made = report_saved(site, offered)
    assert made["report-dialog"]["is_open"] is False
    assert "“My region” is saved, but goes to nobody until recipients are added." in str(made["report-said"])
    (mine,) = [one for one in definitions.listed(site.services.database) if one.title == "My region"]
    assert mine.sections == offered
    with site.services.database.session() as session:
        session.execute(delete(Schedule).where(Schedule.id == mine.schedule_id))
        session.delete(mine)


def test_a_time_that_cannot_be_kept_is_told_at_its_field_alone(site: Site, timetable: dict[str, int]) -> None:
    mine, before = timetable["own"], kept(site, timetable["own"])
    fields = {
        "schedule-save.n_clicks": 1, "schedule-target.data": mine, "schedule-title.value": "Report own",
        "schedule-cron.value": "every monday", "schedule-zone.value": "UTC",
    }  # fmt: skip
    saving = callback(site, "schedule-save.n_clicks")
    answer = asked(site, REGIONAL_MANAGER, saving, fields).json["response"]
    assert (answer["schedule-problem"]["children"], answer["schedule-dialog"]["is_open"]) == ("", True)
    assert kept(site, mine) == before
    field = callback(site, "schedule-cron.value")
    told = str(asked(site, REGIONAL_MANAGER, field, fields).json["response"]["schedule-runs"])
    assert "every monday" in told
