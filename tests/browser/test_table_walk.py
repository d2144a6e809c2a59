"""The analyst's walk in Chromium: sort, fold, drill, search, passport, export; no console error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.layouts.grid import GAPS, text_width
from tests.bare_app import bare_app, served
from tests.browser.opening import tab
from tests.table_services import table_services

FIRST = ".ag-pinned-left-cols-container .ag-row[row-index='{}']"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app, _ = bare_app(table_services(tmp_path_factory.mktemp("home")))
    with served(app) as found:
        yield found


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    shown = tab(chromium, base_url=address, viewport={"width": 1440, "height": 900})
    said: list[str] = []
    shown.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    shown.on("pageerror", lambda error: said.append(str(error)))
    yield shown
    shown.close()
    assert said == []


def test_sort_fold_drill_and_reload_keep_the_view(page: Page) -> None:
    page.goto("/campaigns")
    expect(page.locator(FIRST.format(0))).to_contain_text("Paid search")
    page.get_by_role("link", name="Conversions", exact=True).click()
    expect(page.locator(FIRST.format(4))).to_contain_text("Organic search")
    page.get_by_role("link", name="Fold Paid search").click()
    expect(page.locator(FIRST.format(1))).to_contain_text("Organic search")
    assert "sort=-conversions" in page.url and "closed=Paid+search" in page.url
    page.reload()
    expect(page.locator(FIRST.format(1))).to_contain_text("Organic search")

    page.get_by_role("link", name="Social", exact=True).click()
    expect(page.locator(FIRST.format(0))).to_contain_text("Brand awareness US")
    page.get_by_role("link", name="Brand awareness US").click()
    expect(page.locator(FIRST.format(0))).to_contain_text("2026")
    crumbs = page.locator(".crumb")
    expect(crumbs).to_contain_text("All channels")
    expect(crumbs).to_contain_text("Social")
    crumbs.get_by_role("link", name="All channels").click()
    expect(page.locator(FIRST.format(0))).to_contain_text("Paid search")


def test_a_table_that_goes_on_to_the_right_has_a_shadow_there_until_its_end(page: Page) -> None:
    table = page.locator(".grid-look")
    page.goto("/campaigns?group=date&changes=1")
    expect(table).to_have_attribute("data-more", "")
    shadow = "one => [getComputedStyle(one, '::after').width, getComputedStyle(one, '::after').pointerEvents]"
    assert table.evaluate(shadow) == ["20px", "none"]
    page.locator(".ag-center-cols-viewport").evaluate("one => { one.scrollLeft = one.scrollWidth }")
    expect(table).not_to_have_attribute("data-more", "")
    page.locator(".ag-center-cols-viewport").evaluate("one => { one.scrollLeft -= 40 }")
    expect(table).to_have_attribute("data-more", "")
    page.goto("/campaigns")
    expect(page.locator(FIRST.format(0))).to_be_visible()
    expect(table).not_to_have_attribute("data-more", "")


# Texts of cells that are wider than their cell.
CUT = """all => all.filter(one => one.scrollWidth > one.clientWidth)
    .map(one => `${one.getAttribute('col-id')}: ${one.textContent}`)"""


@pytest.mark.parametrize("view", ["", "?changes=1", "?sort=-impressions", "?group=date"])
def test_the_usual_columns_fit_a_wide_screen_without_scrolling_sideways(page: Page, view: str) -> None:
    page.goto(f"/campaigns{view}")
    expect(page.locator(FIRST.format(0))).to_be_visible()
    assert (
        page.locator(".ag-center-cols-container .ag-cell, .ag-floating-bottom .ag-cell").evaluate_all(CUT)
        == []
    )
    if "changes" in view:
        return  # as many columns again, and they scroll
    body = page.locator(".ag-center-cols-viewport")
    assert body.evaluate("one => one.scrollWidth <= one.clientWidth"), "the last column is cut"
    last = page.locator(".ag-center-cols-container .ag-row[row-index='0'] .ag-cell[col-id='roas']")
    assert last.bounding_box()["x"] + last.bounding_box()["width"] <= 1440 - 24


@pytest.mark.parametrize("text", ["0.49%", "12.96%", "112.5%", "4.1x", "13,579.00", "0.71"])
def test_a_cell_has_room_for_its_number_in_the_boldest_face(page: Page, text: str) -> None:
    page.goto("/campaigns?changes=1")
    cell = page.locator(".ag-floating-bottom .ag-cell[col-id='ctr']").first
    expect(cell).to_be_visible()
    width = max(64, round(GAPS + text_width(text)))
    asked = {"text": text, "width": width}
    fits = "(one, {text, width}) => { one.textContent = text; one.style.width = width + 'px';"
    assert cell.evaluate(fits + " return one.scrollWidth <= one.clientWidth }", asked)


def test_search_and_column_choice_stand_in_the_address(page: Page) -> None:
    page.goto("/campaigns")
    page.get_by_placeholder("Find a campaign").fill("brand")
    page.keyboard.press("Enter")
    expect(page.locator(".table-foot")).to_contain_text("Rows: 2,")
    page.locator("summary", has_text="Columns").click()
    page.locator(".menu-item", has_text=re.compile("^Impressions$")).click()
    expect(page.locator(".ag-header")).not_to_contain_text("Impressions")
    assert "find=brand" in page.url and "columns=spend,clicks" in page.url.replace("%2C", ",")


def test_the_table_is_searched_while_somebody_types_who_is_not_disturbed(page: Page) -> None:
    page.goto("/campaigns")
    field, foot = page.get_by_placeholder("Find a campaign"), page.locator(".table-foot")
    expect(foot).to_contain_text("Rows: 8,")
    steps = page.evaluate("history.length")
    field.click()
    page.keyboard.type("brand", delay=30)
    expect(foot).to_contain_text("Rows: 2,")
    expect(field).to_be_focused()
    assert "find=brand" in page.url
    page.keyboard.type(" zz", delay=30)
    expect(page.locator(".table-state")).to_contain_text("Nothing here is called “brand zz”.")
    expect(field).to_be_focused()
    expect(field).to_have_value("brand zz")
    assert page.evaluate("history.length") == steps, "a search is one step, however many signs it has"
    page.get_by_role("link", name="Clear the search").click()
    expect(foot).to_contain_text("Rows: 8,")
    expect(field).to_have_value("")
    page.go_back()
    expect(field).to_have_value("brand zz")


# Holds back the answer to the next question, and says when it came.
SLOW = """const quick = window.fetch;
window.fetch = async (...given) => {
    const held = window.hold && String(given[0].url || given[0]).includes("_dash-update");
    if (held) window.hold = false;
    if (held) await new Promise((go) => { window.letGo = go; });
    const answer = await quick(...given);
    if (held) window.came = true;
    return answer;
};"""


def test_the_last_word_wins_over_an_answer_that_comes_late(page: Page) -> None:
    page.add_init_script(SLOW)
    page.goto("/campaigns")
    field, foot = page.get_by_placeholder("Find a campaign"), page.locator(".table-foot")
    expect(foot).to_contain_text("Rows: 8,")
    page.evaluate("window.hold = true")
    field.fill("nobody")
    page.wait_for_function("() => Boolean(window.letGo)")
    field.fill("brand")
    expect(foot).to_contain_text("Rows: 2,")
    page.evaluate("() => window.letGo()")
    page.wait_for_function("() => window.came")
    expect(foot).to_contain_text("Rows: 2,")
    expect(field).to_have_value("brand")


def test_a_cell_opens_its_passport_and_escape_gives_the_focus_back(page: Page) -> None:
    page.goto("/campaigns")
    cell = page.locator(".ag-center-cols-container .ag-row[row-index='5'] .ag-cell[col-id='cpa']")
    cell.click()
    panel = page.get_by_role("dialog", name="Number passport")
    expect(panel).to_contain_text("191.7647")
    expect(page.get_by_role("button", name="Close the passport")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("Brand awareness US")
    panel.get_by_role("link", name="Open rows of Ad spend").click()
    expect(page.locator(".table-foot")).to_contain_text("60 rows")


def test_the_csv_downloads_from_the_menu(page: Page, tmp_path: Path) -> None:
    page.goto("/campaigns?columns=spend")
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as started:
        page.get_by_role("link", name=re.compile("CSV, all 8 rows")).click()
    assert started.value.suggested_filename == "campaigns_2026-02-11_2026-03-12_USD.csv"
    started.value.save_as(tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text().splitlines()[0] == "channel,campaign,spend"


def test_the_menu_of_exports_closes_when_one_is_asked_for(page: Page) -> None:
    page.goto("/campaigns?columns=spend")
    menu = page.locator("details.menu-pop", has_text="CSV, all 8 rows")
    menu.locator("summary").click()
    page.get_by_role("button", name=re.compile("XLSX, all 8 rows")).click()
    expect(page.locator(".toast-place .toast-row")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("XLSX, all 8 rows"))).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


@pytest.mark.parametrize("path", ["/campaigns", "/rows?metric=cpa", "/glossary", "/jobs", "/sources"])
def test_no_page_scrolls_sideways_on_a_phone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path)
    expect(page.locator(".table-page")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    meta = page.locator(".head .meta")
    expect(meta).to_contain_text("checked")
    assert meta.evaluate("one => one.scrollWidth <= one.clientWidth"), "how old the data is can be read whole"
    assert meta.evaluate(
        "one => one.getBoundingClientRect().bottom <= one.closest('.head').getBoundingClientRect().bottom"
    )
