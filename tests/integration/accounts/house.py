"""A small closed server with a cast: Alice (admin), Bob (executive), Carol (analyst, region North only)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from dash import Dash, Input, Output, html
from flask import Flask, request
from flask.testing import FlaskClient

from app.access import protect
from app.accounts import current, guard, users
from app.accounts.permissions import API, DASHBOARDS, EXPORT, USERS
from app.callbacks import account, audit
from app.callbacks import users as users_callbacks
from app.callbacks.base import Callbacks
from app.clock import FixedClock
from app.data.db import Database
from app.data.query.frame import MetricFrame
from app.data.query.spec import MetricQuery
from app.errors import DataUnavailable
from app.layouts.pages.base import PAGES, PageContext
from app.services import Services
from app.settings import Settings

PASSWORD = "correct horse battery"
CAST = {"alice@example.com": "admin", "bob@example.com": "executive", "carol@example.com": "analyst"}
ASSETS = Path(__file__).parents[3] / "assets"


@dataclass
class House:
    """One server with its parts, and browsers that visit it."""

    server: Flask
    database: Database
    clock: FixedClock
    callbacks: Callbacks
    services: Services

    @property
    def asked(self) -> list[MetricQuery]:
        """The questions that came as far as the runner."""
        return cast(Answers, self.services.query).asked

    def browser(self) -> Browser:
        return Browser(self.server.test_client())

    def signed_in(self, email: str) -> Browser:
        browser = self.browser()
        assert browser.sign_in(email).status_code == 303
        return browser

    def output(self, *parts: str) -> str:
        """The one registered callback whose output names all of these."""
        (found,) = [name for name in self.callbacks.permissions if all(part in name for part in parts)]
        return found


@dataclass
class Browser:
    """A client that sends form tokens as a browser does."""

    client: FlaskClient

    def token(self, page: str = "/login") -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page).text)
        assert found, page
        return found.group(1)

    def sign_in(self, email: str, password: str = PASSWORD, **form: str) -> Any:
        fields = {"csrf_token": self.token(), "email": email, "password": password, **form}
        return self.client.post("/login", data=fields)

    def header(self) -> dict[str, str]:
        if self.client.get_cookie("_csrf_token") is None:
            self.client.get("/executive")
        cookie = self.client.get_cookie("_csrf_token")
        return {"X-CSRFToken": cookie.value} if cookie else {}

    def callback(
        self,
        output: str,
        inputs: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
        *,
        token: bool = True,
    ) -> Any:
        """Post a callback; `inputs` and `state` map 'id.property' to a value, the first input triggers."""
        given = inputs or {"button.n_clicks": 3}
        body = {
            "output": output,
            "outputs": _outputs(output),
            "inputs": [_value(*pair) for pair in given.items()],
            "state": [_value(*pair) for pair in (state or {}).items()],
            "changedPropIds": list(given)[:1],
        }
        headers = self.header() if token else {}
        return self.client.post("/_dash-update-component", json=body, headers=headers)


def _outputs(output: str) -> Any:
    if output.startswith(".."):
        return [_value(part, None) for part in output[2:-2].split("...")]
    return _value(output, None)


def _value(name: str, value: Any) -> dict[str, Any]:
    identity, prop = name.rsplit(".", 1)
    parsed = json.loads(identity) if identity.startswith("{") else identity
    return {"id": parsed, "property": prop, "value": value}


@dataclass
class Answers:
    """A warehouse that answers every question with one row and remembers what it was asked."""

    asked: list[MetricQuery] = field(default_factory=list)

    def members(self, dimension: str, query: MetricQuery) -> tuple[str, ...]:
        raise DataUnavailable("No load has been published yet.", hint="Sync a source.")

    def run(self, query: MetricQuery) -> MetricFrame:
        self.asked.append(query)
        if "broken" in query.metrics:
            raise ZeroDivisionError("division of 1 by the secret of the house")
        if "gone" in query.metrics:
            raise DataUnavailable("No load has been published yet.", hint="Sync a source.")
        row = {"channel": "Paid search", "spend": 1234.5, "spend__n": 1234.5}
        return MetricFrame(query, [row], {"spend": "money"}, data_version="7", as_of=3)


def build(database: Database, clock: FixedClock, home: Path, query: Any = None) -> House:
    """The server with the pages about people and three small callbacks; `query` answers in the place of
    the small warehouse."""
    _move_in(database, clock)
    server = Flask("house")
    dash = Dash(
        "house",
        server=server,
        use_pages=False,
        suppress_callback_exceptions=True,
        assets_folder=str(ASSETS),
        assets_ignore=r"^(?!(bootstrap\.min|tokens|admin)\.css$).*",
    )
    settings = Settings(home=home, organisation="Larkfield", time_zone="UTC", secret_key="only for tests")
    services = Services(settings, clock, database, query or Answers(), None)  # type: ignore[arg-type]
    dash.layout = lambda: _page(services)
    callbacks = Callbacks(dash, services, current.viewer)
    _small_callbacks(dash, callbacks)
    for module in (users_callbacks, account, audit):
        module.register(callbacks)
    protect(services, callbacks)
    guard.route(server, "/api/ping", API, lambda: {"who": current.viewer().email})
    guard.route(server, "/export/ping.csv", EXPORT, lambda: "a,b")
    return House(server, database, clock, callbacks, services)


def _move_in(database: Database, clock: FixedClock) -> None:
    for email, role in CAST.items():
        scope = {"region": ["North"]} if role == "analyst" else {}
        name = email.split("@")[0].title()
        users.add(database, clock, email, name, role, PASSWORD, actor="test", must_change=False, scope=scope)


def _page(services: Services) -> html.Div:
    address = urlsplit(request.referrer or "")
    page_id = address.path.strip("/")
    content: Any = [html.Button(id="button"), html.Div(id="greeting"), html.Div(id="people")]
    if page_id in PAGES and page_id != "executive":
        context = PageContext(services, current.viewer(), address.query)
        content = PAGES.get(page_id).layout(context)
    return html.Div(content, style={"padding": "24px"})


def _small_callbacks(dash: Dash, callbacks: Callbacks) -> None:
    @callbacks.on(Output("greeting", "children"), Input("button", "n_clicks"), permission=DASHBOARDS)
    def greet(clicks: int | None) -> str:
        return f"{current.viewer().name} {clicks}"

    @callbacks.on(Output("people", "children"), Input("button", "n_clicks"), permission=USERS)
    def people(_clicks: int | None) -> str:
        return "everybody"

    @dash.callback(Output("button", "title"), Input("button", "n_clicks"))
    def forgotten(_clicks: int | None) -> str:
        return "reachable"
