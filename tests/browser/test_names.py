"""A campaign whose name a browser or a sheet would run is words wherever it stands; no console error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from app.data.query.frame import MetricFrame
from app.data.query.spec import MetricQuery
from app.factory import create_app
from tests.ad_company import AdCompany, history
from tests.bare_app import bare_app, served
from tests.browser.opening import opened
from tests.fakes import FakeRunner, access, services, viewer
from tests.table_services import table_services

NAME = "<img src=x onerror=alert(1)>=1+1"


class Named(FakeRunner):
    """Every campaign carries the name."""

    def run(self, query: MetricQuery) -> MetricFrame:
        frame = super().run(query)
        if "campaign" not in query.dimensions:
            return frame
        return replace(frame, rows=[row | {"campaign": NAME} for row in frame.rows])


@pytest.fixture(scope="module")
def executive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    made = services(tmp_path_factory.mktemp("home"), Named())
    with served(create_app(made, access(viewer("admin")))) as base:
        yield f"{base}/executive"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    company = AdCompany(rows_=[row | {"campaign": NAME} for row in history()])
    app, _ = bare_app(table_services(tmp_path_factory.mktemp("table"), company))
    with served(app) as base:
        yield f"{base}/campaigns?group=campaign"


def test_the_executive_page_shows_the_name_as_words(page: Page, executive: str) -> None:
    opened(page, executive)
    expect(page.get_by_role("article", name="Top campaigns").get_by_text(NAME).first).to_be_visible()
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_the_campaign_table_shows_the_name_as_words(page: Page, table: str) -> None:
    opened(page, table)
    expect(page.locator(".ag-row").get_by_text(NAME).first).to_be_visible()
    expect(page.locator("img[src=x]")).to_have_count(0)
