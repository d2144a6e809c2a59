"""The walk of a new user on the whole product, then a phone, an ended session, a Redis that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts import sessions, users
from app.layouts.pages.base import PAGES
from app.queue.redis_queue import RedisQueue
from tests import demo_company
from tests.browser.opening import opened, stands, tab
from tests.browser.screenshots import ASKING
from tests.conftest import serving
from tests.demo_company import PASSWORD, Site, email
from tests.processes import worker_on
from tests.visits import RANGE, by_rest

EVERY_PAGE = [f"/{ASKING.get(name, name)}" for name in PAGES.ids()]
SIDEWAYS = """[...document.querySelectorAll('#page *')].filter(one =>
    ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1
    && one.checkVisibility() && !one.closest('.ag-root-wrapper')).map(one => one.className)"""
# What answers a finger within less than 24 pixels: its middle, or 11 pixels beside it, are not its own. A
# link in a sentence is as high as its line (WCAG 2.2, target size, inline); a cell of a grid answers whole.
SMALL = """() => [...document.querySelectorAll('a[href], button, summary, input, select')].filter(one => {
    if (!one.checkVisibility({opacityProperty: true, visibilityProperty: true})) return false
    if (one.disabled || one.closest('.ag-root-wrapper, .passport, p, .skip-link')) return false
    one.scrollIntoView({block: 'center', inline: 'nearest', behavior: 'instant'})
    const boxes = [one, ...one.labels || []].map(part => part.getBoundingClientRect())
    const {left, top, width, height} = boxes[0]
    if (!width || boxes.some(box => box.width >= 24 && box.height >= 24)) return false
    const own = ([x, y]) => {
        const met = document.elementFromPoint(left + width / 2 + x, top + height / 2 + y)
        return met && one.contains(met)
    }
    return ![[0, 0], [-11, 0], [11, 0], [0, -11], [0, 11]].every(own)
}).map(one => one.outerHTML.slice(0, 160))"""
# The main actions of a page; on a phone a thumb needs 44 pixels.
LOW = """() => [...document.querySelectorAll(
    'summary.pick, .filt-toggle, .btn-primary, #refresh, .tab-item, .bell')].filter(one =>
    one.checkVisibility() && !one.closest('.seg') && one.getBoundingClientRect().height < 44
).map(one => `${one.outerHTML.slice(0, 120)} ${one.getBoundingClientRect().height}`)"""
# Where the focus is, whether a ring or a line of its colour shows it, and whether it can be seen.
FOCUS = """() => {
    const one = document.activeElement
    if (!one || one === document.body) return null
    const look = getComputedStyle(one), {left, top, right, bottom} = one.getBoundingClientRect()
    const colour = getComputedStyle(document.documentElement).getPropertyValue('--focus').trim()
    const pen = document.createElement('canvas').getContext('2d')
    const hex = text => { pen.fillStyle = text; return pen.fillStyle }
    const around = [one, one.parentElement, one.parentElement.parentElement, one.closest('.find-look')]
    const outlined = around.filter(Boolean).some(part => {
        const shown = getComputedStyle(part), wide = parseFloat(shown.outlineWidth) >= 2
        return wide && shown.outlineStyle === 'solid' && hex(shown.outlineColor) === hex(colour)
    })
    const lined = look.borderTopColor !== 'rgba(0, 0, 0, 0)' || look.boxShadow !== 'none'
    const celled = one.className.includes('ag-') && lined
    const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2
    const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2
    const met = document.elementFromPoint(x, y)
    const seen = !!met && (one.contains(met) || met.contains(one))
    return {name: one.outerHTML.slice(0, 140), ring: outlined || celled, seen}
}"""
STOPS = 120
LINE = ".ag-pinned-left-cols-container .ag-row[row-index='{}']"


def sign_in(page: Page, site: Site, person: str, path: str = "/") -> None:
    """Sign in with the form, as a person does."""
    page.goto(f"{site.base}{path}")
    page.get_by_label("E-mail").fill(email(person))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"^(?!.*/login)"))
    stands(page)


def test_an_executive_reads_narrows_and_drills_from_a_channel_to_its_rows(page: Page, site: Site) -> None:
    sign_in(page, site, "executive")
    assert page.url == f"{site.base}/executive"
    expect(page.locator("article.card")).to_have_count(11)
    expect(page.locator(".kpi-v").first).to_contain_text("$")

    page.locator("summary.pick").first.click()
    page.get_by_role("link", name="Last 7 days").click()
    expect(page.locator("summary.pick").first).to_contain_text("8–14 Jun")
    page.locator("summary.pick").nth(1).click()
    page.get_by_role("link", name="Previous year").click()
    expect(page.locator(".delta .base").first).to_contain_text("2025")
    page.locator("summary.pick").nth(1).click()
    page.get_by_role("link", name="Previous period").click()
    expect(page.locator("summary.pick").nth(1)).to_contain_text("1–7 Jun 2026")
    page.locator("summary.chip-pick").click()
    page.get_by_role("link", name="Mobile").click()
    expect(page.locator(".applies")).to_contain_text("cards")
    view = page.url
    assert "range=last_7" in view and "segment=mobile" in view
    page.reload()
    expect(page.locator("summary.pick").first).to_contain_text("8–14 Jun")
    expect(page.locator("summary.chip-pick")).to_contain_text("Mobile")
    assert page.url == view

    page.goto(f"{site.base}/executive?range={RANGE}")
    page.locator(".returns .drill", has_text="Paid search").click()
    expect(page.locator(".crumb")).to_contain_text("Paid search")
    first = page.locator(LINE.format(0))
    campaign = first.get_by_role("link").last
    name = campaign.inner_text()
    campaign.click()
    expect(page.locator(".crumb")).to_contain_text(name)
    expect(first).to_contain_text("2026")
    first.get_by_role("link").last.click()
    page.wait_for_url(re.compile("/rows"))
    expect(page.locator(".table-foot")).to_contain_text("row")
    expect(page.locator(".ag-center-cols-container .ag-row").first).to_contain_text(name)


def test_an_analyst_sorts_filters_groups_exports_and_asks_where_a_number_comes_from(
    page: Page, site: Site, tmp_path: Path
) -> None:
    sign_in(page, site, "analyst", f"/campaigns?range={RANGE}&columns=spend,clicks,leads")
    sorts_and_groups(page)
    page.goto(
        f"{site.base}/campaigns?range={RANGE}&columns=spend,clicks,leads&group=platform,campaign&only=spend>1"
    )
    expect(page.locator(".chip-look").first).to_contain_text("1")
    expect(page.locator(".ag-pinned-left-cols-container")).not_to_contain_text("No ad platform")
    exports(page, site, tmp_path)
    asks_where_a_number_comes_from(page)


def sorts_and_groups(page: Page) -> None:
    expect(page.locator(LINE.format(0))).to_be_visible()
    page.get_by_role("link", name="Leads", exact=True).click()
    page.wait_for_url(re.compile("sort=-leads"))
    # A menu opened over the old table goes with it; a person, too, waits until the arrow stands.
    expect(page.get_by_role("link", name="Leads", exact=True).locator(".icon-down-arrow")).to_be_visible()
    page.locator("summary", has_text="Group by").click()
    page.locator(".menu-chips").first.get_by_role("link", name="Platform").click()
    expect(page.locator(LINE.format(0))).to_contain_text("No ad platform")
    expect(page.locator(".ag-pinned-left-cols-container")).to_contain_text("Google Ads")


def exports(page: Page, site: Site, tmp_path: Path) -> None:
    """As CSV at once, as XLSX by a worker; both hold the same rows."""
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as started:
        page.get_by_role("link", name=re.compile("CSV, all")).click()
    started.value.save_as(tmp_path / "x.csv")
    lines = (tmp_path / "x.csv").read_text().splitlines()
    assert lines[0] == "platform,campaign,spend,clicks,leads"
    assert any(line.startswith("google_ads,") for line in lines), "a file keeps the ids"
    spend = by_rest(site, "analyst", metrics=["spend"]).json["rows"][0]["spend"]
    assert sum(float(line.split(",")[-3]) for line in lines[1:]) == pytest.approx(spend, rel=0.01)

    with worker_on(site.services.settings):
        page.locator("summary", has_text="Export").click()
        page.get_by_role("button", name=re.compile("XLSX, all")).click()
        link = page.locator(".toast-place").get_by_role("link")
        expect(link).to_be_visible()
        with page.expect_download() as started:
            link.click()
    started.value.save_as(tmp_path / "x.xlsx")
    assert openpyxl.load_workbook(tmp_path / "x.xlsx")["Data"].max_row == len(lines)


def asks_where_a_number_comes_from(page: Page) -> None:
    page.locator(".ag-center-cols-container .ag-row[row-index='0'] .ag-cell[col-id='spend']").click()
    panel = page.get_by_role("dialog", name="Number passport")
    expect(panel).to_contain_text("Google Ads")
    panel.get_by_role("link", name="Open rows of Ad spend").click()
    page.wait_for_url(re.compile("/rows"))
    expect(page.locator(".table-foot")).to_contain_text("row")


def test_an_admin_sees_people_sources_jobs_and_the_audit_log(page: Page, site: Site) -> None:
    sign_in(page, site, "admin")
    rail = page.locator("nav.rail")
    rail.get_by_role("link", name="Users").click()
    expect(page.locator(".people-table tbody tr")).to_have_count(len(demo_company.PEOPLE))
    expect(page.locator(".people-table")).to_contain_text("Region = California")
    rail.get_by_role("link", name="Sources").click()
    expect(page.locator(".source-card").first).to_be_visible()
    for source in ("google_ads", "google_analytics", "salesforce"):
        card = page.locator(".source-card", has=page.locator("code", has_text=source))
        expect(card.locator(".badge-look").first).to_have_text("ready")
    rail.get_by_role("link", name="Jobs").click()
    expect(page.locator("#jobs-list")).to_contain_text("Ended")
    rail.get_by_role("link", name="Audit log").click()
    expect(page.locator(".audit-table tbody tr").first).to_contain_text(email("admin"))


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_a_page_on_a_phone_scrolls_only_down_and_is_walked_by_key_and_finger(
    page: Page, site: Site, admin_state: dict, path: str
) -> None:
    page.context.add_cookies(admin_state["cookies"])
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(reduced_motion="reduce")  # no way that a smooth scroll is still on
    opened(page, f"{site.base}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate(SIDEWAYS) == []
    walked_by_key(page)
    assert nameless(page) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate(LOW) == []


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_a_page_on_a_wide_screen_is_walked_by_key_and_all_that_is_clicked_has_a_name(
    page: Page, site: Site, admin_state: dict, path: str
) -> None:
    page.context.add_cookies(admin_state["cookies"])
    page.set_viewport_size({"width": 1440, "height": 844})
    page.emulate_media(reduced_motion="reduce")
    opened(page, f"{site.base}{path}")
    walked_by_key(page)
    assert nameless(page) == []


@pytest.mark.parametrize(
    "address", ["executive?range=", "campaigns?only=", "rows?metric=", "reports?report=", "alerts?rule="]
)
def test_what_an_address_says_wrong_at_length_is_told_within_a_phone(
    page: Page, site: Site, admin_state: dict, address: str
) -> None:
    page.context.add_cookies(admin_state["cookies"])
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, f"{site.base}/{address}{'9' * 500}")
    expect(page.locator("#page")).to_contain_text("999999")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def walked_by_key(page: Page) -> None:
    """Every stop of the keyboard has a ring and lies in sight."""
    stops = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            break
        stops.append(stop)
    assert "skip-link" in stops[0]["name"]
    assert [stop["name"] for stop in stops if not stop["ring"]] == []
    assert [stop["name"] for stop in stops if not stop["seen"]] == []


def nameless(page: Page) -> list[str]:
    """What a screen reader meets as a button or a link that says nothing: its HTML."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    clicked = [
        node
        for node in nodes
        if not node["ignored"] and node["role"]["value"] in ("button", "link", "DisclosureTriangle")
    ]
    assert clicked, "a page has links"
    silent = [node for node in clicked if not node.get("name", {}).get("value", "").strip()]
    found = [session.send("DOM.getOuterHTML", {"backendNodeId": node["backendDOMNodeId"]}) for node in silent]
    return [entry["outerHTML"][:300] for entry in found]


