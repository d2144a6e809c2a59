"""What each channel returns: ROAS and ROI side by side, in one order, each with its own unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.data.metrics.base import Unit
from app.data.query.frame import MetricFrame, RestRow, Row, cell
from app.data.query.route import reachable
from app.data.query.spec import MetricQuery, Rest
from app.data.warehouse.dimensions import NOT_SET
from app.figures import paid
from app.figures.theme import channel_colour
from app.figures.volume import few
from app.layouts import cards, question
from app.layouts.attributes import NAV
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.members import words
from app.text import t
from app.units import MISSING

MOST = 6  # channels with a row of their own; the others share one
AT_MOST = "≤"  # the key of a row whose ROI is a bound, and the sign before it
GAP = "\N{NO-BREAK SPACE}"
OTHER = "other"  # the key of the channels in the row of the others
PLOTS: tuple[tuple[str, Unit, str], ...] = (
    ("roas", "multiple", "widgets.returns_no_spend"),
    ("roi", "ratio", "widgets.returns_no_cost"),
)
SEPARATOR = "\n"
ROOM = 0.34  # the bars leave room for a label with the number of few cases
SHARED = NOT_SET  # where costs stand that no channel caused alone


@dataclass(frozen=True, kw_only=True)
class Returns(Widget):
    drill: str = "/campaigns"

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("roas", "roi")

    def queries(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        return self._channels(context), self._paid(context), self._unconnected(context)

    def leading(self, context: WidgetContext) -> MetricQuery:
        """All paid media, which the summary tells."""
        return self._paid(context)

    def answer(self, context: WidgetContext) -> MetricQuery:
        """Every channel by itself, as the table twin has them."""
        return replace(self._channels(context), rest=None)

    def has_data(self, frames: Frames, context: WidgetContext) -> bool:
        """Whether any channel has a return: conversions alone are no row."""
        return bool(order(frames[self._channels(context)].rows))

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        frame = frames[self._channels(context)]
        unconnected = frames[self._unconnected(context)].rows
        without = frozenset(str(row["channel"]) for row in unconnected if cell(row, "conversions"))
        rows, units = marked(order(frame.rows), without), context.units
        subtitle = t(
            "widgets.returns_subtitle",
            range=units.days(context.period),
            days=context.lookback_days,
            margin=units.percent(context.gross_margin),
        )
        return cards.card(
            self,
            context,
            frames,
            [self._plots(marked(gathered(rows, frame.rest), without), without, context)],
            subtitle=f"{subtitle}; {t('widgets.returns_grey')}" if _any_few(rows, context) else subtitle,
            summary=_summary(rows, frames[self._paid(context)], context),
            why=_reasons(rows, unconnected),
            table=self._table(rows, without, context),
        )

    def _channels(self, context: WidgetContext) -> MetricQuery:
        """Both returns by channel under the filters that both obey, with the cases that they rest on."""
        both = context.ask(*self.metrics, by=("channel",), compare="none")
        able = self._able(context)
        weighed = tuple(f"{metric}__d" for metric in reversed(able))
        return replace(both, metrics=(*able, "conversions"), rest=Rest(MOST, weighed, (SHARED,)))

    def _able(self, context: WidgetContext) -> tuple[str, ...]:
        """Costs know no region: a reader whose scope is one sees ROAS, and of ROI the reason."""
        limits = {limit.dimension for limit in context.viewer.scope.filters}
        able = tuple(name for name in self.metrics if reachable((name,), limits))
        return able or self.metrics  # which are refused then, with the reason

    def _why(self, row: Row, metric: str, none: str, without: frozenset[str], context: WidgetContext) -> str:
        """Why a channel has no value; `without`: the channels of platforms whose spend nobody reads."""
        if metric not in self._able(context):
            return t("widgets.not_in_scope")
        unread = metric == "roas" and not without.isdisjoint(members(row))
        return t("widgets.returns_unconnected" if unread else none)

    def _paid(self, context: WidgetContext) -> MetricQuery:
        """What came through ad platforms: revenue that nobody paid an ad for says nothing of the ads."""
        asked = replace(context.ask("roas", compare="none"), filters=self._channels(context).filters)
        return paid.whole(asked)

    def _unconnected(self, context: WidgetContext) -> MetricQuery:
        """What is left out of paid media, by the channel in which it came."""
        return paid.unconnected(self._paid(context), "channel")

    def _plots(self, rows: Sequence[Row], without: frozenset[str], context: WidgetContext) -> Component:
        even = 1 / context.gross_margin if context.gross_margin else 0.0
        scales = {
            name: Scale.over([cell(row, name) for row in rows], even if name == "roas" else 0.0)
            for name in self.metrics
        }
        lines: list[Component] = [
            html.Div(
                [html.Span(), html.Span(t("widgets.returns_roas")), html.Span(t("widgets.returns_roi"))],
                className="ret-row ret-head",
            )
        ]
        lines += [self._row(row, scales, without, context) for row in rows]
        if not even:
            return html.Div(lines, className="returns")
        place = scales["roas"].place(even)
        words = t("widgets.returns_break_even", value=context.units.ratio(even))
        note = html.Span(words, className="ret-even", style={"left": f"{place:.1%}"})
        lines.append(html.Div([html.Span(), note], className="ret-row ret-foot"))
        return html.Div(lines, className="returns", style={"--even": f"{place:.4f}"})

    def _row(
        self, row: Row, scales: dict[str, Scale], without: frozenset[str], context: WidgetContext
    ) -> Component:
        asked = self._channels(context)
        bars = [
            _bar(
                row,
                metric,
                unit,
                scales[metric],
                asked,
                context,
                self._why(row, metric, why, without, context),
            )
            for metric, unit, why in PLOTS
        ]
        return html.Div([self._name(row, context), *bars], className="ret-row")

    def _table(self, rows: Sequence[Row], without: frozenset[str], context: WidgetContext) -> Component:
        """Every channel, those in the row of the others one by one."""
        asked = self._channels(context)
        head = [t("widgets.returns_channel"), t("widgets.returns_roas"), t("widgets.returns_roi")]
        lines = [
            [
                html.Bdi(words("channel", row["channel"])),
                *(
                    _in_table(
                        row, metric, unit, asked, context, self._why(row, metric, why, without, context)
                    )
                    for metric, unit, why in PLOTS
                ),
            ]
            for row in rows
        ]
        return cards.table(head, lines)

    def _name(self, row: Row, context: WidgetContext) -> Component:
        channels = members(row)
        if channels == (SHARED,):
            why = t("widgets.returns_shared_why")
            return html.Span(words("channel", SHARED), className="cut", title=why)
        state = context.state.narrowed("channel", channels, clicked=True).with_own(group="campaign")
        return html.A(
            html.Bdi(_label(row)),
            href=self.drill + state.search(),
            className="cut drill",
            title=", ".join(channels),
            **NAV,
        )


@dataclass(frozen=True)
class Scale:
    """Where values stand in a cell, as shares of its width: zero, and negative values to its left."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[float | None], least: float) -> Scale:
        """The scale that holds all values, zero, and at least `least`."""
        known = [value for value in values if value is not None]
        return cls(min([0.0, *known]), max([0.0, least, *known]))

    def place(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low) * ROOM if self.high > self.low else 0.0


