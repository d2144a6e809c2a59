"""A key figure: value, fair comparison, target with pacing, spark line and freshness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dash import html
from dash.development.base_component import Component

from app.data.query.frame import MetricFrame, Target, cell
from app.data.query.spec import MetricQuery
from app.layouts import cards, deltas, pacing
from app.layouts.freshness import footer
from app.layouts.sparks import spark
from app.layouts.volume import low_volume
from app.layouts.widgets.base import Frames, Height, Widget, WidgetContext, sources
from app.periods import Comparison, Grain, Period, bucket_start, shift_months
from app.text import t
from app.units import missing


@dataclass(frozen=True, kw_only=True)
class Kpi(Widget):
    """`beside` names further metrics whose values stand in the footer, each with a key of the catalogue.

    `months` draws the spark line over that many months instead of the range; `show_n` prints the number of
    answers and the margin of error beside the value (surveys).
    """

    metric: str
    span: int = 3
    height: Height = "kpi"
    beside: tuple[tuple[str, str], ...] = ()
    months: int = 0
    show_n: bool = False

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric, *(name for name, _ in self.beside))

    def queries(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        asked = (self._total(context), self._line(context))
        target = self._goal(context)
        return (*asked, pacing.question(target, context)) if target else asked

    def has_data(self, frames: Frames, context: WidgetContext) -> bool:
        return frames[self._total(context)].value(self.metric) is not None

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        total, line = frames[self._total(context)], frames[self._line(context)]
        body = [self._head(total, line, context), self._delta(total, context), self._target(frames, context)]
        foot = footer(sources([total]), context.now, self._extra(total, context))
        return cards.card(self, context, frames, body, foot=foot)

    def _total(self, context: WidgetContext) -> MetricQuery:
        return context.ask(*self.metrics)

    def _goal(self, context: WidgetContext) -> Target | None:
        """The target, unless a filter leaves only a part of what it was set for."""
        return None if self._total(context).filters else context.targets.get(self.metric)

    def _line(self, context: WidgetContext) -> MetricQuery:
        grain, period = self._window(context)
        compare: Comparison | None = "none" if self.months else None
        return context.ask(self.metric, grain=grain, period=period, compare=compare)

    def _window(self, context: WidgetContext) -> tuple[Grain, Period]:
        period = context.period
        if self.months:
            return "month", last_months(period.end, self.months)
        grain: Grain = "day" if period.days <= 45 else "week" if period.days <= 200 else "month"
        return grain, period

    def _head(self, total: MetricFrame, line: MetricFrame, context: WidgetContext) -> Component:
        metric, value = context.metric(self.metric), total.value(self.metric)
        low = low_volume(total, self.metric, context)
        shown = cards.number(
            context.units.short(value, metric.unit),
            self.metric,
            place=self.id,
            exact=cards.spoken(value, metric.unit, total, self.metric, context),
            label=metric.title,
            class_name="kpi-v low" if low else "kpi-v",
        )
        values = [cell(row, self.metric) for row in line.rows]
        base = [cell(row, f"{self.metric}__base") for row in line.rows]
        drawn = spark(values, base, open_end=context.period.open, label=t("widgets.spark", name=metric.title))
        return html.Div(
            [html.Div([shown, self._beside_value(total, low, context)], className="kpi-n"), drawn],
            className="kpi-row",
        )

    def _beside_value(self, total: MetricFrame, low: int | None, context: WidgetContext) -> Component | None:
        answers = total.parts(self.metric)[1]
        if low is not None:
            return html.Span(t("widgets.low_volume", n=low), className="kpi-unit")
        if not self.show_n or missing(answers) or not answers:
            return None
        return html.Span(t("widgets.answers", n=context.units.short(answers, "count")), className="kpi-unit")

    def _delta(self, total: MetricFrame, context: WidgetContext) -> Component:
        metric = context.metric(self.metric)
        if context.base_period is None:
            return html.Div(t("widgets.no_comparison"), className="delta neu")
        delta = deltas.judge(total.value(self.metric), total.base(self.metric), metric.unit, metric.direction)
        base = context.units.base(total.base_period or context.base_period, context.period)
        return deltas.line(delta, metric.unit, context.units, base)

    def _target(self, frames: Frames, context: WidgetContext) -> Component | None:
        target = self._goal(context)
        if target is None:
            return html.Div(t("widgets.no_target"), className="tgt none")
        value = frames[self._total(context)].value(self.metric)
        asked = frames[pacing.question(target, context)].value(self.metric)
        return pacing.bar(pacing.pace(target, value, asked, context), target, context)

    def _extra(self, total: MetricFrame, context: WidgetContext) -> str:
        known = {name: total.value(name) for name, _ in self.beside}
        texts = [
            t(key, value=context.units.short(known[name], context.metric(name).unit))
            for name, key in self.beside
            if known[name] is not None
        ]
        return ", ".join(texts)


def last_months(end: date, months: int) -> Period:
    """The last months up to a day, the running one included."""
    return Period(shift_months(bucket_start(end, "month"), 1 - months), end)
