"""One's own account: theme, password, signed-in browsers, API tokens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from app.accounts import preferences, scopes, sessions, tokens
from app.accounts.permissions import ACCOUNT, API
from app.accounts.sessions import OpenSession
from app.accounts.tokens import NewToken, TokenRow
from app.accounts.viewer import Viewer
from app.layouts import alert_ids, dialogs
from app.layouts import people_ids as ids
from app.layouts.pages.base import PAGES, Page, PageContext
from app.notify.preferences import CHOICES, NAME, PERSONAL, chosen
from app.text import t
from app.units import Units, age

DEFAULT_DAYS = 90
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = re.compile(r"Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux")


def layout(context: PageContext) -> Component:
    """Four cards and the closed dialogs."""
    services, viewer = context.services, context.viewer
    zone, now = services.settings.time_zone, services.clock.now()
    opened = sessions.open_of(services.database, services.clock, viewer.user_id)
    live = tokens.of(services.database, services.clock, viewer.user_id)
    return html.Div(
        [
            html.Div([_profile(viewer), _theme(viewer), _password()], className="account-cards"),
            _wishes(viewer),
            _card(
                t("account.sessions"),
                t(
                    "account.sessions_text",
                    idle=int(sessions.IDLE.total_seconds() // 3600),
                    days=sessions.ABSOLUTE.days,
                ),
                html.Div(session_table(opened, viewer.session_id, now, zone), id=ids.SESSION_TABLE),
            ),
            _token_card(viewer, html.Div(token_table(live, now, zone), id=ids.TOKEN_TABLE)),
            *map(dialogs.holder, (ids.TOKEN_DIALOG, ids.TOKEN_SHOWN, ids.REVOKE_DIALOG)),
        ],
        className="page-body people-page",
    )


def _card(title: str, text: str, *content: Component) -> Component:
    head = html.Div([html.H2(title), html.P(text, className="sub")], className="card-words")
    return html.Section([head, *content], className="card people-card")


def _profile(viewer: Viewer) -> Component:
    filters = {entry.dimension: entry.values for entry in viewer.scope.filters}
    sees = scopes.written(filters).splitlines() or [t("users.everything")]
    return _card(
        viewer.name,
        viewer.email,
        html.P(t(f"users.role_{viewer.role}")),
        html.P([html.Span(t("account.profile_scope"), className="sub"), *(html.Div(line) for line in sees)]),
    )


def _theme(viewer: Viewer) -> Component:
    options = [{"label": t(f"account.theme_{name}"), "value": name} for name in preferences.THEMES]
    chosen = viewer.preferences.get("theme", "system")
    radio = dbc.RadioItems(id=ids.ACCOUNT_THEME, options=options, value=chosen)
    saved = html.Div(id=ids.ACCOUNT_THEME_SAVED, className="sub", role="status")
    return _card(t("account.theme"), t("account.theme_text"), radio, saved)


def _password() -> Component:
    link = html.A(t("account.password_change"), href="/password", className="btn btn-secondary")
    return _card(t("account.password"), t("account.password_text"), link)


def _wishes(viewer: Viewer) -> Component:
    """From which severity on the person is told, by channel."""
    kept = chosen(viewer.preferences.get(NAME))
    options = [{"label": t(f"alerts.wish_{name}"), "value": name} for name in CHOICES]
    fields = []
    for channel in PERSONAL:
        pick = dbc.Select(options=options, value=kept[channel])
        pick.id = alert_ids.wish(channel)
        label = html.Label([html.Div(t(f"alerts.wish_{channel}"), className="field-label"), pick])
        fields.append(html.Div(label, className="form-field"))
    saved = html.Div(id=alert_ids.WISHES_SAVED, className="sub", role="status")
    return _card(t("alerts.wishes"), t("alerts.wishes_text"), html.Div(fields, className="field-grid"), saved)


def session_table(opened: Sequence[OpenSession], own: str, now: datetime, zone: str) -> Component:
    """The browsers in which one is signed in."""
    columns = ("browser", "address", "started", "seen", "actions")
    rows = [
        html.Tr(
            [
                html.Td(_browser(row, row.id == own), className="c-name"),
                html.Td(row.address),
                html.Td(Units().instant(row.created_at, zone), className="num"),
                html.Td(t("users.ago", age=age(now - row.last_seen_at)), className="num"),
                html.Td(_revoke("session", row.id, t("account.revoke")), className="c-actions"),
            ]
        )
        for row in opened
    ]
    return _table(columns, rows)


def _browser(row: OpenSession, own: bool) -> list[Component]:
    badge = [html.Span(t("account.this_session"), className="badge-look")] if own else []
    return [html.Div([browser_name(row.agent), *badge], className="strong")]


def browser_name(agent: str) -> str:
    """Browser and system out of a user agent, as far as it says."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = _SYSTEMS.search(agent)
    words = [browser, system.group().replace("Mac OS X", "macOS") if system else ""]
    return ", ".join(filter(None, words)) or t("account.unknown_browser")


