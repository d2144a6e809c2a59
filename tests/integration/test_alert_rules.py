"""Rules and groups as the page of alerts keeps them: added, changed, deleted, all in the audit log."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import audit
from app.accounts.audit import AuditFilter
from app.accounts.changes import Trail
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.alerts import defaults, rules
from app.alerts.models import AlertState
from app.callbacks import alerts, recipients
from app.data import schedules
from app.data.query.spec import EVERYTHING, Filter, Scope
from app.errors import AccessDenied, ConflictError, InputError, NotFound
from app.layouts import alert_ids
from app.layouts.pages.alerts import body
from app.notify import groups
from app.reports import definitions
from app.services import Services
from tests.demo_company import Site
from tests.integration.test_report_pages import text_of
from tests.report_case import weekly
from tests.visits import CALLBACKS, callback, question

MIA = Viewer(1, "mia@example.com", "Mia", "marketing_manager", ROLES["marketing_manager"], EVERYTHING)
NARROW = replace(MIA, scope=Scope((Filter("channel", ("Email",)),)))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    made = weekly(tmp_path)
    defaults.ensure(made)
    return made


def _group(services: Services) -> str:
    found = {group.name: group.id for group in groups.listed(services.database)}
    return str(found["Marketing alerts"])


def _fields(services: Services, **other: Any) -> dict[str, Any]:
    return {
        "title": "Few leads", "metric": "leads", "by": "channel", "filters": "", "grain": "day",
        "kind": "threshold", "side": "below", "limit": 20, "margin": 0.1, "share": 1.1, "other": "-",
        "minimum_volume": 0,
        "breaches_to_fire": 2, "clears_to_resolve": 1, "cool_down": 60, "quiet_from": "22:00",
        "quiet_to": "07:00", "severity": "high", "actions": ["inbox"], "group": _group(services),
    } | other  # fmt: skip


def _log(services: Services, action: str) -> list[tuple[str, str, str]]:
    found, _ = audit.entries(services.database, AuditFilter(action=action), limit=50)
    return [(entry.actor, entry.object, entry.detail) for entry in found]


def test_a_rule_is_added_on_the_page_and_stands_in_the_audit_log(services: Services) -> None:
    assert alerts.keep(services, MIA, "", _fields(services)) == "Few leads"
    rule = rules.get(services.database, "few-leads").rule
    assert rule.condition == {"kind": "threshold", "side": "below", "limit": 20, "margin": 0.1}
    assert (rule.by, rule.breaches_to_fire, rule.cool_down, rule.quiet_from) == ("channel", 2, 60, "22:00")
    ((actor, name, detail),) = _log(services, rules.CHANGED)
    assert (actor, name) == ("mia@example.com", "few-leads")
    assert "metric: – → leads" in detail and "group: – → Marketing alerts" in detail
    assert "Few leads" in text_of(body(services, MIA))


def test_two_rules_of_one_title_have_names_of_their_own(services: Services) -> None:
    for _ in range(2):
        alerts.keep(services, MIA, "", _fields(services))
    assert {view.rule.id for view in rules.listed(services.database)} >= {"few-leads", "few-leads-2"}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", " ", "A rule needs a title"),
        ("metric", "leds", "Unknown metric 'leds'"),
        ("metric", "-", "Choose the metric that the rule watches."),
        ("kind", "above_share_of", "Choose the other metric"),
        ("by", "plan", "Unknown dimension 'plan'"),
        ("filters", "channel=Nope", "Unknown channel 'Nope'"),
        ("filters", "channel", "“channel” is no filter. Write a filter as dimension=value"),
        ("limit", None, "“Limit” must be a number"),
        ("cool_down", -5, "“Minutes until the next message” must be a number from 0 to 43200"),
        ("breaches_to_fire", 0, "“Breaches in a row to fire” must be a number from 1 to 30"),
        ("quiet_to", "", "Quiet hours need a beginning and an end."),
        ("quiet_to", "22:00", "Quiet hours that end when they begin are none"),
        ("severity", "awful", "Unknown severity 'awful'"),
        ("group", "", "Choose who is told: a recipient group."),
    ],
)
def test_a_field_that_is_wrong_is_named_and_nothing_is_kept(
    services: Services, field: str, value: Any, message: str
) -> None:
    with pytest.raises(InputError) as problem:
        alerts.keep(services, MIA, "", _fields(services, **{field: value}))
    assert message in str(problem.value)
    assert len(rules.listed(services.database)) == 2
    assert _log(services, rules.CHANGED) == []


def test_a_rule_that_makes_no_sense_is_not_kept(services: Services) -> None:
    for wrong in (
        {"metric": "sesions"},
        {"condition": {"kind": "below_average", "factor": 70, "days": 28}},
        {"cool_down": -1},
        {"quiet_from": "25:00", "quiet_to": "07:00"},
        {"severity": "awful"},
        {"by": "no_dimension"},
        {"actions": ["pigeon"]},
    ):
        with pytest.raises(InputError):
            rules.edit(services.database, "conversion-drop", **wrong)
    assert rules.get(services.database, "conversion-drop").rule.cool_down == 2880


def test_an_edit_tells_the_log_what_was_before_and_after(services: Services) -> None:
    fields = _fields(services, title="Conversion drop", metric="session_conversion_rate", by="",
                     kind="below_average", factor=0.6, days=28, minimum_volume=500, cool_down=2880,
                     breaches_to_fire=1, quiet_from="", quiet_to="", actions=["email", "slack", "inbox"],
                     margin=0, clears_to_resolve=2, severity="medium")  # fmt: skip
    alerts.keep(services, MIA, "conversion-drop", fields)
    ((_, name, detail),) = _log(services, rules.CHANGED)
    assert name == "conversion-drop"
    assert detail == (
        "condition: kind below_average, factor 0.7, days 28, margin 0.1 → "
        "kind below_average, factor 0.6, days 28, margin 0"
    )


def test_a_rule_that_watches_something_else_is_judged_anew(services: Services) -> None:
    with services.database.session() as session:
        session.add(
            AlertState(rule_id="budget-overspend", member="X", state="ok", since=services.clock.now())
        )
    rules.edit(services.database, "budget-overspend", by="channel", condition={
        "kind": "threshold", "side": "above", "limit": 5.0})  # fmt: skip
    with services.database.session() as session:
        assert session.scalars(select(AlertState)).all() == []


def test_a_request_that_names_another_button_than_its_own_is_refused(site: Site) -> None:
    """Who may see to alarms and change no rule asks to delete one by the way of an acknowledgement."""
    acknowledge, remove = (alert_ids.alert_button(verb, "none") for verb in ("acknowledge", "remove"))
    named = '{"member":["ALL"],"rule":["ALL"],"type":"alert-acknowledge"}.n_clicks'
    asked = question(site, callback(site, named))
    for button, said in (
        (acknowledge, "There is no alert rule 'none'; it may have been deleted."),
        (remove, "What was sent as"),
    ):
        asked["inputs"][0] = [{"id": button, "property": "n_clicks", "value": 1}]
        asked["changedPropIds"] = [f"{json.dumps(button, sort_keys=True, separators=(',', ':'))}.n_clicks"]
        browser = site.browser("executive")
        answer = browser.client.post(CALLBACKS, json=asked, headers=browser.header())
        assert said in answer.text and answer.status_code == 200


def test_a_deleted_rule_stays_away_when_the_scheduler_starts_again(services: Services) -> None:
    title = rules.remove(services.database, "conversion-drop", Trail(services.clock, "mia@example.com"))
    defaults.ensure(services)
    assert title == "Conversion drop"
    with pytest.raises(NotFound):
        rules.get(services.database, "conversion-drop")
    assert _log(services, rules.REMOVED)[0][:2] == ("mia@example.com", "conversion-drop")


def test_who_may_see_a_part_changes_and_rehearses_no_rule_of_the_whole(services: Services) -> None:
    button: dict[str, object] = {"type": "alert-rehearse", "rule": "conversion-drop", "member": ""}
    with pytest.raises(AccessDenied, match="watches more than you may see"):
        alerts.dialog(services, NARROW, button)
    with pytest.raises(AccessDenied):
        alerts.keep(services, NARROW, "", _fields(services))
    pinned = _fields(services, by="", filters="channel=Email")
    assert alerts.keep(services, NARROW, "", pinned) == "Few leads"


def test_a_group_is_added_and_changed_with_its_members_in_the_log(services: Services) -> None:
    trail = Trail(services.clock, "mia@example.com")
    made = groups.add(services.database, trail, "Night shift", "email a@b.org\nslack #ops\nemail a@b.org")
    groups.change(services.database, trail, made, "inbox c@d.org")
    assert [entry["to"] for entry in groups.get(services.database, made).members] == ["c@d.org"]
    assert [detail for _, _, detail in _log(services, groups.CHANGED)] == [
        "members: email a@b.org, slack #ops → inbox c@d.org",
        "members: – → email a@b.org, slack #ops",
    ]
    with pytest.raises(ConflictError, match="There is a group “Night shift” already"):
        groups.add(services.database, trail, "Night shift", "")
    with pytest.raises(InputError, match="Line 2, “pigeon x”"):
        groups.change(services.database, trail, made, "email a@b.org\npigeon x")


@pytest.mark.parametrize("name", ["", "  ", "N" * 121])
def test_a_group_whose_name_does_not_fit_is_refused_and_nothing_of_it_is_cut(
    services: Services, name: str
) -> None:
    before = [group.name for group in groups.listed(services.database)]
    with pytest.raises(InputError, match="A group needs a name of at most 120 characters"):
        groups.add(services.database, Trail(services.clock, "m"), name, "")
    assert [group.name for group in groups.listed(services.database)] == before


def test_a_group_that_rules_or_reports_tell_is_not_deleted(services: Services) -> None:
    with pytest.raises(ConflictError, match="Conversion drop"):
        recipients.forget(services, "mia@example.com", int(_group(services)))
    free = groups.add(services.database, Trail(services.clock, "m"), "Nobody", "")
    assert "deleted" in recipients.forget(services, "mia@example.com", free)


def test_a_schedule_that_is_paused_or_moved_is_in_the_log(services: Services) -> None:
    trail = Trail(services.clock, "mia@example.com")
    row = schedules.listed(services.database)[-1]
    schedules.pause(services.database, services.clock, row.id, True, trail)
    schedules.edit(services.database, services.clock, row.id, title=row.title, cron="0 10 * * 1",
                   time_zone=row.time_zone, trail=trail)  # fmt: skip
    assert [detail for _, _, detail in _log(services, schedules.CHANGED)] == [
        f"cron: {row.cron} → 0 10 * * 1",
        "paused: False → True",
    ]


def test_a_report_that_is_changed_tells_recipients_and_times(services: Services) -> None:
    report = definitions.get(services.database, "weekly")
    to = [{"channel": "email", "to": "a@b.org"}]
    wanted = definitions.Wanted(report.title, report.sections, ["pdf"], to, report.view)
    alice = replace(MIA, email="alice@example.com", user_id=1)
    definitions.change(services.database, services.clock, "weekly", wanted, alice, "0 8 * * 1",
                       "Europe/Berlin")  # fmt: skip
    ((actor, _, detail),) = _log(services, definitions.CHANGED)
    assert actor == "alice@example.com"
    assert "recipients: executives@example.com, #marketing → a@b.org" in detail
    assert "cron: 0 9 * * 1 → 0 8 * * 1" in detail and "zone: America/New_York → Europe/Berlin" in detail


def test_each_hour_is_offered_and_kept_only_for_what_is_known_by_the_hour(services: Services) -> None:
    assert [choice["value"] for choice in alerts.offered("sessions", "hour")[0]][0] == "hour"
    assert alerts.offered("sessions", "hour")[1] == "hour"
    choices, chosen = alerts.offered("mrr", "hour")
    assert ([choice["value"] for choice in choices], chosen) == (["day", "week", "month"], "day")
    alerts.keep(services, MIA, "", _fields(services, metric="sessions", grain="hour"))
    assert rules.get(services.database, "few-leads").rule.grain == "hour"
    with pytest.raises(InputError, match="Leads is not known by the hour"):
        alerts.keep(services, MIA, "", _fields(services, grain="hour"))
    with pytest.raises(InputError, match="region"):
        alerts.keep(services, MIA, "", _fields(services, metric="sessions", grain="hour", by="region"))
