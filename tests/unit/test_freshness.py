"""When a source counts as late: each platform by its own target, files never."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.data.connectors.base import CONNECTORS
from app.data.query.frame import Freshness
from app.data.query.predictions import CustomerScore, ScoreQuery
from app.layouts.freshness import badge, late
from app.layouts.markup import sketch
from app.layouts.pages.base import PAGES, PageContext
from tests.fakes import FakeRunner, services, viewer
from tests.page_text import read as read_html

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


def test_every_late_source_of_a_card_is_named() -> None:
    def named(*hours: float) -> tuple[str, str]:
        names = ("google_ads", "salesforce", "google_analytics")
        shown = badge([read(name, late) for name, late in zip(names, hours, strict=False)], NOW)
        assert shown is not None
        made = read_html(sketch(shown)).named("badge-look")[0]
        assert made.attributes["aria-label"] == made.attributes["title"]
        return made.words.strip(), made.attributes["title"]

    both = "salesforce 7 h late, google_ads 5 h late"
    assert named(11, 11.1) == (both, both)
    words, whole = named(11, 11.1, 10)
    assert words == f"{both} and 1 more" and whole == f"{both}, google_analytics 2 h late"


class _Scored(FakeRunner):
    """The made-up warehouse with one customer who may leave."""

    def scores(self, query: ScoreQuery) -> tuple[CustomerScore, ...]:
        return (CustomerScore("C-1", DAY, 0.4, "[]", "", "Team", "US", "New York"),)


def test_the_customers_page_says_how_old_its_data_is_and_which_source_is_late(tmp_path: Path) -> None:
    def shown(hours: float) -> str:
        context = PageContext(services(tmp_path, _Scored(hours_late=hours)), viewer("admin"))
        return read_html(sketch(PAGES.get("customers").layout(context))).named("page-fresh")[0].words

    assert "Salesforce" in shown(0.2) and "late" not in shown(0.2)
    assert "Salesforce 7 h late" in shown(11.0)
