"""The card of returns: who earns back what it costs, who cannot be judged, and why a return is missing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.data.query.frame import MetricFrame, RestRow
from app.data.query.rest import members as members_of_rest
from app.data.query.spec import PAID, Filter, MetricQuery, Rest, Scope
from app.figures.paid import UNCONNECTED
from app.layouts.board import context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.widgets.returns import SHARED, Scale, gathered, members, order
from tests.contract.test_widget_values import Told, card
from tests.contract.test_widgets import drawn
from tests.fakes import MEMBERS, FakeRunner, services, viewer
from tests.page_text import read as read_html
from tests.page_text import sentences


def test_paid_media_is_asked_without_what_no_ad_brought(tmp_path: Path) -> None:
    def paid(query: MetricQuery, _row: dict[str, Any]) -> dict[str, Any]:
        return {"roas": 0.24 if PAID in query.filters else 1.1} if "roas" in query.metrics else {}

    assert "All paid media: ROAS 0.24x." in card(tmp_path, "returns", Told(tell=paid))


def test_costs_of_no_channel_are_shared_stand_last_and_blame_nobody(tmp_path: Path) -> None:
    rows = [
        {"channel": SHARED, "roi": -1.0},
        {"channel": "Email", "roi": 3.0},
        {"channel": "Social", "roi": None},
    ]
    assert [row["channel"] for row in order(rows)] == ["Email", SHARED]

    def costs(_query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        return {"channel": SHARED, "roi": -1.0} if row.get("channel") == "Content" else {"roi": 0.5}

    text = card(tmp_path, "returns", Told(tell=costs))
    assert "Shared costs" in text and "(not set)" not in text
    assert "Every channel with costs earns them back." in text


class Unread(Told):
    """The spend of Social's platform is read by nobody."""

    def run(self, query: MetricQuery) -> MetricFrame:
        frame = super().run(query)
        rows = [{"channel": "Social", "platform": "facebook_ads", "conversions": 50.0}]
        return replace(frame, rows=rows) if UNCONNECTED in query.filters else frame


