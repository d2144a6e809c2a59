"""What the page of users does; each callback needs the permission to manage users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import ALL, Input, Output, State, no_update

from app.accounts import passwords, scopes, users
from app.accounts.permissions import USERS
from app.callbacks.base import Button, Callbacks
from app.callbacks.closing import closes
from app.callbacks.sent import number
from app.errors import PadError, unknown
from app.layouts import dialogs
from app.layouts import people_ids as ids
from app.layouts.pages.users import ask, form, hand_over, table
from app.scope_values import require_known
from app.services import Services
from app.text import t

VERBS = ("disable", "enable", "reset")
Answer = tuple[Any, ...]


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of the page."""
    closes(callbacks, ids.USER_DIALOG, ids.USER_CONFIRM, ids.USER_SECRET)
    _opening(callbacks)
    _saving(callbacks)
    _confirming(callbacks)


def _opening(callbacks: Callbacks) -> None:
    database = callbacks.services.database

    @callbacks.on(
        Output(ids.USER_DIALOG, "children"),
        Output(ids.USER_DIALOG, "is_open"),
        Input(ids.USER_ADD, "n_clicks"),
        Input(ids.user_button("edit", ALL), "n_clicks"),
        prevent_initial_call=True,
        permission=USERS,
    )
    def open_form(_add: Any, _edit: Any) -> Answer:
        button = dialogs.pressed()
        if button is None:
            return no_update, no_update
        return form(users.get(database, _user(button)) if isinstance(button, dict) else None), True

    @callbacks.on_press(
        Output(ids.USER_CONFIRM, "children"),
        Output(ids.USER_CONFIRM, "is_open"),
        *(Input(ids.user_button(verb, ALL), "n_clicks") for verb in VERBS),
        permission=USERS,
    )
    def open_question(button: Button) -> Answer:
        return ask(users.get(database, _user(button)), _verb(str(button["type"])[len("user-") :])), True


def _saving(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.USER_TABLE, "children"),
        Output(ids.USER_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.USER_PROBLEM, "children"),
        Output(ids.USER_SECRET, "children"),
        Output(ids.USER_SECRET, "is_open"),
        Input(ids.USER_SAVE, "n_clicks"),
        *(
            State(field, "data" if field == ids.USER_TARGET else "value")
            for field in (ids.USER_TARGET, ids.USER_EMAIL, ids.USER_NAME, ids.USER_ROLE, ids.USER_SCOPE)
        ),
        prevent_initial_call=True,
        permission=USERS,
    )
    def save(
        clicks: int | None,
        target: int | None,
        email: str | None,
        name: str | None,
        role: str | None,
        scope: str | None,
    ) -> Answer:
        if not clicks:
            return (no_update,) * 5
        try:
            shown = _save(callbacks, target, email or "", name or "", role or "", scope or "")
        except PadError as problem:
            return no_update, True, str(problem), no_update, no_update
        return _table(callbacks), False, "", shown or no_update, bool(shown)


def _save(callbacks: Callbacks, target: int | None, email: str, name: str, role: str, scope: str) -> Any:
    services, actor = callbacks.services, callbacks.viewer().email
    database, clock = services.database, services.clock
    narrowed = scopes.parse(scope)
    require_known(services, narrowed)
    if target is not None:
        user_id = _user({"user": target})
        users.change(database, clock, user_id, actor=actor, name=name, role=role, scope=narrowed)
        return None
    password = passwords.invented()
    users.add(database, clock, email, name, role, password, actor=actor, scope=narrowed)
    return hand_over(users.normal(email), password)


def _confirming(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.USER_TABLE, "children", allow_duplicate=True),
        Output(ids.USER_CONFIRM, "is_open", allow_duplicate=True),
        Output(ids.USER_CONFIRM_PROBLEM, "children"),
        Output(ids.USER_SECRET, "children", allow_duplicate=True),
        Output(ids.USER_SECRET, "is_open", allow_duplicate=True),
        Input(ids.USER_CONFIRM_DO, "n_clicks"),
        State(ids.USER_CONFIRM_TARGET, "data"),
        prevent_initial_call=True,
        permission=USERS,
    )
    def confirm(clicks: int | None, target: dict[str, Any] | None) -> Answer:
        if not clicks:
            return (no_update,) * 5
        try:
            shown = _do(
                callbacks.services, callbacks.viewer().email, _user(target), _verb((target or {}).get("verb"))
            )
        except PadError as problem:
            return no_update, True, str(problem), no_update, no_update
        return _table(callbacks), False, "", shown or no_update, bool(shown)


def _do(services: Services, actor: str, user_id: int, verb: str) -> Any:
    database, clock = services.database, services.clock
    if verb != "reset":
        users.set_disabled(database, clock, user_id, verb == "disable", actor=actor)
        return None
    password = passwords.invented()
    users.set_password(database, clock, user_id, password, actor=actor, must_change=True)
    return hand_over(users.get(database, user_id).email, password)


def _table(callbacks: Callbacks) -> Any:
    services = callbacks.services
    return table(users.listing(services.database), services.clock.now(), callbacks.viewer().user_id)


def _user(target: Any) -> int:
    """The user id in what the browser sent."""
    found = target.get("user") if isinstance(target, Mapping) else None
    return number(found, f"{t('users.gone')} {t('users.gone_hint')}")


def _verb(word: Any) -> str:
    if word not in VERBS:
        raise unknown("action", str(word), VERBS)
    return str(word)
