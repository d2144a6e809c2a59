"""The product's own WSGI application with what it is measured against beside it, behind the same guard.

A callback that does nothing, and a page of plain HTML that draws what the Executive dashboard shows from
one fetch, with the same style sheet and the same Plotly bundle. For a view that nobody has opened, that
fetch asks the same SQL, one statement after another, before it hands over figures that are ready.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Mapping
from pathlib import Path

from dash import Input, Output
from flask import Response, request

from app import access
from app.accounts import current, routes
from app.accounts.permissions import ACCOUNT, DASHBOARDS
from app.assets import BUNDLE
from app.callbacks.base import Callbacks
from app.compose import build
from app.data.warehouse.snapshots import Snapshots
from app.factory import Access, DashboardApp, create_app
from app.home import prepared
from app.logs import configure
from app.operations.health import Health
from app.settings import Settings
from tests.bench.statements import Statement, bare

NOTHING = "bench-nothing"
FLOOR = "/bench/floor"
CONTENT = "floor.json"
ASKED = "floor.pickle"

PAGE = """<!DOCTYPE html>
<html lang="en" data-bs-theme="light"><head><title>Floor</title>
<link rel="stylesheet" href="{styles}"><script src="{plotly}" defer></script></head>
<body><div id="place"></div><script src="/bench/floor.js" defer></script></body></html>"""

# One fetch, then the cards as HTML and the figures by Plotly: what anybody would write.
SCRIPT = """
async function show(search) {
  const answer = await (await fetch("/bench/floor.json" + search)).json();
  document.querySelector("#place").innerHTML = answer.html;
  for (const figure of answer.figures) {
    const place = document.querySelectorAll("#place [data-figure]")[figure.at];
    Plotly.newPlot(place, figure.data, figure.layout, { displayModeBar: false, responsive: true });
  }
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link) { event.preventDefault(); show(new URL(link.href).search); }
});
show("");
"""


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

        _add_floor(callbacks.dash, settings)
        access.protect(services, callbacks)

    apps.append(create_app(services, Access(current.viewer, protect)))
    return Health(apps[0].server, services)


def _add_floor(dash: DashboardApp, settings: Settings) -> None:
    assets, home, snapshots = dash.assets, settings.home, Snapshots(settings.warehouse_dir)
    page = PAGE.format(styles=assets.address(BUNDLE), plotly=assets.address("plotly-basic.min.js"))

    def content() -> Response:
        asked = pickle.loads((home / ASKED).read_bytes())  # written by the bench itself
        bare(snapshots, asked.get(f"?{request.query_string.decode()}", []))
        return Response((home / CONTENT).read_bytes(), mimetype="application/json")

    server = dash.server
    routes.declare(server, FLOOR, ACCOUNT, lambda: Response(page, mimetype="text/html"))
    routes.declare(server, f"{FLOOR}.js", ACCOUNT, lambda: Response(SCRIPT, mimetype="text/javascript"))
    routes.declare(server, f"{FLOOR}.json", ACCOUNT, content)


def keep_floor(
    home: Path, html: str, figures: list[dict[str, object]], asked: Mapping[str, list[Statement]]
) -> None:
    """What the floor page shows, and what it asks before it does at addresses that nobody has opened."""
    (home / ASKED).write_bytes(pickle.dumps(dict(asked)))
    (home / CONTENT).write_text(json.dumps({"html": html, "figures": figures}))


if "PAD_BENCH_SERVED" in os.environ:
    served = application()