def test_a_view_with_an_address_of_thousands_of_letters_is_shown(page: Page, site: Site) -> None:
    sign_in(page, site, "executive")
    opened(page, f"{site.base}/executive?range=last_7_days&channel={'x' * 6000}")
    expect(page.locator("summary.pick").first).to_contain_text("8–14 Jun")


def test_signing_out_ends_the_session_for_good_in_every_tab(chromium: Browser, site: Site) -> None:
    with chromium.new_context() as visit:
        page, other = tab(visit), tab(visit)
        sign_in(page, site, "executive")
        opened(other, f"{site.base}/executive?range=last_7_days")
        page.locator("summary.av").click()
        page.get_by_role("link", name="Sign out").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(f"{site.base}/login")
        expect(other).to_have_url(re.compile(r"/login\?next=/executive"))
        expect(other.get_by_label("Password")).to_be_visible()
        page.goto(f"{site.base}/executive")
        expect(page).to_have_url(f"{site.base}/login?next=/executive")


@pytest.fixture(scope="module")
def admin_state(site: Site, chromium: Browser) -> Iterator[dict]:
    """The cookies of a signed-in admin, so that not every page begins with the form."""
    page = tab(chromium)
    sign_in(page, site, "admin")
    yield dict(page.context.storage_state())
    page.close()


