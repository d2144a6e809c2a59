"""When a report goes out and a schedule starts is picked in words and shown before it is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from app.accounts import users
from app.accounts.changes import Trail
from app.data import schedules
from app.data.schedule_models import Schedule
from app.reports import definitions
from tests.browser.test_walk import sign_in
from tests.demo_company import Site, email


@pytest.fixture(autouse=True)
def weekly(site: Site) -> Iterator[None]:
    """A weekly report for two readers, on Mondays at nine in UTC, before and after."""
    database, clock = site.services.database, site.services.clock
    told = [{"channel": "email", "to": f"{name}@example.com"} for name in ("mia", "tom")]
    definitions.provide_weekly(database, clock, "UTC", users.find(database, email("admin")).id, told)
    row = schedule(site)
    yield
    trail = Trail(clock, email("admin"))
    schedules.edit(
        database, clock, row.id, title=row.title, cron=row.cron, time_zone=row.time_zone, trail=trail
    )


def schedule(site: Site) -> Schedule:
    found = definitions.schedule_of(
        site.services.database, definitions.get(site.services.database, definitions.WEEKLY)
    )
    assert found is not None
    return found


def runs(dialog: Locator) -> list[str]:
    return dialog.locator("[id$='-runs'] .num").all_text_contents()


def test_a_schedule_is_moved_by_picking_and_by_a_line_of_ones_own(page: Page, site: Site) -> None:
    sign_in(page, site, "admin", "/schedules")
    page.locator("tr", has_text=schedule(site).title).first.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("When")).to_have_value("0 9 * * 1")
    dialog.get_by_label("When").select_option("Every day at 07:00")
    expect(dialog.get_by_label("As a cron line")).to_have_value("0 7 * * *")
    expect(dialog.locator("#schedule-runs")).to_contain_text("Every day at 07:00")
    assert len(runs(dialog)) == 5 and all("07:00" in run for run in runs(dialog))
    for line, said in (("noon", "“noon” is no time"), ("30 6 * * 2", "Every Tuesday at 06:30")):
        dialog.get_by_label("As a cron line").fill(line)
        dialog.get_by_label("As a cron line").press("Tab")
        expect(dialog.locator("#schedule-runs")).to_contain_text(said)
        expect(dialog.get_by_label("When")).to_have_value("own")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert schedules.get(site.services.database, schedule(site).id).cron == "30 6 * * 2"


def test_a_report_that_goes_out_by_hand_only_says_so_before_it_is_kept(page: Page, site: Site) -> None:
    sign_in(page, site, "admin", f"/reports?report={definitions.WEEKLY}")
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("When").select_option("Not by itself")
    expect(dialog.get_by_label("As a cron line")).to_have_value("")
    expect(dialog.locator("#report-runs")).to_have_text(
        "Nothing goes out by itself; it is sent by hand only."
    )
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert schedule(site).paused
    page.get_by_role("button", name="Edit").click()
    dialog.get_by_label("When").select_option("Every Monday at 09:00")
    expect(dialog.locator("#report-runs .num")).to_have_count(5)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert (schedule(site).paused, schedule(site).cron) == (False, "0 9 * * 1")
