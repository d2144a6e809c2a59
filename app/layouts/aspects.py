"""Numbers that are made of a metric's value and something beside it: its change, what it added to that of its
whole, what it was before, how much of its target it is, and how that stands to the pace. A card shows them,
their passport writes them out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.data.metrics.base import Metric, Unit
from app.data.metrics.formula import words
from app.data.query.frame import MetricFrame, Target
from app.data.query.spec import Filter, MetricQuery
from app.errors import InputError
from app.figures import deltas
from app.figures.contributions import Terms, effects, terms
from app.figures.margins import change_margin
from app.layouts import pacing, question
from app.layouts.widgets.base import WidgetContext
from app.periods import Period, rule
from app.text import t
from app.units import MINUS, MISSING, Units, exact, missing

CHANGE, ADDED, BEFORE, REACHED, PACE = "change", "added", "before", "reached", "pace"
ASPECTS = (CHANGE, ADDED, BEFORE, REACHED, PACE)
Run = Callable[[MetricQuery], MetricFrame]
NOTHING = Terms(0.0, 0.0, 0.0, 0.0)
UNIT_WORDS: dict[Unit, str] = {"ratio": "%", "percent": "%", "multiple": "x", "seconds": " s"}


@dataclass(frozen=True)
class Term:
    """A number that another is made of: its text, its name, and the address of its own passport if it has
    one."""

    text: str
    name: str
    asked: str = ""


@dataclass(frozen=True)
class Aspect:
    """A number, what it is, and the two terms that it is made of, if it is not a value itself.

    `sign` stands between the terms: "−", "+" or "÷". `question`: whose answer the value in it is. `facts`:
    what else is to be known, by name.
    """

    name: str
    text: str
    question: MetricQuery
    terms: tuple[Term, ...] = ()
    sign: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    part: Filter | None = None  # the members that it is what these added of; it is no change of their value


def aspect(
    name: str, query: MetricQuery, context: WidgetContext, run: Run, whole: MetricQuery | None = None
) -> Aspect:
    """An aspect of the one metric of a question, which may be a part of another. Raises: InputError for one
    that there is not."""
    if name in (CHANGE, BEFORE):
        return (_change if name == CHANGE else _before)(query, context, run)
    if name == ADDED:
        return _added(query, whole, context, run)
    target = context.targets.get(query.metrics[0])
    if name not in ASPECTS or target is None or query.filters:
        raise InputError(t("passport.cannot"))
    return _of_target(name, target, query, context, run)


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
    metric, units = context.metric(query.metrics[0]), context.units
    frame = run(replace(query, metrics=(metric.id, *metric.beside)))
    terms = (_of_days(frame, query, context), _of_days(frame, query, context, base=True))
    text = units.change(_difference(frame, metric), metric.unit, full=True)
    return Aspect(t("passport.change"), text, query, terms, "−", _fairly(frame, metric, units))


def _difference(frame: MetricFrame, metric: Metric) -> float:
    """What a value is more than its base. Of a sum, what is not there in one of the periods counts nothing,
    so that the changes of members add up. Raises: InputError where neither is there, or of a rate one not."""
    both = frame.value(metric.id), frame.base(metric.id)
    if all(map(missing, both)) or (metric.denominator is not None and any(map(missing, both))):
        raise InputError(t("passport.cannot"))
    value, base = (0.0 if missing(one) else one or 0.0 for one in both)
    return value - base


def _before(query: MetricQuery, context: WidgetContext, run: Run) -> Aspect:
    """The value of the base: its own days are asked, so that its rows are those behind it."""
    frame, metric, units = run(query), context.metric(query.metrics[0]), context.units
    facts = _fairly(frame, metric, units)[1:]
    now = t(
        "passport.value_of",
        value=units.full(frame.value(metric.id), metric.unit),
        days=_days(frame, metric.id, units),
    )
    asked = replace(query, period=_base(frame), compare="none", against=None)
    text = units.full(frame.base(metric.id), metric.unit)
    return Aspect(t("passport.before"), text, asked, facts=((t("passport.now"), now), *facts))


def _base(frame: MetricFrame) -> Period:
    """The days of the base. Raises: InputError where nothing is compared."""
    if frame.base_period is None:
        raise InputError(t("passport.cannot"))
    return frame.base_period


def _of_days(frame: MetricFrame, query: MetricQuery, context: WidgetContext, *, base: bool = False) -> Term:
    """A value or its base as a term that leads to its own passport."""
    metric, units = context.metric(query.metrics[0]), context.units
    value = frame.base(metric.id) if base else frame.value(metric.id)
    asked = question.address(query, context.state, aspect=BEFORE if base else "")
    days = _days(frame, metric.id, units, base=base)
    return Term(_term(value, metric.unit, units), days, asked if value is not None else "")


def _fairly(frame: MetricFrame, metric: Metric, units: Units) -> tuple[tuple[str, str], ...]:
    """The days compared with, by which rule they are the fair ones, and how large a change may be that chance
    or an estimate explains."""
    then = _days(frame, metric.id, units, base=True)
    facts = [(t("passport.against"), then), _fair(frame, metric, units)]
    margin = change_margin(metric, frame.rows[0]) if frame.rows else None
    if margin:
        facts.append((t("passport.noise"), _counts(margin, metric.unit, units)))
    return tuple(facts)


def _fair(frame: MetricFrame, metric: Metric, units: Units) -> tuple[str, str]:
    """Why the days compared with are the fair ones, or why nothing is concluded from them."""
    if not frame.rows or not deltas.other_weekday(metric, frame.rows[0]):
        return t("passport.rule"), _rule(frame, metric, units)
    now, then = (
        t("passport.weekday", day=units.day(one.start), weekday=units.weekday(one.start))
        for one in (frame.query.period, _base(frame))
    )
    return t("passport.unjudged"), t("passport.other_weekday", now=now, then=then)


def _rule(frame: MetricFrame, metric: Metric, units: Units) -> str:
    """By which rule the days compared with are the fair ones."""
    then, period = _base(frame), frame.query.period
    if frame.period_end(metric.id, base=True) is not None:
        return t("passport.rule_newest", now=units.day(period.end), then=units.day(then.end))
    if frame.query.against:
        return t("passport.rule_place")
    unit = t(f"passport.unit_{period.calendar_unit}") if period.open else ""
    return t(f"passport.rule_{rule(period, frame.query.compare)}", unit=unit)


def _counts(margin: float, unit: Unit, units: Units) -> str:
    """From which size on a change is one; of cases there are only whole ones."""
    if unit == "count":
        return t("passport.noise_from", size=units.full(math.floor(margin) + 1.0, unit))
    return t("passport.noise_above", size=units.change(margin, unit, full=True).lstrip("+"))


def _added(query: MetricQuery, whole: MetricQuery | None, context: WidgetContext, run: Run) -> Aspect:
    """What some members added to the change of a rate: by their own rate, and by their share."""
    metric, units = context.metric(query.metrics[0]), context.units
    if whole is None or metric.denominator is None:
        raise InputError(t("passport.cannot"))
    frame, total = run(query), run(whole)
    if frame.base_period is None or total.value(metric.id) is None or total.base(metric.id) is None:
        raise InputError(t("passport.cannot"))
    part, of = (terms(one.rows[0], metric.id) if one.rows else NOTHING for one in (frame, total))
    found = effects(part, of, metric.scale)
    made = (
        Term(effect_text(found.rate, metric.unit, units), t("passport.effect_rate")),
        Term(effect_text(found.mix, metric.unit, units), t("passport.effect_mix")),
    )
    text = units.change(found.change, metric.unit, full=True)
    facts = _terms_of_rates(metric, part, of, total, units)
    return Aspect(t("passport.added"), text, query, made, "+", facts, part=_part(query, whole))


def _part(query: MetricQuery, whole: MetricQuery) -> Filter | None:
    """The filter that makes a question a part of another."""
    return next((entry for entry in query.filters if entry not in whole.filters), None)


def effect_text(value: float, unit: Unit, units: Units) -> str:
    """A signed part of a change with digits enough to add it up by hand."""
    text = _digits(abs(value), unit, units).replace("%", " pp")
    if not any(digit in text for digit in "123456789"):
        return text  # what is rounded to nothing has no direction
    return f"{'+' if value > 0 else MINUS}{text}"


def _digits(size: float, unit: Unit, units: Units) -> str:
    """A rate with four decimals, in its unit."""
    text = exact(size * 100 if unit == "ratio" else size, "percent")
    return f"{units.symbol}{text}" if unit == "money" else f"{text}{UNIT_WORDS.get(unit, '')}"


def _terms_of_rates(
    metric: Metric, part: Terms, of: Terms, total: MetricFrame, units: Units
) -> tuple[tuple[str, str], ...]:
    """The formula, and all that it is computed from: both periods of the members and of the whole."""
    assert metric.denominator is not None
    now, then = _days(total, metric.id, units), _days(total, metric.id, units, base=True)
    below = words(metric.denominator, outer=True)
    ours, theirs = t("passport.members"), t("passport.whole")
    share, base_share = (exact(one * 100, "percent") for one in part.shares(of))
    return (
        (t("passport.formula"), t("passport.formula_added")),
        (f"{ours}, {now}", _division(part.above, part.below, metric, units)),
        (f"{ours}, {then}", _division(part.base_above, part.base_below, metric, units)),
        (f"{theirs}, {now}", _division(of.above, of.below, metric, units)),
        (f"{theirs}, {then}", _division(of.base_above, of.base_below, metric, units)),
        (t("passport.share_of", below=below.lower()), t("passport.shares", now=share, then=base_share)),
        *_one_sided(part, below, now, then),
    )


def _division(above: float, below: float, metric: Metric, units: Units) -> str:
    """A rate written out; without a denominator there is none."""
    scale = f" × {metric.scale:g}" if metric.scale != 1 else ""
    value = _digits(metric.scale * above / below, metric.unit, units) if below else MISSING
    return f"{exact(above, 'money')} ÷ {exact(below, 'money')}{scale} = {value}"


def _one_sided(part: Terms, below: str, now: str, then: str) -> tuple[tuple[str, str], ...]:
    """What is assumed of members that have no denominator in one of the periods."""
    if part.below and part.base_below:
        return ()
    days, other = (then, now) if part.below else (now, then)
    key = "passport.one_sided" if part.below or part.base_below else "passport.without_both"
    return ((t("passport.assumed"), t(key, below=below.lower(), days=days, other=other)),)


def _of_target(name: str, target: Target, query: MetricQuery, context: WidgetContext, run: Run) -> Aspect:
    metric, units = context.metric(target.metric), context.units
    since = pacing.question(target, context)
    now, then = run(query), run(since)
    of = now.period_end(metric.id)
    if not pacing.begun(target, context, of):
        raise InputError(pacing.later(target, context))
    value, asked = now.value(metric.id), pacing.answered(target, then, context)
    found = pacing.pace(target, value, asked, context, of)
    if found is None:
        raise InputError(t("passport.cannot"))
    level = pacing.is_level(metric)
    counted = replace(query, compare="none") if level else since
    facts = _facts(target, found, asked if level else None, context)
    reached = Term(
        _term(value if level else asked, metric.unit, units),
        _days(now if level else then, metric.id, units),
    )
    if name == REACHED:
        terms = (reached, Term(_term(target.value, metric.unit, units), t("passport.target")))
        return Aspect(t("passport.reached"), units.percent(found.reached), counted, terms, "÷", facts)
    if found.on_pace is None or found.due is None:
        raise InputError(t("passport.cannot"))
    terms = (reached, Term(_term(found.due * target.value, metric.unit, units), t("passport.due")))
    return Aspect(t("passport.pace"), units.percent(found.on_pace), counted, terms, "÷", facts)


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
