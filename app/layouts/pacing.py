"""Targets: how much is reached, and where the value should be when the range ends, today at the latest.

A level (MRR, customers, a share) is expected on the straight line from where it stood on the target's first
day; a flow (leads, spend) is counted over the target's days and expected in proportion to the days gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dash import html
from dash.development.base_component import Component

from app.data.metrics.base import Metric
from app.data.query.frame import MetricFrame, Target
from app.data.query.spec import MetricQuery
from app.figures.volume import few, with_cases
from app.layouts import cards
from app.layouts.question import address as question_address
from app.layouts.widgets.base import WidgetContext
from app.periods import DAY, Period
from app.text import t

START_DAYS = 90  # whose cases tell where a level stood when its target was set


@dataclass(frozen=True)
class Pace:
    """Shares of the target: reached, and due by then; `due` is None where the start is not known."""

    reached: float
    due: float | None

    @property
    def on_pace(self) -> float | None:
        """What is reached of what is due."""
        return self.reached / self.due if self.due else None


def is_level(metric: Metric) -> bool:
    """Whether the metric is a state rather than something counted over days."""
    return metric.unit in ("ratio", "percent", "points", "multiple", "months") or any(
        measure.kind != "sum" for measure in metric.numerator.measures()
    )


def begun(target: Target, context: WidgetContext, of: date | None = None) -> bool:
    """Whether the range reaches the target's days: what was before them was due to nothing. A value of a
    month or survey that ended before the range did is `of` that one's last day."""
    return (of or context.period.end) >= target.starts_on


def later(target: Target, context: WidgetContext) -> str:
    """What is said of a target that has not begun."""
    value = context.units.short(target.value, context.metric(target.metric).unit)
    return t(
        "widgets.target_later", target=value, day=context.units.day(target.starts_on, today=context.today)
    )


def question(target: Target, context: WidgetContext) -> MetricQuery:
    """For a level, where it stood on the target's first day; for a flow, what has come since that day.

    A level is asked over a fixed number of days: one day's answers are no score, and where it started does
    not hang on the range that is looked at.
    """
    last = _judged_on(context) - DAY
    first = min(target.starts_on, last)
    if is_level(context.metric(target.metric)):
        period = Period(first - (START_DAYS - 1) * DAY, first)
    else:
        period = Period(first, max(first, min(target.ends_on, last)))
    return with_cases(context.ask(target.metric, period=period, compare="none"))


def answered(target: Target, frame: MetricFrame, context: WidgetContext) -> float | None:
    """The answer to `question`; None where a level rests on too few cases to draw a line from."""
    metric = context.metric(target.metric)
    low = frame.rows and few(metric, frame.rows[0], context.low_volume) is not None
    return None if low and is_level(metric) else frame.value(metric.id)


def _judged_on(context: WidgetContext, of: date | None = None) -> date:
    """The day after the newest one that the value is of."""
    return min(context.today, (of or context.period.end) + DAY)


def pace(
    target: Target,
    value: float | None,
    asked: float | None,
    context: WidgetContext,
    of: date | None = None,
) -> Pace | None:
    """How far a target is; `asked` is what `question` `answered`, `of` as in `begun`. None where nothing can
    be said."""
    days, judged_on = (target.ends_on - target.starts_on).days + 1, _judged_on(context, of)
    elapsed = min(max((judged_on - target.starts_on).days / days, 0.0), 1.0) if days > 0 else 1.0
    if not is_level(context.metric(target.metric)):
        return Pace(asked / target.value, elapsed) if asked is not None and target.value else None
    if value is None or not target.value:
        return None
    if asked is None or _beyond(asked, target, context):
        return Pace(value / target.value, None)
    return Pace(value / target.value, (asked + (target.value - asked) * elapsed) / target.value)


def _beyond(start: float, target: Target, context: WidgetContext) -> bool:
    """Whether a level had passed its target before it was set: no line leads there."""
    direction = context.metric(target.metric).direction
    return start > target.value if direction == "up" else direction == "down" and start < target.value


def bar(found: Pace | None, target: Target, asked: MetricQuery, context: WidgetContext) -> Component | None:
    """A bar with a tick where the value should be, and the same in words; `asked` is the value's question."""
    if found is None:
        return None
    unit = context.metric(target.metric).unit
    words = t(
        "widgets.target",
        share=f"{found.reached * 100:.0f}%",
        target=context.units.short(target.value, unit),
        day=context.units.day(target.ends_on, today=context.today),
    )
    marks: list[Component] = [html.I(style={"width": f"{min(max(found.reached, 0), 1):.1%}"})]
    if found.due is not None:
        marks.append(html.B(style={"left": f"calc({min(max(found.due, 0), 1):.1%} - 1px)"}))
    said = [_number(words, "reached", found.reached, asked, context)]
    if found.on_pace:
        pace_words = t("widgets.on_pace", share=f"{found.on_pace * 100:.0f}%")
        said.append(_number(pace_words, "pace", found.on_pace, asked, context))
    return html.Div([html.Div(marks, className="bar"), html.Div(said, className="lab")], className="tgt")


def _number(words: str, aspect: str, share: float, asked: MetricQuery, context: WidgetContext) -> Component:
    """A share of the target in words; it leads to the passport that writes it out."""
    metric = asked.metrics[0]
    address = question_address(asked, context.state, aspect=aspect)
    return cards.number(words, metric, address, exact=context.units.percent(share), label=words)
