"""The detail of an audit entry as its page reads it aloud."""

from __future__ import annotations

import pytest

from app.accounts.changes import BOOKKEEPING
from app.alerts.models import AlertRule
from app.data.metrics import catalogue
from app.data.schedule_models import Schedule
from app.layouts.audit_words import detail
from app.reports.models import Report
from app.text import has

ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("action", "kept", "said"),
    [
        ("alert.changed", "cool_down: 1440 → 60", "Minutes between two messages: 1440 → 60"),
        (
            "alert.changed",
            "severity: high → low; enabled: True → False",
            "Severity: High → Low; Switched on: yes → no",
        ),
        ("alert.changed", "title: – → Drop; metric: – → cpa", "Title: Drop; Metric: Cost per conversion"),
        (
            "alert.changed",
            "condition: kind threshold, side below, limit 10 → kind below_average, factor 0.7, days 28",
            "Fires when it: passes a fixed limit, side below, limit 10 → "
            "falls below a share of its average, factor 0.7, periods before 28",
        ),
        (
            "alert.seen",
            "state: firing → snoozed; until: – → 2026-03-12 15:00:00+00:00",
            "State: fires → snoozed; Until: 12 Mar 2026, 11:00",
        ),
        (
            "schedule.changed",
            "cron: 0 7 * * 1 → 0 8 * * 1",
            "Time: Every Monday at 07:00 → Every Monday at 08:00",
        ),
        (
            "export",
            "Ad spend; 2026-05-16..2026-06-14; Channel is Social",
            "Ad spend; 16 May – 14 Jun 2026; Channel is Social",
        ),
        (
            "action.changed",
            "owner: a@b.example → –; due: 2026-03-16 → –; state: open → in_work",
            "Owner: a@b.example → –; Due: 16 Mar 2026 → –; State: Open → In work",
        ),
        ("export", "action=export&since=2026-11-23", "What: export; From: 23 Nov 2026"),
        ("export.downloaded", "export_xlsx-1f2e", "file of the job export_xlsx-1f2e"),
        (
            "source.changed",
            "address http://127.0.0.1:9, kept untried",
            "address http://127.0.0.1:9, kept untried",
        ),
        ("source.sync", "2026-13-45..2026-99-02", "2026-13-45..2026-99-02"),
        ("user.scope", "Region = California → Region = Texas", "Region = California → Region = Texas"),
    ],
)
def test_a_detail_is_read_in_words_and_in_the_time_of_the_place(action: str, kept: str, said: str) -> None:
    catalogue.load()
    assert detail(action, kept, ZONE) == said


@pytest.mark.parametrize("model", [AlertRule, Schedule, Report])
def test_every_field_whose_change_is_noted_has_a_label(model: type[AlertRule | Schedule | Report]) -> None:
    columns = [column.name.replace("group_id", "group") for column in model.__table__.columns]
    named = [name for name in columns if name not in BOOKKEEPING]
    assert [name for name in named if not has(f"audit.field_{name}")] == []