def test_a_session_that_ended_leads_from_an_open_page_to_sign_in_and_back(
    chromium: Browser, site: Site
) -> None:
    page = tab(chromium)
    sign_in(page, site, "marketing_manager", "/executive?segment=mobile")
    expect(page.locator("article.card")).to_have_count(11)
    database, clock = site.services.database, site.services.clock
    with database.session() as rows:
        sessions.revoke_all(rows, clock, users.find(database, email("marketing_manager")).id)
    page.locator("#refresh").click()
    page.wait_for_url(re.compile("/login"))
    page.get_by_label("E-mail").fill(email("marketing_manager"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.base}/executive?segment=mobile")
    page.close()


def test_without_redis_pages_open_say_so_and_a_job_waits_until_it_is_back(
    page: Page, site: Site, tmp_path: Path
) -> None:
    folder = site.services.settings.home / ".." / "company"
    settings = demo_company.moved_in(demo_company.shared_folder(folder.parent), tmp_path / "alone")
    with demo_company.opened(settings) as alone:
        sign_in(page, alone, "analyst")
        expect(page.locator("article.card")).to_have_count(11)
        page.goto(f"{alone.base}/jobs")
        expect(page.get_by_role("alert")).to_contain_text("The job queue cannot be reached. Jobs wait")
        page.goto(f"{alone.base}/campaigns?range={RANGE}&columns=spend")
        page.locator("summary", has_text="Export").click()
        page.get_by_role("button", name=re.compile("XLSX, all")).click()
        expect(page.locator(".toast-place")).to_contain_text("wait")
        page.goto(f"{alone.base}/jobs")
        expect(page.locator(".job-queue")).to_contain_text("Export campaigns")
        with serving(settings), worker_on(settings):
            cast(RedisQueue, alone.services.queue).sweep()
            expect(page.locator(".badge-look", has_text="done")).to_be_visible()
