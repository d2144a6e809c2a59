"""Salesforce's Bulk API 2.0 for queries: jobs that take a while, and their results as CSV by locator."""

from __future__ import annotations

import base64
import csv
import io
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.limits import HOUR
from sandbox.site import Site
from sandbox.wire.salesforce import (
    SOURCE,
    SalesforceError,
    admit,
    answers,
    compiled,
    rows,
    used_today,
    written,
)
from sandbox.wire.soql import Soql

JOBS = "/services/data/v<version>/jobs/query"
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
ENDED = ("JobComplete", "Failed", "Aborted")
NOT_IN_BULK = re.compile(r"\bGROUP\s+BY\b|\bOFFSET\b|\bTYPEOF\b|\bCOUNT\s*\(", re.IGNORECASE)


@dataclass
class QueryJob:
    """One job. `now`: the company's instant that it shows; `made`: when, on the wire's clock."""

    id: str
    version: str
    operation: str
    soql: Soql
    line_ending: str
    now: int
    made: float
    state: str = "UploadComplete"
    total: int = 0
    error: str = ""

    def told(self) -> dict[str, Any]:
        """What the creation of the job answers, and the list of jobs."""
        created = datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        return {
            "id": self.id,
            "operation": self.operation,
            "object": self.soql.sobject.name,
            "createdById": "005LF000000owner1AAA",
            "createdDate": created,
            "systemModstamp": created,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.line_ending,
            "columnDelimiter": "COMMA",
        }

    def seen(self) -> dict[str, Any]:
        """What a look at the job answers."""
        more = {"jobType": "V2Query", "retries": 0, "totalProcessingTime": 0}
        if self.state == "JobComplete":
            more |= {"numberRecordsProcessed": self.total}
        return self.told() | more | ({"errorMessage": self.error} if self.error else {})


def blueprint(site: Site) -> Blueprint:
    """The routes of query jobs, at the org's instance."""
    routes = Blueprint("salesforce_bulk_query", __name__)
    jobs: dict[str, QueryJob] = {}

    @routes.post(JOBS)
    def create(version: str) -> Response:
        admit(site, version)
        job = _created(site, version, request.get_json(force=True, silent=True) or {})
        return jsonify(jobs.setdefault(job.id, job).told())

    @routes.get(JOBS)
    def every(version: str) -> Response:
        admit(site, version)
        return jsonify(done=True, records=_kept(site, jobs), nextRecordsUrl=None)

    @routes.get(f"{JOBS}/<job_id>")
    def look(version: str, job_id: str) -> Response:
        admit(site, version)
        return jsonify(_gone_on(site, _known(site, jobs, job_id)).seen())

    @routes.get(f"{JOBS}/<job_id>/results")
    def results(version: str, job_id: str) -> Response:
        admit(site, version)
        return _results(site, version, _known(site, jobs, job_id))

    @routes.patch(f"{JOBS}/<job_id>")
    def abort(version: str, job_id: str) -> Response:
        admit(site, version)
        return jsonify(_aborted(_known(site, jobs, job_id)).seen())

    @routes.delete(f"{JOBS}/<job_id>")
    def delete(version: str, job_id: str) -> tuple[str, int]:
        admit(site, version)
        del jobs[_ended(_known(site, jobs, job_id)).id]
        return "", 204

    answers(site, routes)
    return routes


def _aborted(job: QueryJob) -> QueryJob:
    if job.state in ENDED or request.get_json(force=True).get("state") != "Aborted":
        raise SalesforceError(400, "INVALIDJOBSTATE", f"Job is in the state {job.state}")
    job.state = "Aborted"
    return job


def _ended(job: QueryJob) -> QueryJob:
    if job.state not in ENDED:
        raise SalesforceError(400, "INVALIDJOBSTATE", "A job can be deleted once it has ended")
    return job


def _created(site: Site, version: str, asked: dict[str, Any]) -> QueryJob:
    text, operation = str(asked.get("query", "")), asked.get("operation")
    ending = asked.get("lineEnding", "LF")
    if operation not in ("query", "queryAll") or ending not in LINE_ENDINGS:
        raise SalesforceError(400, "INVALIDJOB", "The operation or line ending is not one of a query job")
    if asked.get("contentType", "CSV") != "CSV" or asked.get("columnDelimiter", "COMMA") != "COMMA":
        raise SalesforceError(400, "INVALIDJOB", "Results are CSV with commas")
    soql = compiled(text, operation == "queryAll")
    _admit_job(site, soql, text)
    ident = f"750LF0000{secrets.token_hex(3)}AAA"
    return QueryJob(ident, version, operation, soql, ending, site.seconds(), site.clock.wall())


