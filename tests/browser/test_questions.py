"""The questions before a report is sent, a rule falls silent or a schedule stops, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.accounts import users
from app.alerts import defaults, rules
from app.data import schedules
from app.data.models import JobRun
from app.reports import definitions
from tests.browser.opening import press_in
from tests.browser.test_walk import sign_in
from tests.demo_company import Site, email

# The pixels of the longest choice of a list, and of the place for its words.
ROOM = """list => {
    const pen = document.createElement('canvas').getContext('2d'), look = getComputedStyle(list);
    pen.font = look.font;
    const beside = parseFloat(look.paddingLeft) + parseFloat(look.paddingRight);
    const longest = Math.max(...[...list.options].map(one => pen.measureText(one.text).width));
    return {longest, inside: list.clientWidth - beside};
}"""


@pytest.fixture(autouse=True)
def weekly(site: Site) -> str:
    """A weekly report for two readers, and the rules of the specification."""
    services = site.services
    with services.database.session() as session:  # at one instant a report is asked for once
        session.query(JobRun).filter(JobRun.kind == "report").delete()
    owner = users.find(services.database, email("admin"))
    told = [{"channel": "email", "to": f"{name}@example.com"} for name in ("mia", "tom")]
    definitions.provide_weekly(services.database, services.clock, "UTC", owner.id, told)
    defaults.ensure(services)
    return definitions.WEEKLY


def reports_asked_for(site: Site) -> int:
    with site.services.database.session() as session:
        return session.query(JobRun).filter(JobRun.kind == "report").count()


def test_a_report_is_sent_only_after_its_readers_were_named(page: Page, site: Site, weekly: str) -> None:
    sign_in(page, site, "admin", f"/reports?report={weekly}")
    before = reports_asked_for(site)
    for way_back in ("Enter", "Escape"):
        page.get_by_role("button", name="Send now").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("mia@example.com")
        expect(dialog.get_by_role("button", name="Do not send")).to_be_focused()
        press_in(dialog, way_back)
        expect(dialog).to_have_count(0)
    assert reports_asked_for(site) == before
    page.get_by_role("button", name="Send now").click()
    page.get_by_role("button", name="Send to", exact=False).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".said-line")).to_contain_text("The newest issue is being made")
    assert reports_asked_for(site) == before + 1


def test_a_rule_is_switched_off_after_a_question_and_on_without_one(page: Page, site: Site) -> None:
    sign_in(page, site, "admin", "/alerts")
    rule = rules.listed(site.services.database)[0].rule
    row = page.locator("tr", has_text=rule.title).first
    row.get_by_role("button", name="Switch off").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Switch off “{rule.title}”?")
    expect(dialog.get_by_role("button", name="Keep as it is")).to_be_focused()
    press_in(dialog, "Escape")
    expect(dialog).to_have_count(0)
    assert rules.get(site.services.database, rule.id).rule.enabled
    row.get_by_role("button", name="Switch off").click()
    page.get_by_role("button", name="Switch off the rule").click()
    expect(row).to_contain_text("switched off")
    row.get_by_role("button", name="Switch on").click()
    expect(page.locator(".said-line")).to_contain_text("is switched on")
    assert rules.get(site.services.database, rule.id).rule.enabled


def test_what_a_rule_fires_on_is_written_out_in_full(page: Page, site: Site) -> None:
    sign_in(page, site, "admin", "/alerts")
    page.get_by_role("button", name="Add a rule").click()
    choice = page.get_by_label("Fires when it")
    expect(choice).to_have_value("below_average")
    room = choice.evaluate(ROOM)
    assert room["longest"] <= room["inside"], room
    expect(page.locator("select", has_text="for each visitor type")).to_have_count(1)


def test_on_a_phone_what_a_rule_says_has_the_whole_width(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, site, "admin", "/alerts")
    cells = page.locator(".alert-table td:is(.c-now, .c-told)")
    expect(cells.first).to_be_visible()
    beside = "one => one.parentElement.clientWidth - one.getBoundingClientRect().width"
    assert cells.evaluate_all(f"all => all.map({beside}).filter(room => room > 1)") == []


def test_a_schedule_is_paused_after_a_question_and_goes_on_without_one(page: Page, site: Site) -> None:
    sign_in(page, site, "admin", "/schedules")
    database = site.services.database
    schedule = definitions.schedule_of(database, definitions.get(database, definitions.WEEKLY))
    assert schedule is not None
    row = page.locator("tr", has_text=schedule.title).first
    expect(row).to_contain_text("Every Monday at 09:00")
    row.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("dialog")).to_contain_text("its next run would be")
    page.get_by_role("button", name="Pause it").click()
    expect(row).to_contain_text("paused")
    assert schedules.get(database, schedule.id).paused
    row.get_by_role("button", name="Go on").click()
    expect(page.locator(".said-line")).to_contain_text("goes on, next 22 Jun 2026, 09:00")
    assert not schedules.get(database, schedule.id).paused


def test_a_report_opens_from_the_list_and_the_list_from_it(page: Page, site: Site, weekly: str) -> None:
    """Both are one page with another query: each way changes what is shown, and so does the browser's own."""
    sign_in(page, site, "admin", "/reports")
    page.locator("main").get_by_text("Weekly report", exact=True).click()
    expect(page.get_by_role("button", name="Send now")).to_be_visible()
    assert page.url.endswith(f"/reports?report={weekly}")
    page.get_by_role("link", name="All reports").click()
    expect(page.get_by_role("button", name="Add a report")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Send now")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Add a report")).to_be_visible()
