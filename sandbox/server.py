"""The sandbox as a server: one process, one port for all sources, a second one for Salesforce's instance."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox import credentials, files, page
from sandbox.clock import SandboxClock
from sandbox.company import Company
from sandbox.limits import GENEROUS, Limits
from sandbox.outbox import page as outbox_page
from sandbox.outbox import slack
from sandbox.site import SOURCES, Site
from sandbox.wire import bulk_query, google_ads, google_analytics, salesforce
from sandbox.wire.tokens import Keys


def create(company: Company, limits: Limits = GENEROUS, clock: SandboxClock | None = None) -> Flask:
    """The WSGI application of all sources; its site is in `app.extensions["site"]`."""
    site = Site(company, clock or SandboxClock(company.epoch, time.time), limits, Keys.new())
    return main_app(site)


def main_app(site: Site) -> Flask:
    """Sources, files, faults and the page."""
    app = _app(site)
    for routes in (
        google_analytics.blueprint(site),
        google_ads.blueprint(site),
        salesforce.login(site),
        slack.blueprint(site),
        outbox_page.blueprint(site),
        _control(site),
        _handouts(site),
    ):
        app.register_blueprint(routes)
    app.after_request(lambda response: _cut(site, request.path.split("/")[1], response))
    return app


def instance_app(site: Site) -> Flask:
    """Salesforce's instance, which lives at the root of its own port."""
    app = _app(site)
    app.register_blueprint(salesforce.instance(site))
    app.register_blueprint(bulk_query.blueprint(site))
    app.after_request(lambda response: _cut(site, "salesforce", response))
    return app


def _app(site: Site) -> Flask:
    app = Flask("sandbox", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["site"] = site
    return app


def _cut(site: Site, source: str, response: Response) -> Response:
    """A planned half page: the body stops in the middle, headers and status as if all were well."""
    if source not in SOURCES or request.path.endswith("/token"):
        return response
    if site.faults.take(source, "half_page", request.path):
        body = response.get_data()
        response.set_data(body[: len(body) // 2])
    return response


def _control(site: Site) -> Blueprint:
    """The page, the state, the clock and faults."""
    routes = Blueprint("control", __name__)

    @routes.get("/")
    def root() -> str:
        return page.render(site)

    @routes.get("/_sandbox/state")
    def state() -> Response:
        return jsonify(_state(site))

    @routes.post("/_sandbox/faults")
    def plan() -> tuple[Response, int]:
        try:
            site.faults.plan(request.get_json(force=True))
        except (ValueError, TypeError) as error:
            return jsonify(error=str(error)), 400
        return jsonify(waiting=site.faults.waiting()), 200

    @routes.delete("/_sandbox/faults")
    def forget() -> Response:
        site.faults.clear()
        return jsonify(waiting=[])

    @routes.post("/_sandbox/clock")
    def clock() -> Response:
        asked = request.get_json(force=True)
        site.clock.set(datetime.fromisoformat(asked["now"]) if "now" in asked else None, asked.get("speed"))
        site.clock.skip_wire(float(asked.get("skip_wire", 0)))
        return jsonify(_state(site))

    return routes


def _handouts(site: Site) -> Blueprint:
    """Files for import, and the credentials that the platforms' consoles would hand out."""
    routes = Blueprint("handouts", __name__)

    @routes.get("/_sandbox/files/<name>.csv")
    def download(name: str) -> Response | tuple[Response, int]:
        if name not in files.HEADERS:
            return jsonify(error=f"no file {name!r}; there are {list(files.HEADERS)}"), 404
        return Response(files.content(site.company, name, site.now()), mimetype="text/csv; charset=utf-8")

    @routes.get("/_sandbox/credentials/<source>.json")
    def sign_in(source: str) -> Response | tuple[Response, int]:
        if source not in SOURCES:
            return jsonify(error=f"no source {source!r}; there are {list(SOURCES)}"), 404
        return jsonify(credentials.of(site, source))

    return routes


def _state(site: Site) -> dict[str, Any]:
    timeline = site.company.timeline
    return {
        "now": site.now().isoformat(),
        "epoch": site.company.epoch.isoformat(),
        "speed": site.clock.speed,
        "seed": site.company.seed,
        "scale": site.company.scale,
        "marketing_from": timeline.start.isoformat(),
        "simulated_until": timeline.day(timeline.days).isoformat(),
        "bases": site.bases,
        "faults": site.faults.waiting(),
    }


class _Quiet(WSGIRequestHandler):
    """Handles requests without a line for each on the terminal."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body would wait 40 ms for the receipt of the head

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Running:
    """A sandbox that answers; `base` is the address of all sources, `salesforce_instance` of the org."""

    base: str
    salesforce_instance: str
    site: Site

    def base_of(self, source: str) -> str:
        """The base address of one source."""
        return f"{self.base}/{source}"


@contextmanager
def serving(site: Site, port: int = 0, host: str = "127.0.0.1") -> Iterator[Running]:
    """Both ports of a site, answered by threads until the block ends."""
    with ExitStack() as stack:
        main = stack.enter_context(_listening(main_app(site), host, port))
        org = stack.enter_context(_listening(instance_app(site), host, 0))
        base = f"http://{host}:{main.server_port}"
        site.bases |= {source: f"{base}/{source}" for source in SOURCES}
        site.bases["salesforce_instance"] = f"http://{host}:{org.server_port}"
        yield Running(base, site.bases["salesforce_instance"], site)


@contextmanager
def _listening(app: Flask, host: str, port: int) -> Iterator[BaseWSGIServer]:
    server = make_server(host, port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@contextmanager
def running(
    company: Company,
    limits: Limits = GENEROUS,
    clock: SandboxClock | None = None,
    wall: Callable[[], float] = time.time,
    port: int = 0,
    keys: Keys | None = None,
) -> Iterator[Running]:
    """A sandbox on random ports, for tests: the company's clock stands at its epoch unless one is given."""
    still = SandboxClock(company.epoch, wall, speed=0.0)
    with serving(Site(company, clock or still, limits, keys or Keys.new()), port) as up:
        yield up
