"""Every page as a picture, in both themes and both widths: `make screenshots`.

Without an address it shows what an admin sees of the small made-up company of the tests.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from tests.fakes import FakeRunner

INSTALLED = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = {"wide": (1440, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
BEFORE_SIGN_IN = "login"
ASKING = {"rows": "rows?metric=spend&range=last_30_days"}  # pages that show nothing unless they are asked


def launched(driver: Playwright) -> Browser:
    """A browser without a window."""
    return driver.chromium.launch(executable_path=installed(), args=["--no-sandbox"])


def installed() -> str | None:
    """The browser of the system; without one None, which means the one that Playwright fetched."""
    return next(filter(None, map(which, INSTALLED)), None)


@contextmanager
def served(runner: FakeRunner | None = None) -> Iterator[str]:
    """The app over the made-up warehouse, or over what `runner` answers, on a free port."""
    from app.factory import create_app
    from tests.fakes import access, services, viewer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as home:
        app = create_app(services(Path(home), runner), access(viewer("admin")))
        server = make_server("127.0.0.1", 0, app.server, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(5)


@contextmanager
def company() -> Iterator[tuple[str, tuple[str, str]]]:
    """The whole product on the small made-up company; its address, and the sign-in of an admin."""
    from tests import demo_company
    from tests.conftest import serving

    with tempfile.TemporaryDirectory() as folder:
        settings = demo_company.moved_in(Path(folder) / "read", Path(folder) / "home")
        with serving(settings), demo_company.opened(settings) as site:
            yield site.base, (demo_company.email("admin"), demo_company.PASSWORD)


def addresses() -> list[str]:
    """Where each page is shot: the sign-in, the change of password, and every page of the product."""
    from app.layouts.pages.base import PAGES

    return [BEFORE_SIGN_IN, "password", *(ASKING.get(name, name) for name in PAGES.ids())]


def shoot(browser: Browser, base: str, path: str, folder: Path, sign_in: tuple[str, str] | None) -> None:
    """One page in every theme and width."""
    for theme in THEMES:
        for width, (x, y) in WIDTHS.items():
            page = browser.new_page(viewport={"width": x, "height": y}, color_scheme=theme)
            if sign_in and path != BEFORE_SIGN_IN:
                _sign_in(page, base, *sign_in)
            page.goto(f"{base}/{path}")
            page.wait_for_function("() => !document.getElementById('still')")  # the page is alive
            page.wait_for_timeout(1000)
            page.screenshot(path=folder / f"{path.split('?')[0]}-{width}-{theme}.png", full_page=True)
            page.close()


def _sign_in(page: Page, base: str, email: str, password: str) -> None:
    page.goto(f"{base}/login")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path, nargs="?", default=Path("var/screenshots"))
    asked.add_argument("--base", default="", help="address of a running installation")
    asked.add_argument("--email", default="")
    asked.add_argument("--password-file", type=Path)
    asked.add_argument("--pages", nargs="*", default=[])
    given = asked.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    sign_in = (given.email, given.password_file.read_text().strip()) if given.password_file else None
    with sync_playwright() as driver:
        browser = launched(driver)
        if given.base:
            run(browser, given.base, given.pages, given.folder, sign_in)
        else:
            with company() as (base, admin):
                run(browser, base, given.pages, given.folder, admin)
        browser.close()


def run(browser: Browser, base: str, pages: list[str], folder: Path, sign_in: tuple[str, str] | None) -> None:
    for path in pages or addresses():
        shoot(browser, base, path, folder, sign_in)


if __name__ == "__main__":
    main()
