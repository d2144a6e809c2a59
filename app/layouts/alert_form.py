"""The dialog that makes an alert rule or changes one: what is watched, when it fires, who is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app import members
from app.alerts.conditions import KINDS
from app.alerts.models import AlertRule
from app.alerts.rules import GRAINS, by_hour
from app.alerts.series import LIVES
from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS, METRICS
from app.errors import InputError
from app.layouts import alert_ids as ids
from app.layouts import dialogs
from app.notify import groups
from app.notify.channels import ready
from app.notify.message import CHANNELS, SEVERITIES
from app.services import Services
from app.text import t

# The fields of each kind of condition.
PARTS: dict[str, tuple[str, ...]] = {
    "below_average": ("factor", "days", "margin"),
    "above_share_of": ("other", "share", "margin"),
    "threshold": ("side", "limit", "margin"),
    "change": ("share", "buckets", "margin"),
}
DEFAULTS: dict[str, Any] = {
    "factor": 0.7,
    "days": 28,
    "margin": 0,
    "share": 1.1,
    "buckets": 7,
    "side": "below",
    "limit": None,  # whoever adds a rule says it: below zero it would never fire
    "other": "",
}
COLUMNS = {"other": "metric"}  # a field whose name in the condition is another
WHOLE = ("days", "buckets")
NONE = "-"  # a list shows nothing for an empty value
PATIENCE = {"minimum_volume": 0, "breaches_to_fire": 1, "clears_to_resolve": 1, "cool_down": 1440}
TIMES = {"quiet_from": "22:00", "quiet_to": "07:00"}


def form(services: Services, rule: AlertRule | None) -> list[Component]:
    """All fields; a new rule begins as the usual drop of a value against its own average."""
    kind = str(rule.condition.get("kind", "")) if rule else "below_average"
    body = [
        dcc.Store(id=ids.ALERT_TARGET, data=rule.id if rule else None),
        _field("title", dbc.Input(value=rule.title if rule else "", maxLength=200)),
        html.Div(_watched(rule, kind), className="field-grid"),
        html.Div(condition_fields(kind, rule.condition if rule else {}), id=ids.ALERT_PARTS),
        html.Div(_patience(rule), className="field-grid"),
        *_telling(services, rule),
        dialogs.problem(ids.ALERT_PROBLEM),
    ]
    save = html.Button(t("alerts.save"), id=ids.ALERT_SAVE, className="btn btn-primary", type="button")
    title = t("alerts.edit_title", title=rule.title) if rule else t("alerts.add_title")
    way_back = t("alerts.keep" if rule else "alerts.cancel")
    return dialogs.content(title, body, [dialogs.keep(ids.ALERT_DIALOG, way_back), save])


def condition_fields(kind: str, condition: dict[str, Any]) -> Component:
    """The fields of a kind of condition; another kind has others."""
    return html.Div(
        [_part(name, condition.get(COLUMNS.get(name, name), DEFAULTS[name])) for name in PARTS.get(kind, ())],
        className="field-grid",
    )


def values(fields: dict[str, Any]) -> dict[str, Any]:
    """What the fields make of a rule's row; wrong values are left for the rule's own check.

    Raises: InputError for a group that nobody chose.
    """
    fields = {name: None if value == NONE else value for name, value in fields.items()}
    kind = str(fields.get("kind"))
    names = PARTS.get(kind, ())
    group, actions = str(fields.get("group") or ""), fields.get("actions")
    if not group.isdecimal():
        raise InputError(t("alerts.group_missing"))
    return {
        "title": str(fields.get("title") or "").strip(),
        "metric": str(fields.get("metric") or ""),
        "by": str(fields.get("by") or ""),
        "filters": [
            members.condition(line.strip())
            for line in str(fields.get("filters") or "").splitlines()
            if line.strip()
        ],
        "grain": str(fields.get("grain")),
        "condition": {"kind": kind} | {COLUMNS.get(name, name): fields.get(name) for name in names},
        **{name: fields.get(name) for name in PATIENCE},
        **{name: str(fields.get(name) or "").strip() for name in TIMES},
        "severity": str(fields.get("severity")),
        "actions": [str(name) for name in actions] if isinstance(actions, list) else [],
        "group_id": int(group),
    }


def _watched(rule: AlertRule | None, kind: str) -> list[Component]:
    reached = sorted({name for metric in METRICS for name in catalogue.dimensions(metric.id)} - {"date"})
    each = [(name, t("alerts.by_each", name=DIMENSIONS.get(name).title.lower())) for name in reached]
    return [
        _select("metric", _metrics(), rule.metric if rule else NONE),
        _select(
            "by",
            [(NONE, t("alerts.by_none")), *each],
            (rule.by if rule else "") or NONE,
            t("alerts.by_hint", days=LIVES),
        ),
        _field(
            "filters",
            dbc.Textarea(value="\n".join(map(_in_words, rule.filters)) if rule else "", rows=2),
            t("alerts.filters_hint"),
        ),
        _select("grain", grains(rule.metric if rule else ""), rule.grain if rule else "day"),
        _select("kind", _worded("kind", KINDS), kind),
    ]


def _in_words(line: str) -> str:
    """A filter as people write it: `Platform=Google Ads` for `platform=google_ads`."""
    name, sign, member = line.partition("=")
    dimension = name.removesuffix("!")
    title = DIMENSIONS.get(dimension).title if dimension in DIMENSIONS else dimension
    return f"{title}{name.removeprefix(dimension)}{sign}{members.words(dimension, member)}"


def grains(metric: str) -> list[tuple[str, str]]:
    """What a metric can be judged by: each hour only where its source tells of hours."""
    return _worded("grain", [name for name in GRAINS if name != "hour" or by_hour(metric)])


def _metrics() -> list[tuple[str, str]]:
    found = ((metric.id, metric.title) for metric in METRICS)
    return [(NONE, t("alerts.metric_choose")), *sorted(found, key=lambda pair: pair[1].lower())]


def _part(name: str, value: Any) -> Component:
    if name == "side":
        return _select("side", _worded("side", ("below", "above")), str(value))
    return _select("other", _metrics(), str(value) or NONE) if name == "other" else _number(name, value)


def _patience(rule: AlertRule | None) -> list[Component]:
    numbers = [_number(name, getattr(rule, name) if rule else usual) for name, usual in PATIENCE.items()]
    times = [
        _field(name, dbc.Input(value=getattr(rule, name) if rule else "", placeholder=usual))
        for name, usual in TIMES.items()
    ]
    return [*numbers, *times]


def _telling(services: Services, rule: AlertRule | None) -> list[Component]:
    channels = [{"label": t(f"notify.channel_{name}"), "value": name} for name in CHANNELS]
    missing = [t(f"notify.channel_{name}") for name, able in ready(services.settings).items() if not able]
    hint = t("alerts.channels_missing", channels=", ".join(missing)) if missing else ""
    known = [(str(group.id), group.name) for group in groups.listed(services.database)]
    chosen = str(rule.group_id) if rule and rule.group_id else (known[0][0] if known else "")
    actions = list(rule.actions) if rule else ["inbox"]
    return [
        _select("severity", _worded("severity", SEVERITIES), rule.severity if rule else "medium"),
        _field("actions", dbc.Checklist(options=channels, value=actions), hint),
        _select("group", known, chosen, t("alerts.group_hint")),
    ]


def _worded(field: str, names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, t(f"alerts.{field}_{name}")) for name in names]


def _number(name: str, value: Any) -> Component:
    step = 1 if name in (*WHOLE, *PATIENCE) else "any"
    return _field(name, dbc.Input(type="number", value=value, step=step))


def _select(name: str, options: list[tuple[str, str]], value: str, hint: str = "") -> Component:
    return _field(name, dbc.Select(options=listed(options), value=value), hint)


def listed(options: list[tuple[str, str]]) -> list[dict[str, str]]:
    """Choices as a list wants them."""
    return [{"label": label, "value": key} for key, label in options]


def _field(name: str, control: Any, hint: str = "") -> Component:
    control.id = ids.alert_field(name)
    words = html.Div(hint, className="hint") if hint else None
    label = html.Div(t(f"alerts.field_{name}"), className="field-label")
    return html.Div([html.Label([label, control]), words], className="form-field")
