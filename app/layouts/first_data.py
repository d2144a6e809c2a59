"""Before the first data: what a dashboard says instead of its cards, and a card instead of its numbers.

Both are marked `data-preparing`: the browser asks for them again by itself until there is something to show.
"""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from app.accounts.permissions import SOURCES_VIEW
from app.data.source_states import FirstRead, first_reads
from app.errors import PadError
from app.layouts.attributes import NAV, attributes
from app.layouts.markup import Markup
from app.layouts.states import empty
from app.layouts.widgets.base import WidgetContext
from app.services import Services
from app.text import t

PLACE = "first-data"  # the name of the one place that the dashboard has until then
PREPARING = {"data-preparing": "1"}


def awaited(services: Services) -> bool:
    """Whether no source has brought a row yet. A warehouse that cannot be read is said by each card."""
    try:
        return not services.query.sources()
    except PadError:
        return False


def coming(services: Services) -> list[str]:
    """Titles of the sources whose first data is on its way."""
    return [read.title for read in first_reads(services.database) if read.coming]


def place(card: Markup | None) -> Component:
    """Where the card stands; the browser fills it, and opens the page anew once no such card comes."""
    inside = html.Div(card, **attributes({"data-card": PLACE}))  # type: ignore[arg-type]
    return html.Div(inside, className="page-body")


def card(services: Services, context: WidgetContext) -> Component:
    """Why the dashboard is empty: the first data is on its way, and how far, or nothing was connected yet."""
    reads = first_reads(services.database)
    arriving = any(read.coming for read in reads)
    able = context.viewer.may(SOURCES_VIEW)
    words = "states.first_data" if arriving else "states.no_source" if able else "states.no_source_ask"
    action = html.A(t("states.to_sources"), href="/sources", className="btn-look p", **NAV) if able else None
    return html.Div(
        [
            html.H2(t("states.first_data_title" if arriving else "states.no_source_title")),
            html.P(t(words)),
            html.Ul([_line(read) for read in reads], className="first-reads") if reads else None,
            action,
        ],
        className="card message-card",
        **attributes(PREPARING),
    )


def _line(read: FirstRead) -> html.Li:
    tone = "n" if read.step == "failed" else ""
    said = html.Span(t(f"states.first_{read.step}"), className="muted")
    return html.Li([html.I(className=f"dot {tone}".strip()), html.Bdi(read.title), " ", said])


def preparing(sources: Sequence[str]) -> Component:
    """A card that has no number yet; `sources` are those whose first data is on its way."""
    words = t("states.preparing_of", sources=", ".join(sources)) if sources else t("states.preparing")
    return html.Div(empty(words), className="state", role="status", **attributes(PREPARING))
