"""A key figure: value, fair comparison, target with pacing, spark line and freshness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.data.query.frame import MetricFrame, Target, cell
from app.data.query.spec import MetricQuery
from app.figures.margins import bounds_words, score_margins
from app.figures.volume import few, with_cases
from app.layouts import cards, deltas, pacing, question
from app.layouts.aspects import CHANGE
from app.layouts.sparks import fitting_grain, spark
from app.layouts.widgets.base import Frames, Height, Widget, WidgetContext
from app.periods import Comparison, Grain, Period, bucket_end, bucket_start, shift_months
from app.text import t
from app.units import MINUS

SIGNS = f"+{MINUS}"  # which nothing has


@dataclass(frozen=True, kw_only=True)
class Kpi(Widget):
    """`beside` names further metrics whose values stand in the footer, each with a key of the catalogue; what
    is `rare` is said only where there is any.

    `months` draws the spark line over that many months instead of the range. Beside a survey's score stand
    the number of answers and the margin of error.
    """

    metric: str
    span: int = 3
    height: Height = "kpi"
    beside: tuple[tuple[str, str], ...] = ()
    rare: tuple[str, ...] = ()
    months: int = 0

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
        return cards.card(
            self,
            context,
            frames,
            body,
            subtitle=self._subtitle(total, context),
            extra=self._extra(total, context),
        )

    def _total(self, context: WidgetContext) -> MetricQuery:
        return with_cases(context.ask(*self.metrics, *context.metric(self.metric).beside))

    def _goal(self, context: WidgetContext) -> Target | None:
        """The target, unless a filter leaves a part of what it was set for, or the range lies before it."""
        target = None if self._total(context).filters else context.targets.get(self.metric)
        return target if target and pacing.begun(target, context) else None

    def _line(self, context: WidgetContext) -> MetricQuery:
        grain, period = self._window(context)
        compare: Comparison | None = "none" if self.months else None
        return context.ask(self.metric, grain=grain, period=period, compare=compare)

    def _window(self, context: WidgetContext) -> tuple[Grain, Period]:
        period = context.period
        if self.months:
            return "month", last_months(period.end, self.months)
        return fitting_grain(period), period

    def _head(self, total: MetricFrame, line: MetricFrame, context: WidgetContext) -> Component:
        metric, value = context.metric(self.metric), total.value(self.metric)
        low = few(metric, total.rows[0] if total.rows else {}, context.low_volume)
        shown = cards.number(
            context.units.short(value, metric.unit),
            self.metric,
            question.address(total.query, context.state),
            exact=cards.spoken(value, metric.unit, total, self.metric, context),
            label=metric.title,
            class_name="kpi-v low" if low else "kpi-v",
        )
        values = [cell(row, self.metric) for row in line.rows]
        base = [cell(row, f"{self.metric}__base") for row in line.rows]
        drawn = spark(values, base, open_end=ends_open(line), label=t("widgets.spark", name=metric.title))
        return html.Div(
            [html.Div([shown, self._beside_value(total, low, context)], className="kpi-n"), drawn],
            className="kpi-row",
        )

    def _beside_value(self, total: MetricFrame, low: int | None, context: WidgetContext) -> Component | None:
        if low is not None:
            return html.Span(t("widgets.low_volume", n=low), className="kpi-unit small-unit")
        margin, _ = score_margins(context.metric(self.metric), total.rows[0] if total.rows else {})
        if margin is None:
            return None
        answers = context.units.short(total.parts(self.metric)[1], "count")
        shown = {"n": answers, "margin": context.units.short(margin, "points")}
        return html.Span(t("widgets.answers_margin", **shown), className="kpi-unit small-unit")

    def _delta(self, total: MetricFrame, context: WidgetContext) -> Component:
        metric = context.metric(self.metric)
        if context.base_period is None:
            return html.Div(t("widgets.no_comparison"), className="delta neu")
        words = deltas.base_words(metric, total, context.units, context.today)
        asked = question.address(total.query, context.state, aspect=CHANGE)
        return deltas.line(
            deltas.of_answer(metric, total, context.low_volume), metric, context.units, words, asked
        )

    def _target(self, frames: Frames, context: WidgetContext) -> Component | None:
        target, total = self._goal(context), frames[self._total(context)]
        of = total.period_end(self.metric)
        if target is None:
            return html.Div(self._no_target(context), className="tgt none")
        if not pacing.begun(target, context, of):
            return html.Div(pacing.later(target, context), className="tgt none")
        asked = pacing.answered(target, frames[pacing.question(target, context)], context)
        found = pacing.pace(target, total.value(self.metric), asked, context, of)
        return pacing.bar(found, target, self._total(context), context)

    def _no_target(self, context: WidgetContext) -> str:
        """Why there is no bar: nobody set a target, a scope or filter leaves a part of its whole, or the
        range ends before it starts."""
        if not context.viewer.scope.unrestricted:
            return t("widgets.targets_of_whole")
        whole, unit = context.targets.get(self.metric), context.metric(self.metric).unit
        if whole is None:
            return t("widgets.no_target")
        if not pacing.begun(whole, context):
            return pacing.later(whole, context)
        return t("widgets.target_of_whole", target=context.units.short(whole.value, unit))

    def _subtitle(self, total: MetricFrame, context: WidgetContext) -> str:
        """The days that the value is of, or what an estimate leaves possible."""
        row = total.rows[0] if total.rows else {}
        days = context.units.near(context.period, context.today)
        said = t("widgets.open_days", days=days) if context.period.open else days
        return bounds_words(context.metric(self.metric), row, context.units) or said

    def _extra(self, total: MetricFrame, context: WidgetContext) -> list[Any]:
        newest = total.period_end(self.metric)
        if newest is not None:
            return [t("widgets.newest", month=context.units.month(newest))]
        values = [(name, key, total.value(name)) for name, key in self.beside]
        known = [
            (name, key, value)
            for name, key, value in values
            if value is not None and (value or name not in self.rare)
        ]
        parts: list[Any] = []
        for name, key, value in known:
            parts += [", "] if parts else []
            parts.append(self._beside_number(name, key, value, total, context))
        return parts

    def _beside_number(
        self, name: str, key: str, value: float, total: MetricFrame, context: WidgetContext
    ) -> Component:
        """A further value with its word; it leads to its own passport."""
        metric = context.metric(name)
        text = t(key, value=context.units.short(value, metric.unit))
        return cards.number(
            text if value else text.lstrip(SIGNS),
            name,
            question.address(total.query, context.state),
            exact=context.units.full(value, metric.unit),
            label=metric.title,
        )


def ends_open(line: MetricFrame) -> bool:
    """Whether the last point of a line is of a part of its month, week or day."""
    end, grain = line.query.period.end, line.query.grain
    return grain is not None and end != bucket_end(end, grain)


def last_months(end: date, months: int) -> Period:
    """The last months up to a day, the running one included."""
    return Period(shift_months(bucket_start(end, "month"), 1 - months), end)
