"""What stands in a place while there is no content: skeleton, empty, error, stale, toast."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from app.layouts.attributes import attributes
from app.layouts.icons import icon
from app.text import t


def empty(reason: str, action: Component | None = None) -> Component:
    """Nothing to show: why, and the one thing to do about it."""
    return html.Div(
        [html.Div("–", className="kpi-v"), html.P(reason, className="state-text"), action],
        className="state state-empty",
    )


def failed(message: str, *, hint: str = "", reference: str = "", retry: str = "") -> Component:
    """An error in its place: a plain sentence, the way out, and the reference to pass on.

    `retry`: the widget that can be asked for once more.
    """
    foot: list[Component] = []
    if retry:
        again = attributes({"data-retry": retry})
        foot.append(html.Button([icon("refresh", 14), t("states.retry")], className="btn-look sm", **again))
    if reference:
        foot.append(html.Span(t("states.reference", reference=reference), className="muted small"))
    return html.Div(
        [
            html.Div(
                [
                    icon("warning"),
                    html.Div([html.Div(message, className="m5"), html.Div(hint, className="sub wrap")]),
                ],
                className="state-line",
            ),
            html.Div(foot, className="state-foot"),
        ],
        className="state state-error",
        role="alert",
    )


def left_out(problem: str) -> Component:
    """A part of the address that could not be used, while the rest is shown."""
    words = t("filters.left_out", problem=problem)
    return html.Div([icon("warning"), words], className="problem-line", role="alert")


def withheld(message: str, reason: str) -> Component:
    """What lies outside a reader's scope: nothing is wrong, and nothing can be retried."""
    words = html.Div([html.Div(message, className="m5"), html.Div(reason, className="sub wrap")])
    return html.Div(html.Div([icon("info"), words], className="state-line"), className="state", role="status")


def stale_badge(text: str, whole: str) -> Component:
    """Amber words beside the title; `whole` is all that there is to say, for pointer and reader."""
    label = attributes({"aria-label": whole})
    return html.Span([icon("warning", 12), text], className="badge-look w", title=whole, role="note", **label)


def message_page(title: str, text: str, action: Component | None = None) -> Component:
    """A page that only says something: not found, not allowed."""
    return html.Div(
        html.Div([html.H2(title), html.P(text), action], className="card message-card"), className="page-body"
    )


def toast(message: str) -> Component:
    return html.Div(message, className="toast-look", role="status")
