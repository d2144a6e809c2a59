"""A dashboard that is open before the first data turns over by itself, in Chromium."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from app.data.models import Source
from tests.bare_app import bare_app, served
from tests.fakes import NOW, FakeRunner, services


@dataclass
class Filling(FakeRunner):
    """A warehouse that the first data comes to: first that of one source, then the numbers of every card."""

    missing: bool = True
    fed: bool = False

    def sources(self) -> tuple[str, ...]:
        return super().sources() if self.fed else ()


def test_a_page_without_data_becomes_the_dashboard_and_its_cards_get_their_numbers(
    page: Page, tmp_path: Path
) -> None:
    runner = Filling()
    made = services(tmp_path, runner)
    app, _ = bare_app(made)
    with served(app) as base:
        page.goto(f"{base}/executive")
        expect(page.locator("main")).to_contain_text("No data yet")
        with made.database.session() as session:
            session.add(Source(id="crm", title="The CRM", state="syncing", created_at=NOW, options={}))
        expect(page.locator("main")).to_contain_text("The CRM is being read")
        runner.fed = True
        expect(page.locator("article.card")).to_have_count(11)
        expect(page.locator("article.card").first).to_contain_text("first data of The CRM is on its way")
        runner.missing, runner.data = False, "8"
        expect(page.locator(".kpi-v").first).to_have_text("$125.4K")
        expect(page.locator("[data-preparing]")).to_have_count(0)
