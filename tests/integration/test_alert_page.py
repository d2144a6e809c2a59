"""What the page of alerts shows: the words of members, rules that are gone, long lists, and a link's rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component
from sqlalchemy import delete, select, update

from app.accounts import audit
from app.accounts.audit import AuditFilter
from app.accounts.changes import Trail
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.alerts import defaults, rules, wording
from app.alerts.conditions import Point
from app.alerts.evaluate import Event
from app.alerts.models import AlertEvent, AlertRule, AlertState
from app.alerts.rehearse import Firing, Rehearsal
from app.alerts.tell import tell
from app.callbacks import alerts
from app.data.query.spec import EVERYTHING, Filter, Scope
from app.errors import AccessDenied, ConflictError, InputError
from app.layouts.alert_banner import banner
from app.layouts.alert_dialogs import rehearsal
from app.layouts.alert_form import form, values
from app.layouts.pages.alerts import body
from app.notify import groups
from app.notify.models import Delivery
from app.services import Services
from tests.fakes import NOW
from tests.integration.test_report_pages import text_of
from tests.report_case import weekly

MIA = Viewer(1, "mia@example.com", "Mia", "marketing_manager", ROLES["marketing_manager"], EVERYTHING)
TODAY = NOW.date()


@pytest.fixture
def services(tmp_path: Path) -> Services:
    made = weekly(tmp_path)
    defaults.ensure(made)
    return made


def _rule(services: Services, **fields: Any) -> AlertRule:
    """A rule over platforms that tells a mailbox, an inbox and a channel."""
    trail = Trail(services.clock, MIA.email)
    members = "email alice@example.com\ninbox alice@example.com\nslack #ads"
    usual = {"title": "Few visits", "metric": "sessions", "by": "platform", "filters": [], "grain": "day",
             "condition": {"kind": "threshold", "side": "below", "limit": 90}, "minimum_volume": 0,
             "breaches_to_fire": 1, "clears_to_resolve": 2, "cool_down": 0, "quiet_from": "", "quiet_to": "",
             "time_zone": "", "severity": "high", "actions": ["email", "inbox", "slack"], "enabled": True,
             "group_id": groups.add(services.database, trail, "Ads", members)}  # fmt: skip
    return rules.get(
        services.database, rules.add(services.database, AlertRule(**(usual | fields)), trail)
    ).rule


def _fired(services: Services, rule: AlertRule, member: str, **state: Any) -> None:
    """The rule fires for a member today, and all of its group are told."""
    said = Event("firing", TODAY, NOW, 41.0, 90.0)
    row = AlertEvent(
        rule_id=rule.id, member=member, bucket=TODAY.isoformat(), kind="firing", at=NOW, value=41.0,
        threshold=90.0, text=wording.text(rule, said, member, services.settings),
    )  # fmt: skip
    stands = {"state": "firing", "since": NOW, "bucket": TODAY.isoformat(), "value": 41.0, "threshold": 90.0}
    with services.database.session() as session:
        session.add(row)
        session.add(AlertState(rule_id=rule.id, member=member, **(stands | state)))
        session.flush()
        tell(services, session, rule, row, {})


def _page(services: Services, linked: str = "") -> str:
    return text_of(body(services, MIA, linked=linked))


def test_people_read_the_words_of_a_member_wherever_an_alert_is_told(services: Services) -> None:
    rule = _rule(services, filters=["visitor_type=new", "device!=mobile"])
    _fired(services, rule, "google_ads")
    watched = "Sessions (New; without Mobile; Google Ads)"
    with services.database.session() as session:
        told = {row.channel: row for row in session.scalars(select(Delivery))}
    assert set(told) == {"email", "inbox", "slack"}
    for row in told.values():
        assert row.title == "Few visits: Google Ads"
        assert row.payload["text"].startswith(f"{watched} was 41 on 12 Mar 2026; the threshold is 90")
        assert "google_ads" not in row.payload["text"] + row.payload["html"]
        assert ["platform", ["google_ads"]] in row.payload["shown"]  # what is asked of scopes keeps the id
    page, above = _page(services), text_of(banner(services, MIA))
    assert "Few visits: Google Ads" in page and watched in page
    assert "Few visits" in above and watched in above and "Few visits: Google Ads" not in above  # named once
    assert "Sessions (New; without Mobile) for each platform below 90" in page


def test_what_was_acknowledged_or_snoozed_is_taken_back_on_the_page_and_audited(services: Services) -> None:
    rule = _rule(services)
    _fired(services, rule, "google_ads")

    def pressed(verb: str) -> tuple[str, list[str]]:
        said = alerts.do(services, MIA, verb, rule.id, "google_ads")
        (state,) = rules.get(services.database, rule.id).states
        return f"{state.state} {state.acknowledged_by}: {said}", _offered(services, MIA)

    assert _offered(services, MIA) == ["Acknowledge", "Snooze a day"]
    google = "“Few visits: Google Ads”"  # the other platforms go on telling
    back = f"firing : {google} fires again as before; of what was told nothing is told twice."
    mine = f"acknowledged mia@example.com: {google} is yours now; nobody is told again until it is over."
    asleep = f"snoozed mia@example.com: {google} is silent for a day."
    assert pressed("acknowledge") == (mine, ["Undo"])
    assert pressed("reopen") == (back, ["Acknowledge", "Snooze a day"])
    assert pressed("snooze") == (asleep, ["Undo"])
    assert "snoozed until 13 Mar 2026, " in _page(services)
    assert pressed("reopen") == (back, ["Acknowledge", "Snooze a day"])
    with pytest.raises(ConflictError, match="Only what was acknowledged or snoozed"):
        pressed("reopen")
    log, _ = audit.entries(services.database, AuditFilter(action=rules.SEEN), limit=9)
    morrow = NOW + timedelta(days=1)
    assert [(entry.actor, entry.object, entry.detail) for entry in reversed(log)] == [
        ("mia@example.com", "few-visits: google_ads", detail)
        for detail in (
            "state: firing → acknowledged",
            "state: acknowledged → firing",
            f"state: firing → snoozed; until: – → {morrow}",
            f"state: snoozed → firing; until: {morrow} → –",
        )
    ]


def test_who_may_not_acknowledge_may_not_take_it_back(services: Services) -> None:
    rule = _rule(services)
    _fired(services, rule, "google_ads", state="acknowledged", acknowledged_by="ada@example.com")
    for role in ("marketing_manager", "admin", "campaign_specialist", "executive"):
        assert _offered(services, replace(MIA, role=role, permissions=ROLES[role])) == ["Undo"]
    assert _offered(services, replace(MIA, role="analyst", permissions=ROLES["analyst"])) == []
    narrow = replace(MIA, scope=Scope((Filter("platform", ("meta_ads",)),)))
    with pytest.raises(AccessDenied):
        alerts.do(services, narrow, "reopen", rule.id, "google_ads")
    (state,) = rules.get(services.database, rule.id).states
    assert (state.state, state.acknowledged_by) == ("acknowledged", "ada@example.com")


def test_an_unknown_verb_does_nothing(services: Services) -> None:
    rule = _rule(services)
    with pytest.raises(InputError, match="tset"):
        alerts.do(services, MIA, "tset", rule.id, "")
    with services.database.session() as session:
        assert session.scalars(select(Delivery)).all() == []


def test_who_sees_to_an_alarm_and_may_not_change_rules_is_offered_no_more(services: Services) -> None:
    _fired(services, _rule(services), "google_ads")
    reader = replace(MIA, role="executive", permissions=ROLES["executive"])
    buttons = [_words(button) for button in _found(body(services, reader), html.Button)]
    assert buttons == ["Acknowledge", "Snooze a day"]
    assert "See to it" in text_of(banner(services, reader))
    analyst = replace(MIA, role="analyst", permissions=ROLES["analyst"])
    assert "See the alerts" in text_of(banner(services, analyst))


def test_a_rule_and_its_group_say_by_channel_who_is_told(services: Services) -> None:
    _rule(services)
    rules_table, groups_table = _found(body(services, MIA), html.Table)
    (told,) = [row[2] for row in _cells(rules_table) if row[0].startswith("Few visits")]
    lacking = "(not set up, so messages fail)"
    assert told == f"E-mail: alice@example.com {lacking}Slack: #ads {lacking}Inbox: alice@example.com"
    (members,) = [row[1] for row in _cells(groups_table) if row[0] == "Ads"]
    assert members == "E-mail: alice@example.comInbox: alice@example.comSlack: #ads"


def _offered(services: Services, viewer: Viewer) -> list[str]:
    """What the page offers to do with an alarm."""
    within = [one for one in _found(body(services, viewer), html.Div) if _look(one) == "alert-standing"]
    return [_words(button) for button in _found(within, html.Button)]


def _look(part: Component) -> str:
    return str(getattr(part, "className", ""))


def test_the_filters_of_a_rule_are_written_in_words_and_kept_as_ids(services: Services) -> None:
    kept = ["platform=google_ads", "visitor_type!=new", "channel=Email"]
    shown = text_of(form(services, _rule(services, filters=kept)))
    assert r'"Platform=Google Ads\nVisitor type!=New\nChannel=Email"' in shown
    words = "platform = google ads\nVisitor type!=New\nchannel=Email"
    for written in (words, "\n".join(kept)):
        assert values({"group": "1", "filters": written})["filters"] == kept


def test_what_a_deleted_rule_said_stays_under_its_name_for_who_may_see_everything(services: Services) -> None:
    rule = _rule(services)
    _fired(services, rule, "google_ads")
    rules.remove(services.database, rule.id, Trail(services.clock, MIA.email))
    shown = _page(services)
    assert "few-visits: google_ads" in shown and "Sessions (Google Ads) was 41 on 12 Mar 2026" in shown
    assert "E-mail: alice@example.com (waits)" in _words(html.Div(body(services, MIA)))
    narrow = replace(MIA, scope=Scope((Filter("platform", ("google_ads",)),)))
    assert "few-visits" not in text_of(body(services, narrow))


def test_many_who_were_told_alike_are_counted(services: Services) -> None:
    members = "email alice@example.com\nemail bob@example.com\nemail cem@example.com"
    group = groups.add(services.database, Trail(services.clock, MIA.email), "Three", members)
    _fired(services, _rule(services, group_id=group), "google_ads")
    with services.database.session() as session:
        session.execute(update(Delivery).where(Delivery.to == "bob@example.com").values(state="failed"))
    shown = _words(html.Div(body(services, MIA)))
    assert "3 by e-mail (not set up, so messages fail)" in shown
    assert "2 by e-mail (waits); E-mail bob@example.com (failed)E-mail: cem@example.com, alice" in shown


def test_the_rows_of_a_rule_of_many_show_five_and_the_others_behind_a_count(services: Services) -> None:
    rule = _rule(services, by="campaign", actions=[])
    for number in range(7):
        _fired(services, rule, f"Campaign {number}")
    _fired(services, rule, "Calm", state="ok")
    (more,) = _found(body(services, MIA), html.Details, "Show all")
    assert text_of(more).count("alert-standing") == 2
    assert "Show all 7" in text_of(more) and "Campaign 6" in text_of(more)
    assert "Firing: 7 of the 8 that are judged" in _page(services)
    assert "Campaign 4" not in text_of(more)


def test_an_alarm_says_where_it_clears_and_how_often_it_has_been_back_in_bounds(services: Services) -> None:
    margin = {"kind": "threshold", "side": "below", "limit": 90, "margin": 0.5}
    rule = _rule(services, clears_to_resolve=3, condition=margin)
    _fired(services, rule, "google_ads", value=95.0, clears=1)
    _fired(services, rule, "other", state="ok", value=99.0, clears=9)
    shown = _page(services)
    assert (
        "95 on 12 Mar 2026, threshold 90, clears at 135 or more; back in bounds 1 of 3 times before it ends"
        in shown
    )
    assert "9 of 3" not in shown and shown.count("clears at") == 1


def test_the_rule_of_a_mails_link_stands_first_and_is_marked(services: Services) -> None:
    """Without a link the rules that fire stand first."""
    rule = _rule(services)
    _fired(services, rule, "google_ads")
    assert _order(services) == [
        ("Few visits", False),
        ("Budget overspend", False),
        ("Conversion drop", False),
    ]
    linked = _order(services, "conversion-drop")
    assert linked == [("Conversion drop", True), ("Few visits", False), ("Budget overspend", False)]
    with services.database.session() as session:
        links = {row.payload["link"] for row in session.scalars(select(Delivery))}
    assert links == {f"{services.settings.address}/alerts?rule=few-visits"}


def test_a_link_to_a_rule_that_is_gone_says_so_and_where_to_look(services: Services) -> None:
    shown = _page(services, "nope")
    assert "There is no rule “nope” that you could see" in shown and "“What happened”" in shown
    assert "There is no rule" not in _page(services, "conversion-drop") + _page(services)


def test_a_test_of_a_rule_reaches_the_one_who_asks_and_its_channels(services: Services) -> None:
    rule = _rule(services)
    _fired(services, rule, "google_ads")
    with services.database.session() as session:
        session.execute(delete(Delivery))
    said = alerts.do(services, MIA, "test", rule.id, "")
    assert said == "A test of “Few visits” is on its way; messages: 3."
    with services.database.session() as session:
        sent = {(row.channel, row.to): row for row in session.scalars(select(Delivery))}
    assert set(sent) == {("email", MIA.email), ("inbox", MIA.email), ("slack", "#ads")}
    for row in sent.values():
        assert (row.title, row.subject_id, row.state) == ("Test: Few visits", "few-visits:test", "queued")
        text = (
            "This is a test of the alert; nothing is wrong. Now: Sessions (Google Ads) was 41 on 12 Mar 2026"
        )
        assert row.payload["text"].startswith(f"{text}, threshold 90")


def _order(services: Services, linked: str = "") -> list[tuple[str, bool]]:
    """The titles of the rules in their rows, and whether the row is marked."""
    rows = [row for row in _found(body(services, MIA, linked=linked), html.Tr) if "c-now" in text_of(row)]
    titles = ("Conversion drop", "Budget overspend", "Few visits")
    names = [(next((one for one in titles if one in text_of(row)), ""), row) for row in rows]
    return [(name, getattr(row, "className", "") == "is-linked") for name, row in names if name]


def _found(parts: Sequence[Any], kind: type, holding: str = "") -> list[Component]:
    """The components of a kind within others, in their order."""
    inner = [found for part in parts for _, found in getattr(part, "_traverse_with_paths", lambda: ())()]
    return [one for one in [*parts, *inner] if isinstance(one, kind) and holding in text_of(one)]


def test_a_rehearsal_has_a_summary_a_table_of_what_it_draws_and_the_days_that_fired(
    services: Services,
) -> None:
    """Seven days of one load, judged at one moment; the chart's numbers are those of the table."""
    rule = _rule(services)
    values = [100.0, 41.0, 95.0, 96.0, 12.0, 97.0, None]
    days = [TODAY - timedelta(days=7 - at) for at in range(7)]
    said = [("firing", 1, ""), ("resolved", 3, ""), ("firing", 4, "cool_down")]
    found = Rehearsal(
        rule.id,
        (days[0], days[-1]),
        [Firing("google_ads", Event(kind, days[at], NOW, values[at], 90.0, why)) for kind, at, why in said],  # type: ignore[arg-type]
        {"google_ads": {day: Point(day, value) for day, value in zip(days, values, strict=True)}},
        {("google_ads", day): 90.0 for day in days[:-1]},
        days[0],
    )
    shown = rehearsal(services, rule, found)
    assert "hours are known" not in text_of(shown)
    shorter = text_of(rehearsal(services, rule, replace(found, shortened=True)))
    assert "Rehearsed over 7 days: hours are known since 5 Mar 2026." in shorter
    assert "Lowest 12 (9 Mar 2026), highest 100 (5 Mar 2026). Firings: 2 in 7 days." in text_of(shown)
    assert '"View as table"' in text_of(shown) and "Sessions (Google Ads)" in text_of(shown)
    twin, fired = (_cells(table) for table in _found(shown, html.Table))
    assert twin[0] == ["Day", "Value", "Threshold", "What"]
    assert twin[1:3] == [["5 Mar 2026", "100", "90", ""], ["6 Mar 2026", "41", "90", "fired"]]
    assert twin[5] == ["9 Mar 2026", "12", "90", "fired"] and twin[7] == ["11 Mar 2026", "no value", "–", ""]
    at_once = (
        "no message of its own: its data came together with that of 6 Mar 2026, which people are told of"
    )
    assert fired == [
        ["Day", "Value", "Threshold", "Told"],
        ["9 Mar 2026: Google Ads", "12", "90", at_once],
        ["6 Mar 2026: Google Ads", "41", "90", "told"],
    ]


