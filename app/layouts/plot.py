"""The place where the browser draws a figure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from app.figures.theme import Figure
from app.layouts.attributes import attributes
from app.periods import Period


def explained(figure: Figure, asked: str, days: Mapping[str, Period]) -> Figure:
    """A figure whose points open passports (`assets/figures.js`): `asked` is the question that it draws,
    `days` those of each place on its time axis; a trace names its metric as `meta`."""
    spans = {name: f"{period.start}..{period.end}" for name, period in days.items()}
    return {**figure, "layout": {**figure["layout"], "meta": {"asked": asked, "days": spans}}}


def chart(figure: Figure, label: str, view: str) -> Component:
    """A figure as data, with words for who cannot see it; `view` names the view of its card that shows it."""
    return html.Div(
        className=f"figure view {view}",
        role="img",
        **attributes({"data-figure": json.dumps(figure, separators=(",", ":")), "aria-label": label}),
    )
