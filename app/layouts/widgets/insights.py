"""What changed most, and which members of a dimension contributed how much; all filled from queries."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from app import members
from app.data.metrics.base import METRICS, Metric
from app.data.metrics.catalogue import additive, measures
from app.data.metrics.formula import words
from app.data.query.frame import MetricFrame, Row, cell
from app.data.query.route import reachable
from app.data.query.spec import MetricQuery
from app.errors import DefinitionError
from app.figures import paid
from app.figures.addends import Addends, told
from app.figures.contributions import Contribution, closes, contributions
from app.figures.margins import likely_margin
from app.layouts import cards, deltas, question
from app.layouts.aspects import ADDED, CHANGE
from app.layouts.icons import icon
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.text import t

SHOWN_MEMBERS = 2
ENOUGH = 100.0  # with so many cases a change has half of its full weight
FEW = 1_000  # below so many cases the likely range of a change is said


@dataclass(frozen=True)
class Explained:
    """A sum or a rate, and the dimension whose members' contributions add up to its change.

    `counted` names the metric that counts the cases behind an amount; a count is its own, and a rate has its
    denominator or what the metric declares. Raises: DefinitionError for a metric that is not made of sums
    over members: distinct visitors of two channels are not the visitors of both, so what a channel added to a
    change of their number, or of a rate over it, cannot be told.
    """

    metric: str
    dimension: str
    counted: str = ""

    def __post_init__(self) -> None:
        if not additive(self.metric):
            raise DefinitionError(f"Metric {self.metric!r} does not add up over the members of a dimension.")

    @property
    def cases(self) -> str:
        """The metric that counts the cases; the explained one where they are its own."""
        return self.counted or METRICS.get(self.metric).cases or self.metric

    @property
    def reach(self) -> Hashable:
        """What decides which filters, scopes and traffic the metric obeys."""
        subjects = {measure.subject for name in (self.metric, self.cases) for measure in measures(name)}
        return self.dimension, frozenset(subjects), paid.against_spend(self.metric)


@dataclass(frozen=True)
class Together:
    """Metrics of one reach: they are answered over the same rows, so they are one question."""

    metrics: tuple[str, ...]
    dimension: str

    def total(self, context: WidgetContext) -> MetricQuery:
        """The question of the whole; what is set against ad spend is asked of paid media."""
        return paid.whole(context.ask(*self.metrics))

    def parts(self, context: WidgetContext) -> MetricQuery:
        """The same by member."""
        return paid.whole(context.ask(*self.metrics, by=(self.dimension,)))

    def reached(self, context: WidgetContext, *by: str) -> bool:
        """Whether each subject has a table with these dimensions and those of the filters."""
        return reachable(self.metrics, (*by, *(one.dimension for one in self.total(context).filters)))

    def questions(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        """The whole and its members, as far as they can be told under the filters of the view."""
        whole = (self.total(context),) if self.reached(context) else ()
        return (*whole, self.parts(context)) if self.reached(context, self.dimension) else whole


def together(explained: Iterable[Explained]) -> dict[Explained, Together]:
    """What each metric is asked with: all others of its reach, and what counts their cases."""
    groups: dict[Hashable, list[Explained]] = {}
    for entry in explained:
        groups.setdefault(entry.reach, []).append(entry)
    found: dict[Explained, Together] = {}
    for entries in groups.values():
        names = dict.fromkeys(name for entry in entries for name in (entry.metric, entry.cases))
        found |= dict.fromkeys(entries, Together(tuple(names), entries[0].dimension))
    return found


@dataclass(frozen=True)
class Finding:
    """A metric that changed, by how much, and through whom."""

    metric: Metric
    dimension: str
    value: float
    base: float
    delta: deltas.Delta
    contributions: tuple[Contribution, ...] | None  # None where no table tells the members
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
    most: int = 4

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
        asked = dict.fromkeys(together(self.explained).values())
        return tuple(query for one in asked for query in one.questions(context))

    def leading(self, context: WidgetContext) -> None:
        """None stands for the others."""
        return

    def has_data(self, frames: Frames, context: WidgetContext) -> bool:
        """Whether anything was there to change, now or in the base."""
        asked = together(self.explained).items()
        found = {entry.metric: frames.get(one.total(context)) for entry, one in asked}
        return any(frame and (frame.value(name) or frame.base(name)) for name, frame in found.items())

    @property
    def partial(self) -> bool:
        return True

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        if context.base_period is None:
            body: list[Component] = [html.P(t("widgets.insights_no_base"), className="state-text")]
            return cards.card(self, context, frames, body)
        found = findings(self.explained, frames, context)[: self.most]
        none = [] if found or not frames else [html.P(t("widgets.insights_none"), className="state-text")]
        lines = [*(_line(finding, context) for finding in found), *none, *_untold(self.explained, context)]
        subtitle = t(
            "widgets.insights_subtitle",
            range=context.units.days(context.period, year=False),
            base=context.units.near(context.base_period, context.today),
        )
        return cards.card(
            self, context, frames, [html.Div(lines, className="list")], subtitle=subtitle, tools=(_how(),)
        )


def findings(explained: Sequence[Explained], frames: Frames, context: WidgetContext) -> list[Finding]:
    """The clear changes, the weightiest first, then what did not change clearly."""
    found = []
    for entry, asked in together(explained).items():
        total, parts = frames.get(asked.total(context)), frames.get(asked.parts(context))
        if total is not None and (finding := _finding(entry, total, parts, context)):
            found.append(finding)
    return sorted(found, key=lambda finding: (not finding.clear, -finding.weight))


def _cases(entry: Explained, metric: Metric, row: Row) -> float:
    """How many cases a change rests on: a count on those of the larger of value and base, what rests on
    cases on those of the smaller, because it is near to nothing where they are few."""
    rate = _rests(metric)
    ends = ("__d", "__base_d") if rate and entry.cases == metric.id else ("", "__base")
    known = [abs(value) for end in ends if (value := cell(row, f"{entry.cases}{end}")) is not None]
    return (min if rate else max)(known, default=0.0)


def _rests(metric: Metric) -> bool:
    """Whether it is a rate, or an amount of cases that the metric names."""
    return metric.denominator is not None or bool(metric.cases)


def _finding(
    entry: Explained, total: MetricFrame, parts: MetricFrame | None, context: WidgetContext
) -> Finding | None:
    """What there is to tell of a metric; nothing of a change that is not known or of what rests on few."""
    metric = context.metric(entry.metric)
    value, base = total.value(entry.metric), total.base(entry.metric)
    delta = deltas.of_answer(metric, total, context.low_volume)
    unlike = delta.verdict in (*deltas.UNCOMPARED, "weekday")
    if value is None or base is None or unlike or value == base == 0:
        return None
    row = total.rows[0]
    cases = _cases(entry, metric, row)
    if _rests(metric) and cases < context.low_volume:
        return None
    split = contributions(parts, row, metric, entry.dimension) if parts is not None else None
    if split and not closes(split, value - base):
        split = ()
    margin = likely_margin(metric, row)
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
    asked = _asked(metric, context)
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
    title = metric.title
    if paid.against_spend(metric.id):
        title = t("widgets.insights_paid", metric=title)
    return cards.woven(f"widgets.insights_{key}", parts, metric=title)


def _asked(metric: Metric, context: WidgetContext) -> MetricQuery:
    """The question of a metric alone, as its passport answers it."""
    return paid.whole(context.ask(metric.id))


def _explanation(finding: Finding, context: WidgetContext) -> list[Any]:
    metric = finding.metric
    moved = [part for part in finding.contributions or () if part.change] if finding.clear else []
    texts = told(_shown(moved), metric.unit, context.units) if moved else None
    write = context.units.full if texts and texts.full else context.units.short
    base = write(finding.base, metric.unit)
    before = deltas.before(metric, finding.base, _asked(metric, context), context, text=base)
    was = cards.woven("widgets.insights_was", {"base": before})
    split = _split(finding, moved, texts, context) if texts else []
    said = (_likely(finding, context), _unsplit(finding, context), _untouched(finding, context))
    return [*was, *([" ", *split] if split else []), *(f" {words}" for words in said if words)]


def _untouched(finding: Finding, context: WidgetContext) -> str:
    """Which of the active filters the line obeys not: each metric has its own."""
    words = cards.not_affected(context.unaffected((finding.metric.id,)), context)
    return t("widgets.insights_untouched", words=words) if words else ""


def _unsplit(finding: Finding, context: WidgetContext) -> str:
    """Which of the active filters keep the members of a change from being told."""
    if not finding.clear or finding.contributions is not None:
        return ""
    filters = ", ".join(_name(one.dimension) for one in _asked(finding.metric, context).filters)
    return t("widgets.insights_unsplit", dimension=_name(finding.dimension), filters=filters)


def _untold(explained: Sequence[Explained], context: WidgetContext) -> list[Component]:
    """Which metrics no table tells under all active filters together."""
    asked = together(explained)
    names = [context.metric(one.metric).title for one in explained if not asked[one].reached(context)]
    if not names:
        return []
    filters = ", ".join(_name(one.dimension) for one in context.state.filters)
    return [
        html.P(t("widgets.insights_untold", metrics=", ".join(names), filters=filters), className="sub wrap")
    ]


def _name(dimension: str) -> str:
    """A dimension within a sentence."""
    return t(f"filters.dimension_{dimension}").lower()


def _shown(moved: Sequence[Contribution]) -> list[float]:
    """What the members with a name and all others added."""
    top, others = moved[:SHOWN_MEMBERS], moved[SHOWN_MEMBERS:]
    return [*(part.change for part in top), *([sum(part.change for part in others)] if others else [])]


def _split(
    finding: Finding, moved: Sequence[Contribution], texts: Addends, context: WidgetContext
) -> list[Any]:
    """What the members added; as shown the numbers add up or it is said that they are rounded, and each leads
    to its passport."""
    top, others = moved[:SHOWN_MEMBERS], moved[SHOWN_MEMBERS:]
    named: list[Any] = []
    for part, text in zip(top, texts.parts, strict=False):
        name = members.words(finding.dimension, part.member)
        number = _added(text, part.change, (part.member,), name, finding, context)
        named += [", "] if named else []
        named += cards.woven("widgets.insights_member", {"change": number}, name=name)
        named += [f" ({_cause(part, finding.metric)})"] if part.cause else []
    whole = _added(texts.total, finding.value - finding.base, (), "", finding, context)
    parts: dict[str, Any] = {"members": named, "total": whole}
    if others:
        names = tuple(part.member for part in others)
        rest = _shown(moved)[-1]
        parts["rest"] = _added(texts.parts[-1], rest, names, _others(others), finding, context)
    key = "widgets.insights_parts" if others else "widgets.insights_all"
    dimension = _name(finding.dimension)
    words = {"others": _others(others)} if others else {}
    rounded = [] if texts.closed else [f" {t('widgets.insights_rounded')}"]
    return [*cards.woven(key, parts, dimension=dimension, **words), *rounded]


def _others(others: Sequence[Contribution]) -> str:
    return t("widgets.insights_others", count=len(others))


def _cause(part: Contribution, metric: Metric) -> str:
    """Why a member of a rate moved it."""
    assert metric.denominator is not None
    return t(f"widgets.insights_cause_{part.cause}", below=words(metric.denominator, outer=True).lower())


def _added(
    text: str, change: float, of: tuple[str, ...], name: str, finding: Finding, context: WidgetContext
) -> Component:
    """What some members added to a change, or the change of all of them."""
    metric, by = finding.metric, finding.dimension
    part = bool(of) and metric.denominator is not None
    asked = question.address(
        _asked(metric, context),
        context.state,
        {by: of} if of else {},
        aspect=ADDED if part else CHANGE,
        by=by if part else "",
    )
    return cards.number(
        text,
        metric.id,
        asked,
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