def test_an_alarm_that_repeats_says_whether_it_came_too_soon_or_with_the_same_load(
    services: Services,
) -> None:
    rule = _rule(services)
    earlier = [("2026-03-09", NOW, ""), ("2026-03-11", NOW, "cool_down")]
    with services.database.session() as session:
        for bucket, at, why in [*earlier, ("2026-03-12", NOW + timedelta(hours=1), "cool_down")]:
            session.add(
                AlertEvent(rule_id=rule.id, member="google_ads", bucket=bucket, kind="firing", at=at,
                           value=1.0, threshold=90.0, text="", silenced=why)
            )  # fmt: skip
    history = _cells(_found(body(services, MIA), html.Table)[-1])
    assert [row[-1] for row in history[1:]] == [
        "not told: too soon after the last message",
        "no message of its own: its data came together with that of 9 Mar 2026, which people are told of",
        "nobody",
    ]


def _cells(table: Component) -> list[list[str]]:
    """The words of a table, row by row."""
    return [[_words(cell) for cell in row.children if cell is not None] for row in _found([table], html.Tr)]


def _words(part: Any) -> str:
    inner = getattr(part, "children", part)
    return "".join(map(_words, inner)) if isinstance(inner, list) else _words_of(inner)


def _words_of(inner: Any) -> str:
    return _words(inner) if isinstance(inner, Component) else str(inner or "")


