"""What changed most, and which members of a dimension contributed how much; all filled from queries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from app import members
from app.data.metrics.base import Metric
from app.data.query.frame import MetricFrame, Row, cell
from app.data.query.spec import MetricQuery
from app.figures.addends import told
from app.figures.margins import likely_margin
from app.layouts import cards, deltas, question
from app.layouts.aspects import CHANGE
from app.layouts.icons import icon
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.text import t

SHOWN_MEMBERS = 2
ENOUGH = 100.0  # with so many cases a change has half of its full weight
FEW = 1_000  # below so many cases the likely range of a change is said


@dataclass(frozen=True)
class Explained:
    """A sum, and the dimension whose members' changes add up to its change.

    `counted` names the metric that counts the cases behind an amount; a count is its own.
    """

    metric: str
    dimension: str
    counted: str = ""


@dataclass(frozen=True)
class Contribution:
    """What one member added to a change."""

    member: str
    change: float


@dataclass(frozen=True)
class Finding:
    """A metric that changed, by how much, and through whom."""

    metric: Metric
    dimension: str
    value: float
    base: float
    delta: deltas.Delta
    contributions: tuple[Contribution, ...]
    cases: float = 0.0
    margin: float | None = None

    @property
    def weight(self) -> float:
        """The share that changed, less for what rests on few cases: a jump from near nothing is no news."""
        most = max(abs(self.value), abs(self.base))
        changed = abs(self.value - self.base) / most if most else 0.0
        return min(changed, 1.0) * self.cases / (self.cases + ENOUGH)

    @property
    def clear(self) -> bool:
        return self.delta.clear


@dataclass(frozen=True, kw_only=True)
class Insights(Widget):
    explained: tuple[Explained, ...]
    most: int = 3

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(entry.metric for entry in self.explained)

    def unaffected(self, context: WidgetContext) -> tuple[str, ...]:
        """Each metric obeys the filters that it can; the card is untouched only by what touches none."""
        per_metric = [set(context.unaffected((name,))) for name in self.metrics]
        return tuple(sorted(set.intersection(*per_metric))) if per_metric else ()

    def queries(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        if context.base_period is None:
            return ()
        totals = [_total(entry, context) for entry in self.explained]
        parts = [context.ask(entry.metric, by=(entry.dimension,)) for entry in self.explained]
        return (*totals, *parts)

    def leading(self, context: WidgetContext) -> None:
        """None stands for the others."""
        return

    def has_data(self, frames: Frames, context: WidgetContext) -> bool:
        """Whether anything was there to change, now or in the base."""
        asked = {entry.metric: frames.get(_total(entry, context)) for entry in self.explained}
        return any(frame and (frame.value(name) or frame.base(name)) for name, frame in asked.items())

    @property
    def partial(self) -> bool:
        return True

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        if context.base_period is None:
            body: list[Component] = [html.P(t("widgets.insights_no_base"), className="state-text")]
            return cards.card(self, context, frames, body)
        found = findings(self.explained, frames, context)[: self.most]
        lines = [_line(finding, context) for finding in found]
        body = lines or [html.P(t("widgets.insights_none"), className="state-text")]
        subtitle = t(
            "widgets.insights_subtitle",
            range=context.units.days(context.period, year=False),
            base=context.units.near(context.base_period, context.today),
        )
        return cards.card(
            self, context, frames, [html.Div(body, className="list")], subtitle=subtitle, tools=(_how(),)
        )


def findings(explained: Sequence[Explained], frames: Frames, context: WidgetContext) -> list[Finding]:
    """The clear changes, the weightiest first, then what did not change clearly."""
    found = []
    for entry in explained:
        total = frames.get(_total(entry, context))
        parts = frames.get(context.ask(entry.metric, by=(entry.dimension,)))
        if total is not None and (finding := _finding(entry, total, parts, context)):
            found.append(finding)
    return sorted(found, key=lambda finding: (not finding.clear, -finding.weight))


def _total(entry: Explained, context: WidgetContext) -> MetricQuery:
    return context.ask(entry.metric, *((entry.counted,) if entry.counted else ()))


def _cases(entry: Explained, metric: Metric, row: Row) -> float:
    """How many cases the larger of value and base rests on."""
    name = entry.counted or metric.id
    known = (cell(row, name), cell(row, f"{name}__base"))
    return max((abs(value) for value in known if value is not None), default=0.0)


def contributions(frame: MetricFrame, metric: str, dimension: str) -> tuple[Contribution, ...]:
    """Each member's own change, the largest first; a member that is not there counts nothing."""
    parts = [
        Contribution(
            str(row.get(dimension)), (cell(row, metric) or 0.0) - (cell(row, f"{metric}__base") or 0.0)
        )
        for row in frame.rows
    ]
    return tuple(sorted(parts, key=lambda part: -abs(part.change)))


def closes(parts: Sequence[Contribution], change: float) -> bool:
    """Whether the parts add up to the change; a split that does not explain all of it explains nothing."""
    total = sum(part.change for part in parts)
    scale = max((abs(part.change) for part in parts), default=0.0)
    return math.isclose(total, change, rel_tol=1e-6, abs_tol=1e-6 * max(1.0, scale))


