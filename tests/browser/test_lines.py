"""What stands on one line, in one column, and clear of its neighbour, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.data.query.predictions import CustomerScore, ScoreQuery
from app.data.query.spec import MetricQuery
from tests.browser.opening import opened
from tests.browser.screenshots import served
from tests.contract.test_returns_card import Unread
from tests.fakes import NOW

PHONE = {"width": 390, "height": 844}
# On how many lines a text stands.
LINES = """text => { const range = document.createRange(); range.selectNodeContents(text);
    return new Set([...range.getClientRects()].map(one => Math.round(one.bottom))).size; }"""
# How many pixels lie between the words of a column's head and its filter.
CLEAR = """head => head.querySelector('.ag-header-icon').getBoundingClientRect().left
    - head.querySelector('.ag-header-cell-text').getBoundingClientRect().right"""


class Company(Unread):
    """Few customers of each channel, and one who may leave."""

    def scores(self, query: ScoreQuery) -> tuple[CustomerScore, ...]:
        return (CustomerScore("C-1", NOW.date(), 0.4, "[]", "", "Team", "US", "New York"),)


def few(_query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
    return {"conversions": 2.0, "roi": -0.638 if row.get("channel") == "Social" else 0.5}


@pytest.fixture(scope="module")
def company() -> Iterator[str]:
    with served(Company(tell=few)) as base:
        yield base


def test_the_sign_of_a_bound_stays_with_its_number(page: Page, company: str) -> None:
    page.set_viewport_size(PHONE)
    opened(page, f"{company}/executive")
    bound = page.locator(".ret-label .number", has_text="≤")
    assert bound.evaluate("one => one.firstChild.textContent") == "≤\N{NO-BREAK SPACE}−63.8%"
    assert bound.evaluate(f"one => ({LINES})(one.firstChild)") == 1
    expect(bound.locator(".beside")).to_have_text("n = 2")


def test_the_header_of_a_phone_breaks_between_its_parts_alone(page: Page, company: str) -> None:
    page.set_viewport_size(PHONE)
    opened(page, f"{company}/executive")
    parts = page.locator(".head .meta > span:not(:empty)")
    expect(parts.last).to_contain_text("checked")
    assert parts.evaluate_all(f"all => all.map({LINES})") == [1, 1, 1]


def test_the_grid_of_scores_is_not_measured_where_a_phone_hides_it(page: Page, company: str) -> None:
    """AG Grid warns of a width of nothing, and the console of a test must stay silent."""
    page.set_viewport_size(PHONE)
    page.clock.install()
    opened(page, f"{company}/customers")
    page.clock.run_for(2_000)  # it tries a few times before it says so
    expect(page.get_by_role("listitem").first).to_contain_text("C-1")
    page.set_viewport_size({"width": 1440, "height": 900})
    head = page.locator(".ag-header-cell", has_text="Leaves within 90 days")
    expect(head).to_be_visible()
    assert head.evaluate(CLEAR) >= 8
