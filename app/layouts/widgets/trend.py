"""MRR over twelve months with growth beneath, the movements that made it, and the twelve months to come."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.data.query.frame import MetricFrame, Row, Target, cell
from app.data.query.spec import MetricQuery
from app.figures.theme import Figure
from app.figures.trends import Before, level_with_growth, movements
from app.layouts import cards, pacing, question
from app.layouts.deltas import NOISE
from app.layouts.plot import chart, explained
from app.layouts.widgets.ahead import VIEW, ahead
from app.layouts.widgets.base import Frames, Widget, WidgetContext, month
from app.periods import DAY, Period, base, bucket_end, bucket_start, custom, shift_months
from app.text import t

# Gains in tones of the accent, losses in purple, so that they part without red and green; each stands out
# from the card by 3:1 at least.
MOVES = {
    "new_mrr": "--accent",
    "reactivated_mrr": "--seq-4",
    "expansion_mrr": "--seq-5",
    "contraction_mrr": "--div-n2",
    "churned_mrr": "--div-n3",
}


@dataclass(frozen=True, kw_only=True)
class MrrTrend(Widget):
    months: int = 12
    known: int = 24  # months before a forecast

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("mrr", "mrr_growth", *MOVES)

    def queries(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        target, before = self._target(context), self._before(context)
        asked = (self._months(context), self._known(context), *((before,) if before else ()))
        return (*asked, pacing.question(target, context)) if target else asked

    def told(self, context: WidgetContext) -> Hashable:
        """The training behind the forecast; one that gave none is told without new data."""
        return context.trained("mrr")

    def has_data(self, frames: Frames, context: WidgetContext) -> bool:
        """MRR in the months shown is the card; movements of nothing, or what a forecast knows, are not."""
        months = frames.get(self._months(context))
        return months is not None and any(cell(row, "mrr") is not None for row in months.rows)

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        frame = frames[self._months(context)]
        units, rows = context.units, frame.rows
        open_end = _ends_open(frame.query.period, context)
        titles = {name: (context.metric(name).title, colour) for name, colour in MOVES.items()}
        due = self._due(frames, context)
        before = self._earlier(frames, context)
        level = level_with_growth(
            rows, "mrr", "mrr_growth", units, open_end=open_end, target=due, before=before
        )
        moves = movements(rows, titles, "mrr_growth", units, open_end=open_end)
        coming = ahead("mrr", frames[self._known(context)], context)
        level, moves = (_explained(figure, frame, context) for figure in (level, moves))
        keyed = [_key(titles), chart(moves, t("widgets.movement_label"), "moves-chart")]
        body = [
            html.Div(keyed, className="view moves"),
            chart(level, t("widgets.trend_label"), "level"),
            coming.body,
        ]
        now = html.Div(self._table(frame, context), className="view moves level")
        return cards.card(
            self,
            context,
            frames,
            body,
            subtitle=self._subtitle(frame, context),
            summary=_summary(frame, context),
            tools=(cards.segments(t("widgets.trend_views"), _views()),),
            table=html.Div([now, html.Div(coming.table, className=f"view {VIEW}")], className="views"),
            words=coming.words,
        )

    def _months(self, context: WidgetContext) -> MetricQuery:
        """The months up to the end of the range, the running one as far as it has come."""
        end = context.period.end
        start = shift_months(bucket_start(end, "month"), 1 - self.months)
        return context.ask(*self.metrics, grain="month", period=Period(start, end), compare="none")

    def _before(self, context: WidgetContext) -> MetricQuery | None:
        """The same months a year earlier, where anything is compared: two ranges of a year are no other."""
        days = base(self._months(context).period, "year")
        if days is None or context.base_period is None:
            return None
        return context.ask("mrr", grain="month", period=days, compare="none")

    def _earlier(self, frames: Frames, context: WidgetContext) -> Before | None:
        """What MRR was a year before each month shown; of a running month, as far as it has come."""
        asked, rows = self._before(context), frames[self._months(context)].rows
        if asked is None:
            return None
        known = {month(row): cell(row, "mrr") for row in frames[asked].rows}
        days, end = [shift_months(month(row), -12) for row in rows], self._months(context).period.end
        names = [context.units.month(day) for day in days]
        running = bool(names) and end != bucket_end(end, "month")
        if running:
            names[-1] = context.units.day(asked.period.end)
        until = context.units.day(end) if running else ""
        return Before(names, [known.get(day) for day in days], until)

    def _target(self, context: WidgetContext) -> Target | None:
        return None if self._months(context).filters else context.targets.get("mrr")

    def _known(self, context: WidgetContext) -> MetricQuery:
        """The whole months before today, which a forecast goes on from; the range does not touch them."""
        first = bucket_start(context.today, "month")
        period = Period(shift_months(first, -self.known), first - DAY)
        return context.ask("mrr", grain="month", period=period, compare="none")

    def _due(self, frames: Frames, context: WidgetContext) -> float | None:
        """Where MRR should stand by today to reach its target; only while the range reaches to now."""
        target, rows = self._target(context), frames[self._months(context)].rows
        if target is None or context.period.end < context.today - DAY:
            return None
        now = cell(rows[-1], "mrr") if rows else None
        asked = pacing.answered(target, frames[pacing.question(target, context)], context)
        found = pacing.pace(target, now, asked, context)
        return found.due * target.value if found and found.due is not None else None

    def _subtitle(self, frame: MetricFrame, context: WidgetContext) -> str:
        period = frame.query.period
        whole = period.end == bucket_end(period.end, "month")
        key = "subtitle" if whole else "subtitle_open" if _ends_open(period, context) else "subtitle_cut"
        return t(
            f"widgets.trend_{key}",
            first=context.units.month(period.start),
            last=context.units.month(period.end),
            day=context.units.day(period.end),
        )

    def _table(self, frame: MetricFrame, context: WidgetContext) -> Component:
        """The months, the newest first; each number leads to its passport."""
        heads = [t(f"widgets.head_{name}", currency=context.units.currency) for name in self.metrics]
        lines = [
            [
                context.units.month(month(row)),
                *(_cell(frame, row, name, context) for name in self.metrics),
            ]
            for row in reversed(frame.rows)
        ]
        return cards.table([t("widgets.month"), *heads], lines)


def _cell(frame: MetricFrame, row: Row, name: str, context: WidgetContext) -> Component:
    """One number of a month without cents, which a column of a card has no room for."""
    unit, value = context.metric(name).unit, cell(row, name)
    text = context.units.whole(value) if unit == "money" else context.units.full(value, unit)
    return _number(text, frame, row, name, context)


def _number(text: str, frame: MetricFrame, row: Row, name: str, context: WidgetContext) -> Component:
    """A number of a month; it leads to its passport."""
    first, unit, value = month(row), context.metric(name).unit, cell(row, name)
    asked = replace(frame.query, metrics=(name,), grain=None, period=_days(frame, row))
    return cards.number(
        text,
        name,
        question.address(asked, context.state),
        exact=cards.spoken(value, unit, frame, name, context),
        label=f"{context.metric(name).title} {context.units.month(first)}",
    )


def _days(frame: MetricFrame, row: Row) -> Period:
    """The days of a month, of a running one as far as it has come."""
    first = month(row)
    return custom(first, bucket_end(first, "month"), frame.query.period.end + DAY)


def _explained(figure: Figure, frame: MetricFrame, context: WidgetContext) -> Figure:
    """A figure whose points lead to the passports of their months."""
    days = {context.units.month(month(row)): _days(frame, row) for row in frame.rows}
    return explained(figure, question.address(frame.query, context.state), days)


def _views() -> tuple[tuple[str, str], ...]:
    named = (("moves", "view_movement"), ("level", "view_mrr"), (VIEW, "view_forecast"))
    return tuple((view, t(f"widgets.{words}")) for view, words in named)


def _summary(frame: MetricFrame, context: WidgetContext) -> list[Any]:
    """How far MRR has come over the months shown, in one sentence."""
    known = [(value, row) for row in frame.rows if (value := cell(row, "mrr")) is not None]
    if len(known) < 2 or not known[0][0]:
        return []
    (start, first), (now, last) = known[0], known[-1]
    share, units = now / start - 1, context.units
    _, peak = max(known, key=lambda entry: entry[0])
    name = "up" if share >= NOISE else "down" if share <= -NOISE else "flat"
    return cards.woven(
        f"widgets.trend_{name}",
        {"value": _number(units.short(now, "money"), frame, last, "mrr", context)},
        share=units.percent(abs(share)),
        since=units.month(month(first)),
        peak=units.month(month(peak)),
    )


def _ends_open(period: Period, context: WidgetContext) -> bool:
    """Whether the last month is still running, not only cut by the range."""
    return period.end >= context.today - DAY and period.end != bucket_end(period.end, "month")


def _key(titles: dict[str, tuple[str, str]]) -> Component:
    return html.Div(
        [
            html.Span(
                [html.I(className="sw", style={"background": f"var({colour})"}), title], className="key-item"
            )
            for title, colour in titles.values()
        ],
        className="key",
    )
