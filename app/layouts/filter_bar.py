"""The filter bar. Every choice is a link to the view it makes: a view can be copied, kept and undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from dash import html
from dash.development.base_component import Component

from app import members
from app.layouts.attributes import NAV, attributes
from app.layouts.dashboards.base import Dashboard
from app.layouts.filters import COMPARISONS, DIMENSIONS, SEGMENTS, FilterState
from app.layouts.icons import icon
from app.layouts.markup import Markup, element
from app.layouts.widgets.base import WidgetContext
from app.periods import DAY, OPEN_PRESETS, PRESETS, Period, base, preset
from app.text import t


def bar_place(page_id: str, inside: Markup | None = None) -> Component:
    """Where the bar of a page stands; the browser fills it, see `assets/views.js`."""
    view = attributes({"data-view": page_id, "data-bar": "1"})
    return html.Div(inside, className="filter-place", **view)  # type: ignore[arg-type]


def filter_bar(dashboard: Dashboard, context: WidgetContext) -> list[Component]:
    """The bar of a dashboard: it also says how many cards the filters touch."""
    return bar(f"/{dashboard.id}", context, applies(dashboard, context))


def bar(path: str, context: WidgetContext, said: str = "") -> list[Component]:
    """Range, comparison, segment and chips of any page."""
    state = context.state
    more: list[Component | None] = [
        html.Span(className="vr"),
        _segment(path, state),
        html.Div(chips(path, state), className="chips"),
        _add(path),
        None
        if state.is_default
        else _link(path, FilterState(own=state.own), t("filters.reset"), "btn-look g sm"),
        html.Span(said, className="meta applies"),
    ]
    inner = [
        _range(path, context),
        _compare(path, context),
        _unfold(state),
        html.Div(more, className="filt-more"),
    ]
    problems: list[Component] = [
        html.Div([icon("warning", 14), html.Span(words)], className="filter-problem", role="alert")
        for words in (t("filters.left_out", problem=problem) for problem in state.problems)
    ]
    if state.days and state.cut(context.today):
        problems.append(_cut(state.days[1], context))
    return [
        html.Div(inner, className="filt", role="toolbar", **attributes({"aria-label": t("filters.bar")})),
        *problems,
    ]


def _cut(asked: date, context: WidgetContext) -> Component:
    """Where a range ends that was written beyond its last complete day."""
    words = t("filters.cut", asked=context.units.day(asked), end=context.units.day(context.period.end))
    return html.Div([icon("info", 14), html.Span(words)], className="filter-note", role="status")


def _unfold(state: FilterState) -> Component:
    """On a phone the further filters stand behind a button that counts them."""
    count = len(state.where) + (state.segment != "all")
    return html.Button(
        [icon("filter"), str(count) if count else None],
        className="btn-look filt-toggle phone-only",
        **attributes(
            {
                "data-toggle": "filters",
                "aria-expanded": "false",
                "aria-label": t("filters.filters_count", count=count),
            }
        ),
    )


def applies(dashboard: Dashboard, context: WidgetContext) -> str:
    """How many of the cards that show numbers obey every active filter."""
    cards = [widget for widget in dashboard.widgets() if widget.metrics]
    if not context.state.filters:
        return t("filters.applies_all", cards=len(cards))
    affected = sum(not widget.unaffected(context) for widget in cards)
    return t("filters.applies", affected=affected, cards=len(cards))


def _range(path: str, context: WidgetContext) -> Component:
    state, units = context.state, context.units
    options = [
        _option(
            path,
            replace(state, range=name, days=None),
            t(f"filters.range_{name}"),
            units.days(preset(name, context.today))
            + (f", {t('filters.in_progress')}" if name in OPEN_PRESETS else ""),
            chosen=state.range == name,
        )
        for name in PRESETS
    ]
    label = [icon("calendar", 14), *_days(context.period, context)]
    if context.period.open:
        label.append(html.Span(t("filters.in_progress"), className="muted wide-only"))
    return _picker(label, [*options, _custom(path, context)], t("filters.range"))


def _custom(path: str, context: WidgetContext) -> Component:
    """Two days picked by hand; a plain form, read by `app.js`, so that the address stays the one truth."""
    period = context.period
    fields = [
        html.Label([html.Span(t(f"filters.{name}")), _day_input(name, value, context)])  # type: ignore[list-item]
        for name, value in (("from", period.start.isoformat()), ("to", period.end.isoformat()))
    ]
    apply = html.Button(
        t("filters.apply"), className="btn-look", type="button", **attributes({"data-range-apply": path})
    )
    return html.Div(
        [html.Div(t("filters.range_custom"), className="m5"), *fields, apply], className="custom-range"
    )


def _day_input(name: str, value: str, context: WidgetContext) -> Markup:
    return element(
        "input", type="date", name=name, value=value, max=(context.today - DAY).isoformat(), className="field"
    )


def _days(period: Period, context: WidgetContext) -> list[Component]:
    """The days of a period, the year in a part that narrow screens leave out."""
    short, full = context.units.near(period, context.today), context.units.days(period)
    return [html.Span(full, className="wide-only"), html.Span(short, className="phone-only")]


def _compare(path: str, context: WidgetContext) -> Component:
    state, units = context.state, context.units
    options = []
    for name in COMPARISONS[1:] + COMPARISONS[:1]:
        days = base(context.period, name)
        options.append(
            _option(
                path,
                replace(state, compare=name),
                t(f"filters.compare_{name}"),
                units.days(days) if days else "",
                chosen=state.compare == name,
            )
        )
    found = context.base_period
    label = [
        html.Span(t("filters.versus"), className="muted"),
        *(_days(found, context) if found else [html.Span(t("filters.compare_none_short"))]),
    ]
    return _picker(label, options, t("filters.compare"))


def _segment(path: str, state: FilterState) -> Component:
    options = [
        _option(
            path, replace(state, segment=name), t(f"filters.segment_{name}"), "", chosen=state.segment == name
        )
        for name in SEGMENTS
    ]
    label = [html.Span(t("filters.segment"), className="k"), html.Span(t(f"filters.segment_{state.segment}"))]
    if state.segment == "all":
        return _picker(label, options, t("filters.segment"), look="chip-pick")
    away = _away(t("filters.segment"), path + replace(state, segment="all").search())
    picker = _picker(label, options, t("filters.segment"), look="chip-pick on")
    return html.Span([picker, away], className="picked")


def chips(path: str, state: FilterState) -> list[Component]:
    """A chip for each dimension that is narrowed; its cross leads to the view without that filter."""
    return [
        chip(
            t(f"filters.dimension_{dimension}"),
            members.listed(dimension, values),
            path + state.narrowed(dimension, ()).search(),
            clicked=dimension in state.clicked,
        )
        for dimension, values in state.where
    ]


def chip(name: str, values: str, without: str, *, clicked: bool = False) -> Component:
    """One filter in words; `without` is the address that its cross leads to."""
    return html.Span(
        [
            html.Span(name, className="k"),
            html.Bdi(values, className="cut", title=values),
            _away(name, without),
        ],
        className="chip clicked" if clicked else "chip",
    )


def _away(name: str, without: str) -> Component:
    """The cross of a filter."""
    words = t("filters.remove", name=name)
    label = attributes({"aria-label": words})
    return html.A(icon("close", 14), href=without, className="chip-x", title=words, **label, **NAV)


def _add(path: str) -> Component:
    choices = [
        html.Button(
            [html.Span(t(f"filters.dimension_{name}")), icon("right", 14)],
            className="mi",
            **attributes({"data-members": name}),
        )
        for name in DIMENSIONS
    ]
    return html.Details(
        [
            html.Summary([icon("plus", 14), t("filters.add")], className="btn-look g sm"),
            html.Div(
                [
                    html.Div(choices, className="menu-list"),
                    html.Div(t("filters.add_first"), className="menu-list members muted"),
                ],
                className="menu menu-two",
            ),
        ],
        className="pop",
    )


def member_links(path: str, state: FilterState, dimension: str, found: Iterable[str]) -> list[Component]:
    """The members of a dimension; each adds itself to the filter, or leaves it."""
    chosen = state.members(dimension)
    links = []
    for member in found:
        values = [value for value in chosen if value != member] if member in chosen else [*chosen, member]
        name = members.words(dimension, member)
        links.append(_option(path, state.narrowed(dimension, values), name, "", chosen=member in chosen))
    return links


def _picker(
    label: Sequence[Component], options: Sequence[Component], name: str, look: str = "pick"
) -> Component:
    return html.Details(
        [
            html.Summary([*label, icon("down", 14)], className=look, **attributes({"aria-label": name})),
            html.Div(options, className="menu", role="menu"),
        ],
        className="pop",
    )


def _option(path: str, state: FilterState, text: str, hint: str, *, chosen: bool) -> Component:
    words = [html.Bdi(text), html.Span(hint, className="sub") if hint else None]
    mark = icon("check", 14) if chosen else html.Span(className="no-check")
    return html.A(
        [mark, html.Span(words, className="two-lines")],
        href=path + state.search(),
        className="mi on" if chosen else "mi",
        **NAV,
    )


def _link(path: str, state: FilterState, text: str, look: str) -> Component:
    return html.A(text, href=path + state.search(), className=look, **NAV)
