"""When a page stands: nothing on it is awaited, so that what is measured stays where it is.

A network that is quiet says little: on a slow machine it is quiet while the scripts are still being read.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route

from tests.waiting import PATIENCE

# The page has come alive, shows something, and no card, font or part of Dash is on its way.
STANDS = """() => !document.getElementById('still')
    && document.querySelector('#page > *')
    && !document.querySelector('[data-card]:empty, [data-bar]:empty, [aria-busy="true"], [data-preparing]')
    && document.fonts.status === 'loaded'"""


def tab(browser: Browser | BrowserContext, **options: Any) -> Page:
    """A new tab in which everything is awaited as long as in other tests."""
    page = browser.new_page(**options)
    page.set_default_timeout(PATIENCE * 1000)
    return page


def opened(page: Page, address: str) -> None:
    """Go to an address of the product and wait until its page stands."""
    page.goto(address)
    stands(page)


def stands(page: Page) -> None:
    """Wait until nothing is on its way any more."""
    page.wait_for_function(STANDS)


def comes(page: Page, held: list[Route], count: int = 1) -> None:
    """Wait until so many requests are held back: the driver tells of them a moment after they were sent."""
    for _ in range(int(PATIENCE * 50)):
        if len(held) >= count:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{len(held)} of {count} requests came")


def press_in(dialog: Locator, key: str) -> None:
    """Press a key in a dialog that has come to rest: while it fades in, it does not listen yet."""
    dialog.element_handle().wait_for_element_state("stable")
    dialog.page.keyboard.press(key)
