"""Component ids of the Reports page."""

from __future__ import annotations

from dash import ALL

from app.layouts.timing_ids import OF_REPORT

Id = dict[str, object]

BODY = "report-body"
ADD = "report-add"
EDIT = "report-edit"
SHOWN = "report-shown"
TEST = "report-test"
SEND = "report-send"
SEND_DO = "report-send-do"
REMOVE = "report-remove"
REMOVE_DO = "report-remove-do"
AGAIN_DO = "report-again-do"
SAID = "report-said"
JOBS = "report-jobs"
POLL = "report-poll"
DELIVERIES = "report-deliveries"
ARCHIVE = "report-archive"
DIALOG = "report-dialog"
TARGET = "report-target"
TITLE = "report-title"
SECTIONS = "report-sections"
FORMATS = "report-formats"
RECIPIENTS = "report-recipients"
RANGE = "report-range"
FILTERS = "report-filters"
SAVE = "report-save"
PROBLEM = "report-problem"
FIELDS = (TARGET, TITLE, SECTIONS, FORMATS, RECIPIENTS, RANGE, FILTERS, OF_REPORT.cron, OF_REPORT.zone)
AGAIN_ANY: Id = {"type": "delivery-again", "delivery": ALL}


def again(delivery: int) -> Id:
    """The button that sends once more what failed."""
    return {"type": "delivery-again", "delivery": delivery}
