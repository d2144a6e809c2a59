"""When a source counts as late: each platform by its own target, files never."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.data import freshness
from app.data.connectors.base import CONNECTORS
from app.data.pipeline.imports.streams import STREAMS
from app.data.query.frame import Freshness
from app.layouts.freshness import badge, late
from app.registry import import_all

import_all("app.data.connectors")
NOW = datetime(2026, 3, 12, 10, tzinfo=UTC)


def read(source: str, hours: float) -> Freshness:
    return Freshness(source, source, NOW - timedelta(hours=hours), date(2026, 3, 11))


def test_every_connector_has_a_target_and_no_kind_of_file_is_a_platform() -> None:
    assert {kind.id for kind in CONNECTORS} == set(freshness.PLATFORMS)
    assert {stream.id: freshness.kind(stream.id) for stream in STREAMS} == dict.fromkeys(
        STREAMS.ids(), "file"
    )


@pytest.mark.parametrize(("source", "hours"), [("google_ads", 6), ("google_analytics", 8), ("salesforce", 4)])
def test_a_platform_is_late_behind_its_own_target(source: str, hours: int) -> None:
    assert not late(read(source, hours), NOW)
    assert late(read(source, hours + 0.5), NOW)
    assert read(source, hours + 3).behind(NOW) == timedelta(hours=3)


@pytest.mark.parametrize("stream", STREAMS.ids())
def test_an_imported_file_never_turns_a_card_amber(stream: str) -> None:
    assert badge([read(stream, 24 * 40)], NOW) is None


def test_a_file_with_a_cadence_is_late_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(freshness.CADENCES, "costs", timedelta(days=31))
    assert not late(read("costs", 24 * 31), NOW)
    assert late(read("costs", 24 * 32), NOW)
