"""Records by a query job of Bulk API 2.0: asked once, waited for, fetched as CSV. For what is large.

Source: https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, repeat

import httpx

from app.data.connectors.base import PayloadRow
from app.data.connectors.http import nothing
from app.data.connectors.salesforce.answers import Gone, UnknownField, require_all
from app.data.connectors.salesforce.organisation import Organisation
from app.errors import SourceError, SourcePermanent, SourceTransient
from app.text import t

PAGE = 20_000  # records of one set of results: what a worker holds at once
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds between two looks at a job; doubled in between
PATIENCE = 3600.0  # seconds after which a job is given up
RUNNING = ("UploadComplete", "InProgress")
LAST = ("", "null")  # what stands for "no further page": Salesforce writes the word


class JobRefused(SourceError):
    """The organisation does not run this query as a job; nothing was read."""


@dataclass(frozen=True)
class Results:
    """One set of results. `locator`: of the next one."""

    rows: list[PayloadRow]
    locator: str


@dataclass
class Job:
    """A query job. `announced`: the records that it found, once it has ended."""

    path: str
    ended: bool = False
    announced: int | None = None


def pages(organisation: Organisation, soql: str) -> Iterator[list[PayloadRow]]:
    """Pages of records, the deleted ones too; every value is text, an empty one None.

    The query has no ORDER BY: it would keep Salesforce from cutting a large table into chunks.
    Raises: JobRefused before the first page; SourceError.
    """
    job = _created(organisation, soql)
    try:
        _wait_for(organisation, job)
        yield from _results(organisation, job)
    except Gone:
        raise SourceTransient(
            t("connectors.salesforce_job_gone"),
            hint=t("connectors.salesforce_nothing_kept_hint"),
        ) from None
    finally:
        _remove(organisation, job)


def _created(organisation: Organisation, soql: str) -> Job:
    asked = {
        "operation": "queryAll",
        "query": soql,
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    }
    path = f"{organisation.root}/jobs/query"
    try:
        told = organisation.call("POST", path, json=asked)
    except UnknownField:
        raise
    except SourcePermanent as problem:
        # No bulk interface, an object it does not cover, the day's jobs used up: a query works or says why.
        raise JobRefused(problem.message) from None
    if not told.get("id"):
        raise JobRefused(t("connectors.salesforce_job_unnamed"))
    return Job(f"{path}/{told['id']}")


def _wait_for(organisation: Organisation, job: Job) -> None:
    waits = accumulate(repeat(FIRST_WAIT), lambda wait, _: min(wait * 2, LONGEST_WAIT))
    waited = 0.0
    for wait in waits:
        if waited >= PATIENCE:
            raise SourceTransient(
                t("connectors.salesforce_job_slow", minutes=waited / 60),
                hint=t("connectors.stream_again_hint"),
            )
        organisation.http.sleep(wait)
        waited += wait
        told = organisation.call("GET", job.path)
        state = str(told.get("state"))
        job.ended = state not in RUNNING
        if job.ended:
            _require_complete(state, str(told.get("errorMessage") or t("connectors.no_reason")))
            job.announced = told.get("numberRecordsProcessed")
            return


def _require_complete(state: str, reason: str) -> None:
    if state == "Failed":
        raise JobRefused(t("connectors.salesforce_job_failed", reason=reason))
    if state == "Aborted":
        raise SourceTransient(
            t("connectors.salesforce_job_aborted"),
            hint=t("connectors.salesforce_nothing_kept_hint"),
        )
    if state != "JobComplete":
        raise SourcePermanent(
            t("connectors.salesforce_job_state", state=state),
            hint=t("connectors.salesforce_job_state_hint"),
        )


def _results(organisation: Organisation, job: Job) -> Iterator[list[PayloadRow]]:
    locator, seen, received = "", set[str](), 0
    while True:
        asked = {"maxRecords": str(PAGE)} | ({"locator": locator} if locator else {})
        found: Results = organisation.call(
            "GET", f"{job.path}/results", read=read_csv, params=asked, headers={"Accept": "text/csv"}
        )
        received += len(found.rows)
        yield found.rows
        locator = found.locator
        if locator in LAST:
            break
        if locator in seen:
            raise SourceTransient(
                t("connectors.salesforce_page_twice"), hint=t("connectors.stream_again_hint")
            )
        seen.add(locator)
    require_all(job.announced or 0, received)


def read_csv(response: httpx.Response) -> tuple[bool, Results | None]:
    """Whether a set of results is whole (as many records as its header tells), and what it says."""
    told = response.headers.get("Sforce-NumberOfRecords", "")
    try:
        lines = list(csv.reader(io.StringIO(response.text, newline=""), strict=True))
    except csv.Error:  # it ends inside quotes
        return False, None
    names, cells = (lines[0], lines[1:]) if lines else ([], [])
    if told.isdigit() and int(told) != len(cells) or any(len(line) != len(names) for line in cells):
        return False, None
    rows = [{name: cell or None for name, cell in zip(names, line, strict=True)} for line in cells]
    return True, Results(rows, response.headers.get("Sforce-Locator", ""))


def _remove(organisation: Organisation, job: Job) -> None:
    """Leave nothing behind; where that fails, Salesforce removes the job itself after seven days."""
    with suppress(SourceError):
        if not job.ended:
            organisation.call("PATCH", job.path, json={"state": "Aborted"})
        organisation.call("DELETE", job.path, read=nothing)