def test_a_limit_is_written_as_an_amount_of_what_is_watched_also_when_that_is_gone(
    services: Services,
) -> None:
    limit = {"kind": "threshold", "side": "below", "limit": 99_999_999}
    rule = _rule(services, metric="spend", by="", condition=limit)
    assert "Ad spend below $99,999,999" in _page(services)
    rule.metric = "gone"
    assert wording.value_text(rule, 1627.7123, "USD") == "1,627.71"
    assert wording.condition_text(rule, "USD") == "below 99,999,999, judged by the day"


@pytest.mark.parametrize(
    ("grain", "condition", "said"),
    [
        ("day", {"kind": "above_share_of", "metric": "mrr", "share": 1.1},
         "above 1.1 × MRR, judged by the day"),
        ("week", {"kind": "change", "share": -0.2, "buckets": 1},
         "changed by -0.2 against 1 week before, judged by the week"),
        ("hour", {"kind": "change", "share": 0.5, "buckets": 24},
         "changed by 0.5 against 24 hours before, judged by the hour"),
        ("month", {"kind": "below_average", "factor": 0.7, "days": 7},
         "below 0.7 × the average of the 7 months before, judged by the month"),
    ],
)  # fmt: skip
def test_a_rules_text_says_by_what_it_is_judged_in_the_words_of_metrics(
    grain: str, condition: dict[str, Any], said: str
) -> None:
    rule = AlertRule(
        id="x", title="X", metric="sessions", by="", filters=[], grain=grain, condition=condition
    )
    assert wording.condition_text(rule, "USD") == said
