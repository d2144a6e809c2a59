"""The dialog that adds a report, or changes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app.data.schedule_models import Schedule
from app.layouts import dialogs, timing
from app.layouts import report_ids as ids
from app.layouts.timing_ids import OF_REPORT
from app.reports import definitions, views
from app.reports.models import Report
from app.services import Services
from app.text import t


def form(
    services: Services,
    report: Report | None,
    schedule: Schedule | None,
    sections: Mapping[str, str],
    limits: str = "",
) -> list[Component]:
    """All fields; of a new report the weekly one's are suggested.

    `sections`: each with why the owner's scope, limited by `limits`, shuts it; empty where it does not.
    """
    body = [
        dcc.Store(id=ids.TARGET, data=report.id if report else None),
        *_contents(report, sections, limits),
        *_readers(report),
        *_times(services, schedule),
        dialogs.problem(ids.PROBLEM),
    ]
    title = t("reports.edit_title", title=report.title) if report else t("reports.add_title")
    save = html.Button(t("reports.save"), id=ids.SAVE, className="btn btn-primary", type="button")
    return dialogs.content(title, body, [dialogs.keep(ids.DIALOG, t("reports.cancel")), save])


def _contents(report: Report | None, sections: Mapping[str, str], limits: str) -> list[Component]:
    """Title, sections in their order, formats, and the days and members that it tells of."""
    view = views.read(report.view) if report else views.View()
    formats = [(name, t(f"reports.format_{name}")) for name in definitions.FORMATS]
    filters = dbc.Textarea(id=ids.FILTERS, value=view.lines(), rows=2)
    shut = t("reports.sections_shut", limits=limits) if any(sections.values()) else ""
    return [
        _field("title", dbc.Input(id=ids.TITLE, value=report.title if report else "", maxLength=200)),
        _field("sections", _sections(report, sections), shut),
        _field("formats", _checks(ids.FORMATS, formats, report.formats if report else definitions.FORMATS)),
        _field("range", dbc.Select(id=ids.RANGE, options=_ranges(), value=view.range)),
        _field("filters", filters, t("reports.view_wrong_hint")),
    ]


def _sections(report: Report | None, sections: Mapping[str, str]) -> Component:
    """The report's own in their order, then the others; of a new one all that its owner's scope can tell."""
    own = list(report.sections) if report else []
    ticked = [name for name in (own if report else sections) if not sections.get(name)]
    made: Component = dbc.Checklist(
        id=ids.SECTIONS,
        options=[_section(name, sections.get(name, "")) for name in dict.fromkeys([*own, *sections])],
        value=ticked,
    )
    return made


def _section(name: str, reason: str) -> dict[str, Any]:
    """One that is shut stands there and cannot be ticked, with the reason beneath its title."""
    title = t(f"reports.section_{name}")
    if not reason:
        return {"label": title, "value": name}
    why = html.Span([title, html.Span(reason, className="hint")], className="shut-section")
    return {"label": why, "value": name, "disabled": True}


def _readers(report: Report | None) -> list[Component]:
    lines = definitions.recipient_lines(report.recipients) if report else ""
    box = dbc.Textarea(id=ids.RECIPIENTS, value=lines, rows=3)
    return [_field("recipients", box, t("reports.bad_address_hint"))]


def _times(services: Services, schedule: Schedule | None) -> list[Component]:
    """When it goes out; of a new report Mondays at nine, of a paused one nothing."""
    paused = schedule is not None and schedule.paused
    cron = schedule.cron if schedule and not paused else ("" if paused else definitions.MONDAY_9)
    zone = schedule.time_zone if schedule else services.settings.time_zone
    return timing.fields(services, OF_REPORT, cron, zone)


def _field(name: str, control: Component, hint: str = "") -> Component:
    return dialogs.field(t(f"reports.field_{name}"), control, hint)


def _checks(name: str, options: Sequence[tuple[str, str]], chosen: Sequence[str]) -> Component:
    made: Component = dbc.Checklist(
        id=name, options=[{"label": label, "value": value} for value, label in options], value=list(chosen)
    )
    return made


def _ranges() -> list[dict[str, str]]:
    return [{"label": t(f"reports.range_{name}"), "value": name} for name in views.RANGES]
