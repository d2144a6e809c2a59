"""`/alerts`: the rules that watch, where each stands, what happened and who was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl

from dash import html
from dash.development.base_component import Component

from app import members
from app.accounts.permissions import ALERTS, ALERTS_MANAGE, ALERTS_SEE_TO
from app.accounts.viewer import Viewer
from app.alerts import buckets, rules, wording
from app.alerts.conditions import clears_at, condition
from app.alerts.evaluate import ALARMED
from app.alerts.models import AlertRule, AlertState
from app.alerts.moments import wait
from app.alerts.rules import RuleView
from app.alerts.tell import visible
from app.errors import PadError
from app.layouts import alert_history, dialogs, handed, recipient_groups, told
from app.layouts import alert_ids as ids
from app.layouts.icons import icon
from app.layouts.pages.base import PAGES, Page, PageContext
from app.layouts.told import Told
from app.notify.channels import ready
from app.services import Services
from app.text import t
from app.units import MISSING, Units

LOOKS = {"firing": "n", "acknowledged": "w", "snoozed": "", "pending": "w", "no_data": "w", "ok": "p"}
OFFERED = {"firing": ("acknowledge", "snooze"), "acknowledged": ("reopen",), "snoozed": ("reopen",)}
MOST_MEMBERS = 5


def layout(context: PageContext) -> Component:
    """The rules and their history, and the closed dialog."""
    return html.Div(
        [
            html.Div(body(context.services, context.viewer, linked=_linked(context)), id=ids.ALERT_BODY),
            dialogs.holder(ids.ALERT_DIALOG),
            dialogs.holder(ids.GROUP_DIALOG),
        ],
        className="page-body people-page alert-page",
    )


def _linked(context: PageContext) -> str:
    """The rule that a mail's link names."""
    return dict(parse_qsl(context.search)).get("rule", "")


def body(
    services: Services, viewer: Viewer, message: str = "", *, problem: str = "", linked: str = ""
) -> list[Component]:
    """Everything that a change may alter. The linked rule stands first and is marked."""
    views = sorted(seen(rules.listed(services.database), viewer), key=lambda view: view.rule.id != linked)
    firing = sum(bool(view.firing) for view in views)
    lead = t("alerts.lead" if firing else "alerts.lead_none", count=len(views), firing=firing)
    scoped = bool(viewer.scope.filters)
    if not views:
        lead = t("alerts.lead_no_rule_scoped" if scoped else "alerts.lead_no_rule")
    elif scoped:
        lead = f"{lead} {t('alerts.lead_scoped')}"
    may = viewer.may(ALERTS_MANAGE)
    add = html.Button(t("alerts.add"), id=ids.ALERT_ADD, className="btn btn-primary", type="button")
    tools = [html.P(lead, className="page-lead"), add if may else None]
    parts: list[Component] = [html.Div(tools, className="page-tools")]
    if linked and not any(view.rule.id == linked for view in views):
        parts.append(handed.problem(t("alerts.linked_gone", rule=linked[:60])))
    if problem:
        parts.append(html.Div([icon("warning"), problem], className="problem-line", role="alert"))
    if message:
        parts.append(handed.line(message))
    if views:
        parts.append(_rules(services, viewer, views, linked))
    if may:
        parts += recipient_groups.section(services, viewer.scope.unrestricted)
    return [*parts, *alert_history.section(services, viewer, linked)]


def seen(views: Sequence[RuleView], viewer: Viewer) -> list[RuleView]:
    """The rules of which the reader's scope lets anything be told; one that was not judged yet may tell
    nothing beyond it."""
    limits = viewer.scope.filters
    found = []
    for view in views:
        states = [state for state in view.states if visible(view.rule, state.member, limits)]
        if not limits or states or visible(view.rule, "", limits):
            found.append(replace(view, states=states))
    return found


def _rules(services: Services, viewer: Viewer, views: Sequence[RuleView], linked: str) -> Component:
    columns = ("rule", "now", "told", "actions")
    head = [html.Th(t(f"alerts.column_{name}"), className=f"c-{name}", scope="col") for name in columns]
    rows = [_row(services, viewer, view, linked) for view in views]
    table = html.Table(
        [html.Thead(html.Tr(head)), html.Tbody(rows)], className="table-look people-table alert-table"
    )
    return html.Div(table, className="card table-card")


def _row(services: Services, viewer: Viewer, view: RuleView, linked: str) -> Component:
    rule = view.rule
    sub = wording.rule_text(rule, services.settings.currency)
    name = [
        html.Div(
            [html.Bdi(rule.title), html.Span(t(f"alerts.severity_{rule.severity}"), className="badge-look")],
            className="strong",
        ),
        html.Div(html.Bdi(sub), className="sub wrap"),
        html.Div(_judged(services, rule), className="sub wrap"),
    ]
    may = viewer.may(ALERTS_MANAGE)
    return html.Tr(
        [
            html.Td(name, className="c-name"),
            html.Td(_now(services, view, viewer.may(ALERTS_SEE_TO)), className="c-now"),
            html.Td(_told(view, ready(services.settings)), className="c-told"),
            html.Td(_buttons(rule) if may else None, className="c-actions"),
        ],
        className=" ".join(
            name for name, on in (("is-off", not rule.enabled), ("is-linked", rule.id == linked)) if on
        ),
    )


