"""What the page of alerts does with rules: add, edit, delete, see to, snooze, test, switch, rehearse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ALL, Input, Output, State, no_update

from app.accounts.changes import Trail
from app.accounts.permissions import ALERTS_MANAGE, ALERTS_SEE_TO
from app.accounts.viewer import Viewer
from app.alerts import rules, series, wording
from app.alerts.models import AlertRule
from app.alerts.rehearse import rehearse
from app.alerts.rules import RuleView
from app.alerts.tell import domain, test_drafts, visible
from app.callbacks.base import Button, Callbacks
from app.callbacks.closing import closes
from app.errors import AccessDenied, PadError, unknown
from app.layouts import alert_ids as ids
from app.layouts import dialogs, handed
from app.layouts.alert_dialogs import asked, rehearsal
from app.layouts.alert_form import condition_fields, form, grains, listed, values
from app.layouts.pages.alerts import body
from app.notify import outbox
from app.queue import requests
from app.scope_values import require_known
from app.services import Services
from app.text import t

Answer = tuple[Any, ...]


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of the page."""
    closes(callbacks, ids.ALERT_DIALOG)
    _doing(callbacks, ids.VERBS, ALERTS_MANAGE)
    _doing(callbacks, ids.SEEING_TO, ALERTS_SEE_TO)
    _opening(callbacks)
    _saving(callbacks)
    _confirming(callbacks)


def _doing(callbacks: Callbacks, verbs: Sequence[str], permission: str) -> None:
    @callbacks.on_press(
        Output(ids.ALERT_BODY, "children", allow_duplicate=True),
        *(Input(ids.alert_button(verb, ALL, ALL), "n_clicks") for verb in verbs),
        permission=permission,
    )
    def act(button: Button) -> Any:
        services, viewer = callbacks.services, callbacks.viewer()
        verb = str(button["type"]).removeprefix("alert-")
        try:
            said = do(services, viewer, verb, str(button["rule"]), str(button["member"]))
        except PadError as problem:
            return body(services, viewer, problem=str(problem))
        return body(services, viewer, said)


def own(services: Services, viewer: Viewer, rule_id: str, member: str = "") -> RuleView:
    """A rule of which the one who asks may see all that it tells of a member, or without one of any.

    Raises: NotFound, AccessDenied.
    """
    view = rules.get(services.database, rule_id)
    _require_scope(viewer, view.rule, member)
    return view


def _require_scope(viewer: Viewer, rule: AlertRule, member: str = "") -> None:
    if not visible(rule, member, viewer.scope.filters):
        raise AccessDenied(t("alerts.not_in_scope", title=rule.title))


def do(services: Services, viewer: Viewer, verb: str, rule_id: str, member: str) -> str:
    """One of the row's verbs; what is said of it. Only what is done to one member's alarm asks whether that
    member may be seen: everything else is done to the whole rule. Raises: PadError."""
    if verb in ids.SEEING_TO:
        return _see_to(services, viewer, verb, rule_id, member)
    if verb not in (*ids.VERBS, *ids.ASKED):
        raise unknown("action", verb, (*ids.VERBS, *ids.ASKED))
    database, trail = services.database, Trail(services.clock, viewer.email)
    rule = own(services, viewer, rule_id).rule
    if verb in ("switch_on", "switch_off"):
        rules.edit(database, rule_id, trail, enabled=verb == "switch_on")
        return t("alerts.said_on" if verb == "switch_on" else "alerts.said_off", title=rule.title)
    if verb == "remove":
        return t("alerts.said_removed", title=rules.remove(database, rule_id, trail))
    return _test(services, viewer, rule)


def _see_to(services: Services, viewer: Viewer, verb: str, rule_id: str, member: str) -> str:
    """What is done to the alarm of one member. Raises: PadError."""
    database, trail = services.database, Trail(services.clock, viewer.email)
    rule = own(services, viewer, rule_id, member).rule
    if verb == "snooze":
        rules.snooze(database, rule_id, member, 24, trail)
        return t("alerts.said_snoozed", title=wording.named(rule, member))
    seen = verb == "acknowledge"
    (rules.acknowledge if seen else rules.reopen)(database, rule_id, member, trail)
    return t(
        "alerts.said_acknowledged" if seen else "alerts.said_reopened", title=wording.named(rule, member)
    )


def _test(services: Services, viewer: Viewer, rule: AlertRule) -> str:
    """Sends the rule's message as a test; what is said of it."""
    drafts = test_drafts(services, rule, viewer.email)
    outbox.queue(services.database, services.clock, drafts, domain=domain(services))
    if not drafts:
        return t("alerts.said_test_none", title=rule.title)
    requests.deliver(services.queue, viewer.email)
    return handed.told(services, t("alerts.said_test", title=rule.title, count=len(drafts)))


