"""What the page of alerts does: see to, snooze, test, switch, edit, rehearse."""

from __future__ import annotations

from typing import Any

from dash import ALL, Input, Output, State, no_update

from app.accounts.permissions import ALERTS_MANAGE
from app.alerts import rules
from app.alerts.rehearse import rehearse
from app.alerts.tell import domain, test_drafts
from app.callbacks.base import Callbacks
from app.callbacks.closing import closes
from app.errors import PadError
from app.layouts import alert_ids as ids
from app.layouts import dialogs
from app.layouts.alert_dialogs import changed, form, rehearsal
from app.layouts.pages.alerts import body
from app.notify import outbox
from app.services import Services
from app.text import t

Answer = tuple[Any, ...]


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of the page."""
    closes(callbacks, ids.ALERT_DIALOG)
    _doing(callbacks)
    _opening(callbacks)
    _saving(callbacks)


def _doing(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.ALERT_BODY, "children"),
        *(Input(ids.alert_button(verb, ALL, ALL), "n_clicks") for verb in ids.VERBS),
        prevent_initial_call=True,
        permission=ALERTS_MANAGE,
    )
    def act(*_clicks: Any) -> Any:
        button = dialogs.pressed()
        if not isinstance(button, dict):
            return no_update
        services, viewer = callbacks.services, callbacks.viewer()
        verb = str(button["type"]).removeprefix("alert-")
        try:
            said = do(services, viewer.email, verb, str(button["rule"]), str(button["member"]))
        except PadError as problem:
            return body(services, viewer, problem=str(problem))
        return body(services, viewer, said)


def do(services: Services, email: str, verb: str, rule_id: str, member: str) -> str:
    """One of the row's verbs; what is said of it. Raises: PadError."""
    database = services.database
    rule = rules.get(database, rule_id).rule
    if verb == "acknowledge":
        rules.acknowledge(database, rule_id, member, email)
        return t("alerts.said_acknowledged", title=rule.title)
    if verb == "snooze":
        rules.snooze(database, services.clock, rule_id, member, 24, email)
        return t("alerts.said_snoozed", title=rule.title)
    if verb == "switch":
        rules.edit(database, rule_id, enabled=not rule.enabled)
        return t("alerts.said_off" if rule.enabled else "alerts.said_on", title=rule.title)
    drafts = test_drafts(services, rule, email)
    outbox.queue(database, services.clock, drafts, domain=domain(services))
    if not drafts:
        return t("alerts.said_test_none", title=rule.title)
    services.queue.enqueue("deliver", t("notify.deliver_title"), email, job_id="deliver")
    return t("alerts.said_test", title=rule.title, count=len(drafts))


def _opening(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.ALERT_DIALOG, "children"),
        Output(ids.ALERT_DIALOG, "is_open"),
        Input(ids.alert_button("edit", ALL, ALL), "n_clicks"),
        Input(ids.alert_button("rehearse", ALL, ALL), "n_clicks"),
        prevent_initial_call=True,
        permission=ALERTS_MANAGE,
    )
    def open_dialog(_edit: Any, _rehearse: Any) -> Answer:
        button = dialogs.pressed()
        if not isinstance(button, dict):
            return no_update, no_update
        services = callbacks.services
        view = rules.get(services.database, str(button["rule"]))
        if button["type"] == "alert-edit":
            return form(services, view), True
        return rehearsal(services, view.rule, rehearse(services, view.rule)), True


def _saving(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.ALERT_BODY, "children", allow_duplicate=True),
        Output(ids.ALERT_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.ALERT_PROBLEM, "children"),
        Input(ids.ALERT_SAVE, "n_clicks"),
        State(ids.ALERT_TARGET, "data"),
        State(ids.alert_field(ALL), "value"),
        State(ids.alert_field(ALL), "id"),
        prevent_initial_call=True,
        permission=ALERTS_MANAGE,
    )
    def save(clicks: int | None, target: Any, values: Any, names: Any) -> Answer:
        if not clicks:
            return (no_update,) * 3
        fields = {str(name["name"]): value for name, value in zip(names, values, strict=True)}
        try:
            title = keep(callbacks.services, str(target), fields)
        except PadError as problem:
            return no_update, True, str(problem)
        return body(callbacks.services, callbacks.viewer(), t("alerts.said_saved", title=title)), False, ""


def keep(services: Services, rule_id: str, fields: dict[str, Any]) -> str:
    """Keep what the dialog holds; the rule's title. Raises: InputError, NotFound."""
    rule = rules.get(services.database, rule_id).rule
    recipients = str(fields.get("recipients") or "")
    rules.parsed_recipients(recipients)
    rules.edit(services.database, rule_id, **changed(rule, fields))
    rules.set_recipients(services.database, rule_id, recipients)
    return rule.title
