"""The job of a report: make its newest issue, then hand it over or hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.reports import issue
from app.services import Job, Services


def report(services: Services, job: Job, report_id: str) -> Mapping[str, Any]:
    """One issue; run twice it reaches nobody twice."""
    outcome = issue.send(services, report_id, progress=job.progress)
    return {"state": outcome.state, "reasons": list(outcome.reasons), "deliveries": len(outcome.deliveries)}


def report_test(services: Services, job: Job, report_id: str, to: str) -> Mapping[str, Any]:
    """The newest issue to one address, as a test; held means that it goes to nobody."""
    outcome = issue.send_test(services, report_id, "email", to)
    return {"state": outcome.state, "deliveries": len(outcome.deliveries)}


KINDS = {"report": report, "report_test": report_test}
