"""The Executive dashboard as a reader uses it, in Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.opening import comes, opened, stands

OUTSIDE = "http://127.0.0.1"


def cards(page: Page) -> int:
    return page.locator("article.card").count()


def test_the_page_arrives_whole_in_one_answer_and_from_one_place(page: Page, shell_address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{shell_address}/executive", wait_until="networkidle")
    expect(page.locator("article.card")).to_have_count(11)
    expect(page.locator(".kpi-v").first).to_have_text("$125.4K")
    expect(page.locator(".moves-chart .main-svg").first).to_be_visible()
    assert [url for url in asked if not url.startswith((OUTSIDE, "data:"))] == []
    assert [url for url in asked if "plotly.min.js" in url] == []
    assert [url for url in asked if "_dash-update-component" in url] == []


def test_a_range_is_chosen_kept_in_the_address_and_survives_a_reload(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    page.locator("summary.pick").first.click()
    page.get_by_role("link", name="This month").click()
    expect(page.locator("summary.pick").first).to_contain_text("1–11 Mar")
    expect(page.locator(".delta .base").first).to_have_text("vs 1–11 Feb")
    assert page.url.endswith("/executive?range=this_month")
    page.reload()
    stands(page)
    expect(page.locator(".delta .base").first).to_have_text("vs 1–11 Feb")


def test_the_navigation_takes_the_view_along_to_pages_with_the_same_filters(
    page: Page, shell_address: str
) -> None:
    opened(page, f"{shell_address}/executive?compare=year&channel=Paid+search")
    page.locator("summary.pick").first.click()
    page.get_by_role("link", name="This month").click()
    expect(page).to_have_url(re.compile("range=this_month"))
    page.locator(".rail a[href^='/campaigns']").click()
    view = "?range=this_month&compare=year&channel=Paid+search"
    expect(page).to_have_url(f"{shell_address}/campaigns{view}")
    expect(page.locator(".rail [aria-current]")).to_have_text("Campaigns")
    expect(page.locator("summary.pick").first).to_contain_text("1–11 Mar")
    opened(page, f"{shell_address}/campaigns{view}&by=device")
    home = page.locator(".rail a.nav-item[href^='/executive']")
    expect(home).to_have_attribute("href", f"/executive{view}")
    expect(page.locator(".rail a[href^='/alerts']")).to_have_attribute("href", "/alerts")
    opened(page, f"{shell_address}/alerts?range=this_month")
    expect(home).to_have_attribute("href", "/executive")


# Plots answer the pointer with the words of the month below it; they stand in a layer of their own.
HOVERED = "() => [...document.querySelectorAll('.figure.level .hoverlayer text')].map(one => one.textContent)"


def test_the_words_of_a_chart_tell_both_values_both_dates_and_the_change(
    page: Page, shell_address: str
) -> None:
    opened(page, f"{shell_address}/executive")
    page.get_by_role("button", name="MRR", exact=True).click()
    plot = page.locator(".figure.level")
    place = plot.locator(".nsewdrag").first.bounding_box()
    assert place is not None

    def said(share: float) -> list[str]:
        for step in (0, 2):
            x, y = place["x"] + place["width"] * share + step, place["y"] + place["height"] / 2
            page.mouse.move(x, y)
        expect(plot.locator(".hoverlayer text").first).to_be_attached()
        words: list[str] = page.evaluate(HOVERED)
        return words

    month, told, *_ = said(0.88)
    assert month == "Mar 2026", "also where the tick below leaves the year out"
    assert "11 Mar 2026: $" in told and "11 Mar 2025: $" in told
    now, then = (float(value.replace(",", "")) for value in re.findall(r"\$([\d,]+\.\d\d)", told))
    (change,) = re.findall(r"([+−][\d.]+)%, (?:better|worse)", told)
    assert float(change.replace("−", "-")) == pytest.approx((now / then - 1) * 100, abs=0.06)


SIZES = "all => all.map(one => { const r = one.getBoundingClientRect(); return [r.width, r.height] })"
# What is drawn over an empty place, at some time after it was left empty.
SKELETON = """(place, at) => {
    const shown = document.getAnimations().filter(one =>
        one.animationName === 'show' && one.effect.target === place && one.effect.pseudoElement === '::after')
    shown.forEach(one => { one.pause(); one.currentTime = at })
    return getComputedStyle(place, '::after').opacity
}"""


def test_a_skeleton_has_the_final_size_and_shows_after_300_milliseconds(
    page: Page, shell_address: str
) -> None:
    opened(page, f"{shell_address}/glossary")
    held: list[Route] = []
    page.route("**/view/executive*", lambda route: held.append(route))
    page.get_by_role("link", name="Executive").first.click()
    cells = page.locator("[data-card]")
    expect(cells).to_have_count(10)
    expect(page.locator("[data-card] > *")).to_have_count(0)
    empty = cells.evaluate_all(SIZES)
    assert [cells.first.evaluate(SKELETON, at) for at in (0, 299, 301)] == ["0", "0", "1"]
    comes(page, held)
    held[0].continue_()
    expect(page.locator("article.card")).to_have_count(11)
    assert cells.evaluate_all(SIZES) == empty


def test_on_a_phone_the_place_of_a_card_that_comes_back_is_as_high_as_the_card_was(
    page: Page, shell_address: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, f"{shell_address}/executive")
    cells = page.locator("[data-card]")
    full = cells.evaluate_all(SIZES)
    page.locator(".tab-item", has_text="Campaigns").click()
    expect(cells).to_have_count(0)
    stands(page)
    held: list[Route] = []
    page.route("**/view/executive*", lambda route: held.append(route))
    page.locator(".tab-item", has_text="Executive").click()
    expect(page.locator("[data-card]:empty")).to_have_count(10)
    assert cells.evaluate_all(SIZES) == full
    comes(page, held)
    held[0].continue_()
    expect(page.locator("article.card")).to_have_count(11)
    assert cells.evaluate_all(SIZES) == full


def test_old_values_stay_while_new_ones_are_awaited_and_are_dimmed_after_300_milliseconds(
    page: Page, shell_address: str
) -> None:
    page.clock.install()
    opened(page, f"{shell_address}/executive")
    held: list[Route] = []
    page.route("**/view/executive*", lambda route: held.append(route))
    cells = page.locator("[data-card]")
    before, words = cells.evaluate_all(SIZES), cells.all_inner_texts()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.locator("#refresh").click()
    page.clock.run_for(299)
    expect(page.locator("[data-card][aria-busy]")).to_have_count(0)
    page.clock.run_for(1)
    expect(page.locator("[data-card][aria-busy]")).to_have_count(10)
    expect(page.locator("[data-card] > article").first).to_have_css("opacity", "0.6")
    assert (cells.evaluate_all(SIZES), cells.all_inner_texts()) == (before, words)
    comes(page, held)
    held[0].continue_()
    expect(page.locator("[data-card][aria-busy]")).to_have_count(0)
    expect(page.locator("[data-card] > article").first).to_have_css("opacity", "1")


def test_numbers_of_a_table_stand_right_aligned_in_figures_of_one_width(
    page: Page, shell_address: str
) -> None:
    opened(page, f"{shell_address}/executive")
    looks = page.locator(".wide-table td:not(:first-child)").evaluate_all(
        "all => all.map(one => { const look = getComputedStyle(one.querySelector('.number') || one);"
        " return [getComputedStyle(one).textAlign, look.fontFeatureSettings.includes('tnum')] })"
    )
    assert looks and all(look == ["right", True] for look in looks)


def test_the_number_of_few_cases_stands_clear_of_the_spark_line(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive?range=2026-03-10..2026-03-10")
    units = page.locator(".kpi-row .kpi-unit", has_text="n = ")
    assert units.count() >= 1
    clear = """all => all.every(one => one.getBoundingClientRect().right
        <= one.closest('.kpi-row').querySelector('.spark').getBoundingClientRect().left)"""
    assert units.evaluate_all(clear)


def test_a_channel_leads_to_its_campaigns_with_the_step_in_the_address(
    page: Page, shell_address: str
) -> None:
    opened(page, f"{shell_address}/executive")
    link = page.locator(".returns .drill", has_text="Email")
    assert link.get_attribute("href") == "/campaigns?channel=Email&clicked=channel&group=campaign"


def test_back_brings_the_earlier_view_back(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    page.locator("summary.pick").nth(1).click()
    page.get_by_role("link", name="No comparison").click()
    expect(page.locator(".delta").first).to_have_text("no comparison chosen")
    page.evaluate("setTimeout(() => history.back(), 0)")
    expect(page.locator(".delta .base").first).to_have_text("vs 11 Jan–9 Feb")


def test_the_theme_switches_at_once_and_charts_follow(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    page.get_by_role("button", name="MRR", exact=True).click()
    line = page.locator(".figure.level .scatterlayer .trace path.js-line").first
    before = line.evaluate("node => getComputedStyle(node).stroke")
    page.locator("#theme").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(11, 16, 32)")
    after = page.locator(".figure.level .scatterlayer .trace path.js-line").first.evaluate(
        "node => getComputedStyle(node).stroke"
    )
    assert (before, after) == ("rgb(30, 64, 175)", "rgb(138, 180, 255)")


def test_a_chart_turns_into_the_same_numbers_as_a_table(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    card = page.locator("article", has_text="Acquisition funnel")
    card.get_by_role("button", name="View as table").click()
    expect(card.locator("table")).to_be_visible()
    shown = card.locator("tbody tr").first.locator("td").nth(1).inner_text()
    assert shown == card.locator(".funnel .number").first.text_content()


def test_a_phone_shows_one_column_without_sideways_scroll_and_large_targets(
    page: Page, shell_address: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, f"{shell_address}/executive")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    lefts = page.locator("article.card").evaluate_all(
        "all => all.map(card => card.getBoundingClientRect().left)"
    )
    assert set(lefts) == {16}
    small = page.locator("main a:visible, main button:visible, main summary:visible").evaluate_all(
        "all => all.filter(n => n.getBoundingClientRect().height < 24 && !n.closest('.ck'))"
        ".map(n => n.textContent)"
    )
    assert [text for text in small if text] == []


# What a phone must hold: returns within their card, the switch clear of the subtitle, whole titles.
TIGHT = """() => [
    ...[...document.querySelectorAll('.ret-label')].filter(one => one.getBoundingClientRect().right
        > one.closest('.card').getBoundingClientRect().right - 12),
    ...[...document.querySelectorAll('.ch:has(.seg) ~ .sub, .ch:has(.seg) ~ .sum')]
        .filter(one => one.offsetParent && one.getBoundingClientRect().top
            < one.closest('.card').querySelector('.seg').getBoundingClientRect().bottom + 4),
    ...[...document.querySelectorAll('.cut-two, .ch h2')].filter(one => one.offsetParent
        && (one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)),
].map(one => one.textContent)"""


def test_a_phone_has_room_for_labels_switches_and_titles(page: Page, shell_address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, f"{shell_address}/executive")
    assert page.evaluate(TIGHT) == []
    mrr = page.locator("[data-name='mrr'] .card")
    mrr.locator(".table-switch").click()
    expect(mrr.locator(".seg")).to_be_hidden()
    gap = """one => one.querySelector('.sub').getBoundingClientRect().top
        - one.querySelector('.table-switch').getBoundingClientRect().bottom"""
    assert 0 <= mrr.evaluate(gap) <= 8


def test_everything_can_be_reached_by_keyboard_and_escape_closes(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    picker = page.locator("summary.pick").first
    picker.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="This month")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="This month")).to_be_hidden()
    assert picker.evaluate("node => node === document.activeElement")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_dash_counts_no_clicks_in_the_parts_that_enclose_others(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    handlers = """() => ["page", "rail", "tab-bar", "passport", "action-list"].map((name) => {
      const place = document.getElementById(name);
      return typeof place[Object.keys(place).find((key) => key.startsWith("__reactProps"))].onClick;
    })"""
    assert page.evaluate(handlers) == ["undefined"] * 5


def test_the_header_tells_when_the_server_was_asked_beside_how_far_the_data_reaches(
    page: Page, shell_address: str
) -> None:
    opened(page, f"{shell_address}/executive")
    checked = page.locator("#react-entry-point .checked")
    expect(checked).to_have_text(re.compile(r"^checked \d+0 s ago$"))
    expect(page.locator("#data-time")).to_have_text("data to 11 Mar 2026, as of 10:48")
    page.locator("#refresh").click()
    expect(checked).to_have_text("checked just now")
