"""A real browser on the app over the made-up warehouse; any console error fails the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.opening import tab
from tests.browser.screenshots import launched, served
from tests.waiting import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)


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
    shown = tab(chromium, viewport={"width": 1440, "height": 900}, color_scheme="light")
    noise: list[str] = []
    shown.on("console", lambda line: noise.append(line.text) if line.type in ("error", "warning") else None)
    shown.on("pageerror", lambda error: noise.append(str(error)))
    yield shown
    shown.close()
    assert not noise, "\n".join(noise)