def _token_card(viewer: Viewer, table: Component) -> Component:
    if not viewer.may(API):
        return _card(t("account.tokens"), t("account.tokens_denied"))
    add = html.Button(t("account.token_add"), id=ids.TOKEN_ADD, className="btn btn-secondary", type="button")
    return _card(t("account.tokens"), t("account.tokens_text"), table, add)


def token_table(live: Sequence[TokenRow], now: datetime, zone: str) -> Component:
    """One's live tokens."""
    if not live:
        return html.P(t("account.tokens_none"), className="sub")
    columns = ("token", "may", "expires", "seen", "actions")
    rows = [
        html.Tr(
            [
                html.Td(
                    [
                        html.Div(html.Bdi(row.name), className="strong"),
                        html.Code(f"{row.prefix}…", className="sub"),
                    ],
                    className="c-name",
                ),
                html.Td(", ".join(_may(permission) for permission in row.permissions)),
                html.Td(Units().instant(row.expires_at, zone), className="num"),
                html.Td(_used(row, now), className="num"),
                html.Td(_revoke("token", row.id, t("account.token_revoke")), className="c-actions"),
            ]
        )
        for row in live
    ]
    return _table(columns, rows)


def _used(row: TokenRow, now: datetime) -> str:
    return t("users.ago", age=age(now - row.last_used_at)) if row.last_used_at else t("account.never")


def _may(permission: str) -> str:
    return t(f"account.permission_{permission.replace('.', '_')}")


def _revoke(what: str, key: object, label: str) -> Component:
    return html.Button(label, id=ids.revoke_button(what, key), className="btn btn-text", type="button")


def _table(columns: Sequence[str], rows: Sequence[Component]) -> Component:
    head = [html.Th(t(f"account.column_{name}"), className=f"c-{name}", scope="col") for name in columns]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table-look people-table")


def token_form(viewer: Viewer) -> list[Component]:
    """The dialog that makes a token."""
    offered = [name for name in tokens.GRANTABLE if viewer.may(name)]
    name = dbc.Input(id=ids.TOKEN_NAME, value="", maxLength=120)
    days = dbc.Input(
        id=ids.TOKEN_DAYS, type="number", value=DEFAULT_DAYS, min=1, max=tokens.LONGEST_DAYS, step=1
    )
    may = dbc.Checklist(
        id=ids.TOKEN_PERMISSIONS,
        options=[{"label": _may(name), "value": name} for name in offered],
        value=[API],
    )
    body = [
        dialogs.field(t("account.token_name"), name, t("account.token_name_hint")),
        dialogs.field(t("account.token_days"), days),
        dialogs.field(t("account.token_permissions"), may),
        dialogs.problem(ids.TOKEN_PROBLEM),
    ]
    create = html.Button(
        t("account.token_create"), id=ids.TOKEN_SAVE, className="btn btn-primary", type="button"
    )
    return dialogs.content(
        t("account.token_title"), body, [dialogs.keep(ids.TOKEN_DIALOG, t("account.cancel")), create]
    )


def token_shown(name: str, made: NewToken) -> list[Component]:
    """Shows a token just made, this once."""
    return dialogs.secret(
        ids.TOKEN_SHOWN,
        title=t("account.token_shown_title", name=name),
        text=t("account.token_shown_text"),
        value=made.text,
        done=t("account.token_shown_done"),
    )


def ask_session(row: OpenSession) -> list[Component]:
    """The question before a browser is signed out."""
    text = t("account.revoke_text", browser=browser_name(row.agent), address=row.address)
    return _ask(t("account.revoke_title"), text, t("account.revoke_verb"), {"session": row.id})


def ask_token(row: TokenRow) -> list[Component]:
    """The question before a token is revoked."""
    title, verb = (t(f"account.token_revoke_{part}", name=row.name) for part in ("title", "verb"))
    return _ask(title, t("account.token_revoke_text", prefix=row.prefix), verb, {"token": row.id})


def _ask(title: str, text: str, verb: str, target: dict[str, Any]) -> list[Component]:
    return dialogs.question(
        ids.REVOKE_DIALOG,
        title=title,
        text=text,
        verb=verb,
        way_back=t("account.keep"),
        danger=True,
        parts=(ids.REVOKE_TARGET, ids.REVOKE_DO, ids.REVOKE_PROBLEM),
        target=target,
    )


PAGES.add(Page("account", "account.title", "account", ACCOUNT, "person", layout))