def order(rows: Sequence[Row]) -> list[Row]:
    """By ROI, the best first; channels without any figure are left out, those without ROI, then shared
    costs, come last."""
    known = [row for row in rows if cell(row, "roi") is not None or cell(row, "roas") is not None]
    return sorted(
        known,
        key=lambda row: (
            row.get("channel") == SHARED,
            cell(row, "roi") is None,
            -(cell(row, "roi") or 0),
            -(cell(row, "roas") or 0),
        ),
    )


def gathered(rows: Sequence[Row], rest: RestRow | None) -> list[Row]:
    """The channels that have room in their order, the others as the one row that was answered for them,
    shared costs last."""
    if rest is None:
        return list(rows)
    own = [row for row in rows if row["channel"] not in rest.members]
    last = [row for row in own if row["channel"] == SHARED]
    words = t("widgets.returns_other", count=len(rest.members))
    together = {**rest.row, "channel": words, OTHER: SEPARATOR.join(rest.members)}
    return [*own[: len(own) - len(last)], together, *last]


def marked(rows: Iterable[Row], without: frozenset[str]) -> list[Row]:
    """The rows, those among them marked whose ROI is a bound: of channels `without` whose spend, though other
    costs of theirs are known."""
    return [{**row, AT_MOST: True} if not without.isdisjoint(members(row)) else row for row in rows]


def members(row: Row) -> tuple[str, ...]:
    """The channels that a row stands for."""
    return tuple(str(row[OTHER]).split(SEPARATOR)) if OTHER in row else (str(row["channel"]),)


def _label(row: Row) -> str:
    return words("channel", SHARED) if members(row) == (SHARED,) else str(row["channel"])


