"""Asking before a report leaves the house, which says who will get it, and before one is deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash.development.base_component import Component

from app.layouts import dialogs
from app.layouts import report_ids as ids
from app.layouts.recipient_groups import lines
from app.notify.models import Delivery
from app.reports.models import Report
from app.text import t


def sending(report: Report, told: Sequence[Mapping[str, str]]) -> list[Component]:
    """Before the newest issue goes to everybody on the list; `told` are those who have not left it."""
    title = t("reports.send_title", title=report.title)
    if not told:
        back = dialogs.keep(ids.DIALOG, t("reports.cancel"), focus=True)
        return dialogs.content(title, [dialogs.problem(ids.PROBLEM, t("reports.nobody"))], [back])
    return dialogs.question(
        ids.DIALOG,
        title=title,
        text=t("reports.send_text", count=len(told)),
        verb=t("reports.send_do", count=len(told)),
        way_back=t("reports.send_keep"),
        danger=False,
        parts=(ids.TARGET, ids.SEND_DO, ids.PROBLEM),
        target=report.id,
        more=lines(told, dialogs.MOST_SHOWN),
    )


def removing(report: Report) -> list[Component]:
    """Before a report is deleted; what was sent of it stays in the log."""
    return dialogs.question(
        ids.DIALOG,
        title=t("reports.remove_title", title=report.title),
        text=t("reports.remove_text", count=len(report.recipients)),
        verb=t("reports.remove_do"),
        way_back=t("reports.remove_keep"),
        danger=True,
        parts=(ids.TARGET, ids.REMOVE_DO, ids.PROBLEM),
        target=report.id,
    )


def sending_again(row: Delivery) -> list[Component]:
    """Before one delivery goes out once more; of one in doubt nobody knows whether it arrived."""
    text = "reports.again_text_unknown" if row.state == "unknown" else "reports.again_text"
    return dialogs.question(
        ids.DIALOG,
        title=t("reports.again_title", to=row.to),
        text=t(text, title=row.title),
        verb=t("reports.again_do", to=row.to),
        way_back=t("reports.send_keep"),
        danger=False,
        parts=(ids.TARGET, ids.AGAIN_DO, ids.PROBLEM),
        target=row.id,
    )
