"""Every text of a card has its room: nothing meets its foot, nothing is cut or hidden in silence."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.opening import opened

# Texts of a card whose box reaches below the upper edge of its foot, as far as they can be seen.
MEETING = """() => [...document.querySelectorAll('article.card')].flatMap(card => {
    const foot = card.querySelector('.cf')
    if (!foot) return []
    const edge = foot.getBoundingClientRect().top
    const kinds = '.sub, .sum, .step, .delta, .tgt, .card-note, .ret-row, .li, .kpi-v'
    const texts = [...card.querySelectorAll(kinds)]
        .filter(one => one.offsetParent && !foot.contains(one) && !one.closest('.table-scroll'))
        .filter(one => one.getBoundingClientRect().bottom > edge + 1)
    const beyond = foot.getBoundingClientRect().bottom > card.getBoundingClientRect().bottom
    return [...texts, ...(beyond ? [foot] : [])]
        .map(one => `${card.ariaLabel}: ${one.textContent}`)
})"""


@pytest.mark.parametrize(
    "search",
    [
        "",
        "?range=2026-01-05..2026-01-18",
        "?range=last_quarter",
        "?channel=Email&segment=mobile",
        "?compare=none",
        "?range=2024-12-01..2024-12-20&compare=year",
        "?segment=new",
        "?landing_page=/pricing&country=US",
    ],
)
def test_no_text_of_a_card_meets_its_foot(search: str, page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive{search}")
    expect(page.locator("article.card")).to_have_count(11)
    assert page.evaluate(MEETING) == []


# Lines below titles that are wider than their place.
CUT = """() => [...document.querySelectorAll('article.card .sub')]
    .filter(one => one.offsetParent && one.scrollWidth > one.clientWidth)
    .map(one => one.textContent)"""


@pytest.mark.parametrize("search", ["", "?segment=new", "?channel=Email&segment=mobile"])
def test_no_subtitle_of_a_card_is_cut(search: str, page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive{search}")
    expect(page.locator("article.card")).to_have_count(11)
    assert page.evaluate(CUT) == []


# Tables of cards that hide a part of what they hold, lists that do so without an edge that fades, and short
# texts cut without a title.
HIDDEN = """() => [
    ...[...document.querySelectorAll('article.card :is(.list, .table-scroll)')]
        .filter(one => one.offsetParent && one.scrollHeight > one.clientHeight + 1)
        .filter(one => !getComputedStyle(one).backgroundImage.includes('gradient')),
    ...[...document.querySelectorAll('article.card .cut')]
        .filter(one => one.offsetParent && one.scrollWidth > one.clientWidth && !one.closest('[title]')),
].map(one => one.textContent)"""
# Texts beyond the edge of their card and feet whose source is cut.
BEYOND = """() => {
    const right = one => one.getBoundingClientRect().right
    const kinds = '.lab span, .ret-label, .kpi-v, .delta, .sub, .sum'
    const texts = [...document.querySelectorAll(`article.card :is(${kinds})`)]
        .filter(one => one.offsetParent && !one.closest('.table-scroll'))
        .filter(one => right(one) > right(one.closest('.card')) - 4)
    const sources = [...document.querySelectorAll('article.card .cf .cut')]
        .filter(one => one.scrollWidth > one.clientWidth)
    return [...texts, ...sources].map(one => one.textContent)
}"""


@pytest.mark.parametrize("width", [1120, 1280, 1440])
@pytest.mark.parametrize("search", ["", "?range=last_year", "?landing_page=/pricing&country=US"])
def test_a_card_hides_no_part_in_silence_and_keeps_its_texts_within_its_edge(
    search: str, width: int, page: Page, shell_address: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, f"{shell_address}/executive{search}")
    expect(page.locator("article.card")).to_have_count(11)
    assert page.evaluate(HIDDEN) == []
    assert page.evaluate(BEYOND) == []


# How much of the window the bars of a page take, once it was scrolled.
COVERED = """() => [...document.querySelectorAll('.head, .filter-place, .tab-bar, .toolbar')]
    .map(bar => bar.getBoundingClientRect())
    .reduce((sum, {top, bottom}) => sum + Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, 0)), 0)"""


@pytest.mark.parametrize("path", ["executive", "campaigns", "glossary"])
def test_at_400_percent_the_bars_scroll_away_and_leave_the_window_to_the_page(
    path: str, page: Page, shell_address: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 256})  # 1440 × 1024 at 400%
    opened(page, f"{shell_address}/{path}")
    page.evaluate("scrollTo(0, 500)")
    assert page.evaluate(COVERED) == 0
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate(COVERED) > 100
