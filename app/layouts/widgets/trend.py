"""MRR over twelve months with growth beneath, and the movements that made it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from app.data.query.frame import MetricFrame, Row
from app.data.query.spec import MetricQuery
from app.figures.theme import Figure
from app.figures.trends import level_with_growth, movements
from app.layouts import cards
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.periods import Period, bucket_end, bucket_start, shift_months
from app.text import t

# Gains in tones of the accent, losses in the warm tone of the fixed order, so that they part without red and green.
MOVES = {
    "new_mrr": "--accent",
    "reactivated_mrr": "--seq-3",
    "expansion_mrr": "--compare",
    "contraction_mrr": "--div-n1",
    "churned_mrr": "--div-n2",
}


@dataclass(frozen=True, kw_only=True)
class MrrTrend(Widget):
    months: int = 12

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("mrr", "mrr_growth", *MOVES)

    def queries(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        return (self._months(context),)

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        frame = frames[self._months(context)]
        units, rows = context.units, frame.rows
        open_end = _ends_open(frame.query.period)
        titles = {name: (context.metric(name).title, colour) for name, colour in MOVES.items()}
        first = level_with_growth(rows, rows, "mrr", "mrr_growth", units, open_end=open_end)
        body = [
            chart(first, t("widgets.trend_label"), "level"),
            html.Div(
                [_key(titles), chart(movements(rows, titles, units), t("widgets.movement_label"), "moves-chart")],
                className="view moves",
            ),
        ]
        return cards.card(
            self,
            context,
            frames,
            body,
            subtitle=self._subtitle(frame, context),
            summary=summary(rows, context),
            tools=(cards.segments(t("widgets.trend_views"), (("level", t("widgets.view_mrr")),
                                                            ("moves", t("widgets.view_movement")))),),
            table=self._table(rows, context),
        )

    def _months(self, context: WidgetContext) -> MetricQuery:
        """The months up to the end of the range, the running one as far as it has come."""
        end = context.period.end
        start = shift_months(bucket_start(end, "month"), 1 - self.months)
        return context.ask(*self.metrics, grain="month", period=Period(start, end), compare="none")

    def _subtitle(self, frame: MetricFrame, context: WidgetContext) -> str:
        period = frame.query.period
        key = "widgets.trend_subtitle_open" if _ends_open(period) else "widgets.trend_subtitle"
        return t(key, first=context.units.month(period.start), last=context.units.month(period.end),
                 day=context.units.day(period.end))

    def _table(self, rows: Sequence[Row], context: WidgetContext) -> Component:
        units = context.units
        names = ("mrr", "mrr_growth", *MOVES)
        head = [t("widgets.month"), *(context.metric(name).title for name in names)]
        lines = [
            [units.month(row["date"]), *(units.full(row.get(name), context.metric(name).unit) for name in names)]
            for row in reversed(rows)
        ]
        return cards.table(head, lines)


def chart(figure: Figure, label: str, view: str) -> Component:
    """The place where the browser draws a figure."""
    return html.Div(
        className=f"figure view {view}",
        role="img",
        **{"data-figure": json.dumps(figure, separators=(",", ":")), "aria-label": label},
    )


def summary(rows: Sequence[Row], context: WidgetContext) -> str:
    """How far MRR has come over the months shown, in one sentence."""
    known = [row for row in rows if row.get("mrr") is not None]
    if len(known) < 2 or not known[0]["mrr"]:
        return ""
    first, last = known[0], known[-1]
    share = last["mrr"] / first["mrr"] - 1
    best = max(known, key=lambda row: row["mrr"])
    key = "widgets.trend_up" if share >= 0.005 else "widgets.trend_down" if share <= -0.005 else "widgets.trend_flat"
    units = context.units
    return t(key, share=units.percent(abs(share)), since=units.month(first["date"]),
             value=units.short(last["mrr"], "money"), peak=units.month(best["date"]))


def _ends_open(period: Period) -> bool:
    return period.end != bucket_end(period.end, "month")


def _key(titles: dict[str, tuple[str, str]]) -> Component:
    return html.Div(
        [
            html.Span([html.I(className="sw", style={"background": f"var({colour})"}), title], className="key-item")
            for title, colour in titles.values()
        ],
        className="key",
    )
