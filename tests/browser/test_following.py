"""A report that is sent is followed on its page, in Chromium with a worker of its own process."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from app.accounts import users
from app.data.models import JobRun
from app.notify.models import Delivery
from app.queue import requests
from app.reports import definitions
from jobs.kinds import kinds
from jobs.runner import perform
from tests.browser.opening import stands
from tests.browser.test_walk import sign_in
from tests.demo_company import Site, email
from tests.processes import worker_on


@pytest.fixture(autouse=True)
def weekly(site: Site) -> str:
    services = site.services
    with services.database.session() as session:
        session.query(JobRun).delete()
        session.query(Delivery).delete()
    owner = users.find(services.database, email("admin"))
    told = [{"channel": "email", "to": f"{name}@example.com"} for name in ("mia", "tom")]
    definitions.provide_weekly(services.database, services.clock, "UTC", owner.id, told)
    return definitions.WEEKLY


def previews(page: Page) -> list[str]:
    """The addresses of all previews that the page asks for from now on."""
    found: list[str] = []

    def note(request: Request) -> None:
        if "/reports/preview/" in request.url:
            found.append(request.url)

    page.on("request", note)
    return found


def card(page: Page, title: str) -> Any:
    return page.locator(".people-card", has=page.get_by_role("heading", name=title, exact=True))


def test_a_test_of_a_report_shows_its_delivery_without_a_reload(page: Page, site: Site, weekly: str) -> None:
    """The clock of the company stands in June, that of a worker does not: it would hold a report of days
    without data, so its job is done here."""
    asked = previews(page)
    sign_in(page, site, "admin", f"/reports?report={weekly}")
    stands(page)
    expect(page.frame_locator(".report-frame").locator("body")).not_to_be_empty()
    page.get_by_role("button", name="Send a test to me").click()
    expect(page.locator("#report-said")).to_contain_text("as soon as it is made")
    with site.services.database.session() as session:
        (job,) = session.query(JobRun).filter(JobRun.kind == "report_test").all()
    perform(site.services, job.id, kinds())
    deliveries = card(page, "Deliveries")
    expect(deliveries).to_contain_text(email("admin"))
    expect(deliveries).to_contain_text("queued")
    expect(page.locator("#report-said")).to_contain_text("It is made and on its way")
    requests.deliver(site.services.queue)
    with worker_on(site.services.settings):
        expect(page.locator("#report-said")).to_be_empty()
    expect(deliveries).not_to_contain_text("queued")
    assert len(asked) == 1, "the preview is not asked for again while the page is drawn anew"


def test_a_report_that_is_sent_by_a_worker_shows_its_deliveries_without_a_reload(
    page: Page, site: Site, weekly: str
) -> None:
    sign_in(page, site, "admin", f"/reports?report={weekly}")
    stands(page)
    page.get_by_role("button", name="Send now").click()
    page.get_by_role("button", name="Send to", exact=False).click()
    with worker_on(site.services.settings):
        expect(card(page, "Deliveries")).to_contain_text("mia@example.com")
        expect(page.locator("#report-said")).not_to_contain_text("is being made")
        requests.deliver(site.services.queue)
        expect(page.locator("#report-said")).to_be_empty()