@pytest.mark.parametrize(
    ("roi", "said"),
    [
        (0.5, "Every channel whose spend is connected earns its costs back."),
        (-0.5, "Social costs more than the margin it brings."),
    ],
)
def test_a_channel_whose_spend_nobody_reads_may_be_blamed_not_praised(
    roi: float, said: str, tmp_path: Path
) -> None:
    """Its ROI leaves costs out, so it is a bound."""

    def known(_query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        return {"conversions": 50.0, "roi": roi if row.get("channel") == "Social" else 0.5}

    text = card(tmp_path, "returns", Unread(tell=known))
    assert said in text and f"≤ {'−' if roi < 0 else ''}50.0%" in text


def test_the_sign_of_a_bound_is_a_part_of_its_number(tmp_path: Path) -> None:
    """Where a phone shows the cases below it, a sign beside the number would stand above another line."""

    def few(_query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        return {"conversions": 2.0, "roi": -0.638 if row.get("channel") == "Social" else 0.5}

    widget = EXECUTIVE.widget("returns")
    assert widget is not None
    numbers = drawn(tmp_path, EXECUTIVE, widget, Unread(tell=few)).named("number")
    bounds = [one for one in numbers if "≤" in one.words]
    assert [one.inside[0] for one in bounds] == ["≤\N{NO-BREAK SPACE}−63.8%"] * 2  # as a bar and in the table
    assert {"at most, for its ad spend is not connected" in one.attributes["title"] for one in bounds} == {
        True
    }


@pytest.mark.parametrize(("cases", "blamed"), [(2.0, False), (50.0, True)])
def test_nobody_is_blamed_on_few_cases_nor_all_praised(cases: float, blamed: bool, tmp_path: Path) -> None:
    def costs(_query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        lost = row.get("channel") == "Social"
        return {"roi": -0.5, "conversions": cases} if lost else {"roi": 0.5, "conversions": 50.0}

    text = card(tmp_path, "returns", Told(tell=costs))
    assert ("Social costs more than the margin it brings." in text) == blamed
    assert "earns them back" not in text and "All paid media: ROAS" in text


def test_channels_without_any_return_are_no_empty_table_but_a_reason(tmp_path: Path) -> None:
    nothing = Told(tell=lambda query, row: {"roas": None, "roi": None, "conversions": 5.0})
    text = card(tmp_path, "returns", nothing, "?range=last_7_days")
    assert "No data in 5–11 Mar 2026." in text and "Show the last 30 days" in text


def test_a_missing_return_has_its_reason_in_the_table_too(tmp_path: Path) -> None:
    found = EXECUTIVE.widget("returns")
    assert found is not None
    (table,) = drawn(tmp_path, EXECUTIVE, found, Told(tell=lambda query, row: {"roi": None})).named(
        "table-view"
    )
    assert table.words.count("– no costs known") == len(MEMBERS["channel"])


def test_a_reader_whose_scope_knows_no_costs_sees_roas_and_why_there_is_no_roi(tmp_path: Path) -> None:
    made = services(tmp_path, Told(tell=lambda query, row: {"roas": 2.5}))
    scoped = replace(viewer(), scope=Scope((Filter("region", ("California",)),)))
    widget = EXECUTIVE.widget("returns")
    assert widget is not None
    text = sentences(read_html(one(made, widget, context_of(made, scoped, EXECUTIVE.id, "")).html))
    assert "2.5x" in text and "– not in your scope" in text
    assert "All paid media: ROAS 2.5x." in text and "earns them back" not in text


def test_negative_returns_lie_left_of_zero() -> None:
    scale = Scale.over([7.3, -1.0, None], 0.0)
    assert scale.place(-1.0) == 0.0
    assert 0 < scale.place(0.0) < scale.place(7.3)


def test_at_most_six_channels_have_a_row_and_the_others_one_of_their_own(tmp_path: Path) -> None:
    rows = [{"channel": f"C{n}", "roi": 1.0 / n, "roi__d": 10.0 * n} for n in range(1, 9)]
    found = members_of_rest(
        Rest(6, ("roi__d",), (SHARED,)), "channel", [*rows, {"channel": SHARED, "roi__d": 1}]
    )
    assert found == ("C1", "C2", "C3")
    shown = gathered([*rows, {"channel": SHARED, "roi": -1.0}], RestRow(found, {"roi": 0.5}))
    assert [row["channel"] for row in shown] == ["C4", "C5", "C6", "C7", "C8", "Other (3)", SHARED]
    assert (members(shown[-2]), shown[-2]["roi"]) == (found, 0.5)
    assert gathered(rows[:6], None) == rows[:6]
    assert members_of_rest(Rest(6, ("roi__d",)), "channel", [*rows[:6], {"channel": "Idle"}]) == ()


def test_a_return_on_few_conversions_is_greyed(tmp_path: Path) -> None:
    found = EXECUTIVE.widget("returns")
    assert found is not None
    runner = Told(tell=lambda query, row: {"conversions": 3.0})
    element = drawn(tmp_path, EXECUTIVE, found, runner)
    low = [one for one in element.named("number") if "low-n" in one.classes]
    assert low and all(one.attributes["title"].endswith("low volume, n = 3") for one in low)
    assert all(re.search(r"[\d%x] ?, +n = 3$", one.words) for one in low)
    (table,) = element.named("table-view")
    assert len(table.named("low-n")) == 2 * len(MEMBERS["channel"])
    others = [one for one in element.named("number") if one not in low]  # the whole of paid media
    assert [one.words for one in others] == ["3.8x"]


def test_all_paid_media_stands_under_the_filters_of_its_card(tmp_path: Path) -> None:
    """ROI has no device, so the card leaves the segment out; its ROAS of paid media must too."""
    runner = FakeRunner()
    assert "not affected by segment" in card(tmp_path, "returns", runner, "?segment=mobile&channel=Email")
    asked = [query for query in runner.asked if "roas" in query.metrics]
    assert {tuple(entry.dimension for entry in query.filters) for query in asked} == {
        ("channel",), ("channel", "platform"),
    }  # fmt: skip


def test_the_line_of_the_break_even_has_two_decimals_and_says_that_it_is_of_media(tmp_path: Path) -> None:
    text = card(tmp_path, "returns", FakeRunner())
    assert "break-even 1.25x, of media alone" in text  # at a margin of 80%
