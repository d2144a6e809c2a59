"""The forecast view of a card of months: the fan, its words, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from app.accounts.permissions import ANALYSIS
from app.data.query.frame import MetricFrame, cell
from app.data.query.predictions import ForecastPoint
from app.errors import AccessDenied
from app.figures.fan import fan
from app.layouts import cards, question
from app.layouts.attributes import NAV
from app.layouts.outlook import Outlook, accuracy, bands
from app.layouts.plot import chart, explained
from app.layouts.states import empty
from app.layouts.widgets.base import WidgetContext, month
from app.ml import runs
from app.periods import Period, bucket_end
from app.text import t

VIEW = "forecast"


@dataclass(frozen=True)
class Ahead:
    """What the view shows: a line and a summary above it, the chart or why there is none, and the table."""

    line: str
    summary: str
    body: Component
    table: Component
    record: Component | None = None  # the way to the scorecard and to what came, for whom may see it

    @property
    def words(self) -> tuple[Component, ...]:
        """The lines that take the place of the card's own while the view is shown."""
        found = (("sub", self.line, self.record), ("sum", self.summary, None))
        return tuple(
            html.Div([text, " ", way] if way else text, className=f"{kind} of-{VIEW}", title=text)
            for kind, text, way in found
            if text
        )


def ahead(metric: str, months: MetricFrame, context: WidgetContext) -> Ahead:
    """The newest forecast behind the months that it knew; a part of the company has none."""
    if months.query.filters:
        return _none(t("forecasts.whole"), _link("forecasts.lift", f"/{context.dashboard}"))
    try:
        found = context.outlook(metric)
    except AccessDenied as denied:
        return _none(t("forecasts.whole") + " " + (denied.hint or denied.message), None)
    if not found.points or found.scores is None:
        able = context.viewer.may(ANALYSIS)
        return _none(
            found.note or t("forecasts.none_yet"), _link("forecasts.open", "/forecasts") if able else None
        )
    return _fan(metric, months, found, context)


def _fan(metric: str, months: MetricFrame, found: Outlook, context: WidgetContext) -> Ahead:
    assert found.scores is not None
    units, told = context.units, context.metric(metric)
    points = found.points
    last = points[-1]
    known = [(day, cell(row, metric)) for row in months.rows if (day := month(row)) <= last.made_on]
    asked = question.address(months.query, context.state)
    days = {units.month(day): Period(day, bucket_end(day, "month")) for day, _ in known}
    figure = explained(fan(known, points, units, told, "month"), asked, days)
    summary = " ".join(
        part
        for part in (
            t(
                "forecasts.summary_card",
                when=units.month(last.date),
                value=units.short(last.predicted, told.unit),
                low=units.short(last.low_95, told.unit),
                high=units.short(last.high_95, told.unit),
            ),
            bands(found.scores),
            accuracy(found.scores, units),
        )
        if part
    )
    return Ahead(
        t("forecasts.card_sub", model=t(f"forecasts.model_{last.model}"), day=units.month(last.made_on)),
        summary,
        chart(figure, t("forecasts.chart_label", metric=told.title), VIEW),
        _table(points, metric, context),
        _record(metric) if context.viewer.may(ANALYSIS) else None,
    )


def _record(metric: str) -> Component:
    address = f"/forecasts?{urlencode({'series': runs.subject(metric, 'month')})}"
    return html.A(t("forecasts.scorecard"), href=address, className="to-record", **NAV)


def _table(points: Sequence[ForecastPoint], metric: str, context: WidgetContext) -> Component:
    units, unit = context.units, context.metric(metric).unit
    ends = ("low_80", "high_80", "low_95", "high_95")
    head = [t("widgets.month"), t("forecasts.predicted"), *(t(f"forecasts.{end}") for end in ends)]
    rows = [
        [
            units.month(point.date),
            units.full(point.predicted, unit),
            *(units.full(getattr(point, end), unit) for end in ends),
        ]
        for point in points
    ]
    return cards.table(head, rows)


def _none(reason: str, action: Component | None) -> Ahead:
    """Why there is no forecast, and the one thing to do about it."""
    body = html.Div(empty(reason, action), className=f"view {VIEW}")
    return Ahead("", "", body, empty(reason, action))


def _link(words: str, address: str) -> Component:
    return html.A(t(words), href=address, className="btn-look sm", **NAV)
