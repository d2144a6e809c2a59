"""What happened on the page of alerts: the newest of each rule that a reader may see, and what people did."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from dash import html

from app.accounts.viewer import Viewer
from app.alerts import defaults
from app.alerts.models import AlertEvent, AlertRule
from app.callbacks import alerts
from app.clock import FixedClock
from app.data.query.spec import Filter, Scope
from app.layouts.pages.alerts import body
from app.services import Services
from app.units import Units
from tests.fakes import NOW
from tests.integration.test_alert_page import MIA, _cells, _fired, _found, _rule
from tests.integration.test_report_pages import text_of
from tests.report_case import weekly


@pytest.fixture
def services(tmp_path: Path) -> Services:
    made = weekly(tmp_path)
    defaults.ensure(made)
    return made


def _sees(platform: str) -> Viewer:
    return replace(MIA, scope=Scope((Filter("platform", (platform,)),)))


def _history(services: Services, viewer: Viewer, linked: str = "") -> tuple[list[list[str]], str]:
    """The rows of the history, and the words of the page."""
    page = body(services, viewer, linked=linked)
    return _cells(_found(page, html.Table)[-1])[1:], text_of(page)


def test_what_was_acknowledged_or_snoozed_stands_there_with_who_and_when(services: Services) -> None:
    rule = _rule(services)
    _fired(services, rule, "google_ads")
    assert isinstance(services.clock, FixedClock)
    for hour, verb in enumerate(("acknowledge", "reopen", "snooze"), start=1):
        services.clock.instant = NOW + timedelta(hours=hour)
        alerts.do(services, MIA, verb, rule.id, "google_ads")
    rows, _ = _history(services, MIA)
    snoozed = "Few visits: Google Adssnoozedmia@example.com silenced it."
    at = Units().instant(NOW + timedelta(hours=3), services.settings.time_zone)
    assert rows[0] == [at, snoozed, "41", "90", "–"]
    assert [row[1] for row in rows[1:3]] == [
        "Few visits: Google Adsfires againmia@example.com took back that it was seen to or silenced.",
        "Few visits: Google Adsacknowledgedmia@example.com is seeing to it.",
    ]
    assert "mia@example.com is seeing" not in text_of(body(services, _sees("meta_ads")))


def test_many_events_of_a_rule_hide_none_of_another_and_the_older_ones_are_counted(
    services: Services,
) -> None:
    noisy, calm = _rule(services), AlertRule(id="conversion-drop")
    with services.database.session() as session:
        for number in range(230):
            member = "google_ads" if number < 12 else "meta_ads"
            session.add(_event(noisy, member, NOW - timedelta(hours=300 - number)))
        session.add(_event(calm, "", NOW - timedelta(hours=900)))
    rows, page = _history(services, MIA)
    assert page.count('"What happened"') == 1  # the heading
    assert [row[1] for row in rows] == ["Few visits: meta_adsfired"] * 10 + ["Conversion dropfired"]
    assert "Older events of “Few visits”: 220." in page and "Show 190 more" in page
    assert "/alerts?rule=few-visits" in page and "Older events of “Conversion drop”" not in page
    rows, page = _history(services, MIA, "few-visits")
    assert len(rows) == 201 and "Older events of “Few visits”: 30." in page and "more" not in page
    rows, page = _history(services, _sees("google_ads"))
    assert [row[1] for row in rows] == ["Few visits: Google Adsfired"] * 10
    assert "Older events of “Few visits”: 2." in page and "Show 2 more" in page


def _event(rule: AlertRule, member: str, at: datetime) -> AlertEvent:
    return AlertEvent(
        rule_id=rule.id, member=member, bucket=f"{at:%Y-%m-%dT%H:%MZ}", kind="firing", at=at,
        value=1.0, threshold=90.0, text="", silenced="",
    )  # fmt: skip
