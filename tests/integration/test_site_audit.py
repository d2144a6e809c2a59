"""Changes made in the product are written down with the address they came from; a scope must fit the data."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from sqlalchemy import delete

from app.accounts import audit, users
from app.data.models import JobRun
from tests.demo_company import CALIFORNIAN, Site, email, environment
from tests.visits import asked, callback, exported


def newest(site: Site, action: str) -> Any:
    found, _ = audit.entries(site.services.database, audit.AuditFilter(action=action), limit=1)
    return found[0]


def save(site: Site, scope: str) -> Any:
    """The admin gives the Californian analyst another scope."""
    person = users.find(site.services.database, email(CALIFORNIAN))
    values = {
        "user-save.n_clicks": 1,
        "user-target.data": person.id,
        "user-name.value": person.name,
        "user-role.value": person.role,
        "user-scope.value": scope,
    }
    return asked(site, "admin", callback(site, "user-save.n_clicks"), values).json["response"]


def test_a_scope_of_a_value_that_the_data_does_not_have_is_refused_with_the_nearest(site: Site) -> None:
    answer = save(site, "region = Californa")
    assert "California" in answer["user-problem"]["children"]
    person = users.find(site.services.database, email(CALIFORNIAN))
    assert person.scope == {"region": ["California"]}


def test_a_change_of_scope_is_audited_with_the_admins_address(site: Site) -> None:
    try:
        assert save(site, "region = California, Texas")["user-problem"]["children"] == ""
        entry = newest(site, audit.SCOPE_CHANGED)
        assert (entry.actor, entry.object) == (email("admin"), email(CALIFORNIAN))
        assert entry.detail == "Region = California → Region = California, Texas"
        assert entry.address == site.browser("admin").client.environ_base["REMOTE_ADDR"]
    finally:
        save(site, "region = California")


def test_an_export_is_audited_with_its_metrics_days_and_address(site: Site) -> None:
    exported(site, "analyst", "campaigns", columns="spend", channel="Social")
    entry = newest(site, audit.EXPORT)
    assert (entry.actor, entry.object) == (
        email("analyst"),
        "campaigns_2026-05-16_2026-06-14_USD.csv",
    )
    assert entry.detail == "Ad spend; by Channel, Campaign; 2026-05-16..2026-06-14; Channel is Social"
    assert entry.address == site.browser("analyst").client.environ_base["REMOTE_ADDR"]


def test_a_refused_callback_is_audited_with_its_address(site: Site) -> None:
    assert asked(site, "executive", callback(site, "backfill-go.n_clicks")).status_code == 403
    entry = newest(site, audit.DENIED)
    assert entry.actor == email("executive") and entry.object.startswith("callback ")
    assert entry.address == site.browser("executive").client.environ_base["REMOTE_ADDR"]


def test_a_sync_and_a_change_of_a_source_are_audited_and_no_credential_is_told(site: Site) -> None:
    command = [sys.executable, "-m", "app.cli", "sources", "add", "google_ads"]
    command += ["--base-url", "http://127.0.0.1:9", "--force"]
    subprocess.run(command, env=environment(site.services.settings), check=True, capture_output=True)
    entry = newest(site, audit.SOURCE_CHANGED)
    assert (entry.actor, entry.object, entry.detail) == (
        "pad sources",
        "google_ads",
        "address http://127.0.0.1:9, kept untried",
    )
    backfill = {
        "backfill-go.n_clicks": 1,
        "source-target.data": "google_ads",
        "backfill-start.value": "2026-06-01",
        "backfill-end.value": "2026-06-02",
    }
    asked(site, "admin", callback(site, "backfill-go.n_clicks"), backfill)
    entry = newest(site, audit.SOURCE_SYNC)
    assert (entry.actor, entry.object, entry.detail) == (
        email("admin"),
        "google_ads",
        "2026-06-01..2026-06-02",
    )
    assert entry.address == site.browser("admin").client.environ_base["REMOTE_ADDR"]
    with site.services.database.session() as rows:  # nobody is to read the address that does not answer
        rows.execute(delete(JobRun).where(JobRun.id == "sync-google_ads-2026-06-01-2026-06-02"))
