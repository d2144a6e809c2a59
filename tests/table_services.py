"""Services around the made-up company: an application database in a folder, a queue that takes notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import app.accounts.models  # noqa: F401  (declares the tables of people)
import app.data.models  # noqa: F401
from app.clock import FixedClock
from app.data import job_runs
from app.data.db import Base, Database
from app.data.models import JobRun
from app.errors import ConflictError
from app.services import Services
from app.settings import Settings
from tests.ad_company import NOW, AdCompany, declare_metrics


@dataclass
class NotedQueue:
    """Writes the row of a job, as the real queue does, and runs nothing."""

    database: Database
    up: bool = True
    jobs: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def enqueue(
        self, kind: str, title: str, asked_by: str, *, job_id: str | None = None, **arguments: object
    ) -> str:
        name = job_id or f"{kind}-{len(self.jobs) + 1}"
        with self.database.session() as session:
            row = session.get(JobRun, name)
            if row is not None and row.state in job_runs.LIVE:
                return name
            self.jobs.append((kind, arguments))
            session.merge(
                JobRun(id=name, kind=kind, title=title, state="queued", asked_by=asked_by,
                       arguments=dict(arguments), created_at=NOW)
            )  # fmt: skip
        return name

    def retry(self, job_id: str) -> None:
        with self.database.session() as session:
            row = session.get_one(JobRun, job_id)
            if row.state != "failed":
                raise ConflictError(f"{row.title} has not failed.")
            row.state = "queued"

    def available(self) -> bool:
        return self.up


def table_services(home: Path, company: AdCompany | None = None, **settings: object) -> Services:
    """Services for tests of the tables."""
    declare_metrics()
    database = Database(f"sqlite:///{home / 'app.db'}")
    Base.metadata.create_all(database.engine)
    return Services(
        Settings(home=home, **settings),
        FixedClock(NOW),
        database,
        company or AdCompany(),
        NotedQueue(database),
    )