def _judged(services: Services, rule: AlertRule) -> str:
    """How long a rule waits before it judges; nothing while that is not known."""
    try:
        waits = wait(services, rule)
    except PadError:
        return ""
    hours = round(waits.total_seconds() / 3600)
    bucket = t(f"alerts.grain_{rule.grain}")
    if hours == 1:
        return t("alerts.judged_after_one", bucket=bucket)
    return (
        t("alerts.judged_after", bucket=bucket, hours=hours) if hours else t("alerts.judged", bucket=bucket)
    )


def _now(services: Services, view: RuleView, may: bool) -> list[Component]:
    if not view.rule.enabled:
        return [html.Span(t("alerts.state_off"), className="badge-look")]
    if view.problem:
        return [_unjudged(view)]
    if not view.states:
        return [html.Span(t("alerts.state_new"), className="badge-look")]
    every = [_standing(services, view.rule, state, may) for state in view.firing]
    shown, rest = every[:MOST_MEMBERS], every[MOST_MEMBERS:]
    if view.rule.by:
        count = t("alerts.per_member", firing=len(view.firing), count=len(view.states))
        more = html.Details([html.Summary(t("alerts.show_all", count=len(every))), *rest]) if rest else None
        return [html.Div(count, className="sub"), *shown, *([more] if more is not None else [])]
    return shown or [_standing(services, view.rule, view.states[0], may)]


def _unjudged(view: RuleView) -> Component:
    """In place of where it stood, which says nothing of now."""
    badge = html.Span(t("alerts.state_unjudged"), className="badge-look n")
    reason = html.Bdi(t("alerts.text_unjudged", reason=view.problem))
    return html.Div([badge, html.Div(reason, className="sub wrap")], className="alert-standing")


def _standing(services: Services, rule: AlertRule, state: AlertState, may: bool) -> Component:
    currency = services.settings.currency
    words = {
        "value": wording.value_text(rule, state.value, currency),
        "threshold": wording.value_text(rule, state.threshold, currency),
        "day": wording.day(rule, buckets.read(state.bucket), services.settings) if state.bucket else "–",
    }
    key = "alerts.now" if state.threshold is not None else "alerts.now_calm"
    now = _clearing(rule, state, _clears(rule, state, t(key, **words), currency))
    until = state.snoozed_until
    badge = html.Span(
        t(
            f"alerts.state_{state.state}",
            by=state.acknowledged_by,
            until=Units().instant(until, services.settings.time_zone) if until else MISSING,
        ),
        className=f"badge-look {LOOKS.get(state.state, '')}",
    )
    buttons = [
        html.Button(
            t(f"alerts.{verb}"),
            id=ids.alert_button(verb, rule.id, state.member),
            className="btn btn-text",
            type="button",
            title=f"{t(f'alerts.{verb}')}: {wording.named(rule, state.member)}",
        )
        for verb in (OFFERED.get(state.state, ()) if may else ())
    ]
    subject = members.words(rule.by, state.member) if state.member else wording.watched(rule)
    name = html.Bdi(subject, className="strong")
    return html.Div(
        [
            html.Div([badge, name], className="alert-state"),
            html.Div(now, className="sub wrap"),
            html.Div(buttons, className="row-buttons") if buttons else None,
        ],
        className="alert-standing",
    )


def _clears(rule: AlertRule, state: AlertState, now: str, currency: str) -> str:
    """An alarm with a margin says at which value it is over, which is past its threshold."""
    if state.state not in ALARMED or state.threshold is None:
        return now
    watching = condition(rule.condition)
    if not watching.margin:
        return now
    clears = wording.value_text(rule, clears_at(watching, state.threshold), currency)
    return t(f"alerts.now_clears_{'above' if watching.below else 'below'}", now=now, clears=clears)


def _clearing(rule: AlertRule, state: AlertState, now: str) -> str:
    """A rule that fires on, though its newest value is in bounds, says how often it has been."""
    if state.state not in ALARMED or not state.clears:
        return now
    return t("alerts.clearing", now=now, done=state.clears, needed=rule.clears_to_resolve)


def _told(view: RuleView, able: Mapping[str, bool]) -> Component:
    members = view.group.members if view.group else []
    return html.Div(
        told.lines(
            Told(
                name,
                [entry["to"] for entry in members if entry["channel"] == name],
                "" if able[name] else t("alerts.not_set_up"),
            )
            for name in view.rule.actions
        )
    )


def _buttons(rule: AlertRule) -> Component:
    switch = "switch_off" if rule.enabled else "switch_on"
    names = {
        "rehearse": "rehearse",
        "edit": "edit",
        "test": "test",
        switch: switch,
        "remove": "remove",
    }
    return html.Div(
        [
            html.Button(
                t(f"alerts.{key}"),
                id=ids.alert_button(verb, rule.id),
                className="btn btn-text",
                type="button",
                title=f"{t(f'alerts.{key}')}: {rule.title}",
            )
            for verb, key in names.items()
        ],
        className="row-buttons",
    )


PAGES.add(Page("alerts", "alerts.title", "work", ALERTS, "bell", layout, own=("rule",)))
