"""The composition root: one `Services` value that web, worker and command line share; tests replace parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from app.clock import Clock
from app.data.db import Database
from app.data.query.frame import MetricFrame, Passport, RowFrame, Target
from app.data.query.histories import Histories
from app.data.query.ledger import Ledger
from app.data.query.predictions import CustomerScore, ForecastPoint, ForecastQuery, ScoreQuery
from app.data.query.spec import MetricQuery, RowQuery
from app.settings import Settings


class QueryRunner(Protocol):
    """The only way to read the warehouse."""

    def run(self, query: MetricQuery) -> MetricFrame:
        """Narrow, validate, route, compile, cache, compare. Raises: InputError, AccessDenied."""

    def version(self) -> str:
        """The data version that an answer given now is of."""

    def sources(self) -> tuple[str, ...]:
        """The sources that rows have come from; none before the first data."""

    def rows(self, query: RowQuery) -> RowFrame:
        """The rows behind a number."""

    def stream(
        self, query: MetricQuery | RowQuery
    ) -> tuple[tuple[str, ...], Iterator[list[tuple[object, ...]]]]:
        """Column names and batches of rows, read with a constant amount of memory: for exports."""

    def csv(
        self,
        query: MetricQuery | RowQuery,
        columns: Sequence[tuple[str, str]],
        tests: Sequence[tuple[str, str, float]] = (),
    ) -> Iterator[bytes]:
        """An answer without comparison as CSV in chunks, written by the database: columns are (column of the
        answer, head in the file), tests (column, comparison, number) that a row must pass."""

    def passport(self, metric: str, query: MetricQuery) -> Passport:
        """Where one number comes from; `query` has no dimensions, its filters pin the cell."""

    def members(self, dimension: str, query: MetricQuery) -> tuple[str, ...]:
        """The values a dimension takes in a period within the scope, for filter menus."""

    def targets(self, on: date) -> tuple[Target, ...]:
        """The targets in force on a day, at most one a metric: of several, the one that ends first."""

    def ledger(self, since: date) -> Ledger:
        """How fresh each source is, and the totals of days from `since` on that it has changed; unscoped."""

    def forecasts(self, query: ForecastQuery) -> tuple[ForecastPoint, ...]:
        """Every prediction of a metric, in the order of their making. Raises: AccessDenied."""

    def scores(self, query: ScoreQuery) -> tuple[CustomerScore, ...]:
        """The newest score of every customer, the likeliest first. Raises: AccessDenied."""

    def histories(self) -> Histories:
        """What every customer did, for models."""


class Job(Protocol):
    """What a job body gets to tell how far it is, and the id under which people find it."""

    @property
    def id(self) -> str: ...

    def progress(self, share: float, message: str) -> None: ...


class JobQueue(Protocol):
    """Hands work to the workers. Arguments are JSON values; no secret is ever among them."""

    def enqueue(
        self, kind: str, title: str, asked_by: str, *, job_id: str | None = None, **arguments: object
    ) -> str:
        """Queue a job of a registered kind; a live job id twice is one job. Without Redis it waits."""

    def retry(self, job_id: str) -> None:
        """Run a failed job once more, as the row that it is. Raises: NotFound, ConflictError."""

    def available(self) -> bool: ...


@dataclass(frozen=True)
class Services:
    """Everything a page, a job or a command needs."""

    settings: Settings
    clock: Clock
    database: Database
    query: QueryRunner
    queue: JobQueue
