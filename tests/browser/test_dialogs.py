"""What was typed in a dialog is not lost by a slip, and a refusal is seen, in Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.opening import opened, press_in
from tests.browser.test_walk import sign_in
from tests.demo_company import Site

WARNING = "Not saved yet. Leave once more to discard what you typed."


def escape(dialog: Locator) -> None:
    press_in(dialog, "Escape")


def beside(dialog: Locator) -> None:
    """A click on what lies around the dialog."""
    dialog.element_handle().wait_for_element_state("stable")
    dialog.page.mouse.click(5, 5)


@pytest.mark.parametrize("leave", [escape, beside])
def test_leaving_a_dialog_warns_once_of_what_was_typed(
    page: Page, site: Site, leave: Callable[[Locator], None]
) -> None:
    sign_in(page, site, "admin", "/alerts")
    page.get_by_role("button", name="Add a rule").click()
    dialog, name = page.get_by_role("dialog"), page.get_by_role("dialog").get_by_label("Title", exact=True)
    name.fill("Cheap clicks")
    expect(dialog.get_by_text(WARNING)).to_be_hidden()
    leave(dialog)
    expect(dialog.get_by_text(WARNING)).to_be_visible()
    name.fill("Cheaper clicks")
    expect(dialog.get_by_text(WARNING)).to_be_hidden()
    leave(dialog)
    expect(dialog.get_by_text(WARNING)).to_be_visible()
    expect(name).to_have_value("Cheaper clicks")
    leave(dialog)
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("leave", [escape, beside])
def test_a_dialog_in_which_nothing_was_typed_is_left_at_once(
    page: Page, site: Site, leave: Callable[[Locator], None]
) -> None:
    sign_in(page, site, "admin", "/alerts")
    page.get_by_role("button", name="Add a rule").click()
    expect(page.get_by_role("dialog").get_by_label("Title", exact=True)).to_be_visible()
    leave(page.get_by_role("dialog"))
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("gap", [0, 60, 250])
def test_a_button_pressed_twice_asks_once_and_the_secret_stays(page: Page, site: Site, gap: int) -> None:
    """Milliseconds between two presses at one place: the second meets the button, or what has replaced it."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    sign_in(page, site, "admin", "/users")
    page.get_by_role("button", name="Add user").click()
    page.get_by_label("E-mail").fill(f"twice-{gap}@larkfield.example")
    page.get_by_label("Name").fill("Twice")
    box = page.get_by_role("button", name="Save").bounding_box()
    for _ in range(2):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(gap)
    expect(page.locator(".secret-text")).to_be_visible()
    assert len([data for data in asked if f"twice-{gap}@" in data]) == 1
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_shown_secret_is_left_at_once_though_a_name_was_typed_before_it(page: Page, site: Site) -> None:
    sign_in(page, site, "admin", "/users")
    page.get_by_role("button", name="Add user").click()
    page.get_by_label("E-mail").fill("dan@larkfield.example")
    page.get_by_label("Name").fill("Dan")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".secret-text")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(1)  # the form has faded out
    escape(page.get_by_role("dialog"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_a_long_form_is_refused_for_is_in_sight_and_told_once(page: Page, shell_address: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 600})
    opened(page, f"{shell_address}/reports")
    page.get_by_role("button", name="Add a report").click()
    page.locator("#report-save").click()
    told = page.locator("#report-problem")
    expect(told).to_have_text("A report needs a title of at most 200 characters.")
    expect(told).to_be_in_viewport(ratio=1)
    page.locator("#report-title").fill("Mondays")
    page.locator("#report-cron").fill("every monday")
    page.locator("#report-save").click()
    expect(told).to_be_empty()
    page.locator("#report-title").focus()
    at_the_field = page.locator("#report-runs .dialog-problem")
    expect(at_the_field).to_contain_text("“every monday” is no time that can be kept.")
    expect(at_the_field).to_be_in_viewport(ratio=1)
