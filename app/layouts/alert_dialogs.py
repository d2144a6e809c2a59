"""The dialogs of an alert rule besides its form: its rehearsal over the past, and asking before it goes."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from app.alerts import wording
from app.alerts.models import AlertRule
from app.alerts.rehearse import Rehearsal
from app.data.metrics.base import METRICS
from app.figures.rehearsal import rehearsed
from app.layouts import alert_ids as ids
from app.layouts import dialogs
from app.layouts.plot import chart
from app.services import Services
from app.text import t
from app.units import Units


def rehearsal(services: Services, rule: AlertRule, found: Rehearsal) -> list[Component]:
    """The dialog that shows what a rule would have said."""
    days = (found.period[1] - found.period[0]).days + 1
    text = t(
        "alerts.rehearsal_text", fired=found.fired, told=found.told, bucket=t(f"alerts.grain_{rule.grain}")
    )
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
    label = t("alerts.rehearsal_chart", metric=metric.title, bucket=t(f"alerts.grain_{rule.grain}"))
    figure = rehearsed(
        [wording.day(rule, day, services.settings) for day in days],
        [points[day].value for day in days],
        [found.thresholds.get((member, day)) for day in days],
        places,
        metric.unit,
        units,
    )
    return member, html.Div(
        chart(
            figure,
            label,
            "",
        ),
        className="rehearsal-chart",
    )


def removal(rule: AlertRule) -> list[Component]:
    """Asks before a rule is forgotten."""
    return dialogs.question(
        ids.ALERT_DIALOG,
        title=t("alerts.remove_title", title=rule.title),
        text=t("alerts.remove_text"),
        verb=t("alerts.remove_do"),
        way_back=t("alerts.keep"),
        danger=True,
        parts=(ids.ALERT_REMOVE_TARGET, ids.ALERT_REMOVE, ids.ALERT_REMOVE_PROBLEM),
        target={"rule": rule.id},
    )
