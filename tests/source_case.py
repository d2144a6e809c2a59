"""The product with the company's platforms still answering, for tests of how an admin connects a source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.clock import FixedClock
from app.data.models import Credential, JobRun, Source
from app.data.pipeline import credentials, sources
from app.data.pipeline.ingestion import Ingestion, ingestion
from app.processes import demo
from app.queue import requests
from app.services import Services
from sandbox.company import Company
from sandbox.server import Running, running
from tests import demo_company
from tests.conftest import serving
from tests.demo_company import NOW, Site

CLOSED = "http://127.0.0.1:9"  # the discard port, where nobody listens


@dataclass(frozen=True)
class Wired:
    """A site, the platforms it reads, and what it needs to read them."""

    site: Site
    platforms: Running

    @property
    def services(self) -> Services:
        return self.site.services

    @property
    def parts(self) -> Ingestion:
        return ingestion(self.services.settings, self.services.database, FixedClock(NOW))

    def good(self, source: str = "google_ads") -> dict[str, Any]:
        return dict(demo.Company(self.platforms.base).credentials(source))

    def kept(self, source: str = "google_ads") -> dict[str, Any]:
        return credentials.of(self.parts.database, self.parts.vault, source)

    def connect(self, source: str = "google_ads", **changed: Any) -> None:
        """Credentials of a source as if they had worked once, on the platform's address."""
        value, address = self.good(source) | changed, self.platforms.base_of(source)
        sources.add(self.parts, source, value, address, force=True)

    def remove(self, source: str = "google_ads") -> None:
        """As if it had never been connected."""
        with self.services.database.session() as session:
            for row in (session.get(Credential, source), session.get(Source, source)):
                if row is not None:
                    session.delete(row)
                    session.flush()
            session.query(JobRun).filter(JobRun.id == requests.sync_id(source)).delete()

    def lose(self, source: str = "google_ads") -> None:
        """From now on the platform is out of reach."""
        sources.add(self.parts, source, None, CLOSED, force=True)


@contextmanager
def wired(folder: Path, home: Path) -> Iterator[Wired]:
    """The product and its platforms, for the length of a block."""
    settings = demo_company.moved_in(folder, home)
    company = Company.in_memory(7, NOW, scale=0.05, months=2, billing=3)
    with running(company) as platforms, serving(settings), demo_company.opened(settings) as site:
        yield Wired(site, platforms)
