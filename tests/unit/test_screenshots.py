"""The browser that tests and pictures use is found under any of its names, and every page has a picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.layouts import row_page
from app.layouts.pages.base import PAGES
from tests.browser.screenshots import addresses, installed
from tests.fakes import services, viewer


def test_the_browser_of_the_system_is_found_by_name_and_none_means_the_fetched_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installed() is None
    for name in ("google-chrome", "chromium-browser", "chromium"):  # the later goes before the earlier
        (tmp_path / name).touch(mode=0o755)
        assert installed() == str(tmp_path / name)


def test_every_page_has_its_picture_with_something_asked_of_it(tmp_path: Path) -> None:
    shot = dict(one.partition("?")[::2] for one in addresses())
    assert shot.keys() == {"login", "password", *PAGES.ids()}
    asked = row_page.read(shot["rows"], services(tmp_path), viewer("admin"))
    assert (asked.metric.id, asked.state.problems) == ("spend", ())
