"""The bell in the header: how many messages are unread, and the newest of them."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from app.accounts.viewer import Viewer
from app.exports import files
from app.layouts import alert_ids as ids
from app.layouts.attributes import NAV, attributes
from app.layouts.icons import icon
from app.notify import inbox
from app.notify.models import InboxItem
from app.services import Services
from app.settings import Settings
from app.text import t
from app.units import Units

POLL_MS = 60_000


def bell(services: Services, viewer: Viewer) -> Component:
    """The place of the bell, and the pulse that renews it."""
    return html.Div(
        [
            html.Div(panel(services, viewer), id=ids.INBOX),
            dcc.Interval(id=ids.INBOX_POLL, interval=POLL_MS),
        ],
        className="inbox-place",
    )


def panel(services: Services, viewer: Viewer, *, is_open: bool = False) -> Component:
    """Bell and list."""
    found = inbox.of(services.database, viewer.user_id)
    name = t("alerts.inbox_unread", count=found.unread) if found.unread else t("alerts.inbox")
    count = html.Span(min(found.unread, 99), className="inbox-count") if found.unread else None
    read = html.Button(t("alerts.inbox_read"), id=ids.INBOX_READ, className="btn-look g sm", type="button")
    head = html.Div(
        [html.B(t("alerts.inbox")), html.Span(className="sp"), read if found.unread else html.Span()],
        className="inbox-head",
    )
    items = [_item(item, services.settings) for item in found.items]
    none = html.P(t("alerts.inbox_none"), className="muted inbox-item")
    return html.Details(
        [
            html.Summary(
                [icon("bell"), count],
                className="btn-look g i",
                title=name,
                **attributes({"aria-label": name}),
            ),
            html.Div([head, *(items or [none])], className="menu menu-right menu-inbox"),
        ],
        className="pop inbox",
        open=is_open,
    )


def _item(item: InboxItem, settings: Settings) -> Component:
    zone, address = settings.time_zone, settings.address
    words = [
        html.Div(html.Bdi(item.title), className="m5"),
        html.Div(html.Bdi(item.body), className="small"),
        html.Div(Units().instant(item.at, zone), className="sub"),
    ]
    look = "inbox-item" if item.read_at else "inbox-item unread"
    own = item.link.removeprefix(address)
    if own.startswith(files.PREFIX):
        return html.A(words, href=own, className=look, download="")
    if own.startswith("/") and not own.startswith("//"):
        return html.A(words, href=own, className=look, **NAV)
    return html.Div(words, className=look)
