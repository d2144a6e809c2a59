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
