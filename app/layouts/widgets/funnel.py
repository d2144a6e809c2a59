"""The acquisition funnel: counts, step rates with the cases that they are made of, overall rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.data.metrics.base import METRICS
from app.data.query.frame import MetricFrame, young
from app.data.query.spec import MetricQuery
from app.figures.volume import few
from app.layouts import cards, deltas, question
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.text import t
from app.units import MISSING

# Each stage with the rate that leads to it. The rates are metrics of their own: one follows a cohort, one
# counts what was closed, so each prints the two numbers whose quotient it is.
STAGES: tuple[tuple[str, str], ...] = (
    ("visitors", ""),
    ("leads", "visitor_to_lead"),
    ("opportunities", "lead_to_opportunity"),
    ("customers_won", "opportunity_to_customer"),
)
OVERALL = "overall_conversion"
# What a deal has from its lead: where that came from, and what its visit was; a visitor has a visit too.
TRAFFIC = ("channel", "platform", "account", "campaign", "source", "medium")
VISIT = ("device", "visitor_type")
NOTICEABLE = 0.02  # a step this much below its base, relatively, can be a bottleneck


@dataclass(frozen=True, kw_only=True)
class Funnel(Widget):
    @property
    def metrics(self) -> tuple[str, ...]:
        return (*(stage for stage, _ in STAGES), *(rate for _, rate in STAGES if rate), OVERALL)

    def unaffected(self, context: WidgetContext) -> tuple[str, ...]:
        """What no stage can obey; a filter that one stage obeys is never dropped for another."""
        lost = [set(context.unaffected((stage,))) for stage, _ in STAGES]
        return tuple(sorted(set.intersection(*lost)))

    def queries(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        able = self.able(context)
        return (context.ask(*able),) if able else ()

    def has_data(self, frames: Frames, context: WidgetContext) -> bool:
        """Whether anything was counted, now or in the base: a zero of nothing that came is no stage."""
        return any(
            frame.value(stage) or frame.base(stage) for frame in frames.values() for stage, _ in STAGES
        )

    def able(self, context: WidgetContext) -> tuple[str, ...]:
        """The stages and rates that obey every filter that any stage obeys: counts of different cases never
        stand in one funnel."""
        dropped = set(self.unaffected(context))
        return tuple(name for name in self.metrics if set(context.unaffected((name,))) <= dropped)

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        asked = self.queries(context)
        if not asked:
            return cards.card(
                self, context, frames, [html.P(t("widgets.funnel_none"), className="state-text")]
            )
        frame = with_reasons(frames[asked[0]], self, context)
        worst = bottleneck(frame, context.low_volume)
        stages = [self._stage(index, frame, worst, context) for index in range(len(STAGES))]
        days = context.units.days(context.period)
        has_base = context.base_period is not None
        base = context.units.near(context.base_period, context.today) if context.base_period else ""
        key = "widgets.funnel_subtitle" if has_base else "widgets.funnel_subtitle_plain"
        return cards.card(
            self,
            context,
            frames,
            [html.Div(stages, className="funnel")],
            subtitle=t(key, range=days, base=base) + _counted(frame, context),
            summary=_overall(frame, context),
            why=_no_overall(frame),
            table=_table(frame, context),
        )

    def _stage(self, index: int, frame: MetricFrame, worst: str, context: WidgetContext) -> Component:
        stage, rate = STAGES[index]
        value = frame.value(stage)
        exact = cards.spoken(value, "count", frame, stage, context)
        count = _number(frame, stage, context.units.full(value, "count"), exact, context, "m5")
        share = frame.value(rate) if rate else (1.0 if value else 0.0)
        bad = rate == worst and bool(rate)
        marks: list[Component] = (
            [html.I(style={"width": f"{min(share, 1):.2%}"})] if share and share > 0 else []
        )
        if rate and _judged(frame, rate, context) and (before := frame.base(rate)) is not None:
            marks.append(html.B(style={"left": f"calc({min(max(before, 0), 1):.2%} - 1px)"}))
        foot = _step(index, frame, bad, context) if rate else None
        return html.Div(
            [
                html.Div(
                    [html.Span(t(f"widgets.stage_{stage}"), className="m5"), count], className="row-ends"
                ),
                html.Div(marks, className="funnel-bar"),
                foot,
            ],
            className="stage bad" if bad else "stage",
        )


def _counted(frame: MetricFrame, context: WidgetContext) -> str:
    """Whose channel or segment counts for each step where one is asked: the tables of campaigns count a won
    deal by the touch credited with it."""
    asked = {entry.dimension for entry in frame.query.filters}
    led = ", ".join(t(f"filters.dimension_{name}").lower() for name in TRAFFIC if name in asked)
    said = [t("widgets.funnel_by_lead", dimensions=led)] if led else []
    if asked.intersection(VISIT):
        both = "visitors" in frame.query.metrics
        said.append(t("widgets.funnel_by_visits" if both else "widgets.funnel_by_visit"))
    return "".join(f" · {one}" for one in said)


def with_reasons(frame: MetricFrame, funnel: Funnel, context: WidgetContext) -> MetricFrame:
    """The answer with the reason why a stage or rate is not in it."""
    dropped, notes = set(funnel.unaffected(context)), dict(frame.notes)
    for name in funnel.metrics:
        if name not in frame.query.metrics:
            lacking = sorted(set(context.unaffected((name,))) - dropped)
            words = ", ".join(t(f"filters.dimension_{one}").lower() for one in lacking)
            notes[name] = t("widgets.funnel_lacks", metric=context.metric(name).title, dimensions=words)
    return replace(frame, notes=notes)


def _judged(frame: MetricFrame, rate: str, context: WidgetContext) -> bool:
    """Whether a rate rests on cases enough, and on such that have had their time."""
    if rate not in frame.query.metrics or not frame.rows:
        return False
    return _low(frame, rate, context) is None and not young(frame.rows[0], rate)


def _low(frame: MetricFrame, rate: str, context: WidgetContext) -> int | None:
    return few(context.metric(rate), frame.rows[0] if frame.rows else {}, context.low_volume)


def bottleneck(frame: MetricFrame, least: int) -> str:
    """The step rate that lies furthest below its base, relatively; nothing when none lies clearly below: a
    rate of fewer than `least` cases, one of a cohort that is too young and a fall that chance explains are
    none.
    """
    falls = {
        rate: 1 - value / base
        for _, rate in STAGES
        if rate
        and deltas.of_answer(METRICS.get(rate), frame, least).verdict == "worse"
        and (value := frame.value(rate)) is not None
        and (base := frame.base(rate))
    }
    worst = max(falls, key=lambda rate: falls[rate], default="")
    return worst if worst and falls[worst] > NOTICEABLE else ""


def _step(index: int, frame: MetricFrame, bad: bool, context: WidgetContext) -> Component:
    """The rate with the cases that it is made of, and what it was before or why that is not said."""
    rate, units = STAGES[index][1], context.units
    value = frame.value(rate)
    low = _low(frame, rate, context)
    exact = cards.spoken(value, "ratio", frame, rate, context)
    shown = _number(frame, rate, units.short(value, "ratio"), exact, context, "" if low is None else "low-n")
    side = html.Span(_side(frame, rate, bad, low, context), className="side")
    made = _number(frame, rate, made_of(frame, rate, context), exact, context, "")
    words = html.Span([shown] if value is None else [shown, ", ", made])
    return html.Div([words, side], className="row-ends step")


def made_of(frame: MetricFrame, rate: str, context: WidgetContext) -> str:
    """Numerator and denominator of a rate, in words: whoever divides the one by the other has the rate."""
    above, below = frame.parts(rate) if frame.rows else (None, None)
    if above is None or below is None:
        return t(f"widgets.funnel_of_{rate}", n=MISSING, d=MISSING)
    units = context.units
    return t(f"widgets.funnel_of_{rate}", n=units.full(above, "count"), d=units.full(below, "count"))


def _quotient(frame: MetricFrame, rate: str, context: WidgetContext) -> str:
    """The same as figures alone, for a narrow column."""
    above, below = frame.parts(rate) if frame.rows else (None, None)
    if above is None and below is None:
        return MISSING
    units = context.units
    return t("widgets.funnel_quotient", n=units.full(above, "count"), d=units.full(below, "count"))


def _side(
    frame: MetricFrame, rate: str, bad: bool, low: int | None, context: WidgetContext
) -> str | list[Any]:
    """What the rate was before, or why that is not said."""
    if low is not None:
        return t("widgets.low_volume", n=low)
    before = frame.base(rate)
    if frame.value(rate) is None or context.base_period is None:
        return ""
    if before is None:
        return cards.woven("widgets.funnel_base", {"base": _no_base(frame, rate)})
    if young(frame.rows[0], rate):
        return t("widgets.young")
    key = "widgets.funnel_bottleneck" if bad else "widgets.funnel_base"
    return cards.woven(key, {"base": _base(frame, rate, context.units.short(before, "ratio"), context)})


def _no_base(frame: MetricFrame, rate: str) -> Component:
    """The sign in the place of a rate that was not known before, with its reason."""
    return cards.dash(frame.notes.get(rate) or t("widgets.no_base"))


def _base(frame: MetricFrame, rate: str, text: str, context: WidgetContext) -> Component:
    """The rate of the base, which leads to a passport of its own."""
    return deltas.before(context.metric(rate), frame.base(rate), frame.query, context, text=text)


def _number(
    frame: MetricFrame, metric: str, text: str, exact: str, context: WidgetContext, look: str
) -> Component:
    """A number that leads to its passport; one that was not asked has a reason instead."""
    if metric not in frame.query.metrics:
        return html.Span(text, className=f"{look} muted".strip(), title=exact)
    address = question.address(frame.query, context.state)
    return cards.number(text, metric, address, exact=exact, class_name=look)


def _overall(frame: MetricFrame, context: WidgetContext) -> list[Any]:
    """The rate from the first stage to the last and what it is made of; both lead to its passport."""
    value, base = frame.value(OVERALL), frame.base(OVERALL)
    if value is None:
        return [t("widgets.funnel_overall_none")]
    said = {"rate": context.units.short(value, "ratio"), "made": made_of(frame, OVERALL, context)}
    parts = {name: _exact(frame, OVERALL, text, context) for name, text in said.items()}
    if context.base_period is None:
        return cards.woven("widgets.funnel_overall_plain", parts)
    if base is None:
        return cards.woven("widgets.funnel_overall", {**parts, "base": _no_base(frame, OVERALL)})
    before = _base(frame, OVERALL, context.units.short(base, "ratio"), context)
    return cards.woven("widgets.funnel_overall", {**parts, "base": before})


def _no_overall(frame: MetricFrame) -> str:
    """Why there is no overall rate, and why a stage has no count; nothing where there is a rate."""
    if frame.value(OVERALL) is not None:
        return ""
    missing = [stage for stage, _ in STAGES if frame.value(stage) is None]
    found = dict.fromkeys(frame.notes[name] for name in (*missing, OVERALL) if name in frame.notes)
    return " ".join(found) or t("widgets.no_value")


def _table(frame: MetricFrame, context: WidgetContext) -> Component:
    units = context.units
    has_base = context.base_period is not None
    names = ("stage", "count", "rate", "made", *(("before",) if has_base else ()))
    head = [t(f"widgets.funnel_{name}") for name in names]
    rows: list[list[Any]] = [
        [
            t(f"widgets.stage_{stage}"),
            _exact(frame, stage, units.full(frame.value(stage), "count"), context),
            _exact(frame, rate, units.full(frame.value(rate), "ratio"), context) if rate else "",
            _exact(frame, rate, _quotient(frame, rate, context), context) if rate else "",
            *((_before(frame, rate, context) if rate else "",) if has_base else ()),
        ]
        for stage, rate in STAGES
    ]
    return cards.table(head, rows)


def _exact(frame: MetricFrame, metric: str, text: str, context: WidgetContext) -> Component:
    """A number of the table, or what one is made of."""
    exact = cards.spoken(frame.value(metric), context.metric(metric).unit, frame, metric, context)
    return _number(frame, metric, text, exact, context, "")


def _before(frame: MetricFrame, rate: str, context: WidgetContext) -> str | Component:
    """The rate of the base, or why none stands beside the rate."""
    base = frame.base(rate)
    if base is None:
        return _no_base(frame, rate)
    if young(frame.rows[0], rate):
        return t("widgets.young_short")
    return _base(frame, rate, context.units.full(base, "ratio"), context)
