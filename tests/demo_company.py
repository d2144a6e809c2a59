"""A small made-up company, read by the real connectors, and the whole product on top of it.

It is read once a test session and then copied, so that every file of tests has a home of its own.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Thread

from werkzeug.serving import WSGIRequestHandler, make_server

from app import access
from app.accounts import current, users
from app.accounts.permissions import ROLES
from app.callbacks.base import Callbacks
from app.clock import FixedClock
from app.compose import build
from app.data.migrate import upgrade
from app.data.pipeline import sources
from app.data.pipeline.imports.importing import import_file
from app.data.pipeline.ingestion import Ingestion, ingestion
from app.data.pipeline.publish import publish
from app.data.pipeline.sync import sync
from app.factory import Access, DashboardApp, create_app
from app.home import prepared
from app.operations.health import Health
from app.processes import demo
from app.services import Services
from app.settings import Settings
from sandbox.company import Company
from sandbox.server import running
from tests.integration.accounts.house import Browser

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TODAY = date(2026, 6, 15)
PASSWORD = "correct horse battery"
CALIFORNIAN = "californian"  # an analyst who sees one region only
REGIONAL_MANAGER = "regional_manager"  # a manager who sees the same region only
SCOPED = {CALIFORNIAN: "analyst", REGIONAL_MANAGER: "marketing_manager"}
PEOPLE = (*ROLES, *SCOPED)
MARKETING = (date(2026, 4, 10), TODAY)  # two ranges of 30 days and a little; records go further back
_SIZE = {"scale": 0.15, "months": 4, "billing": 26}


def email(person: str) -> str:
    """The address of one of `PEOPLE`."""
    return f"{person}@larkfield.example"


@dataclass
class Site:
    """The product as it stands on one home, with browsers that visit it."""

    services: Services
    dash: DashboardApp
    callbacks: Callbacks
    base: str = ""
    _known: dict[str, Browser] = field(default_factory=dict)

    def visitor(self, person: str) -> Browser:
        """A fresh browser at an address of its own, signed in unless it is nobody's."""
        browser = Browser(self.dash.server.test_client())
        number = len(self._known) + 1
        browser.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        if person != "nobody":
            assert browser.sign_in(email(person), PASSWORD).status_code == 303, person
        return browser

    def browser(self, person: str) -> Browser:
        """The browser of a person (or of nobody), signed in once a site."""
        if person not in self._known:
            self._known[person] = self.visitor(person)
        return self._known[person]


def moved_in(folder: Path, home: Path) -> Settings:
    """A home with a copy of the company that the first process to come keeps in `folder`."""
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            _read(_settings(folder / "home"))
            (folder / "whole").touch()
    shutil.copytree(folder / "home", home, dirs_exist_ok=True)
    return _settings(home)


@contextmanager
def opened(settings: Settings) -> Iterator[Site]:
    """The web application on a free port; its clock stands at `NOW`."""
    site = assembled(build(settings, FixedClock(NOW)))
    server = make_server(
        "127.0.0.1", 0, Health(site.dash.server, site.services), threaded=True, request_handler=_Quiet
    )
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    site.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def assembled(services: Services) -> Site:
    """The application as it is composed for production, with its callbacks at hand."""
    kept: list[Callbacks] = []

    def protect(callbacks: Callbacks) -> None:
        access.protect(services, callbacks)
        kept.append(callbacks)

    dash = create_app(services, Access(current.viewer, protect))
    return Site(services, dash, kept[0])


def shared_folder(base: Path) -> Path:
    """One folder for all processes of a test session."""
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "company"


def environment(settings: Settings) -> dict[str, str]:
    """What a command needs to work on the same home."""
    return {**os.environ, "PAD_HOME": str(settings.home), "PAD_ORGANISATION": "Larkfield"}


def _settings(home: Path) -> Settings:
    return replace(prepared({"PAD_HOME": str(home), "PAD_ORGANISATION": "Larkfield"}), demo=True)


def _read(settings: Settings) -> None:
    upgrade(settings.database)
    services = build(settings, FixedClock(NOW))
    parts = ingestion(settings, services.database, services.clock)
    company = Company.in_memory(7, NOW, **_SIZE)
    with running(company) as up:
        _files(parts, demo.Company(up.base))
        for source in demo.SOURCES:
            sources.add(parts, source, demo.Company(up.base).credentials(source), up.base_of(source))
            sync(parts, source, asked=None if source == "salesforce" else MARKETING)
    publish(parts.database, parts.snapshots, settings, services.clock)
    _people(services)
    services.database.engine.dispose()


def _files(parts: Ingestion, company: demo.Company) -> None:
    for name in demo.FILES:
        import_file(parts, company.file(name, parts.settings.home / "files"), name, {}, "")


def _people(services: Services) -> None:
    for person in PEOPLE:
        scoped = person in SCOPED
        users.add(
            services.database,
            services.clock,
            email(person),
            person.replace("_", " ").title(),
            SCOPED.get(person, person),
            PASSWORD,
            actor="test",
            must_change=False,
            scope={"region": ["California"]} if scoped else {},
        )


class _Quiet(WSGIRequestHandler):
    """Answers without a line for each request on the terminal."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""
