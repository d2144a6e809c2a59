"""Who may sign in, as what, and to see what; for administrators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app.accounts import scopes, users
from app.accounts.permissions import ROLES, USERS
from app.accounts.users import UserRow
from app.layouts import dialogs
from app.layouts import people_ids as ids
from app.layouts.pages.base import PAGES, Page, PageContext
from app.text import t
from app.units import age


def layout(context: PageContext) -> Component:
    """The list with its dialogs, all closed."""
    database, clock = context.services.database, context.services.clock
    people = users.listing(database)
    return html.Div(
        [
            html.Div(
                table(people, clock.now(), context.viewer.user_id),
                id=ids.USER_TABLE,
            ),
            *map(dialogs.holder, (ids.USER_DIALOG, ids.USER_CONFIRM, ids.USER_SECRET)),
        ],
        className="page-body people-page",
    )


def table(people: Sequence[UserRow], now: datetime, me: int) -> list[Component]:
    """Summary line, the button to add, and a row for each person."""
    admins = sum(person.role == users.ADMIN and not person.disabled for person in people)
    add = html.Button(t("users.add"), id=ids.USER_ADD, className="btn btn-primary", type="button")
    columns = ("name", "role", "scope", "seen", "state", "actions")
    head = html.Tr(
        [html.Th(t(f"users.column_{name}"), className=f"c-{name}", scope="col") for name in columns]
    )
    return [
        html.Div(
            [html.P(t("users.summary", count=len(people), admins=admins), className="page-lead"), add],
            className="page-tools",
        ),
        html.Div(
            html.Table(
                [html.Thead(head), html.Tbody([_row(person, now, me) for person in people])],
                className="table-look people-table",
            ),
            className="card table-card",
        ),
    ]


def _row(person: UserRow, now: datetime, me: int) -> Component:
    own = html.Span(t("users.you"), className="badge-look") if person.id == me else None
    name = [
        html.Div([html.Bdi(person.name), own], className="strong"),
        html.Div(person.email, className="sub"),
    ]
    seen = t("users.ago", age=age(now - person.last_seen_at)) if person.last_seen_at else t("users.never")
    return html.Tr(
        [
            html.Td(name, className="c-name"),
            html.Td(t(f"users.role_{person.role}"), className="c-role"),
            html.Td(_scope(person), className="c-scope"),
            html.Td(seen, className="c-seen num"),
            html.Td(_state(person), className="c-state"),
            html.Td(_buttons(person), className="c-actions"),
        ],
        className="is-off" if person.disabled else "",
    )


def _scope(person: UserRow) -> Component | str:
    if not person.scope:
        return t("users.everything")
    return html.Div([html.Div(html.Bdi(line)) for line in scopes.described(person.scope)])


def _state(person: UserRow) -> Component:
    if person.disabled:
        return html.Span(t("users.state_disabled"), className="badge-look n")
    if person.must_change_password:
        return html.Span(t("users.state_new"), className="badge-look w")
    return html.Span(t("users.state_active"), className="badge-look p")


def _buttons(person: UserRow) -> Component:
    verbs = ("edit", "reset", "enable" if person.disabled else "disable")
    return html.Div(
        [
            html.Button(
                t(f"users.{verb}"),
                id=ids.user_button(verb, person.id),
                className="btn btn-text",
                type="button",
                title=f"{t(f'users.{verb}')}: {person.name}",
            )
            for verb in verbs
        ],
        className="row-buttons",
    )


def form(person: UserRow | None) -> list[Component]:
    """The dialog that adds somebody, or edits a person."""
    roles = [{"label": t(f"users.role_{role}"), "value": role} for role in ROLES]
    email = dbc.Input(
        id=ids.USER_EMAIL, type="email", value=person.email if person else "", disabled=bool(person)
    )
    name = dbc.Input(id=ids.USER_NAME, value=person.name if person else "", maxLength=120)
    role = dbc.Select(id=ids.USER_ROLE, options=roles, value=person.role if person else "executive")
    scope = dbc.Textarea(id=ids.USER_SCOPE, value=scopes.written(person.scope) if person else "", rows=3)
    hint = t("users.field_scope_hint", dimensions=", ".join(scopes.SCOPED))
    body = [
        dcc.Store(id=ids.USER_TARGET, data=person.id if person else None),
        dialogs.field(t("users.field_email"), email, "" if person else t("users.field_password_hint")),
        dialogs.field(t("users.field_name"), name),
        dialogs.field(t("users.field_role"), role),
        dialogs.field(t("users.field_scope"), scope, hint),
        dialogs.problem(ids.USER_PROBLEM),
    ]
    title = t("users.edit_title", name=person.name) if person else t("users.add_title")
    save = html.Button(t("users.save"), id=ids.USER_SAVE, className="btn btn-primary", type="button")
    return dialogs.content(title, body, [dialogs.keep(ids.USER_DIALOG, t("users.cancel")), save])


def ask(person: UserRow, verb: str) -> list[Component]:
    """The question before a person is disabled or enabled, or gets a new password."""
    return dialogs.question(
        ids.USER_CONFIRM,
        title=t(f"users.{verb}_title", name=person.name),
        text=t(f"users.{verb}_text", email=person.email),
        verb=t(f"users.{verb}_verb", name=person.name),
        way_back=t("users.keep"),
        danger=verb != "enable",
        parts=(ids.USER_CONFIRM_TARGET, ids.USER_CONFIRM_DO, ids.USER_CONFIRM_PROBLEM),
        target={"user": person.id, "verb": verb},
    )


def hand_over(email: str, password: str) -> list[Component]:
    """Shows a password just made, this once."""
    return dialogs.secret(
        ids.USER_SECRET,
        title=t("users.secret_title", email=email),
        text=t("users.secret_text"),
        value=password,
        done=t("users.secret_done"),
    )


PAGES.add(Page("users", "users.title", "admin", USERS, "people", layout))
