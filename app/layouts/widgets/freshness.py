"""How fresh each source is, the late ones first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dash import html
from dash.development.base_component import Component

from app.data.query.frame import Freshness
from app.data.query.spec import MetricQuery
from app.layouts import cards
from app.layouts.filters import FilterState
from app.layouts.freshness import late
from app.layouts.widgets.base import Frames, Widget, WidgetContext, sources
from app.text import t
from app.units import age


@dataclass(frozen=True, kw_only=True)
class SourceFreshness(Widget):
    """`asks`: one metric of each subject, whose answers name the sources behind them."""

    asks: tuple[str, ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        return ()

    @property
    def partial(self) -> bool:
        return True

    def queries(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        """No filter narrows how old a source is, and no range: one answer serves every view of a day."""
        days = FilterState().period(context.today)
        asked = (context.ask(metric, period=days, compare="none") for metric in self.asks)
        return tuple(replace(one, filters=()) for one in asked)

    def leading(self, context: WidgetContext) -> None:
        """Ages are no metrics."""
        return

    def has_data(self, frames: Frames, context: WidgetContext) -> bool:
        return bool(sources(frames.values()))

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        entries = sorted(
            sources(frames.values()), key=lambda entry: (not late(entry, context.now), entry.title)
        )
        behind = sum(late(entry, context.now) for entry in entries)
        key = "widgets.freshness_subtitle_late" if behind else "widgets.freshness_subtitle_ok"
        lines = [_source(entry, context) for entry in entries]
        return cards.card(
            self,
            context,
            {},
            [html.Div(lines, className="list tight")],
            subtitle=t(key, late=behind, count=len(entries)),
        )


def _source(entry: Freshness, context: WidgetContext) -> Component:
    is_late = late(entry, context.now)
    span = None if entry.extracted_at is None else context.now - entry.extracted_at
    until = (
        t("widgets.freshness_until", day=context.units.day(entry.data_until, today=context.today))
        if entry.data_until
        else t("widgets.freshness_unknown")
    )
    detail = until
    behind = entry.behind(context.now)
    if behind is not None and entry.target is not None:
        detail = t("widgets.freshness_late", age=age(behind), target=age(entry.target))
    words = [
        html.Div(entry.title, className="m5 cut"),
        html.Div(detail, className="small warn" if is_late else "small muted"),
    ]
    return html.Div(
        [
            html.I(className="dot w" if is_late else "dot"),
            html.Div(words, className="grow"),
            html.Span(age(span) if span is not None else t("widgets.never_read"), className="muted"),
        ],
        className="li",
    )