def _opening(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.ALERT_DIALOG, "children"),
        Output(ids.ALERT_DIALOG, "is_open"),
        Output(ids.ALERT_BODY, "children", allow_duplicate=True),
        Input(ids.ALERT_ADD, "n_clicks"),
        *(Input(ids.alert_button(verb, ALL, ALL), "n_clicks") for verb in ("edit", "rehearse", *ids.ASKED)),
        prevent_initial_call=True,
        permission=ALERTS_MANAGE,
    )
    def open_dialog(*_clicks: Any) -> Answer:
        button = dialogs.pressed()
        if button is None:
            return (no_update,) * 3
        services, viewer = callbacks.services, callbacks.viewer()
        try:
            return dialog(services, viewer, button), True, no_update
        except PadError as problem:
            return no_update, no_update, body(services, viewer, problem=str(problem))

    @callbacks.on(
        Output(ids.ALERT_PARTS, "children"),
        Input(ids.alert_field("kind"), "value"),
        prevent_initial_call=True,
        permission=ALERTS_MANAGE,
    )
    def other_kind(kind: str | None) -> Any:
        return condition_fields(str(kind), {})

    @callbacks.on(
        Output(ids.alert_field("grain"), "options"),
        Output(ids.alert_field("grain"), "value"),
        Input(ids.alert_field("metric"), "value"),
        State(ids.alert_field("grain"), "value"),
        prevent_initial_call=True,
        permission=ALERTS_MANAGE,
    )
    def other_metric(metric: str | None, grain: str | None) -> Answer:
        return offered(str(metric), str(grain))


def offered(metric: str, grain: str) -> tuple[list[dict[str, str]], str]:
    """What a metric can be judged by, and the choice: the present one while it is among them."""
    choices = grains(metric)
    return listed(choices), grain if grain in dict(choices) else "day"


def dialog(services: Services, viewer: Viewer, button: dict[str, object] | str) -> Any:
    """What a button opens. Raises: PadError."""
    if not isinstance(button, dict):
        return form(services, None)
    view, verb = own(services, viewer, str(button["rule"])), str(button["type"]).removeprefix("alert-")
    if verb == "edit":
        return form(services, view.rule)
    if verb in ids.ASKED:
        return asked(view, verb, services.settings.currency)
    return rehearsal(services, view.rule, rehearse(services, view.rule))


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
    def save(clicks: int | None, target: str | None, given: list[Any], names: list[dict[str, str]]) -> Answer:
        if not clicks:
            return (no_update,) * 3
        fields = {name["name"]: value for name, value in zip(names, given, strict=True)}
        services, viewer = callbacks.services, callbacks.viewer()
        try:
            title = keep(services, viewer, target or "", fields)
        except PadError as problem:
            return no_update, True, str(problem)
        return body(services, viewer, t("alerts.said_saved", title=title)), False, ""


def keep(services: Services, viewer: Viewer, rule_id: str, fields: dict[str, Any]) -> str:
    """Keep what the dialog holds, as a new rule without an id; the rule's title. Raises: PadError."""
    wanted, trail = values(fields), Trail(services.clock, viewer.email)
    if rule_id:
        own(services, viewer, rule_id)
    fresh = AlertRule(**wanted, time_zone="", enabled=True, owner_id=viewer.user_id)
    _require_scope(viewer, fresh)
    for narrowed in series.filters(fresh):
        require_known(services, {narrowed.dimension: narrowed.values}, viewer.scope)
    if rule_id:
        rules.edit(services.database, rule_id, trail, **wanted)
    else:
        rules.add(services.database, fresh, trail)
    return str(wanted["title"])


def _confirming(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.ALERT_BODY, "children", allow_duplicate=True),
        Output(ids.ALERT_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.ALERT_CONFIRM_PROBLEM, "children"),
        Input(ids.ALERT_CONFIRM, "n_clicks"),
        State(ids.ALERT_CONFIRM_TARGET, "data"),
        prevent_initial_call=True,
        permission=ALERTS_MANAGE,
    )
    def confirm(clicks: int | None, target: dict[str, str] | None) -> Answer:
        if not clicks:
            return (no_update,) * 3
        services, viewer = callbacks.services, callbacks.viewer()
        named = target or {}
        try:
            verb = str(named.get("verb"))
            if verb not in ids.ASKED:
                raise unknown("action", verb, ids.ASKED)
            said = do(services, viewer, verb, str(named.get("rule", "")), "")
        except PadError as problem:
            return no_update, True, str(problem)
        return body(services, viewer, said), False, ""
