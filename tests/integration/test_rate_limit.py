"""Requests are counted in the embedded Redis, so that every web process knows of them."""

from __future__ import annotations

from app.accounts import guard
from app.queue.redis_connection import connect
from tests.demo_company import Site, assembled
from tests.integration.accounts.house import Browser

ADDRESS = "198.51.100.7"


def guesses(site: Site, count: int) -> list[int]:
    """What a browser at one address gets that guesses passwords."""
    browser = Browser(site.dash.server.test_client())
    browser.client.environ_base["REMOTE_ADDR"] = ADDRESS
    return [browser.sign_in(f"guess{n}@example.com", "x").status_code for n in range(count)]


def test_tries_at_one_web_process_count_at_another(site: Site, quick_hashes: None) -> None:
    """Within the minute that is counted, however slow the machine."""
    settings = site.services.settings
    assert guard.limits_storage(settings) == f"redis+unix://{settings.redis_socket}"
    other = assembled(site.services)
    statuses = guesses(site, 20) + guesses(other, 20)
    assert statuses.count(401) == 30 and statuses[-1] == 429
    keys = [key.decode() for key in connect(settings.redis).scan_iter("*pad-limit*")]
    assert any(ADDRESS in key for key in keys)