def _finding(
    entry: Explained, total: MetricFrame, parts: MetricFrame | None, context: WidgetContext
) -> Finding | None:
    metric = context.metric(entry.metric)
    value, base = total.value(entry.metric), total.base(entry.metric)
    margin = likely_margin(metric, total.rows[0]) if total.rows else None
    delta = deltas.of_answer(metric, total, context.low_volume)
    if value is None or base is None or delta.verdict == "unknown" or value == base == 0:
        return None
    split = contributions(parts, entry.metric, entry.dimension) if parts is not None else ()
    if not closes(split, value - base):
        split = ()
    cases = _cases(entry, metric, total.rows[0])
    return Finding(metric, entry.dimension, value, base, delta, split, cases, margin)


def _line(finding: Finding, context: WidgetContext) -> Component:
    tone = deltas.TONES.get(finding.delta.verdict, "neu")
    mark = html.Span(icon(deltas.ARROWS[finding.delta.sign]), className=f"li-mark {tone}")
    words = [
        html.Div(_headline(finding, context), className="m5"),
        html.Div(_explanation(finding, context), className="sub wrap"),
    ]
    return html.Div([mark, html.Div(words)], className="li")


def _headline(finding: Finding, context: WidgetContext) -> list[Any]:
    metric, units, asked = finding.metric, context.units, context.ask(finding.metric.id)
    key = {1: "up", -1: "down"}[finding.delta.sign] if finding.clear else "flat"
    if finding.delta.verdict == "new":
        key = "new"
    change = deltas.change_text(finding.delta, metric.unit, units).lstrip("+−")
    written = question.address(asked, context.state, aspect=CHANGE)
    parts = {
        "value": cards.number(
            units.short(finding.value, metric.unit),
            metric.id,
            question.address(asked, context.state),
            exact=units.full(finding.value, metric.unit),
            label=metric.title,
        ),
        "change": deltas.changed(change, finding.delta, metric, units, written),
    }
    return cards.woven(f"widgets.insights_{key}", parts, metric=metric.title)


def _explanation(finding: Finding, context: WidgetContext) -> list[Any]:
    metric = finding.metric
    base = context.units.short(finding.base, metric.unit)
    before = deltas.before(metric, finding.base, context.ask(metric.id), context, text=base)
    was = cards.woven("widgets.insights_was", {"base": before})
    moved = [part for part in finding.contributions if part.change]
    split = _split(finding, moved, context) if moved and finding.clear else []
    likely = _likely(finding, context)
    return [*was, *([" ", *split] if split else []), *([f" {likely}"] if likely else [])]


def _split(finding: Finding, moved: Sequence[Contribution], context: WidgetContext) -> list[Any]:
    """What the members added; as shown the numbers add up, and each leads to its passport."""
    top, others = moved[:SHOWN_MEMBERS], moved[SHOWN_MEMBERS:]
    rest = [sum(part.change for part in others)] if others else []
    texts, total = told([*(part.change for part in top), *rest], finding.metric.unit, context.units)
    named: list[Any] = []
    for part, text in zip(top, texts, strict=False):
        name = members.words(finding.dimension, part.member)
        number = _added(text, part.change, (part.member,), name, finding, context)
        named += [", "] if named else []
        named += cards.woven("widgets.insights_member", {"change": number}, name=name)
    whole = _added(total, finding.value - finding.base, (), "", finding, context)
    parts: dict[str, Any] = {"members": named, "total": whole}
    if others:
        names = tuple(part.member for part in others)
        words = t("widgets.insights_others")
        parts["rest"] = _added(texts[-1], rest[0], names, words, finding, context)
    key = "widgets.insights_parts" if others else "widgets.insights_all"
    return cards.woven(key, parts, dimension=t(f"filters.dimension_{finding.dimension}").lower())


def _added(
    text: str, change: float, of: tuple[str, ...], name: str, finding: Finding, context: WidgetContext
) -> Component:
    """The change of some members, or of all of them."""
    metric = finding.metric
    where = {finding.dimension: of} if of else {}
    return cards.number(
        text,
        metric.id,
        question.address(context.ask(metric.id), context.state, where, aspect=CHANGE),
        exact=context.units.change(change, metric.unit, full=True),
        label=" ".join(part for part in (metric.title, name) if part),
    )


def _likely(finding: Finding, context: WidgetContext) -> str:
    """The likely range of a change that rests on few cases."""
    if finding.margin is None or finding.cases >= FEW:
        return ""
    units, unit = context.units, finding.metric.unit
    change = finding.value - finding.base
    low, high = change - finding.margin, change + finding.margin
    if unit == "count":
        low, high = round(low), round(high)
    return t("widgets.insights_likely", low=units.change(low, unit), high=units.change(high, unit))


def _how() -> Component:
    return html.Details(
        [
            html.Summary(t("widgets.insights_how"), className="btn-look g sm"),
            html.Div(t("widgets.insights_how_text"), className="menu menu-info menu-right"),
        ],
        className="pop",
    )
