"""The two dialogs of an alert rule: its numbers and recipients, and its rehearsal over the past."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app.alerts import rules, wording
from app.alerts.models import AlertRule
from app.alerts.rehearse import Rehearsal
from app.alerts.rules import RuleView
from app.data.metrics.base import METRICS
from app.figures.rehearsal import rehearsed
from app.layouts import alert_ids as ids
from app.layouts import dialogs
from app.layouts.plot import chart
from app.notify.channels import ready
from app.notify.message import CHANNELS, SEVERITIES
from app.services import Services
from app.text import t
from app.units import Units

# The numbers of each kind of condition, with their steps.
NUMBERS: dict[str, tuple[str, ...]] = {
    "below_average": ("factor", "days", "margin"),
    "above_share_of": ("share", "margin"),
    "threshold": ("limit", "margin"),
    "change": ("share", "buckets", "margin"),
}
WHOLE = ("days", "buckets")
PATIENCE = ("minimum_volume", "breaches_to_fire", "clears_to_resolve", "cool_down")
TIMES = {"quiet_from": "22:00", "quiet_to": "07:00"}


def form(services: Services, view: RuleView) -> list[Component]:
    """The dialog that edits a rule."""
    rule = view.rule
    numbers = [_number(name, rule.condition.get(name, _default(name))) for name in condition_numbers(rule)]
    patience = [_number(name, getattr(rule, name)) for name in PATIENCE]
    times = [
        _field(name, dbc.Input(value=getattr(rule, name), placeholder=usual)) for name, usual in TIMES.items()
    ]
    severities = [{"label": t(f"alerts.severity_{name}"), "value": name} for name in SEVERITIES]
    channels = [{"label": t(f"notify.channel_{name}"), "value": name} for name in CHANNELS]
    recipients = dbc.Textarea(value=rules.written_recipients(view.group), rows=5)
    missing = [t(f"notify.channel_{name}") for name, able in ready(services.settings).items() if not able]
    hint = t("alerts.channels_missing", channels=", ".join(missing)) if missing else ""
    body = [
        dcc.Store(id=ids.ALERT_TARGET, data=rule.id),
        html.P(f"{wording.metric_title(rule)} {wording.condition_text(rule)}"),
        html.Div([*numbers, *patience, *times], className="field-grid"),
        _field("severity", dbc.Select(options=severities, value=rule.severity)),
        _field("actions", dbc.Checklist(options=channels, value=list(rule.actions)), hint),
        _field("recipients", recipients, t("alerts.recipients_hint")),
        dialogs.problem(ids.ALERT_PROBLEM),
    ]
    save = html.Button(t("alerts.save"), id=ids.ALERT_SAVE, className="btn btn-primary", type="button")
    return dialogs.content(
        t("alerts.edit_title", title=rule.title),
        body,
        [dialogs.keep(ids.ALERT_DIALOG, t("alerts.keep")), save],
    )


def condition_numbers(rule: AlertRule) -> tuple[str, ...]:
    """The numbers of a rule's condition that can be edited."""
    return NUMBERS.get(str(rule.condition.get("kind", "")), ())


def changed(rule: AlertRule, fields: dict[str, Any]) -> dict[str, Any]:
    """What the fields of the dialog make of a rule's row; wrong values are left for the rule's own check."""
    condition = {**rule.condition}
    for name in condition_numbers(rule):
        condition[name] = fields.get(name)
    values: dict[str, Any] = {"condition": condition}
    values |= {name: fields.get(name) for name in PATIENCE}
    values |= {name: str(fields.get(name) or "").strip() for name in TIMES}
    actions = fields.get("actions")
    return values | {
        "severity": str(fields.get("severity")),
        "actions": [str(name) for name in actions] if isinstance(actions, list) else [],
    }


def rehearsal(services: Services, rule: AlertRule, found: Rehearsal) -> list[Component]:
    """The dialog that shows what a rule would have said."""
    days = (found.period[1] - found.period[0]).days + 1
    text = t("alerts.rehearsal_text", fired=found.fired, told=found.told)
    since = found.known_since
    notes: list[Component] = [html.P(text, className="strong")]
    if since is not None and since > found.period[0]:
        notes.append(html.P(t("alerts.rehearsal_since", day=Units().day(since))))
    drawn = _drawing(services, rule, found)
    others = sorted({entry.member for entry in found.firings if entry.event.kind == "firing"})
    if drawn is not None and drawn[0] and len(others) > 1:
        rest = ", ".join(name for name in others if name != drawn[0])
        notes.append(html.P(t("alerts.rehearsal_members", member=drawn[0], others=rest)))
    body = [*notes, drawn[1] if drawn is not None else None]
    title = t("alerts.rehearsal_title", title=rule.title, days=days)
    return dialogs.content(title, body, [dialogs.keep(ids.ALERT_DIALOG, t("alerts.close"), primary=True)])


def _drawing(services: Services, rule: AlertRule, found: Rehearsal) -> tuple[str, Component] | None:
    """The member that fired most, as a chart."""
    if not found.series or rule.metric not in METRICS:
        return None
    fired = [entry for entry in found.firings if entry.event.kind == "firing"]
    count = {name: sum(entry.member == name for entry in fired) for name in found.series}
    member = max(found.series, key=lambda name: (count[name], name))
    points = found.series[member]
    days = sorted(points)
    places = [days.index(entry.event.bucket) for entry in fired if entry.member == member]
    units, metric = Units(services.settings.currency), METRICS.get(rule.metric)
    figure = rehearsed(
        [units.day(day) for day in days],
        [points[day].value for day in days],
        [found.thresholds.get((member, day)) for day in days],
        places,
        metric.unit,
        units,
    )
    return member, html.Div(
        chart(figure, t("alerts.rehearsal_chart", metric=metric.title), ""), className="rehearsal-chart"
    )


def _number(name: str, value: Any) -> Component:
    step = 1 if name in (*WHOLE, *PATIENCE) else "any"
    return _field(name, dbc.Input(type="number", value=value, step=step))


def _default(name: str) -> float:
    return {"days": 28, "buckets": 7}.get(name, 0)


def _field(name: str, control: Any, hint: str = "") -> Component:
    control.id = ids.alert_field(name)
    words = html.Div(hint, className="hint") if hint else None
    label = html.Div(t(f"alerts.field_{name}"), className="field-label")
    return html.Div([html.Label([label, control]), words], className="form-field")
