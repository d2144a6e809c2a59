"""What a page shows under an address, as HTML: its filter bar and cards; `assets/views.js` puts it in place.

Not a callback of Dash: its browser side keeps a subscription for every component of a card, which makes a
change of the filter cost seconds there. A GET changes nothing, so it needs no form token; the guard knows its
permission.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, request

from app.accounts import routes
from app.accounts.permissions import DASHBOARDS as MAY_VIEW
from app.callbacks.base import Callbacks
from app.data.metrics import catalogue
from app.data.query.spec import MetricQuery
from app.errors import PadError, unknown
from app.layouts import board
from app.layouts.dashboards.base import DASHBOARDS
from app.layouts.filter_bar import bar, member_links
from app.layouts.filters import DIMENSIONS
from app.layouts.markup import markup
from app.layouts.pages.base import PAGES, Page
from app.layouts.widgets.base import WidgetContext
from app.scope_values import WITNESSES
from app.text import t

Answer = dict[str, Any]


def register(callbacks: Callbacks) -> None:
    """Three routes that only read."""
    server = callbacks.dash.server
    for rule, answer in (
        ("/view/<page_id>", view),
        ("/view/<page_id>/<widget_id>", card),
        ("/members/<page_id>/<dimension>", members),
    ):
        routes.declare(server, rule, MAY_VIEW, answered(callbacks, answer))


def answered(callbacks: Callbacks, answer: Callable[..., Answer]) -> Callable[..., Response]:
    """An answer as JSON; a foreseen error as its sentence with the way out."""

    def respond(**asked: str) -> Response:
        try:
            return _json(answer(callbacks, **asked))
        except PadError as error:
            return _json({"error": {"message": error.message, "hint": error.hint}}, max(error.status, 400))

    return respond


def _json(answer: Answer, status: int = 200) -> Response:
    return Response(orjson.dumps(answer), status, mimetype="application/json")


def view(callbacks: Callbacks, page_id: str) -> Answer:
    """The bar of a page and the cards that are ready; `late` names those to be asked for one by one.

    Raises: InputError for an unknown page, AccessDenied.
    """
    page, context = _context(callbacks, page_id)
    if page.id not in DASHBOARDS:
        return {"bar": markup(bar(page.path, context)), "cards": {}, "late": []}
    dashboard = DASHBOARDS.get(page.id)
    shown, late = board.cards(callbacks.services, dashboard, context)
    drawn = board.bar(callbacks.services, dashboard, context)
    return {"bar": drawn.html, "cards": shown, "late": late}


def card(callbacks: Callbacks, page_id: str, widget_id: str) -> Answer:
    """One card, however long it takes. Raises: InputError for an unknown page or card, AccessDenied."""
    _, context = _context(callbacks, page_id)
    found = DASHBOARDS.get(page_id).widget(widget_id) if page_id in DASHBOARDS else None
    if found is None or found.live:
        known = [one.id for one in DASHBOARDS.get(page_id).widgets()] if page_id in DASHBOARDS else ()
        raise unknown("card", widget_id, known)
    return {"cards": {widget_id: board.one(callbacks.services, found, context).html}}


def members(callbacks: Callbacks, page_id: str, dimension: str) -> Answer:
    """Links to the views that pin a member of a dimension. Raises: InputError, AccessDenied."""
    page, context = _context(callbacks, page_id)
    if dimension not in DIMENSIONS:
        raise unknown("dimension", dimension, DIMENSIONS)
    metric = next(name for name in WITNESSES if dimension in catalogue.dimensions(name))
    asked = MetricQuery((metric,), context.period, scope=context.viewer.scope)
    found = callbacks.services.query.members(dimension, asked)
    links = member_links(page.path, context.state, dimension, found)
    return {"members": markup(links or t("filters.no_members"))}


def _context(callbacks: Callbacks, page_id: str) -> tuple[Page, WidgetContext]:
    """A page with filters that the asker may open, under the filters of the request."""
    if page_id not in PAGES or not PAGES.get(page_id).filters:
        raise unknown("page", page_id, [page.id for page in PAGES if page.filters])
    page, viewer = PAGES.get(page_id), callbacks.viewer()
    viewer.require(page.permission)
    return page, board.context_of(callbacks.services, viewer, page.id, request.query_string.decode())
