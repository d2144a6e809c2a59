"""The filter bar of a dashboard as a reader uses it, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.opening import comes, opened


@pytest.mark.parametrize("by", ["button", "key"])
def test_days_picked_by_hand_become_the_range(page: Page, shell_address: str, by: str) -> None:
    opened(page, f"{shell_address}/executive?segment=mobile")
    page.locator("summary.pick").first.click()
    page.locator(".custom-range input").nth(0).fill("2026-02-01")
    page.locator(".custom-range input").nth(1).fill("2026-02-14")
    if by == "button":
        page.get_by_role("button", name="Apply").click()
    else:
        page.locator(".custom-range input").nth(1).press("Enter")
    expect(page.locator("summary.pick").first).to_contain_text("1–14 Feb 2026")
    assert page.url.endswith("?range=2026-02-01..2026-02-14&segment=mobile")


def test_the_segment_is_lifted_by_its_cross(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive?segment=mobile")
    page.get_by_role("link", name="Remove the filter Segment").click()
    expect(page.locator("summary.chip-pick")).to_contain_text("All")
    assert page.url == f"{shell_address}/executive"
    expect(page.get_by_role("link", name="Remove the filter Segment")).to_have_count(0)


def test_a_segment_says_which_cards_it_cannot_touch(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    page.locator("summary.chip-pick").click()
    page.get_by_role("link", name="Mobile").click()
    expect(page.locator(".applies")).to_have_text("Applies to 3 of 9 cards")
    expect(page.get_by_role("article", name="Revenue (MRR)", exact=True).locator(".card-note")).to_have_text(
        "not affected by segment"
    )


def test_what_a_card_cannot_obey_is_written_out_in_full(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive?segment=mobile&channel=Email")
    notes = page.locator(".card-note", has_text="not affected by segment, channel")
    expect(notes).to_have_count(2)
    cut = notes.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).length")
    assert cut == 0


def test_a_filter_by_a_member_is_a_chip_that_can_be_lifted(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("button", name="Channel").click()
    page.locator(".members").get_by_role("link", name="Email").click()
    expect(page.locator(".chip")).to_contain_text("Email")
    assert page.url.endswith("?channel=Email")
    page.locator(".chip-x").click()
    expect(page.locator(".chip")).to_have_count(0)
    assert page.url.endswith("/executive")


def test_reset_lifts_every_filter_and_stands_only_where_there_is_one(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    expect(page.get_by_role("link", name="Reset")).to_have_count(0)
    opened(page, f"{shell_address}/executive?channel=Email&plan=Team&segment=mobile")
    expect(page.locator(".chip")).to_have_count(2)
    page.get_by_role("link", name="Reset").click()
    expect(page.locator(".chip")).to_have_count(0)
    assert page.url.endswith("/executive")


def test_a_change_of_the_filter_is_one_answer_and_numbers_know_their_view(
    page: Page, shell_address: str
) -> None:
    opened(page, f"{shell_address}/executive")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url.removeprefix(shell_address)))
    page.locator("summary.pick").first.click()
    page.get_by_role("link", name="This month").click()
    expect(page.locator(".delta .base").first).to_have_text("vs 1–11 Feb")
    page.wait_for_timeout(500)
    scripts = ("/assets/", "/_dash-component-suites/")  # come whenever the browser is idle
    assert [path for path in sent if not path.startswith(scripts)] == ["/view/executive?range=this_month"]
    page.route("**/_dash-update-component*", lambda route: route.fulfill(status=204))  # no passports here
    with page.expect_request("**/_dash-update-component*") as asked:
        page.locator("article.card .number").first.click()
    inputs = asked.value.post_data_json["inputs"]
    assert [one["value"]["search"] for one in inputs] == ["?range=this_month"]


def test_the_focus_stays_in_the_filter_bar_when_a_choice_is_made_by_keyboard(
    page: Page, shell_address: str
) -> None:
    opened(page, f"{shell_address}/executive")
    page.locator("summary.pick").nth(1).focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="No comparison").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".delta").first).to_have_text("no comparison chosen")
    assert page.evaluate("document.activeElement === document.querySelectorAll('summary.pick')[1]")


def test_a_menu_opened_while_an_answer_is_awaited_stays_open(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    held: list[Route] = []
    page.route("**/view/executive*", lambda route: held.append(route))
    page.locator("summary.pick").first.click()
    page.get_by_role("link", name="This month").click()
    compare = page.locator("summary.pick").nth(1)
    compare.click()
    comes(page, held)
    held[0].continue_()
    expect(page.locator(".delta .base").first).to_have_text("vs 1–11 Feb")
    expect(page.get_by_role("link", name="No comparison")).to_be_visible()
    expect(compare).to_be_focused()


def test_a_choice_made_while_an_answer_is_awaited_keeps_the_one_before(
    page: Page, shell_address: str
) -> None:
    opened(page, f"{shell_address}/executive?segment=mobile&channel=Email")
    held: list[Route] = []
    page.route("**/view/executive*", lambda route: held.append(route))
    page.locator("summary.pick").first.click()
    page.get_by_role("link", name="This month").click()
    page.locator("summary.pick").nth(1).click()
    page.get_by_role("link", name="No comparison").click()
    page.get_by_role("link", name="Remove the filter Segment").click()
    assert page.url == f"{shell_address}/executive?range=this_month&channel=Email&compare=none"
    comes(page, held, 3)
    held[-1].continue_()
    expect(page.locator("summary.pick").first).to_contain_text("1–11 Mar")
    expect(page.locator(".delta").first).to_have_text("no comparison chosen")
    expect(page.locator(".chip")).to_contain_text("Email")
