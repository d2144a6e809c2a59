"""One segment, two counts of won deals: by the visit of the lead, and by the touch credited with the deal."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from app.accounts import users
from app.data.warehouse.snapshots import Snapshots
from app.layouts import campaign_table
from app.layouts.board import context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.filters import SEGMENTS
from app.layouts.table_foot import footer
from tests.demo_company import Site, email
from tests.page_text import read, sentences

FIRST, LAST = date(2026, 4, 10), date(2026, 6, 14)
RANGE = f"{FIRST}..{LAST}"
LOOK_BACK = timedelta(days=90)
# Of each deal that was won in the range: the visit of its lead, and the visits of every touch of that lead.
DEALS = """SELECT o.opportunity_id, l.device, l.visitor_type, o.close_date
FROM fact_opportunity o LEFT JOIN fact_lead l ON l.lead_id = o.lead_id
WHERE o.is_won AND NOT coalesce(o.is_deleted, FALSE) AND o.close_date BETWEEN ? AND ?"""
TOUCHES = """SELECT o.opportunity_id, t.device, t.visitor_type, t.date, d.source = '(direct)', t.occurred_at
FROM fact_opportunity o JOIN fact_touch t ON t.lead_id = o.lead_id JOIN dim_traffic d USING (traffic_key)
WHERE NOT coalesce(t.is_deleted, FALSE) ORDER BY t.occurred_at, t.touch_id"""
PLACE = {"device": 1, "visitor_type": 2}


@pytest.fixture(scope="module")
def counts(site: Site) -> dict[str, tuple[int, int]]:
    """By segment the deals won by the lead's visit and by that of the last touch that was not direct."""
    with Snapshots(site.services.settings.warehouse_dir).cursor() as cursor:
        deals = cursor.execute(DEALS, [FIRST, LAST]).fetchall()
        touches = cursor.execute(TOUCHES).fetchall()
    winners = [winner(deal, touches) for deal in deals]
    return {
        name: (len(of_segment(name, deals)), len(of_segment(name, winners)))
        for name, segment in SEGMENTS.items()
        if segment
    }


def winner(deal: tuple[Any, ...], touches: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The touch before the close that is credited; direct ones only where there is no other."""
    name, _, _, closed = deal
    near = [one for one in touches if one[0] == name and in_time(one[3], closed)]
    return ([one for one in near if not one[4]] or near or [(name, "(not set)", "(not set)")])[-1]


def in_time(day: date, closed: date) -> bool:
    return closed - LOOK_BACK <= day <= closed


def of_segment(name: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    segment = SEGMENTS[name]
    assert segment is not None
    return [row for row in rows if row[PLACE[segment.dimension]] in segment.values]


def test_the_case_tells_both_counts_apart(counts: dict[str, tuple[int, int]]) -> None:
    assert all(min(both) > 0 for both in counts.values())
    assert any(by_lead != by_touch for by_lead, by_touch in counts.values()), counts


@pytest.mark.parametrize("segment", [name for name, one in SEGMENTS.items() if one])
def test_funnel_and_table_count_won_deals_by_two_visits_and_say_which(
    site: Site, counts: dict[str, tuple[int, int]], segment: str
) -> None:
    by_lead, by_touch = counts[segment]
    reader, search = (
        users.viewer(site.services.database, email("analyst")),
        f"range={RANGE}&segment={segment}",
    )
    widget = EXECUTIVE.widget("funnel")
    assert widget is not None
    context = context_of(site.services, reader, EXECUTIVE.id, f"?{search}")
    funnel = sentences(read(one(site.services, widget, context).html))
    assert re.search(rf"Customers won {by_lead}\b", funnel)
    assert "leads and won deals by the visit of the lead, not by the touch credited" in funnel
    columns = "columns=sessions,leads,conversions"
    shown = campaign_table.show(f"{search}&group=channel&{columns}", site.services, reader)
    assert shown.answer is not None and shown.answer.table.total is not None
    assert shown.answer.table.total["conversions"] == by_touch
    by = "device" if segment in ("mobile", "desktop") else "visitor type"
    foot = str(footer(shown).children)
    assert f"By {by}, each of these counts by the touch credited with it; the funnel counts" in foot
    assert f"By {by}, a lead counts by its own visit." in foot


@pytest.mark.parametrize(
    ("search", "touch", "lead"),
    [
        ("group=device&columns=conversions,clicks", True, False),
        ("group=device&columns=clicks,leads", False, True),
        ("group=device&columns=clicks", False, False),
        ("group=channel", False, False),
        ("group=channel&segment=mobile&columns=sessions", False, False),
    ],
)
def test_the_foot_says_it_only_of_what_is_shown(site: Site, search: str, touch: bool, lead: bool) -> None:
    reader = users.viewer(site.services.database, email("analyst"))
    foot = str(footer(campaign_table.show(f"range={RANGE}&{search}", site.services, reader)).children)
    assert ("By device, each of these counts" in foot, "By device, a lead counts" in foot) == (touch, lead)
