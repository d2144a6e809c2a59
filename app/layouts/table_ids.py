"""Component ids of the analyst's pages; those of the frame stand in `ids.py`."""

from __future__ import annotations

from dash import ALL

from app.layouts.ids import Id

TABLE = "table"
TABLE_BODY = "table-body"
TABLE_HEAD = "table-head"
TABLE_GROUPING = "table-grouping"
TABLE_TOOLS = "table-tools"
TABLE_CELLS = "table-cells"
TABLE_FIND = "table-find"
TABLE_COLUMN = "table-condition-column"
TABLE_OPERATOR = "table-condition-operator"
TABLE_VALUE = "table-condition-value"
TABLE_ADD = "table-condition-add"
EXPORT_XLSX = "export-xlsx"
EXPORT_STATE = "export-state"
EXPORT_POLL = "export-poll"
EXPORT_JOB = "export-job"
EXPORT_KIND = "export-kind"
EXPORT_DISMISS = "export-dismiss"
PASSPORT_CLOSE = "passport-close"
ROWS_GRID = "rows-grid"
GLOSSARY_FIND = "glossary-find"
GLOSSARY_LIST = "glossary-list"
JOBS_POLL = "jobs-poll"
JOBS_LIST = "jobs-list"
JOB_DIALOG = "job-dialog"
JOB_TARGET = "job-target"
JOB_CONFIRM = "job-confirm-do"
JOB_PROBLEM = "job-problem"


def job_retry(job: str) -> Id:
    return {"type": "job-retry", "job": job}


JOB_RETRY_ANY: Id = {"type": "job-retry", "job": ALL}