def _bar(
    row: Row,
    metric: str,
    unit: Unit,
    scale: Scale,
    asked: MetricQuery,
    context: WidgetContext,
    missing: str,
) -> Component:
    value = cell(row, metric)
    if value is None:
        return html.Span(["– ", missing], className="ret-cell muted small", title=missing)
    zero, end, label = scale.place(0.0), scale.place(value), _label(row)
    shown = _number(
        row,
        metric,
        context.units.short(value, unit),
        asked,
        context,
        "m5 neg" if value < 0 and members(row) != (SHARED,) else "m5",
    )
    bar = html.I(
        style={
            "left": f"{min(zero, end):.1%}",
            "width": f"{abs(end - zero):.1%}",
            "background": f"var({channel_colour(label)})",
        },
        className="under" if value < 0 else "",
    )
    line = html.B(style={"left": f"{zero:.1%}"}) if scale.low < 0 else None
    text = html.Span(shown, className="ret-label", style={"left": f"{max(zero, end):.1%}"})
    return html.Span([bar, line, text], className=f"ret-cell has-bar {metric}")


def _number(
    row: Row, metric: str, text: str, asked: MetricQuery, context: WidgetContext, look: str = ""
) -> Component:
    """One return of a channel, or of those in the row of the others; it leads to its passport."""
    declared, cases = context.metric(metric), _few(row, metric, context)
    low = "" if cases is None else t("widgets.low_volume", n=cases)
    exact = context.units.full(cell(row, metric), declared.unit)
    if metric == "roi" and AT_MOST in row:  # inside of the number, or a line would end between both
        text, exact = f"{AT_MOST}{GAP}{text}", f"{exact}, {t('widgets.returns_at_most')}"
    return cards.number(
        text,
        metric,
        question.address(asked, context.state, {"channel": members(row)}),
        exact=f"{exact}, {low}" if low else exact,
        label=f"{declared.title} {_label(row)}",
        class_name="low-n" if low else look,
        beside="" if cases is None else t("widgets.returns_cases", n=cases),
    )


def _few(row: Row, metric: str, context: WidgetContext) -> int | None:
    """The conversions behind a return when they are few; shared costs brought none and are no return."""
    return None if members(row) == (SHARED,) else few(context.metric(metric), row, context.low_volume)


def _any_few(rows: Sequence[Row], context: WidgetContext) -> bool:
    return any(
        cell(row, metric) is not None and _few(row, metric, context) is not None
        for row in rows
        for metric, _, _ in PLOTS
    )


def _summary(rows: Sequence[Row], total: MetricFrame, context: WidgetContext) -> list[Any]:
    """All paid media, and who costs more than it brings; of few cases nothing is said, nor of all others
    then."""
    parts = {"roas": _paid_roas(total, context)}
    lost = [row for row in rows if (cell(row, "roi") or 0) < 0 and row["channel"] != SHARED]
    losers = [str(row["channel"]) for row in lost if _few(row, "roi", context) is None]
    if not any(cell(row, "roi") is not None for row in rows) or (lost and not losers):
        return cards.woven("widgets.returns_roas_only", parts)
    unsure = any(AT_MOST in row and (cell(row, "roi") or 0) >= 0 for row in rows)
    key = "losers" if len(losers) > 1 else "loser" if losers else "no_known" if unsure else "no_loser"
    words = t(f"widgets.returns_{key}", names=", ".join(losers))
    return cards.woven("widgets.returns_summary", parts, losers=words)


def _reasons(rows: Sequence[Row], unconnected: Sequence[Row]) -> str:
    """What belongs to no one channel, and whose deals the ROAS of paid media leaves out."""
    shared = t("widgets.returns_shared_why") if any(row["channel"] == SHARED for row in rows) else ""
    names = paid.left_out(unconnected)
    left_out = t("widgets.returns_left_out", names=names) if names else ""
    return " ".join(filter(None, (shared, left_out)))


def _paid_roas(total: MetricFrame, context: WidgetContext) -> Component:
    value = total.value("roas")
    return cards.number(
        context.units.short(value, "multiple"),
        "roas",
        question.address(total.query, context.state),
        exact=cards.spoken(value, "multiple", total, "roas", context),
    )


def _in_table(
    row: Row, metric: str, unit: Unit, asked: MetricQuery, context: WidgetContext, missing: str
) -> Component:
    value = cell(row, metric)
    if value is None:
        return html.Span([f"{MISSING} ", missing], className="muted small")
    return _number(row, metric, context.units.full(value, unit), asked, context)
