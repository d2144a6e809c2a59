"""The dialogs of an alert rule besides its form: its rehearsal, and asking before it falls silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from app import members
from app.alerts import wording
from app.alerts.buckets import Bucket
from app.alerts.models import AlertRule
from app.alerts.rehearse import Firing, Rehearsal
from app.alerts.rules import RuleView
from app.data.metrics.base import METRICS
from app.figures.rehearsal import rehearsed
from app.layouts import alert_ids as ids
from app.layouts import dialogs, recipient_groups
from app.layouts.cards import page_card, table
from app.layouts.plot import chart
from app.services import Services
from app.text import t
from app.units import MISSING, Units


@dataclass(frozen=True)
class _Drawn:
    """One member of a rehearsal as it is drawn: day by day; `fired` are the places of its firings."""

    days: Sequence[str]
    values: Sequence[float | None]
    thresholds: Sequence[float | None]
    fired: Sequence[int]


def rehearsal(services: Services, rule: AlertRule, found: Rehearsal) -> list[Component]:
    """The dialog that shows what a rule would have said."""
    days = wording.span("day", (found.period[1] - found.period[0]).days + 1)
    text = t(
        "alerts.rehearsal_text", fired=found.fired, told=found.told, bucket=t(f"alerts.grain_{rule.grain}")
    )
    since = found.known_since
    notes: list[Component] = [html.P(text, className="strong")]
    if found.shortened:
        notes.append(html.P(t("alerts.rehearsal_hours", span=days, day=Units().day(found.period[0]))))
    if since is not None and since > found.period[0]:
        notes.append(html.P(t("alerts.rehearsal_since", day=Units().day(since))))
    drawn = _drawing(services, rule, found)
    others = sorted({entry.member for entry in found.firings if entry.event.kind == "firing"})
    if drawn is not None and drawn[0] and len(others) > 1:
        rest = members.listed(rule.by, (name for name in others if name != drawn[0]))
        shown = members.words(rule.by, drawn[0])
        notes.append(html.P(t("alerts.rehearsal_members", member=shown, others=rest)))
    body = [*notes, drawn[1] if drawn is not None else None, _days(services, rule, found)]
    title = t("alerts.rehearsal_title", title=rule.title, span=days)
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
    drawn = _Drawn(
        [wording.day(rule, day, services.settings) for day in days],
        [points[day].value for day in days],
        [found.thresholds.get((member, day)) for day in days],
        places,
    )
    return member, _card(rule, member, drawn, services.settings.currency)


def _card(rule: AlertRule, member: str, drawn: _Drawn, currency: str) -> Component:
    """The chart, its summary, and the same numbers as a table."""
    metric, bucket = METRICS.get(rule.metric), t(f"alerts.grain_{rule.grain}")
    label = t("alerts.rehearsal_chart", metric=metric.title, bucket=bucket)
    figure = rehearsed(drawn.days, drawn.values, drawn.thresholds, drawn.fired, metric.unit, Units(currency))
    return page_card(
        wording.watched(rule, member),
        label,
        [chart(figure, label, "")],
        summary=_summary(rule, drawn, currency),
        look="h-medium",
        table=_points(rule, drawn, currency),
    )


def _summary(rule: AlertRule, drawn: _Drawn, currency: str) -> str:
    """What the chart shows, for who cannot see it: its ends, and how often the rule fired."""
    known = [(value, day) for day, value in zip(drawn.days, drawn.values, strict=True) if value is not None]
    if not known:
        return ""
    low, high = min(known, key=lambda one: one[0]), max(known, key=lambda one: one[0])
    return t(
        "alerts.rehearsal_summary",
        low=wording.value_text(rule, low[0], currency),
        low_day=low[1],
        high=wording.value_text(rule, high[0], currency),
        high_day=high[1],
        fired=len(drawn.fired),
        span=wording.span(rule.grain, len(drawn.days)),
    )


def _points(rule: AlertRule, drawn: _Drawn, currency: str) -> Component:
    """What the chart draws, the fired ones marked."""
    head = [t(f"alerts.{name}") for name in ("rehearsal_day", "event_value", "event_threshold", "event_what")]
    rows = [
        [
            day,
            wording.value_text(rule, value, currency),
            wording.value_text(rule, threshold, currency) if threshold is not None else MISSING,
            t("alerts.event_firing") if place in drawn.fired else "",
        ]
        for place, (day, value, threshold) in enumerate(
            zip(drawn.days, drawn.values, drawn.thresholds, strict=True)
        )
    ]
    return table(head, rows)


def _days(services: Services, rule: AlertRule, found: Rehearsal) -> Component | None:
    """The firings as a table: day, value, threshold, and whether people would have been told."""
    fired = [entry for entry in found.firings if entry.event.kind == "firing"]
    if not fired:
        return None
    names = ("rehearsal_day", "event_value", "event_threshold", "rehearsal_said")
    looks = {"rehearsal_day": "left", "rehearsal_said": "left"}
    head = html.Thead(
        html.Tr([html.Th(t(f"alerts.{name}"), className=looks.get(name, ""), scope="col") for name in names])
    )
    newest = sorted(fired, key=lambda entry: (entry.event.bucket, entry.member), reverse=True)
    told = {
        (entry.member, entry.event.at): entry.event.bucket for entry in fired if wording.told_of(entry.event)
    }
    rows = [_firing(services, rule, entry, told) for entry in newest]
    return html.Div(html.Table([head, html.Tbody(rows)], className="table-look"), className="table-wrap")


def _firing(
    services: Services, rule: AlertRule, entry: Firing, told: Mapping[tuple[str, datetime], Bucket]
) -> Component:
    currency, event = services.settings.currency, entry.event
    day, member = wording.day(rule, event.bucket, services.settings), members.words(rule.by, entry.member)
    with_it = told.get((entry.member, event.at))
    said = wording.silence(rule, event.silenced, with_it, services.settings) or t("alerts.rehearsal_told")
    return html.Tr(
        [
            html.Td(html.Bdi(": ".join(filter(None, (day, member)))), className="left"),
            html.Td(wording.value_text(rule, event.value, currency), className="num"),
            html.Td(wording.value_text(rule, event.threshold, currency), className="num"),
            html.Td(said, className="left said"),
        ]
    )


def asked(view: RuleView, verb: str, currency: str) -> list[Component]:
    """Asks before a rule is forgotten or switched off: what it watches, and who hears of it no more."""
    rule = view.rule
    told = [one for one in (view.group.members if view.group else []) if one["channel"] in rule.actions]
    watched = wording.rule_text(rule, currency)
    return dialogs.question(
        ids.ALERT_DIALOG,
        title=t(f"alerts.{verb}_title", title=rule.title),
        text=t(f"alerts.{verb}_text", watched=watched, count=len(told)),
        verb=t(f"alerts.{verb}_do"),
        way_back=t("alerts.keep"),
        danger=True,
        parts=(ids.ALERT_CONFIRM_TARGET, ids.ALERT_CONFIRM, ids.ALERT_CONFIRM_PROBLEM),
        target={"rule": rule.id, "verb": verb},
        more=recipient_groups.lines(told, dialogs.MOST_SHOWN),
    )
