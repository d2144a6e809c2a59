"""Numbers that are made of a metric's value and something beside it: its change, how much of its target it
is, and how that stands to the pace. A card shows them, their passport writes them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.data.metrics.base import Unit
from app.data.query.frame import MetricFrame, Target
from app.data.query.spec import MetricQuery
from app.errors import InputError
from app.layouts import pacing
from app.layouts.widgets.base import WidgetContext
from app.text import t
from app.units import Units, exact

CHANGE, REACHED, PACE = "change", "reached", "pace"
ASPECTS = (CHANGE, REACHED, PACE)
Run = Callable[[MetricQuery], MetricFrame]


@dataclass(frozen=True)
class Aspect:
    """A number, what it is, and the two terms that it is made of, each a text with its name.

    `sign` stands between the terms: "−" or "÷". `question`: whose answer the value in it is. `facts`: what
    else is to be known, by name.
    """

    name: str
    text: str
    first: tuple[str, str]
    sign: str
    second: tuple[str, str]
    question: MetricQuery
    facts: tuple[tuple[str, str], ...] = ()


def aspect(name: str, query: MetricQuery, context: WidgetContext, run: Run) -> Aspect:
    """An aspect of the one metric of a question. Raises: InputError for one that there is not."""
    if name == CHANGE:
        return _change(query, context, run)
    target = context.targets.get(query.metrics[0])
    if name not in ASPECTS or target is None or query.filters:
        raise InputError(t("passport.cannot"))
    return _of_target(name, target, query, context, run)


def change(frame: MetricFrame, metric: str) -> float:
    """What a value is more than its base; what is not there counts nothing."""
    return (frame.value(metric) or 0.0) - (frame.base(metric) or 0.0)


def _term(value: float | None, unit: Unit, units: Units) -> str:
    """A term with digits enough to do the division by hand."""
    if unit == "ratio" and value is not None:
        return f"{exact(value * 100, 'percent')}%"
    return units.full(value, unit) if unit in ("money", "count") else exact(value, unit)


def _days(frame: MetricFrame, metric: str, units: Units, *, base: bool = False) -> str:
    """The days that a value is of, or the month where it is that of the newest one."""
    newest = frame.period_end(metric, base=base)
    if newest is not None:
        return units.month(newest)
    return units.days(frame.base_period if base and frame.base_period else frame.query.period)


def _change(query: MetricQuery, context: WidgetContext, run: Run) -> Aspect:
    frame, metric, units = run(query), context.metric(query.metrics[0]), context.units
    if frame.base_period is None:
        raise InputError(t("passport.cannot"))
    return Aspect(
        t("passport.change"),
        units.change(change(frame, metric.id), metric.unit, full=True),
        (_term(frame.value(metric.id), metric.unit, units), _days(frame, metric.id, units)),
        "−",
        (_term(frame.base(metric.id), metric.unit, units), _days(frame, metric.id, units, base=True)),
        query,
    )


def _of_target(name: str, target: Target, query: MetricQuery, context: WidgetContext, run: Run) -> Aspect:
    metric, units = context.metric(target.metric), context.units
    since = pacing.question(target, context)
    now, then = run(query), run(since)
    value, asked = now.value(metric.id), then.value(metric.id)
    found = pacing.pace(target, value, asked, context)
    if found is None:
        raise InputError(t("passport.cannot"))
    level = pacing.is_level(metric)
    counted = replace(query, compare="none") if level else since
    facts = _facts(target, found, asked if level else None, context)
    reached = (
        _term(value if level else asked, metric.unit, units),
        _days(now if level else then, metric.id, units),
    )
    goal = (_term(target.value, metric.unit, units), t("passport.target"))
    if name == REACHED:
        return Aspect(t("passport.reached"), units.percent(found.reached), reached, "÷", goal, counted, facts)
    if found.on_pace is None or found.due is None:
        raise InputError(t("passport.cannot"))
    due = (_term(found.due * target.value, metric.unit, units), t("passport.due"))
    return Aspect(t("passport.pace"), units.percent(found.on_pace), reached, "÷", due, counted, facts)


def _facts(
    target: Target, found: pacing.Pace, start: float | None, context: WidgetContext
) -> tuple[tuple[str, str], ...]:
    """The target with its days, where the value should be by now, and by which rule."""
    metric, units = context.metric(target.metric), context.units
    days = t(
        "passport.target_days",
        value=units.full(target.value, metric.unit),
        start=units.day(target.starts_on),
        end=units.day(target.ends_on),
    )
    if found.due is None:
        return ((t("passport.target"), days),)
    due = units.full(found.due * target.value, metric.unit)
    if start is None:
        rule = t("passport.due_by_days", value=due, share=units.percent(found.due))
    else:
        first = units.full(start, metric.unit)
        rule = t("passport.due_on_line", value=due, start=first, day=units.day(target.starts_on))
    return (t("passport.target"), days), (t("passport.due"), rule)