def _admit_job(site: Site, soql: Soql, text: str) -> None:
    """What the interface does not do, and the jobs of the day."""
    name = soql.sobject.name
    if not soql.sobject.bulk or site.faults.take(SOURCE, "job_refused"):
        raise SalesforceError(400, "INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")
    if NOT_IN_BULK.search(text):
        raise SalesforceError(400, "API_ERROR", "API does not support query: aggregates, groups and offsets")
    if used_today(site, "salesforce_bulk_jobs") >= site.limits.salesforce_bulk_jobs_per_day:
        raise SalesforceError(400, "LIMIT_EXCEEDED", "Max bulk v2 query jobs limit exceeded.")
    site.usage.add("salesforce_bulk_jobs", site.clock.wall(), HOUR)


def _kept(site: Site, jobs: dict[str, QueryJob]) -> list[dict[str, Any]]:
    return [job.told() for job in jobs.values() if not _expired(site, job)]


def _expired(site: Site, job: QueryJob) -> bool:
    return job.made + site.limits.salesforce_bulk_job_seconds <= site.clock.wall()


def _known(site: Site, jobs: dict[str, QueryJob], job_id: str) -> QueryJob:
    job = jobs.get(job_id)
    if job and (_expired(site, job) or site.faults.take(SOURCE, "job_expired", request.path)):
        job = None
        del jobs[job_id]
    if job is None:
        raise SalesforceError(404, "NOT_FOUND", "The requested resource does not exist")
    return job


def _gone_on(site: Site, job: QueryJob) -> QueryJob:
    """A job is one state further at each look: in progress, then complete, or what a fault makes of it."""
    if job.state == "UploadComplete":
        job.state = "InProgress"
    elif job.state == "InProgress":
        job.state = "JobComplete"
        if not site.faults.take(SOURCE, "empty_window"):
            job.total, _ = rows(site, job.soql, job.now, 0, 0)
        if site.faults.take(SOURCE, "job_failed"):
            job.state = "Failed"
            job.error = (
                "Unexpected exception encountered in query processing. Retried more than fifteen times"
            )
        elif site.faults.take(SOURCE, "job_aborted"):
            job.state = "Aborted"
    return job


def _results(site: Site, version: str, job: QueryJob) -> Response:
    if version != job.version:
        raise SalesforceError(409, "API_VERSION_MISMATCH", f"The job was made with version {job.version}")
    if job.state != "JobComplete":
        raise SalesforceError(400, "INVALIDJOBSTATE", f"Job is in the state {job.state}")
    size = min(int(request.args.get("maxRecords", site.limits.salesforce_bulk_rows)), 1_000_000)
    offset = _offset(request.args.get("locator", ""))
    if offset and site.faults.take(SOURCE, "duplicate_page"):
        offset -= size
    found = rows(site, job.soql, job.now, size, offset)[1] if job.total else []
    fault = site.faults.take(SOURCE, "changed_field")
    changed = (fault.field or job.soql.fields[-1]) if fault else ""
    response = Response(_csv(job, found, changed), content_type="text/csv; charset=UTF-8")
    response.headers["Sforce-NumberOfRecords"] = str(len(found))
    more = offset + size < job.total
    # The word, when there is no further page.
    response.headers["Sforce-Locator"] = _locator(offset + size) if more else "null"
    return response


def _csv(job: QueryJob, found: Iterable[tuple[Any, ...]], changed: str) -> str:
    out = io.StringIO(newline="")
    ending = LINE_ENDINGS[job.line_ending]
    lines = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=ending)
    lines.writerow([f"{name}_V2" if name == changed else name for name in job.soql.fields])
    kinds = [job.soql.sobject.types[name] for name in job.soql.fields]
    lines.writerows([_cell(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in found)
    return out.getvalue()


def _cell(kind: str, value: Any) -> str:
    """A value as bulk results write it: null as nothing, instants with a Z."""
    if value is None:
        return ""
    if kind == "boolean":
        return "true" if value else "false"
    told = str(written(kind, value))
    return told.replace("+0000", "Z") if kind == "datetime" else told


def _locator(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).rstrip(b"=").decode()


def _offset(locator: str) -> int:
    if not locator:
        return 0
    try:
        return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except ValueError:
        raise SalesforceError(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from None
