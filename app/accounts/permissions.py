"""What may be done, and which role may do it. Whatever is not listed here is denied."""

from __future__ import annotations

DASHBOARDS = "dashboards.view"
ANALYSIS = "analysis.view"
EXPORT = "data.export"
ACTIONS = "actions.edit"
API = "api.query"
SOURCES_VIEW = "sources.view"
SOURCES_MANAGE = "sources.manage"
JOBS = "jobs.view"
USERS = "users.manage"
AUDIT = "audit.view"
ALERTS = "alerts.view"
ALERTS_SEE_TO = "alerts.see_to"  # acknowledging an alarm, snoozing it, and taking that back
ALERTS_MANAGE = "alerts.manage"  # numbers and recipients of a rule, tests
SCHEDULES = "schedules.manage"
REPORTS = "reports.view"
REPORTS_EDIT = "reports.edit"
ACCOUNT = "account.own"  # one's own password, sessions, tokens, theme
PUBLIC = "public"  # nobody needs to be signed in; the sign-in page and liveness only

_READER = frozenset({DASHBOARDS, ANALYSIS, EXPORT, ALERTS, REPORTS, ACCOUNT})
_MANAGER = _READER | {ACTIONS, API, SOURCES_VIEW, JOBS, ALERTS_SEE_TO, ALERTS_MANAGE, SCHEDULES, REPORTS_EDIT}

ROLES: dict[str, frozenset[str]] = {
    "executive": _READER | {ACTIONS, ALERTS_SEE_TO, REPORTS_EDIT},
    "marketing_manager": _MANAGER,
    "campaign_specialist": _READER | {ACTIONS, ALERTS_SEE_TO},
    "analyst": _READER | {API, SOURCES_VIEW, JOBS, REPORTS_EDIT},
    "admin": _MANAGER | {SOURCES_MANAGE, USERS, AUDIT},
}
