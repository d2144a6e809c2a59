"""The line above the Executive dashboard while rules fire."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from app import members
from app.accounts.permissions import ALERTS, ALERTS_SEE_TO
from app.accounts.viewer import Viewer
from app.alerts import events, rules, wording
from app.alerts.models import AlertRule, AlertState
from app.layouts.attributes import NAV
from app.layouts.icons import icon
from app.layouts.pages.alerts import seen
from app.notify.message import SEVERITIES
from app.services import Services
from app.text import t


def banner(services: Services, viewer: Viewer) -> Component | None:
    """What fires and nobody has seen to; nothing when all is calm, or in scopes that may not know."""
    if not viewer.may(ALERTS):
        return None
    views = seen(rules.listed(services.database), viewer)
    loud = [
        (view.rule, state)
        for view in views
        if view.rule.enabled
        for state in view.firing
        if state.state == "firing"
    ]
    if not loud:
        return None
    rule, state = max(loud, key=_urgency)
    fired = events.firing(services.database, rule.id, state.member)
    text = fired.text if fired else ""
    named = bool(state.member) and members.words(rule.by, state.member) in text  # once is enough
    name = rule.title if named else wording.named(rule, state.member)
    more = html.Span(t("alerts.banner_more", count=len(loud) - 1), className="badge-look n")
    return html.Div(
        [
            icon("warning"),
            html.Span([html.B(html.Bdi(name)), " ", html.Bdi(text)], className="grow"),
            more if len(loud) > 1 else None,
            html.A(t(_link(viewer)), href="/alerts", **NAV),
        ],
        className="alert-banner",
        role="alert",
    )


def _urgency(one: tuple[AlertRule, AlertState]) -> tuple[int, bool, float]:
    """What is told first: the most severe, of these what is out of bounds still, of these what is furthest
    out of them."""
    rule, state = one
    far = abs(state.value / state.threshold - 1) if state.value is not None and state.threshold else 0.0
    return SEVERITIES.index(rule.severity), state.clears == 0, far


def _link(viewer: Viewer) -> str:
    """Whoever may see to an alert does so on the page of alerts."""
    return "alerts.banner_see_to" if viewer.may(ALERTS_SEE_TO) else "alerts.banner_link"
