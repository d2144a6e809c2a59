"""What each channel returns: ROAS and ROI side by side, in one order, each with its own unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from app.data.metrics.base import Unit
from app.data.query.frame import MetricFrame, Row, cell
from app.data.query.spec import MetricQuery
from app.figures.theme import channel_colour
from app.layouts import cards
from app.layouts.attributes import NAV
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.text import t

MOST = 7
PLOTS: tuple[tuple[str, Unit, str], ...] = (
    ("roas", "multiple", "widgets.returns_no_spend"),
    ("roi", "ratio", "widgets.returns_no_cost"),
)
ROOM = 0.62  # the longest bar leaves room for its label


@dataclass(frozen=True, kw_only=True)
class Returns(Widget):
    drill: str = "/campaigns"

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("roas", "roi")

    def queries(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        return (self._channels(context), context.ask("roas", compare="none"))

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        rows = order(frames[self._channels(context)].rows)
        total = frames[context.ask("roas", compare="none")]
        units = context.units
        subtitle = t(
            "widgets.returns_subtitle",
            range=units.days(context.period),
            days=context.lookback_days,
            margin=units.percent(context.gross_margin),
        )
        return cards.card(
            self,
            context,
            frames,
            [self._plots(rows, context)],
            subtitle=subtitle,
            summary=_summary(rows, total, context),
            table=_table(rows, context),
        )

    def _channels(self, context: WidgetContext) -> MetricQuery:
        return context.ask("roas", "roi", by=("channel",), compare="none")

    def _plots(self, rows: Sequence[Row], context: WidgetContext) -> Component:
        tops = {
            name: max((abs(value) for row in rows if (value := cell(row, name)) is not None), default=0)
            for name in self.metrics
        }
        tops["roas"] = max(tops["roas"], 1 / context.gross_margin if context.gross_margin else 0)
        lines: list[Component] = [
            html.Div(
                [html.Span(), html.Span(t("widgets.returns_roas")), html.Span(t("widgets.returns_roi"))],
                className="ret-row ret-head",
            )
        ]
        lines += [self._row(row, tops, context) for row in rows[:MOST]]
        if context.gross_margin:
            level = 1 / context.gross_margin
            words = t("widgets.returns_break_even", value=context.units.short(level, "multiple"))
            share = level / tops["roas"] * ROOM
            lines.append(
                html.Div(
                    [html.Span(), html.Span(words, className="ret-even", style={"left": f"{share:.1%}"})],
                    className="ret-row ret-foot",
                )
            )
        place = (
            {"--even": f"{1 / context.gross_margin / tops['roas'] * ROOM:.4f}"}
            if context.gross_margin
            else {}
        )
        return html.Div(lines, className="returns", style=place)

    def _row(self, row: Row, tops: dict[str, float], context: WidgetContext) -> Component:
        channel = str(row.get("channel"))
        state = context.state.narrowed("channel", (channel,), clicked=True).with_own(group="campaign")
        name = html.A(html.Bdi(channel), href=self.drill + state.search(), className="cut drill", **NAV)
        bars = [
            _bar(row, metric, unit, tops[metric], channel, self.id, context, missing)
            for metric, unit, missing in PLOTS
        ]
        return html.Div([name, *bars], className="ret-row")


def order(rows: Sequence[Row]) -> list[Row]:
    """By ROI, the best first; channels without any figure are left out, those without ROI come last."""
    known = [row for row in rows if cell(row, "roi") is not None or cell(row, "roas") is not None]
    return sorted(
        known,
        key=lambda row: (cell(row, "roi") is None, -(cell(row, "roi") or 0), -(cell(row, "roas") or 0)),
    )


def _bar(
    row: Row,
    metric: str,
    unit: Unit,
    top: float,
    channel: str,
    place: str,
    context: WidgetContext,
    missing: str,
) -> Component:
    value = cell(row, metric)
    if value is None:
        return html.Span(["– ", t(missing)], className="ret-cell muted small")
    size = abs(value) / top * ROOM if top else 0
    shown = cards.number(
        context.units.short(value, unit),
        metric,
        place=f"{place}-{channel}",
        where={"channel": channel},
        exact=context.units.full(value, unit),
        label=f"{context.metric(metric).title} {channel}",
        class_name="m5 neg" if value < 0 else "m5",
    )
    bar = html.I(
        style={"width": f"{size:.1%}", "background": f"var({channel_colour(channel)})"},
        className="under" if value < 0 else "",
    )
    return html.Span([bar, shown], className=f"ret-cell has-bar {metric}")


def _summary(rows: Sequence[Row], total: MetricFrame, context: WidgetContext) -> str:
    losers = [str(row["channel"]) for row in rows if (cell(row, "roi") or 0) < 0]
    words = t("widgets.returns_losers", names=", ".join(losers)) if losers else t("widgets.returns_no_loser")
    return t(
        "widgets.returns_summary", roas=context.units.short(total.value("roas"), "multiple"), losers=words
    )


def _table(rows: Sequence[Row], context: WidgetContext) -> Component:
    head = [t("widgets.returns_channel"), t("widgets.returns_roas"), t("widgets.returns_roi")]
    lines = [
        [
            html.Bdi(str(row["channel"])),
            context.units.full(cell(row, "roas"), "multiple"),
            context.units.full(cell(row, "roi"), "ratio"),
        ]
        for row in rows
    ]
    return cards.table(head, lines)
