"""What a person asks of a report: its newest issue to all its readers, or as a test to one address.

Each is noted in the audit log, whether a worker does it or the one who asks waits for it.
"""

from __future__ import annotations

from app.accounts import audit
from app.data import schedules
from app.reports import issue
from app.reports.issue import Outcome
from app.reports.models import Report
from app.services import Services
from app.text import t

SENT, TESTED = "report.sent", "report.tested"


def send_later(services: Services, report: Report, by: str) -> str:
    """Have a worker make and send the newest issue; the job's id. Raises: QueueUnavailable."""
    asked = {"report_id": report.id}
    job_id = schedules.work_id(services.database, "report", asked)
    services.queue.enqueue("report", _title(report), by, job_id=job_id, **asked)
    _note(services, by, SENT, report.id)
    return job_id


def test_later(services: Services, report: Report, to: str, by: str) -> str:
    """Have a worker send the newest issue to one mail address, as a test; the job's id.

    Raises: QueueUnavailable.
    """
    job_id = services.queue.enqueue("report_test", _title(report), by, report_id=report.id, to=to)
    _note(services, by, TESTED, report.id, to)
    return job_id


def send_now(services: Services, report_id: str, by: str, *, again: bool = False) -> Outcome:
    """Make and queue the newest issue here. Raises: as `issue.send`."""
    _note(services, by, SENT, report_id, "again" if again else "")
    return issue.send(services, report_id, again=again)


def test_now(services: Services, report_id: str, to: str, by: str) -> Outcome:
    """Queue the newest issue here for one address or #channel, as a test. Raises: as `issue.send_test`."""
    _note(services, by, TESTED, report_id, to)
    return issue.send_test(services, report_id, "slack" if to.startswith("#") else "email", to)


def _title(report: Report) -> str:
    return t("reports.job_title", title=report.title)


def _note(services: Services, by: str, action: str, report_id: str, detail: str = "") -> None:
    audit.record(services.database, services.clock, by, action, report_id, detail)
