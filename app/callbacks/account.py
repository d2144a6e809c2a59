"""What the page of one's own account does; every row is looked up among those of the one who asks."""

from __future__ import annotations

from typing import Any

from dash import ALL, Input, Output, State, no_update

from app.accounts import preferences, sessions, tokens
from app.accounts.permissions import ACCOUNT, API
from app.accounts.sessions import OpenSession
from app.accounts.tokens import TokenRow
from app.callbacks.base import Button, Callbacks
from app.callbacks.closing import closes
from app.errors import InputError, NotFound, PadError
from app.layouts import people_ids as ids
from app.layouts.pages.account import (
    ask_session,
    ask_token,
    session_table,
    token_form,
    token_shown,
    token_table,
)
from app.text import t

Answer = tuple[Any, ...]


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of the page."""
    closes(callbacks, ids.TOKEN_DIALOG, ids.TOKEN_SHOWN, ids.REVOKE_DIALOG)
    _theme(callbacks)
    _making(callbacks)
    _asking(callbacks)
    _revoking(callbacks)


def _theme(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.ACCOUNT_THEME_SAVED, "children"),
        Input(ids.ACCOUNT_THEME, "value"),
        prevent_initial_call=True,
        permission=ACCOUNT,
    )
    def save_theme(theme: str | None) -> str:
        preferences.keep(callbacks.services.database, callbacks.viewer().user_id, "theme", theme)
        return t("account.theme_saved")


def _making(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.TOKEN_DIALOG, "children"),
        Output(ids.TOKEN_DIALOG, "is_open"),
        Input(ids.TOKEN_ADD, "n_clicks"),
        prevent_initial_call=True,
        permission=API,
    )
    def open_form(clicks: int | None) -> Answer:
        return (token_form(callbacks.viewer()), True) if clicks else (no_update, no_update)

    @callbacks.on(
        Output(ids.TOKEN_TABLE, "children"),
        Output(ids.TOKEN_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.TOKEN_PROBLEM, "children"),
        Output(ids.TOKEN_SHOWN, "children"),
        Output(ids.TOKEN_SHOWN, "is_open"),
        Input(ids.TOKEN_SAVE, "n_clicks"),
        State(ids.TOKEN_NAME, "value"),
        State(ids.TOKEN_DAYS, "value"),
        State(ids.TOKEN_PERMISSIONS, "value"),
        prevent_initial_call=True,
        permission=API,
    )
    def create(clicks: int | None, name: str | None, days: Any, permissions: Any) -> Answer:
        if not clicks:
            return (no_update,) * 5
        try:
            shown = _create(callbacks, name or "", days, permissions)
        except PadError as problem:
            return no_update, True, str(problem), no_update, no_update
        return _tokens(callbacks), False, "", shown, True


def _create(callbacks: Callbacks, name: str, days: Any, permissions: Any) -> Any:
    if not isinstance(days, int) or isinstance(days, bool):
        raise InputError(t("account.token_days_wrong", most=tokens.LONGEST_DAYS))
    wanted = [str(entry) for entry in permissions] if isinstance(permissions, list) else []
    services = callbacks.services
    return token_shown(
        name, tokens.create(services.database, services.clock, callbacks.viewer(), name, wanted, days)
    )


def _asking(callbacks: Callbacks) -> None:
    @callbacks.on_press(
        Output(ids.REVOKE_DIALOG, "children"),
        Output(ids.REVOKE_DIALOG, "is_open"),
        Input(ids.revoke_button("session", ALL), "n_clicks"),
        Input(ids.revoke_button("token", ALL), "n_clicks"),
        permission=ACCOUNT,
    )
    def open_question(button: Button) -> Answer:
        if button["type"] == "revoke-token":
            return ask_token(_own_token(callbacks, button["key"])), True
        return ask_session(_own_session(callbacks, button["key"])), True


def _revoking(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.SESSION_TABLE, "children"),
        Output(ids.TOKEN_TABLE, "children", allow_duplicate=True),
        Output(ids.REVOKE_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.REVOKE_PROBLEM, "children"),
        Input(ids.REVOKE_DO, "n_clicks"),
        State(ids.REVOKE_TARGET, "data"),
        prevent_initial_call=True,
        permission=ACCOUNT,
    )
    def revoke(clicks: int | None, target: dict[str, Any] | None) -> Answer:
        if not clicks:
            return (no_update,) * 4
        try:
            _revoke(callbacks, target or {})
        except PadError as problem:
            return no_update, no_update, True, str(problem)
        shown = _tokens(callbacks) if "token" in (target or {}) else no_update
        return _sessions(callbacks), shown, False, ""


def _revoke(callbacks: Callbacks, target: dict[str, Any]) -> None:
    services, viewer = callbacks.services, callbacks.viewer()
    if "token" in target:
        row = _own_token(callbacks, target["token"])
        tokens.revoke(services.database, services.clock, viewer, row.id)
        return
    opened = _own_session(callbacks, target.get("session"))
    sessions.revoke(services.database, services.clock, viewer.user_id, opened.id, viewer.email)


def _own_token(callbacks: Callbacks, key: object) -> TokenRow:
    services, viewer = callbacks.services, callbacks.viewer()
    for row in tokens.of(services.database, services.clock, viewer.user_id):
        if row.id == key:
            return row
    raise NotFound(t("account.token_gone"), hint=t("account.session_gone_hint"))


def _own_session(callbacks: Callbacks, key: object) -> OpenSession:
    services, viewer = callbacks.services, callbacks.viewer()
    for row in sessions.open_of(services.database, services.clock, viewer.user_id):
        if row.id == key:
            return row
    raise NotFound(t("account.session_gone"), hint=t("account.session_gone_hint"))


def _tokens(callbacks: Callbacks) -> Any:
    services = callbacks.services
    live = tokens.of(services.database, services.clock, callbacks.viewer().user_id)
    return token_table(live, services.clock.now(), services.settings.time_zone)


def _sessions(callbacks: Callbacks) -> Any:
    services, viewer = callbacks.services, callbacks.viewer()
    opened = sessions.open_of(services.database, services.clock, viewer.user_id)
    return session_table(opened, viewer.session_id, services.clock.now(), services.settings.time_zone)
