"""When a source counts as late: each platform by its own target, files never."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.data.connectors.base import CONNECTORS
from app.data.query.frame import Freshness
from app.layouts.freshness import badge, late
from app.registry import import_all

import_all("app.data.connectors")
NOW = datetime(2026, 3, 12, 10, tzinfo=UTC)
DAY = date(2026, 3, 11)


def read(source: str, hours: float) -> Freshness:
    target = CONNECTORS.get(source).late_after if source in CONNECTORS else None
    return Freshness(source, source, NOW - timedelta(hours=hours), DAY, target=target)


@pytest.mark.parametrize(("source", "hours"), [("google_ads", 6), ("google_analytics", 8), ("salesforce", 4)])
def test_a_platform_is_late_behind_its_own_target(source: str, hours: int) -> None:
    assert read(source, hours).kind == "platform"
    assert not late(read(source, hours), NOW)
    assert late(read(source, hours + 0.5), NOW)
    assert read(source, hours + 3).behind(NOW) == timedelta(hours=3)


def test_an_imported_file_never_turns_a_card_amber() -> None:
    brought = read("costs", 24 * 40)
    assert brought.kind == "file" and badge([brought], NOW) is None
