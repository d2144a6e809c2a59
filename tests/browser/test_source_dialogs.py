"""An admin connects a source, asks for past days, tries it and replaces its credentials, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from app.data.models import JobRun
from tests import demo_company
from tests.browser.opening import press_in
from tests.browser.test_walk import sign_in
from tests.source_case import Wired, wired


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wired]:
    folder = demo_company.shared_folder(tmp_path_factory.getbasetemp())
    with wired(folder, tmp_path_factory.mktemp("wired")) as made:
        yield made


def ads(page: Page) -> Locator:
    return page.locator(".source-card", has_text="google_ads")


def test_a_backfill_asks_first_and_whoever_presses_enter_or_escape_changes_nothing(
    page: Page, house: Wired
) -> None:
    house.connect()
    sign_in(page, house.site, "admin", "/sources")
    for key in ("Enter", "Escape"):
        ads(page).get_by_role("button", name="Backfill").click()
        expect(page.get_by_role("dialog")).to_contain_text("Backfill Google Ads")
        expect(page.get_by_role("button", name="Keep as it is")).to_be_focused()
        press_in(page.get_by_role("dialog"), key)
        expect(page.get_by_role("dialog")).to_have_count(0)
    with house.services.database.session() as session:
        assert session.query(JobRun).filter(JobRun.kind == "sync").count() == 0


def test_a_lost_connection_is_found_and_mended_without_leaving_the_page(page: Page, house: Wired) -> None:
    house.connect(refresh_token="1//revoked")
    sign_in(page, house.site, "admin", "/sources")
    ads(page).get_by_role("button", name="Test connection").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Google Ads refuses the sign-in.")
    expect(dialog).to_contain_text("invalid_grant")
    expect(ads(page).locator(".badge-look").first).to_have_text("failed")
    dialog.get_by_role("button", name="Replace credentials").click()
    expect(dialog).to_contain_text("Replace the credentials of Google Ads")
    expect(dialog.get_by_label("Refresh token")).to_have_value("")
    expect(dialog.get_by_label("Refresh token")).to_have_attribute("type", "password")
    dialog.get_by_label("Refresh token").fill("1//revoked-too")
    dialog.get_by_role("button", name="Test and replace").click()
    expect(dialog).to_contain_text("Nothing was changed: what was kept before stays in force.")
    dialog.get_by_label("Refresh token").fill(house.good()["refresh_token"])
    dialog.get_by_role("button", name="Test and replace").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".said-line")).to_contain_text("They reach Larkfield US, Larkfield EU.")
    expect(ads(page).locator(".badge-look").first).to_have_text("ready")
    assert house.kept() == house.good()


def test_a_platform_is_connected_for_the_first_time_without_leaving_the_page(
    page: Page, house: Wired
) -> None:
    house.remove()
    sign_in(page, house.site, "admin", "/sources")
    expect(page.locator(".source-card").first).to_be_visible()
    expect(ads(page)).to_have_count(0)
    page.get_by_role("button", name="Connect a source").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("li")).to_have_count(1)
    dialog.get_by_role("button", name="Connect Google Ads").click()
    expect(dialog).to_contain_text("Google Ads is asked first")
    good = house.good()
    for label, value in (
        ("Customer ids", ", ".join(good["customer_ids"])),
        ("Manager account", good["login_customer_id"]),
        ("Developer token", good["developer_token"]),
        ("Client id", good["client_id"]),
        ("Client secret", good["client_secret"]),
        ("Refresh token", "1//mistyped"),
    ):
        dialog.get_by_label(label).fill(value)
    dialog.get_by_label("Address").fill(house.platforms.base_of("google_ads"))
    dialog.get_by_role("button", name="Test and connect").click()
    expect(dialog).to_contain_text("Google Ads refuses the sign-in.")
    expect(dialog).to_contain_text("Nothing was stored.")
    expect(dialog.get_by_label("Client id")).to_have_value(good["client_id"])  # what was typed is not lost
    dialog.get_by_label("Refresh token").fill(good["refresh_token"])
    dialog.get_by_role("button", name="Test and connect").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#sources-message")).to_contain_text("reaches Larkfield US")
    expect(ads(page).locator(".badge-look").nth(0)).to_have_text("ready")
    expect(ads(page).locator(".badge-look").nth(1)).to_have_text("waits for a worker")


def test_those_who_only_read_see_no_button(page: Page, house: Wired) -> None:
    sign_in(page, house.site, "analyst", "/sources")
    expect(ads(page)).to_be_visible()
    expect(page.locator(".source-head button")).to_have_count(0)
    expect(page.get_by_role("button", name="Connect a source")).to_have_count(0)
