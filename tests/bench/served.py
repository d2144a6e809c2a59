"""The product's own WSGI application with what it is measured against beside it, behind the same guard.

A callback that does nothing, and a page of plain HTML that draws what the Executive dashboard shows from
one fetch, with the same style sheet and the same Plotly bundle.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from dash import Input, Output
from flask import Response

from app import access
from app.accounts import current, routes
from app.accounts.permissions import ACCOUNT, DASHBOARDS
from app.assets import BUNDLE
from app.callbacks.base import Callbacks
from app.compose import build
from app.factory import Access, DashboardApp, create_app
from app.home import prepared
from app.logs import configure
from app.operations.health import Health

NOTHING = "bench-nothing"
FLOOR = "/bench/floor"
CONTENT = "floor.json"

PAGE = """<!DOCTYPE html>
<html lang="en" data-bs-theme="light"><head><title>Floor</title>
<link rel="stylesheet" href="{styles}"><script src="{plotly}" defer></script></head>
<body><div id="place"></div><script src="/bench/floor.js" defer></script></body></html>"""

# One fetch, then the cards as HTML and the figures by Plotly: what anybody would write.
SCRIPT = """
async function show(part) {
  const answer = await (await fetch("/bench/floor.json?part=" + part)).json();
  document.querySelector("#place").innerHTML = answer.html;
  for (const figure of answer.figures) {
    const place = document.querySelectorAll("#place [data-figure]")[figure.at];
    Plotly.newPlot(place, figure.data, figure.layout, { displayModeBar: false, responsive: true });
  }
}
document.addEventListener("click", (event) => { if (event.target.closest("a")) { event.preventDefault(); show("changed"); } });
show("first");
"""  # noqa: E501


def application() -> Health:
    settings = prepared(os.environ)
    configure(settings, "web")
    services = build(settings)
    apps: list[DashboardApp] = []

    def protect(callbacks: Callbacks) -> None:
        @callbacks.on(
            Output(NOTHING, "children"),
            Input(NOTHING, "n_clicks"),
            permission=DASHBOARDS,
            prevent_initial_call=True,
        )
        def nothing(_clicks: int | None) -> str:
            return ""

        _add_floor(callbacks.dash, settings.home)
        access.protect(services, callbacks)

    apps.append(create_app(services, Access(current.viewer, protect)))
    return Health(apps[0].server, services)


def _add_floor(dash: DashboardApp, home: Path) -> None:
    assets = dash.assets
    page = PAGE.format(styles=assets.address(BUNDLE), plotly=assets.address("plotly-basic.min.js"))

    def content() -> Response:
        return Response((home / CONTENT).read_bytes(), mimetype="application/json")

    server = dash.server
    routes.declare(server, FLOOR, ACCOUNT, lambda: Response(page, mimetype="text/html"))
    routes.declare(server, f"{FLOOR}.js", ACCOUNT, lambda: Response(SCRIPT, mimetype="text/javascript"))
    routes.declare(server, f"{FLOOR}.json", ACCOUNT, content)


def keep_floor(home: Path, html: str, figures: list[dict[str, object]]) -> None:
    """What the floor page shows."""
    (home / CONTENT).write_text(json.dumps({"html": html, "figures": figures}))


if "PAD_BENCH_SERVED" in os.environ:
    served = application()
