"""The one anatomy of a card: title, info, badge, tools, menu; subtitle, summary; body; freshness."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.data.metrics.base import METRICS, Metric, Unit
from app.data.query.frame import MetricFrame
from app.layouts import card_menu, filters
from app.layouts.attributes import attributes
from app.layouts.freshness import badge, footer
from app.layouts.icons import icon
from app.layouts.widgets.base import Frames, Widget, WidgetContext, sources
from app.text import t
from app.units import MISSING, place

Children = Sequence[Any]


def card(
    widget: Widget,
    context: WidgetContext,
    frames: Frames,
    body: Children,
    *,
    subtitle: str = "",
    summary: str | Children = "",
    tools: Children = (),
    extra: str | Children = "",
    table: Component | None = None,
    words: Children = (),
    why: str = "",
) -> Component:
    """A card; with a `table` it can be turned to the same numbers as a table.

    `words`: lines that stand for subtitle and summary while another view is shown. `why`: the long reason of
    what the summary says, first under the info icon.
    """
    note, read = unaffected_note(widget, context), sources(frames.values())
    title, line = t(widget.title), _line(widget, context, subtitle, note)
    below = [html.Div(note, className="card-note")] if note and widget.height == "kpi" else []
    return anatomy(
        title,
        card_menu.button(title, card_menu.of_widget(widget, context, frames, table=table is not None)),
        [*body, *below],
        about=_about(widget, context, why),
        tools=tools,
        lines=(
            badge(read, context.now),
            html.Div(line, className="sub", title=line) if line else None,
            html.Div(summary, className="sum", title=why or None) if summary else None,
            *words,
        ),
        table=table,
        foot=footer(read, context.now, extra) if frames else None,
        look=f"h-{widget.height}",
    )


def anatomy(
    title: str,
    menu: Component,
    body: Children,
    *,
    about: Component | None = None,
    tools: Children = (),
    lines: Children = (),
    table: Component | None = None,
    foot: Component | None = None,
    look: str = "",
) -> html.Article:
    """The parts of any card at their places; `lines` are what is late, subtitle and summary."""
    switch = table_switch() if table is not None else None
    shown = [
        html.Div([html.H2(title), about, html.Span(className="sp"), *tools, switch, menu], className="ch"),
        *lines,
        html.Div(body, className="body chart-view"),
        html.Div(table, className="body table-view") if table is not None else None,
        foot,
    ]
    return html.Article(shown, className=f"card {look}".strip(), **attributes({"aria-label": title}))


def page_card(
    title: str,
    sub: str,
    body: Children,
    *,
    name: str = "",
    summary: str = "",
    about: Component | None = None,
    table: Component | None = None,
    entries: card_menu.Entries | None = None,
    foot: Component | None = None,
    look: str = "",
) -> html.Article:
    """A card that no dashboard asks for; with a `table` it too can be turned to the same numbers.

    `name` is that of its `card_menu.place`, where it has one; `entries` what its menu can do besides.
    """
    switch: card_menu.Entries = {"table": {"data-toggle": "table"}} if table is not None else {}
    link = card_menu.linked(name) if name else {}
    return anatomy(
        title,
        card_menu.button(title, {**switch, **(entries or {}), **link}),
        body,
        about=about,
        lines=(
            html.Div(sub, className="sub wrap", title=sub) if sub else None,
            html.Div(summary, className="sum") if summary else None,
        ),
        table=table,
        foot=foot,
        look=look,
    )


def _line(widget: Widget, context: WidgetContext, subtitle: str, note: str) -> str:
    """What stands below the title: the days, the filters, the place, and the filters that are not obeyed."""
    asked = (*obeyed(widget, context), place(context.zone)) if widget.metrics else ()
    said = (subtitle.removesuffix("."), *asked, "" if widget.height == "kpi" else note)
    return " · ".join(part for part in said if part)


def unaffected_note(widget: Widget, context: WidgetContext) -> str:
    """Which of the active filters cannot touch this card, in words."""
    return not_affected(widget.unaffected(context), context)


def not_affected(names: Iterable[str], context: WidgetContext) -> str:
    """That the active filters of some dimensions cannot touch something, in words."""
    if not names:
        return ""
    chips = dict(context.state.where)
    words = [t(f"filters.dimension_{name}" if name in chips else "filters.segment").lower() for name in names]
    return t("widgets.not_affected", filters=", ".join(words))


def obeyed(widget: Widget, context: WidgetContext) -> tuple[str, ...]:
    """The active filters that narrow this card, in words."""
    return filters.words(context.state, widget.unaffected(context))


def _about(widget: Widget, context: WidgetContext, why: str) -> Component | None:
    metrics = [context.metric(name) for name in widget.metrics]
    return info(metrics, context.lookback_days, why) if metrics else None


def info(metrics: Iterable[Metric], lookback_days: int, why: str = "") -> Component:
    """What the numbers of a card mean, behind an icon with a word for readers."""
    entries: list[Component] = [html.Div(why, className="definition")] if why else []
    entries += [
        html.Div(
            [
                html.Div(metric.title, className="m5"),
                html.Div(metric.definition),
                html.Div(metric.label(lookback_days), className="muted") if metric.labelled else None,
                html.A(t("widgets.glossary"), href=f"/glossary#{metric.id}"),
            ],
            className="definition",
        )
        for metric in metrics
    ]
    return explained(entries)


def explained(entries: Sequence[Component]) -> Component:
    """Explanations behind an icon that a keyboard reaches."""
    return html.Details(
        [
            html.Summary(
                icon("info", 14), className="ic", **attributes({"aria-label": t("widgets.definition")})
            ),
            html.Div(list(entries), className="menu menu-info"),
        ],
        className="pop",
    )


def number(
    text: str,
    metric: str,
    asked: str,
    *,
    exact: str = "",
    label: str = "",
    class_name: str = "",
    beside: str = "",
) -> Component:
    """A number that opens its passport; the exact value is in its tooltip and its name for readers.

    `asked` is the `question.address` that the number answers; `beside` what a phone shows below it.
    """
    title, told = METRICS.get(metric).title, (exact or text).rstrip(".")
    return html.Button(
        [text, html.Span(",", className="comma"), html.Span(f" {beside}", className="beside")]
        if beside
        else text,
        className=f"number {class_name}".strip(),
        title=exact or text,
        **attributes(
            {
                "data-metric": metric,
                "data-asked": asked,
                "aria-label": t("widgets.number_label", name=label or title, value=told),
            }
        ),
    )


def passport_of(metric: str, where: Mapping[str, str] | None = None, days: str = "") -> dict[str, str]:
    """The attributes by which a number under all the filters of its page is asked where it comes from.

    `where` pins the cell by dimension members, `days` (first..last) a bucket or range other than the page's.
    """
    asked = {"data-metric": metric}
    if where:
        asked["data-where"] = json.dumps(dict(where), sort_keys=True, ensure_ascii=False)
    return asked | ({"data-days": days} if days else {})


def woven(key: str, parts: Mapping[str, Any], **words: object) -> list[Any]:
    """A sentence of the catalogue some of whose words are components."""
    mark = "\N{OBJECT REPLACEMENT CHARACTER}"
    names = list(parts)
    text = t(key, **{name: f"{mark}{at}{mark}" for at, name in enumerate(names)}, **words)
    found: list[Any] = []
    for at, piece in enumerate(text.split(mark)):
        shown = parts[names[int(piece)]] if at % 2 else piece
        # a list becomes part of the one sentence, so that signs find their number
        found += shown if isinstance(shown, list) else [shown]
    return _joined(found)


def _joined(pieces: list[Any]) -> list[Any]:
    """A sentence in which no line begins with the sign that ends one: it stays with the number before it."""
    kept: list[Any] = []
    for piece in (one for one in pieces if one != ""):
        if isinstance(piece, str) and piece[:1] in tuple(".,;)") and kept and isinstance(kept[-1], Component):
            kept[-1] = html.Span([kept[-1], piece[0]], className="one-line")
            piece = piece[1:]
        kept.append(piece)
    return kept


def spoken(value: float | None, unit: Unit, frame: MetricFrame, metric: str, context: WidgetContext) -> str:
    """The exact value, or why there is none."""
    if value is None:
        return frame.notes.get(metric) or t("widgets.no_value")
    return context.units.full(value, unit)


def dash(why: str) -> Component:
    """What stands for a missing number; the reason is in its tooltip and its name for readers."""
    return html.Span(MISSING, className="muted", title=why, role="img", **attributes({"aria-label": why}))


def table(head: Sequence[str | Component], rows: Sequence[Children], *, total: Children = ()) -> Component:
    """Numbers as a plain table: the first column is text, the others are right-aligned."""
    lines = [html.Tr([html.Td(cell) for cell in row]) for row in rows]
    if total:
        lines.append(html.Tr([html.Td(cell) for cell in total], className="tot"))
    heads = html.Thead(html.Tr([html.Th(text, scope="col") for text in head]))
    return html.Div(html.Table([heads, html.Tbody(lines)], className="t"), className="table-scroll")


def segments(group: str, options: Sequence[tuple[str, str]]) -> Component:
    """A small switch between two views of one card; the browser shows the part with that name."""
    return html.Div(
        [
            html.Button(
                text,
                className="seg-option",
                **attributes({"data-view": name, "aria-pressed": str(not index).lower()}),
            )
            for index, (name, text) in enumerate(options)
        ],
        className="seg",
        role="group",
        **attributes({"aria-label": group}),
    )


def table_switch() -> Component:
    """Turns a card with a `table-view` to the same numbers as a table, and back."""
    return html.Button(
        [
            icon("table", 14),
            html.Span(t("widgets.as_table"), className="when-chart"),
            html.Span(t("widgets.as_chart"), className="when-table"),
        ],
        className="btn-look g sm table-switch",
        **attributes({"data-toggle": "table"}),
    )
