"""A real browser on the app over the made-up warehouse; any console error fails the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.screenshots import launched, served

PATIENCE = 60_000  # ms: a slow machine is no mistake of the page
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def shell_address() -> Iterator[str]:
    with served() as base:
        yield base


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = launched(driver)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of 1440 pixels whose console must stay silent."""
    shown = chromium.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    shown.set_default_timeout(PATIENCE)
    noise: list[str] = []
    shown.on("console", lambda line: noise.append(line.text) if line.type in ("error", "warning") else None)
    shown.on("pageerror", lambda error: noise.append(str(error)))
    yield shown
    shown.close()
    assert not noise, "\n".join(noise)
