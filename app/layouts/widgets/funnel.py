"""The acquisition funnel: counts, step rates, overall rate; each bar is the share of the stage before."""

from __future__ import annotations

from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from app.data.query.frame import MetricFrame
from app.data.query.spec import MetricQuery
from app.layouts import cards, question
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.text import t

# Each stage with the rate that leads to it. The rates are metrics of their own: some follow cohorts, so a
# rate need not be the quotient of the two counts beside it.
STAGES: tuple[tuple[str, str], ...] = (
    ("visitors", ""),
    ("leads", "visitor_to_lead"),
    ("opportunities", "lead_to_opportunity"),
    ("customers_won", "opportunity_to_customer"),
)
OVERALL = "overall_conversion"
NOTICEABLE = 0.02  # a step this much below its base, relatively, can be a bottleneck


@dataclass(frozen=True, kw_only=True)
class Funnel(Widget):
    @property
    def metrics(self) -> tuple[str, ...]:
        return (*(stage for stage, _ in STAGES), *(rate for _, rate in STAGES if rate), OVERALL)

    def queries(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        return (context.ask(*self.metrics),)

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        frame = frames[context.ask(*self.metrics)]
        worst = bottleneck(frame)
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
            subtitle=t(key, range=days, base=base),
            summary=_overall(frame, context),
            table=_table(frame, context),
        )

    def _stage(self, index: int, frame: MetricFrame, worst: str, context: WidgetContext) -> Component:
        stage, rate = STAGES[index]
        value = frame.value(stage)
        exact = cards.spoken(value, "count", frame, stage, context)
        count = cards.number(
            context.units.full(value, "count"),
            stage,
            question.address(frame.query, context.state),
            exact=exact,
            class_name="m5",
        )
        share = frame.value(rate) if rate else (1.0 if value is not None else 0.0)
        bad = rate == worst and bool(rate)
        marks: list[Component] = [html.I(style={"width": f"{min(max(share or 0, 0), 1):.2%}"})]
        if rate and (before := frame.base(rate)) is not None:
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


def bottleneck(frame: MetricFrame) -> str:
    """The step rate that lies furthest below its base, relatively; nothing when none lies clearly below."""
    falls = {
        rate: 1 - value / base
        for _, rate in STAGES
        if rate and (value := frame.value(rate)) is not None and (base := frame.base(rate))
    }
    worst = max(falls, key=lambda rate: falls[rate], default="")
    return worst if worst and falls[worst] > NOTICEABLE else ""


def _step(index: int, frame: MetricFrame, bad: bool, context: WidgetContext) -> Component:
    rate, units = STAGES[index][1], context.units
    value, before = frame.value(rate), frame.base(rate)
    shown = cards.number(
        units.short(value, "ratio"),
        rate,
        question.address(frame.query, context.state),
        exact=cards.spoken(value, "ratio", frame, rate, context),
    )
    words = t("widgets.funnel_step", rate="", stage=t(f"widgets.stage_{STAGES[index - 1][0]}").lower())
    side = ""
    if before is not None:
        side = t(
            "widgets.funnel_bottleneck" if bad else "widgets.funnel_base", base=units.short(before, "ratio")
        )
    return html.Div([html.Span([shown, words]), html.Span(side, className="side")], className="row-ends step")


def _overall(frame: MetricFrame, context: WidgetContext) -> str:
    value, base = frame.value(OVERALL), frame.base(OVERALL)
    if value is None:
        reason = frame.notes.get(OVERALL) or frame.notes.get("visitors") or t("widgets.no_value")
        return t("widgets.funnel_overall_none", reason=reason)
    rate = context.units.short(value, "ratio")
    if base is None:
        return t("widgets.funnel_overall_plain", rate=rate)
    return t("widgets.funnel_overall", rate=rate, base=context.units.short(base, "ratio"))


def _table(frame: MetricFrame, context: WidgetContext) -> Component:
    units = context.units
    head = [t(f"widgets.funnel_{name}") for name in ("stage", "count", "rate", "before")]
    rows = [
        [
            t(f"widgets.stage_{stage}"),
            units.full(frame.value(stage), "count"),
            units.full(frame.value(rate), "ratio") if rate else "",
            units.full(frame.base(rate), "ratio") if rate else "",
        ]
        for stage, rate in STAGES
    ]
    return cards.table(head, rows)
