"""What the page of alerts does with groups of recipients: add, change, delete."""

from __future__ import annotations

from typing import Any

from dash import ALL, Input, Output, State, no_update

from app.accounts.changes import Trail
from app.accounts.permissions import ALERTS_MANAGE
from app.alerts import rules
from app.callbacks.base import Callbacks
from app.callbacks.closing import closes
from app.callbacks.sent import number
from app.errors import PadError
from app.layouts import alert_ids as ids
from app.layouts import dialogs
from app.layouts.pages.alerts import body
from app.layouts.recipient_groups import form, removal
from app.notify import groups
from app.notify.models import RecipientGroup
from app.reports import definitions
from app.services import Services
from app.text import t

Answer = tuple[Any, ...]


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of the groups."""
    closes(callbacks, ids.GROUP_DIALOG)
    _opening(callbacks)
    _saving(callbacks)
    _removing(callbacks)


def _opening(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.GROUP_DIALOG, "children"),
        Output(ids.GROUP_DIALOG, "is_open"),
        Output(ids.ALERT_BODY, "children", allow_duplicate=True),
        Input(ids.GROUP_ADD, "n_clicks"),
        Input(ids.group_button("edit", ALL), "n_clicks"),
        Input(ids.group_button("remove", ALL), "n_clicks"),
        prevent_initial_call=True,
        permission=ALERTS_MANAGE,
    )
    def press(*_clicks: Any) -> Answer:
        button = dialogs.pressed()
        if button is None:
            return (no_update,) * 3
        services, viewer = callbacks.services, callbacks.viewer()
        try:
            viewer.require_everything(t("alerts.groups_scoped"))
            if not isinstance(button, dict):
                return form(None), True, no_update
            group = groups.get(services.database, _group(button["group"]))
        except PadError as problem:
            return no_update, no_update, body(services, viewer, problem=str(problem))
        asked = form(group) if button["type"] == "group-edit" else removal(group, users(services, group))
        return asked, True, no_update


def users(services: Services, group: RecipientGroup) -> list[str]:
    """The rules and reports that tell a group, by their titles."""
    mail = [
        report.title
        for report in definitions.listed(services.database)
        if {"channel": "group", "to": group.name} in report.recipients
    ]
    return [*rules.using(services.database, group.id), *mail]


def forget(services: Services, email: str, group_id: int) -> str:
    """Delete a group that nothing uses; what is said of it. Raises: NotFound, ConflictError."""
    found = users(services, groups.get(services.database, group_id))
    name = groups.remove(services.database, Trail(services.clock, email), group_id, found)
    return t("alerts.group_removed", name=name)


def _removing(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.ALERT_BODY, "children", allow_duplicate=True),
        Output(ids.GROUP_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.GROUP_PROBLEM, "children", allow_duplicate=True),
        Input(ids.GROUP_REMOVE, "n_clicks"),
        State(ids.GROUP_TARGET, "data"),
        prevent_initial_call=True,
        permission=ALERTS_MANAGE,
    )
    def remove(clicks: int | None, target: int | None) -> Answer:
        if not clicks:
            return (no_update,) * 3
        services, viewer = callbacks.services, callbacks.viewer()
        try:
            viewer.require_everything(t("alerts.groups_scoped"))
            said = forget(services, viewer.email, _group(target))
        except PadError as problem:
            return no_update, True, str(problem)
        return body(services, viewer, said), False, ""


def _saving(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.ALERT_BODY, "children", allow_duplicate=True),
        Output(ids.GROUP_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.GROUP_PROBLEM, "children"),
        Input(ids.GROUP_SAVE, "n_clicks"),
        State(ids.GROUP_TARGET, "data"),
        State(ids.GROUP_NAME, "value"),
        State(ids.GROUP_MEMBERS, "value"),
        prevent_initial_call=True,
        permission=ALERTS_MANAGE,
    )
    def save(clicks: int | None, target: int | None, name: str | None, lines: str | None) -> Answer:
        if not clicks:
            return (no_update,) * 3
        services, viewer = callbacks.services, callbacks.viewer()
        title, members = name or "", lines or ""
        trail = Trail(services.clock, viewer.email)
        try:
            viewer.require_everything(t("alerts.groups_scoped"))
            if target is None:
                groups.add(services.database, trail, title, members)
            else:
                title = groups.change(services.database, trail, _group(target), members)
        except PadError as problem:
            return no_update, True, str(problem)
        return body(services, viewer, t("alerts.said_saved", title=title)), False, ""


def _group(value: object) -> int:
    """The group in what the browser sent. Raises: NotFound."""
    return number(value, t("alerts.group_gone"))
