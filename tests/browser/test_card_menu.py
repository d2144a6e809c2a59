"""The menu of a card and the points of its chart, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.opening import comes, opened, stands


def test_one_menu_serves_every_card_and_works_by_keyboard(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    assert page.locator("article.card .card-menu .mi").count() == 0
    button = page.locator("[data-name='mrr'] .card-menu > summary")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-name='mrr'] .card-menu .mi:visible")).to_have_count(6)
    page.keyboard.press("Tab")
    expect(page.locator(".mi[data-entry='passport']")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".mi[data-entry='passport']")).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    page.locator(".card-menu .mi[data-entry='table']").click()
    expect(page.locator("[data-name='mrr'] .table-view")).to_be_visible()
    page.locator("[data-name='freshness'] .card-menu > summary").click()
    assert page.locator(".card-menu .mi:visible").all_inner_texts() == ["Copy link to this card"]
    assert page.locator(".card-menu .mi").count() == 6


def test_a_copied_link_leads_to_its_card(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive?range=this_month")
    keep = "{ writeText: (text) => { window.copied = text; } }"
    page.evaluate(f"Object.defineProperty(navigator, 'clipboard', {{ value: {keep} }})")
    page.locator("[data-name='returns'] .card-menu > summary").click()
    page.get_by_role("button", name="Copy link to this card").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    assert page.evaluate("window.copied") == f"{shell_address}/executive?range=this_month#returns"
    page.goto("about:blank")
    opened(page, f"{shell_address}/executive?range=this_month#returns")
    expect(page.locator("[data-name='returns']")).to_be_in_viewport()
    page.evaluate("location.hash = 'revenue'")
    expect(page.locator("[data-name='revenue']")).to_be_in_viewport()


@pytest.mark.parametrize(
    "menu", ["[data-name='mrr'] .card-menu", "[data-name='actions'] .card-menu", ".head details:has(> .av)"]
)
def test_a_menu_that_was_opened_before_the_page_is_alive_stays_open(
    menu: str, page: Page, shell_address: str
) -> None:
    held: list[Route] = []
    page.route("**/_dash-dependencies", lambda route: held.append(route))
    page.goto(f"{shell_address}/executive", wait_until="domcontentloaded")
    page.locator(f"#still {menu} > summary").click()
    expect(page.locator(f"#still {menu}")).to_have_attribute("open", "")
    comes(page, held)
    for route in held:
        route.continue_()
    stands(page)
    expect(page.locator(menu)).to_have_attribute("open", "")
    expect(page.locator(f"{menu} .mi:visible").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(f"{menu} > summary")).to_be_focused()


def test_a_click_on_a_bar_asks_for_the_passport_of_its_month(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    page.route("**/_dash-update-component*", lambda route: route.fulfill(status=204))  # no passports here
    for place, metric in ((3, "new_mrr"), (3 + 4 * 12, "churned_mrr")):
        box = page.locator(".moves-chart .bars .point path").nth(place).bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.move(*middle)
        expect(page.locator(".moves-chart .hoverlayer .legend")).to_be_visible()
        with page.expect_request("**/_dash-update-component*") as asked:
            page.mouse.click(*middle)
        (value,) = [one["value"] for one in asked.value.post_data_json["inputs"]]
        assert (value["metric"], value["days"]) == (metric, "2025-07-01..2025-07-31")


def test_no_definition_leaves_the_window(page: Page, shell_address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    opened(page, f"{shell_address}/executive")
    for button in page.locator("article.card .ch > details.pop > summary").all():
        button.click()
        page.wait_for_function("() => document.documentElement.scrollWidth === 1280")
        page.keyboard.press("Escape")
