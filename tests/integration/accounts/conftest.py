"""A small closed server with a cast: Alice (admin), Bob (executive), Carol (analyst, region North only)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from dash import Dash, Input, Output, html
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import current, guard, passwords, users
from app.accounts.models import Base  # noqa: F401  (the tables of accounts)
from app.accounts.permissions import API, DASHBOARDS, USERS
from app.callbacks.base import Callbacks
from app.clock import FixedClock
from app.data import db
from app.settings import Settings

PASSWORD = "correct horse battery"
CAST = {"alice@example.com": "admin", "bob@example.com": "executive", "carol@example.com": "analyst"}
PAGES = {"/executive": DASHBOARDS, "/users": USERS}


@dataclass
class House:
    """One server with its parts, and browsers that visit it."""

    server: Flask
    database: db.Database
    clock: FixedClock
    callbacks: Callbacks

    def browser(self) -> Browser:
        return Browser(self.server.test_client())

    def signed_in(self, email: str) -> Browser:
        browser = self.browser()
        assert browser.sign_in(email).status_code == 303
        return browser


@dataclass
class Browser:
    """A client that sends form tokens as a browser does."""

    client: FlaskClient

    def token(self, page: str = "/login") -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page).text)
        assert found, page
        return found.group(1)

    def sign_in(self, email: str, password: str = PASSWORD, **form: str):
        fields = {"csrf_token": self.token(), "email": email, "password": password, **form}
        return self.client.post("/login", data=fields)

    def callback(self, output: str, token: bool = True):
        self.client.get("/executive")
        cookie = self.client.get_cookie("_csrf_token")
        headers = {"X-CSRFToken": cookie.value} if token and cookie else {}
        name, prop = output.rsplit(".", 1)
        body = {
            "output": output,
            "outputs": {"id": name, "property": prop},
            "inputs": [{"id": "button", "property": "n_clicks", "value": 3}],
            "changedPropIds": ["button.n_clicks"],
        }
        return self.client.post("/_dash-update-component", json=body, headers=headers)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real algorithm with little memory, so that the suite is quick."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords.decoy.cache_clear()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


@pytest.fixture
def database(tmp_path: Path) -> db.Database:
    made = db.Database(f"sqlite:///{tmp_path}/app.db")
    db.Base.metadata.create_all(made.engine)
    return made


@pytest.fixture
def house(database: db.Database, clock: FixedClock, tmp_path: Path) -> House:
    for email, role in CAST.items():
        scope = {"region": ["North"]} if role == "analyst" else {}
        name = email.split("@")[0].title()
        users.add(
            database, clock, email, name, role, PASSWORD, actor="test", must_change=False, scope=scope
        )
    server = Flask("house")
    server.secret_key = "only for tests"
    dash = Dash("house", server=server, use_pages=False, suppress_callback_exceptions=True)
    dash.layout = html.Div([html.Button(id="button"), html.Div(id="greeting"), html.Div(id="people")])
    callbacks = Callbacks(dash, None, current.viewer)  # type: ignore[arg-type]

    @callbacks.on(Output("greeting", "children"), Input("button", "n_clicks"), permission=DASHBOARDS)
    def greet(clicks: int | None) -> str:
        return f"{current.viewer().name} {clicks}"

    @callbacks.on(Output("people", "children"), Input("button", "n_clicks"), permission=USERS)
    def people(_clicks: int | None) -> str:
        return "everybody"

    @dash.callback(Output("button", "title"), Input("button", "n_clicks"))
    def forgotten(_clicks: int | None) -> str:
        return "reachable"

    guard.protect(
        server,
        database,
        clock,
        Settings(home=tmp_path),
        callbacks=callbacks.permissions,
        page=PAGES.get,
        csp_hashes=dash.csp_hashes,
    )
    guard.route(server, "/api/ping", API, lambda: {"who": current.viewer().email})
    return House(server, database, clock, callbacks)
