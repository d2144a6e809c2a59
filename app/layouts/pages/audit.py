"""The audit log: filtered by its address, in pages, exported as it is filtered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from app.accounts import audit
from app.accounts.audit import AuditFilter
from app.accounts.models import AuditEntry
from app.accounts.permissions import AUDIT
from app.errors import InputError
from app.layouts import audit_words
from app.layouts import people_ids as ids
from app.layouts.pages.base import PAGES, Page, PageContext
from app.text import has, t
from app.units import Units

PER_PAGE = 50
ALL = "all"
FILTERS = ("words", "action", "since", "until")  # parameters that choose entries


@dataclass(frozen=True)
class Asked:
    """What the address asks for, as text; `page` counts from 1."""

    words: str = ""
    action: str = ""
    since: str = ""
    until: str = ""
    page: int = 1

    def address(self, path: str = "/audit") -> str:
        """The address that asks for this."""
        values: dict[str, str] = {name: getattr(self, name) for name in FILTERS}
        if self.page > 1:
            values["page"] = str(self.page)
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{path}?{query}" if query else path

    def filter(self, zone: str) -> AuditFilter:
        """The entries that are meant, days read in the organisation's zone.

        Raises: InputError.
        """
        since, until = _day(self.since), _day(self.until)
        if since and until and until < since:
            raise InputError(t("audit.days_inverted"), hint=t("audit.days_inverted_hint"))
        return AuditFilter(
            words=self.words,
            action=self.action,
            since=_midnight(since, zone) if since else None,
            until=_midnight(until + timedelta(days=1), zone) if until else None,
        )


def asked(values: Mapping[str, str]) -> Asked:
    """What the address asks for; a page that is no number is the first."""
    number, kind = values.get("page", "1"), values.get("action", "")
    return Asked(
        words=values.get("words", "").replace("\0", "")[:100],
        action="" if kind == ALL else kind.replace("\0", "")[:60],
        since=values.get("since", ""),
        until=values.get("until", ""),
        page=min(max(int(number), 1), 10**6) if number.isdecimal() and len(number) < 8 else 1,
    )


def layout(context: PageContext) -> Component:
    """Filter, entries, and the way to the other pages; a wrong filter says so in place."""
    want = asked(dict(parse_qsl(context.search)))
    try:
        body = _entries(context, want)
    except InputError as problem:
        body = [html.P(str(problem), className="dialog-problem", role="alert")]
    return html.Div(
        [_form(context, want), html.Div(body, id=ids.AUDIT_LOG)], className="page-body people-page"
    )


def _form(context: PageContext, want: Asked) -> Component:
    kinds = [{"label": t("audit.filter_action_all"), "value": ALL}]
    kinds += [{"label": label(kind), "value": kind} for kind in audit.actions(context.services.database)]
    fields = [
        _field("words", dbc.Input(value=want.words, placeholder=t("audit.filter_words_hint"), type="search")),
        _field("action", dbc.Select(options=kinds, value=want.action or ALL)),
        _field("since", dbc.Input(value=want.since, type="date")),
        _field("until", dbc.Input(value=want.until, type="date")),
    ]
    buttons = html.Div(
        [
            html.Button(t("audit.filter_apply"), type="submit", className="btn btn-secondary"),
            html.A(t("audit.filter_reset"), href="/audit", className="btn btn-text"),
            html.A(
                t("audit.export"),
                href=replace(want, page=1).address("/audit.csv"),
                className="btn btn-secondary",
            ),
        ],
        className="filter-buttons",
    )
    return html.Form([*fields, buttons], method="GET", action="/audit", className="audit-filter")


def _field(name: str, control: Any) -> Component:
    control.id, control.name = f"audit-{name}", name
    return html.Div(
        [html.Label(t(f"audit.filter_{name}"), htmlFor=control.id), control], className="form-field"
    )


def _entries(context: PageContext, want: Asked) -> list[Component]:
    zone = context.services.settings.time_zone
    first = (want.page - 1) * PER_PAGE
    found, total = audit.entries(context.services.database, want.filter(zone), limit=PER_PAGE, offset=first)
    if not found:
        return [html.P(t("audit.empty"), className="card people-card sub")]
    count = t("audit.summary_one") if total == 1 else t("audit.summary", count=f"{total:,}")
    lead = html.P(f"{count}. {t('audit.lead')}", className="page-lead")
    return [
        lead,
        html.Div(_table(found, zone), className="card table-card"),
        _turning(want, first, len(found), total),
    ]


def _table(found: list[AuditEntry], zone: str) -> Component:
    columns = ("at", "actor", "action", "object", "detail", "address")
    head = [html.Th(t(f"audit.column_{name}"), className=f"c-{name}", scope="col") for name in columns]
    rows = [
        html.Tr(
            [
                html.Td(_instant(entry.at, zone), className="c-at num"),
                html.Td(html.Bdi(entry.actor), className="c-actor"),
                html.Td(label(entry.action), className="c-action"),
                html.Td(html.Bdi(entry.object), className="c-object"),
                html.Td(html.Bdi(_detail(entry, zone)), className="c-detail", title=entry.detail or None),
                html.Td(entry.address, className="c-address num"),
            ]
        )
        for entry in found
    ]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table-look audit-table")


def _detail(entry: AuditEntry, zone: str) -> str:
    """In words; what was noted, and is searched and exported, is behind the pointer."""
    return audit_words.detail(entry.action, entry.detail, zone)


def _instant(when: datetime, zone: str) -> Component:
    return html.Time(Units().instant(when, zone), dateTime=when.isoformat())


def _turning(want: Asked, first: int, shown: int, total: int) -> Component:
    newer = html.A(
        t("audit.newer"), href=replace(want, page=want.page - 1).address(), className="btn btn-secondary"
    )
    older = html.A(
        t("audit.older"), href=replace(want, page=want.page + 1).address(), className="btn btn-secondary"
    )
    where = t("audit.page", first=first + 1, last=first + shown, total=f"{total:,}")
    return html.Div(
        [
            newer if want.page > 1 else None,
            html.Span(where, className="sub"),
            older if first + shown < total else None,
        ],
        className="paging",
    )


def label(action: str) -> str:
    """The words for a kind of entry; kinds that other parts add show their own name."""
    key = f"audit.action_{action.replace('.', '_')}"
    return t(key) if has(key) else action.replace(".", ", ").replace("_", " ").capitalize()


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(t("audit.day_wrong", text=text[:40]), hint=t("audit.day_hint")) from None


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


PAGES.add(Page("audit", "audit.title", "admin", AUDIT, "shield", layout))
