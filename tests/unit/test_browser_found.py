"""The browser that tests and pictures use is found under any of its names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.screenshots import installed


def test_the_browser_of_the_system_is_found_by_name_and_none_means_the_fetched_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installed() is None
    for name in ("google-chrome", "chromium-browser", "chromium"):  # the later goes before the earlier
        (tmp_path / name).touch(mode=0o755)
        assert installed() == str(tmp_path / name)
