"""Sign-in, users, own account and audit log in a real browser, in both themes and widths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app.accounts import users
from app.clock import FixedClock
from app.data import db
from tests.browser.opening import tab
from tests.integration.accounts import house as home

SIZES = [("light", 1440), ("dark", 390)]
EXPECTED = "the server responded with a status of 401"  # a refused sign-in, as it should be


@pytest.fixture
def house(tmp_path: Path, quick_hashes: None) -> Iterator[tuple[home.House, str]]:
    database = db.Database(f"sqlite:///{tmp_path}/app.db")
    db.Base.metadata.create_all(database.engine)
    built = home.build(database, FixedClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC)), tmp_path)
    server = make_server("127.0.0.1", 0, built.server, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield built, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


Opens = Callable[[str, int], tuple[Page, list[str]]]


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Opens]:
    """Opens a page of a theme and width, with what its console says; all are closed after the test."""
    with ExitStack() as visits:

        def opened(theme: str, width: int) -> tuple[Page, list[str]]:
            size = {"width": width, "height": 900}
            page = tab(visits.enter_context(chromium.new_context(color_scheme=theme, viewport=size)))
            problems: list[str] = []
            loud = ("error", "warning")
            page.on("console", lambda said: problems.append(said.text) if said.type in loud else None)
            page.on("pageerror", lambda error: problems.append(str(error)))
            return page, problems

        yield opened


def sign_in(page: Page, base: str, email: str, password: str = home.PASSWORD) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(("theme", "width"), SIZES)
def test_a_wrong_password_is_explained_and_the_right_one_leads_on(
    open_page: Opens, house: tuple[home.House, str], theme: str, width: int
) -> None:
    page, problems = open_page(theme, width)
    page.goto(f"{house[1]}/account?from=mail")
    sign_in(page, house[1], "bob@example.com", "not the password")
    expect(page.get_by_role("alert")).to_have_text(
        "E-mail or password is not right. 4 tries left before a pause of 5 minutes."
    )
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(246, 247, 249)", "dark": "rgb(11, 16, 32)"}[theme]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    sign_in(page, house[1], "bob@example.com")
    page.wait_for_selector(".people-page")
    assert page.url == f"{house[1]}/account?from=mail"
    assert [problem for problem in problems if EXPECTED not in problem] == []


def test_signing_in_needs_no_script(chromium: Browser, house: tuple[home.House, str]) -> None:
    with chromium.new_context(java_script_enabled=False) as visit:
        page = tab(visit)
        page.goto(f"{house[1]}/password")
        sign_in(page, house[1], "bob@example.com")
        expect(page.get_by_role("heading")).to_have_text("Change your password")


@pytest.mark.parametrize(("theme", "width"), SIZES)
def test_an_admin_adds_and_disables_somebody_after_being_asked(
    open_page: Opens, house: tuple[home.House, str], theme: str, width: int
) -> None:
    page, problems = open_page(theme, width)
    page.goto(f"{house[1]}/users")
    sign_in(page, house[1], "alice@example.com")
    page.get_by_role("button", name="Add user").click()
    page.get_by_label("E-mail").fill("dan@example.com")
    page.get_by_label("Name").fill("Dan <b>Bold</b>")
    page.get_by_label("Row scope").fill("region = North")
    page.get_by_role("button", name="Save").click()
    assert len(page.locator(".secret-text").inner_text()) == 24
    page.get_by_role("button", name="I have it").click()
    row = page.get_by_role("row", name="Dan <b>Bold</b>")
    expect(row).to_contain_text("Region = North")
    row.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("dialog")).to_contain_text("Disable Dan <b>Bold</b>?")
    page.get_by_role("button", name="Keep as it is").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert not users.find(house[0].database, "dan@example.com").disabled
    row.get_by_role("button", name="Disable").click()
    page.get_by_role("button", name="Disable Dan <b>Bold</b>", exact=True).last.click()
    expect(row).to_contain_text("Disabled")
    assert users.find(house[0].database, "dan@example.com").disabled
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert problems == []


def test_on_a_phone_the_state_of_each_user_ends_at_one_edge(
    open_page: Opens, house: tuple[home.House, str]
) -> None:
    """Whatever stands below it: the scopes of two people are of different widths."""
    page, problems = open_page("light", 390)
    page.goto(f"{house[1]}/users")
    sign_in(page, house[1], "alice@example.com")
    expect(page.get_by_text("Region = North").first).to_be_visible()
    states = page.locator("td.c-state .badge-look")
    edges = states.evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
    assert len(edges) > 1 and len(set(edges)) == 1
    assert problems == []


def test_a_person_makes_a_token_that_works_and_revokes_it(
    open_page: Opens, house: tuple[home.House, str]
) -> None:
    page, problems = open_page("light", 1440)
    page.goto(f"{house[1]}/account")
    sign_in(page, house[1], "carol@example.com")
    page.get_by_role("button", name="Create token").click()
    page.get_by_label("Name").fill("weekly sheet")
    page.get_by_role("button", name="Create", exact=True).click()
    token = page.locator(".secret-text").inner_text()
    client = house[0].browser().client
    header = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/ping", headers=header).json == {"who": "carol@example.com"}
    page.get_by_role("button", name="I have copied it").click()
    page.get_by_role("button", name="Revoke", exact=True).click()
    page.get_by_role("button", name="Revoke weekly sheet").click()
    expect(page.get_by_text("No token yet.")).to_be_visible()
    assert client.get("/api/ping", headers=header).status_code == 401
    assert problems == []


def test_the_audit_log_is_filtered_by_its_form(open_page: Opens, house: tuple[home.House, str]) -> None:
    page, problems = open_page("light", 1440)
    page.goto(f"{house[1]}/audit")
    sign_in(page, house[1], "alice@example.com")
    page.get_by_label("What").select_option("User added")
    page.get_by_label("Find").fill("carol")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**/audit?words=carol&action=user.added&since=&until=")
    expect(page.locator(".audit-table tbody tr")).to_have_count(1)
    expect(page.locator(".audit-table tbody")).to_contain_text("Role: Analyst; row scope: Region = North")
    assert problems == []
