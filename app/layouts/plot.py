"""The place where the browser draws a figure."""

from __future__ import annotations

import json

from dash import html
from dash.development.base_component import Component

from app.figures.theme import Figure
from app.layouts.attributes import attributes


def chart(figure: Figure, label: str, view: str) -> Component:
    """A figure as data, with words for who cannot see it; `view` names the view of its card that shows it."""
    return html.Div(
        className=f"figure view {view}",
        role="img",
        **attributes({"data-figure": json.dumps(figure, separators=(",", ":")), "aria-label": label}),
    )
