"""The second page of a visit fetches its data, not the files that the first one brought, in Chromium."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.opening import opened, tab
from tests.browser.test_walk import sign_in
from tests.demo_company import Site

FILES = """() => performance.getEntriesByType('resource')
    .filter(one => /[.](js|css|woff2)([?]|$)/.test(one.name)).map(one => [one.transferSize, one.name])"""
NOT_MODIFIED = 1000  # bytes; such an answer takes some 300


def test_another_tab_fetches_no_script_and_no_style_again(chromium: Browser, site: Site) -> None:
    with chromium.new_context() as visit:
        sign_in(tab(visit), site, "analyst", "/campaigns")
        opened(tab(visit), f"{site.base}/campaigns")
        third = tab(visit)
        opened(third, f"{site.base}/campaigns?columns=spend,clicks")
        files = third.evaluate(FILES)
    assert len(files) > 15
    assert [name for size, name in files if size > NOT_MODIFIED] == []
