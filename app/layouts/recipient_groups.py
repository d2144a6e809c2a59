"""The groups of recipients under the alerts, and the dialog that makes or changes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app.layouts import alert_ids as ids
from app.layouts import dialogs
from app.layouts.told import breakable
from app.notify import groups
from app.notify.models import RecipientGroup
from app.services import Services
from app.text import t


def section(services: Services, may: bool) -> list[Component]:
    """Every group with its members; who may not change them reads why."""
    add = html.Button(t("alerts.group_add"), id=ids.GROUP_ADD, className="btn btn-secondary", type="button")
    head = html.Div(
        [html.H2(t("alerts.groups"), className="page-h2"), add if may else None], className="page-tools"
    )
    above: list[Component] = [head]
    if not may:
        above.append(html.P(t("alerts.groups_scoped"), className="muted"))
    found = groups.listed(services.database)
    if not found:
        return [*above, html.P(t("alerts.groups_none"), className="muted")]
    columns = [html.Th(t(f"alerts.{name}"), scope="col") for name in ("group_name", "group_members")]
    columns.append(html.Th(t("alerts.column_actions"), className="c-actions", scope="col"))
    rows = html.Tbody([_row(group, may) for group in found])
    table = html.Table([html.Thead(html.Tr(columns)), rows], className="table-look people-table")
    return [*above, html.Div(table, className="card table-card")]


def _row(group: RecipientGroup, may: bool) -> Component:
    buttons = [
        html.Button(
            t(f"alerts.{word}"),
            id=ids.group_button(verb, group.id),
            className="btn btn-text",
            type="button",
            title=f"{t(f'alerts.{word}')}: {group.name}",
        )
        for verb, word in (("edit", "edit"), ("remove", "remove"))
        if may
    ]
    return html.Tr(
        [
            html.Td(html.Bdi(group.name, className="strong"), className="c-name"),
            html.Td(_by_channel(group.members) or t("alerts.told_nobody"), className="c-told"),
            html.Td(html.Div(buttons, className="row-buttons"), className="c-actions"),
        ]
    )


def _by_channel(entries: Sequence[Mapping[str, str]]) -> list[Component]:
    told: dict[str, list[str]] = {}
    for entry in entries:
        told.setdefault(entry["channel"], []).append(entry["to"])
    return [
        html.Div(
            [t(f"notify.channel_{channel}"), ": ", html.Bdi(breakable(", ".join(to)))], className="sub wrap"
        )
        for channel, to in told.items()
    ]


def lines(entries: Sequence[Mapping[str, str]], most: int | None = None) -> list[Component]:
    """Who is told by which channel, a line each; of more than `most` the count of the others."""
    shown: list[Component] = [
        html.Div([t(f"notify.channel_{entry['channel']}"), ": ", html.Bdi(entry["to"])], className="sub wrap")
        for entry in entries[:most]
    ]
    left = len(entries) - len(shown)
    return [*shown, html.Div(t("notify.more", count=left), className="sub")] if left else shown


def removal(group: RecipientGroup, users: Sequence[str]) -> list[Component]:
    """Asks before a group is forgotten; of one that rules or reports tell, `users`, it says so instead."""
    title = t("alerts.group_remove_title", name=group.name)
    if users:
        used = dialogs.problem(ids.GROUP_PROBLEM, groups.in_use(users))
        return dialogs.content(title, [used], [dialogs.keep(ids.GROUP_DIALOG, t("alerts.keep"), focus=True)])
    return dialogs.question(
        ids.GROUP_DIALOG,
        title=title,
        text=t("alerts.group_remove_text", count=len(group.members)),
        verb=t("alerts.group_remove_do"),
        way_back=t("alerts.keep"),
        danger=True,
        parts=(ids.GROUP_TARGET, ids.GROUP_REMOVE, ids.GROUP_PROBLEM),
        target=group.id,
        more=lines(group.members, dialogs.MOST_SHOWN),
    )


def form(group: RecipientGroup | None) -> list[Component]:
    """Name and members; the name of a group that exists stays."""
    name = dbc.Input(id=ids.GROUP_NAME, value=group.name if group else "", disabled=group is not None)
    members = dbc.Textarea(id=ids.GROUP_MEMBERS, value=groups.written(group), rows=6)
    body: Sequence[Component | None] = [
        dcc.Store(id=ids.GROUP_TARGET, data=group.id if group else None),
        dialogs.field(t("alerts.group_name"), name),
        dialogs.field(t("alerts.group_members"), members, t("alerts.recipients_hint")),
        dialogs.problem(ids.GROUP_PROBLEM),
    ]
    save = html.Button(t("alerts.save"), id=ids.GROUP_SAVE, className="btn btn-primary", type="button")
    title = t("alerts.group_edit_title", name=group.name) if group else t("alerts.group_add")
    way_back = t("alerts.keep" if group else "alerts.cancel")
    return dialogs.content(title, body, [dialogs.keep(ids.GROUP_DIALOG, way_back), save])
