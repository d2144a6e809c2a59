"""A finished export is fetched from the jobs and from the inbox, in Chromium."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.data.models import JobRun
from app.exports import files
from tests.browser.opening import stands
from tests.browser.test_walk import sign_in
from tests.demo_company import Site
from tests.processes import worker_on


def test_an_export_whose_page_was_left_is_in_the_inbox_and_among_the_jobs(
    page: Page, site: Site, tmp_path: Path
) -> None:
    sign_in(page, site, "analyst", "/campaigns?columns=spend,clicks")
    earlier = _exports(site)
    with worker_on(site.services.settings):
        page.get_by_text("Export", exact=True).first.click()
        page.get_by_role("button", name=re.compile("XLSX, all")).click()
        expect(page.locator(".toast-place")).to_contain_text("export")
        (job,) = _exports(site) - earlier
        own = f"a[href='{files.address(job)}']"
        page.goto(f"{site.base}/jobs")
        link = page.locator(".job-file", has=page.locator(own))
        expect(link).to_contain_text("kept until")
    with page.expect_download() as started:
        link.get_by_role("link", name=re.compile(r"Download \d+ rows")).click()
    started.value.save_as(tmp_path / "jobs.xlsx")
    page.reload()
    stands(page)
    page.locator(".inbox summary").click()
    told = page.locator(f".inbox-item{own.removeprefix('a')}", has_text="Your export campaigns is ready")
    with page.expect_download() as started:
        told.click()
    started.value.save_as(tmp_path / "inbox.xlsx")
    rows = [openpyxl.load_workbook(tmp_path / f"{name}.xlsx")["Data"].max_row for name in ("jobs", "inbox")]
    assert rows[0] == rows[1] > 1


def _exports(site: Site) -> set[str]:
    """The jobs of all exports that were asked for so far."""
    with site.services.database.session() as session:
        return set(session.scalars(select(JobRun.id).where(JobRun.kind == "export_xlsx")))


# Every answer of a callback takes longer than the pulse of the note waits between two questions.
SLOW = """() => {
  const ask = window.fetch;
  window.fetch = async (...given) => {
    const answer = await ask(...given), slow = String(given[0].url || given[0]).includes("_dash-update");
    if (slow) await new Promise((go) => setTimeout(go, 1000));
    return answer;
  };
}"""


def test_on_a_slow_line_and_beside_a_new_order_the_note_of_an_export_stays_and_tells_its_end(
    page: Page, site: Site
) -> None:
    sign_in(page, site, "analyst", "/campaigns?columns=spend,clicks")
    stands(page)
    page.evaluate(SLOW)
    page.get_by_text("Export", exact=True).first.click()
    page.get_by_role("button", name=re.compile("XLSX, all")).click()
    note = page.locator(".toast-note")
    expect(note).to_contain_text("export")
    page.get_by_role("link", name="Clicks", exact=True).click()
    expect(page.locator(".table-foot").first).to_contain_text("sorted by Clicks")
    expect(note).to_contain_text("export")
    with worker_on(site.services.settings):
        expect(note.get_by_role("link", name=re.compile(r"Download \d+ rows"))).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(note).to_be_empty()
    page.wait_for_timeout(2500)  # a beat or two: what was closed does not come back
    expect(note).to_be_empty()
