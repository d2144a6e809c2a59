"""Measures of how good a model is: what they mean, and whether the specification's target is met."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from app.layouts.cards import explained
from app.ml.specified import Specified
from app.text import t
from app.units import Units

IN_PERCENT = frozenset({"mape", "precision", "recall"})


def meanings(area: str, names: Sequence[str]) -> Component:
    """One sentence for each measure, behind the icon of a card's head."""
    return explained(
        [
            html.Div(
                [html.Div(t(f"{area}.{name}"), className="m5"), html.Div(t(f"{area}.about_{name}"))],
                className="definition",
            )
            for name in names
        ]
    )


def target(
    name: str, wanted: Specified | None, found: float | None, units: Units
) -> Sequence[str | Component]:
    """The specification's figure and whether it is met; nothing where it asks for none."""
    if wanted is None:
        return ()
    figure = units.percent(wanted.value) if name in IN_PERCENT else f"{wanted.value:.2f}"
    said = t("models.target_least" if wanted.least else "models.target_most", figure=figure)
    if found is None:
        return (said,)
    met = wanted.met(found)
    verdict = t("models.target_met" if met else "models.target_missed")
    return (said, " ", html.Span(verdict, className=f"badge-look {'p' if met else 'w'}"))
