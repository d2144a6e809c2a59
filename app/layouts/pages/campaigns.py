"""`/campaigns`: the analyst's table. Everything that is chosen stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dash import dcc, html
from dash.development.base_component import Component

from app import members
from app.accounts.permissions import ANALYSIS
from app.figures import table_cells
from app.figures.table_view import (
    COLUMNS,
    DEFAULT_GROUP,
    FOUND_MOST,
    GROUPS,
    LEVELS,
    OPERATORS,
    OWN,
    TableView,
    in_percent,
)
from app.layouts import campaign_table, drill, export_state, filters, freshness, grid, menus, table_ids
from app.layouts.attributes import ENCLOSING, attributes
from app.layouts.campaign_table import Asked, Shown
from app.layouts.export_menu import export_menu
from app.layouts.filter_bar import bar_place
from app.layouts.icons import icon
from app.layouts.markup import INERT, element, markup
from app.layouts.menus import link
from app.layouts.pages.base import PAGES, WITH_GRID, Page, PageContext
from app.layouts.row_list import row_list
from app.layouts.states import left_out
from app.layouts.table_foot import footer
from app.text import t

WORDS = {">": "above", "<": "below", ">=": "at_least", "<=": "at_most"}


def layout(context: PageContext) -> Component:
    """The page with its rows in it: no second request is needed for the first view."""
    shown = campaign_table.show(context.search, context.services, context.viewer)
    return html.Div(
        [
            bar_place("campaigns"),
            html.Div([*body(shown), export_state.place()], className="table-page"),
        ]
    )


def body(shown: Shown) -> list[Component]:
    """Everything below the filter bar."""
    return [
        html.Div(head(shown), id=table_ids.TABLE_HEAD, **ENCLOSING),
        toolbar(shown),
        html.Div(content(shown), id=table_ids.TABLE_BODY, **ENCLOSING),
    ]


def head(shown: Shown) -> list[Component]:
    """What of the address was left out, where the reader is, and what the table is of."""
    return [
        *map(left_out, shown.asked.view.problems),
        breadcrumb(shown),
        html.P(shown.subtitle, className="table-sub"),
    ]


def breadcrumb(shown: Shown) -> html.Nav:
    """All channels › Paid search › campaigns, next: days, rows."""
    asked = shown.asked
    steps: list[Component] = []
    trail = drill.trail(asked.state)
    if trail:
        start = asked.view.regrouped(DEFAULT_GROUP)
        steps.append(_step(t("campaigns.all_channels"), drill.address(drill.top(asked.state), start)))
    for index, (dimension, state) in enumerate(trail):
        name = members.listed(dimension, state.members(dimension))
        view = asked.view.regrouped((drill.next_level(state, dimension),))
        steps.append(
            _step(name, drill.address(state, view))
            if index < len(trail) - 1
            else html.Bdi(name, className="crumb-last")
        )
    here = html.B(t(f"campaigns.level_{asked.view.leaf}").capitalize())
    below = ", ".join(t(f"campaigns.level_{name}") for name in drill.levels_below(asked.view))
    ahead = html.Span(t("campaigns.next", levels=below), className="crumb-next")
    parts: list[Component] = []
    for step in steps:
        parts += [step, icon("right", 14)]
    return html.Nav(
        [*parts, here, ahead], className="crumb", **attributes({"aria-label": t("campaigns.drill_path")})
    )


def toolbar(shown: Shown) -> html.Div:
    """Grouping, search, conditions; columns and export at the right end.

    The search stands apart from the rest, which is drawn anew with each answer: who types is not disturbed.
    """
    find = attributes({INERT: find_box(shown.asked.view)})
    return html.Div(
        [
            html.Div(grouping(shown), id=table_ids.TABLE_GROUPING, className="toolbar-part", **ENCLOSING),
            html.Div(id=table_ids.TABLE_FIND, className="toolbar-part", **find, **ENCLOSING),
            html.Div(tools(shown), id=table_ids.TABLE_TOOLS, className="toolbar-part", **ENCLOSING),
        ],
        className="toolbar",
    )


def grouping(shown: Shown) -> html.Details:
    """The menu of levels."""
    return _group_menu(shown.asked)


def tools(shown: Shown) -> list[Component]:
    """What stands behind the search."""
    asked = shown.asked
    return [
        _condition_menu(asked),
        *_condition_chips(asked),
        *_traffic_chip(asked),
        html.Span(className="toolbar-gap"),
        _column_menu(asked),
        export_menu("campaigns", asked.state.search(), _rows(shown), shown.file_order),
    ]


def _rows(shown: Shown) -> int:
    return shown.answer.table.leaves if shown.answer and not shown.nothing else 0


def content(shown: Shown) -> list[Component]:
    """The rows with their foot, or why there are none."""
    if shown.error is not None:
        return [_state(t("campaigns.failed"), str(shown.error), _reset())]
    assert shown.answer is not None
    if shown.nothing:
        return [_empty(shown)]
    view = shown.asked.view
    rows, total = shown.rows, shown.total
    lines, sorted_view = [*rows, *total], replace(view, sort=shown.sort)
    definitions = grid.columns(sorted_view, shown.units.currency, shown.links, lines, shown.base)
    names = ", ".join(t(f"campaigns.group_{name}") for name in view.group)
    label = t("campaigns.label", groups=names)
    table = grid.grid(rows, total, definitions)
    wide = html.Div(table, className="only-wide", role="region", **attributes({"aria-label": label}))
    pins = ("where", "days", "mixed")
    cells = {line["id"]: {name: line[name] for name in pins} for line in lines}
    return [
        wide,
        row_list(shown, rows, total),
        dcc.Store(id=table_ids.TABLE_CELLS, data=cells),
        footer(shown),
        freshness.page_line(shown.freshness, shown.now),
    ]


def _empty(shown: Shown) -> html.Div:
    """Why there is no row, and the one way on."""
    before = t("campaigns.empty_unread"), "campaigns.what_to_do", "/executive"
    words, action, href = _way_on(shown) if shown.freshness else before
    return _state(words, "", (t(action), href))


def _way_on(shown: Shown) -> tuple[str, str, str]:
    """What narrows the table to nothing in words, the text that lifts it, and where that leads."""
    asked, view = shown.asked, shown.asked.view
    if shown.unknown:
        return _without_unknown(asked, *shown.unknown)
    if view.find:
        words, cleared = t("campaigns.empty_find", find=view.find), replace(view, find="")
        return words, "campaigns.reset_find", drill.address(asked.state, cleared)
    if view.conditions:
        cleared = replace(view, conditions=())
        return (
            t("campaigns.empty_conditions"),
            "campaigns.reset_conditions",
            drill.address(asked.state, cleared),
        )
    if asked.state.filters:
        words = t("campaigns.empty_filtered", filters=" · ".join(filters.words(asked.state)))
        bare = replace(asked.state, segment="all", where=(), clicked=frozenset())
        action = "campaigns.remove_filter" if len(asked.state.filters) == 1 else "campaigns.remove_filters"
        return words, action, drill.address(bare, view)
    if asked.paid:
        everything = drill.address(asked.state, replace(view, paid=False))
        return t("campaigns.empty_paid"), "campaigns.show_all", everything
    return t("campaigns.empty"), "campaigns.reset", drill.PATH


def _without_unknown(asked: Asked, dimension: str, member: str) -> tuple[str, str, str]:
    kept = [one for one in asked.state.members(dimension) if one != member]
    href = drill.address(asked.state.narrowed(dimension, kept), asked.view)
    return filters.unknown_words(dimension, member), "campaigns.remove_filter", href


def _reset() -> tuple[str, str]:
    return t("campaigns.reset"), drill.PATH


def _state(title: str, detail: str, action: tuple[str, str]) -> html.Div:
    words, href = action
    return html.Div(
        [html.B(title), html.P(detail) if detail else None, link(words, href=href, className="btn-look")],
        className="table-state",
        role="status",
    )


def _step(name: str, href: str) -> html.A:
    return link(html.Bdi(name), href=href, className="crumb-step")


def _group_menu(asked: Asked) -> html.Details:
    names = ", ".join(t(f"campaigns.group_{name}").lower() for name in asked.view.group)
    parts: list[Component] = [menus.note(t("campaigns.group_hint"))]
    for level in range(min(len(asked.view.group) + 1, LEVELS)):
        parts.append(menus.heading(t("campaigns.group_by") if level == 0 else t("campaigns.group_then")))
        parts.append(html.Div(_level_choices(asked, level), className="menu-chips"))
    label = [html.Span(t("campaigns.group_by"), className="muted"), html.Span(names.capitalize())]
    return menus.menu(label, parts)


def _level_choices(asked: Asked, level: int) -> list[Component]:
    chosen = asked.view.group
    above = chosen[:level]
    links: list[Component] = []
    for name in (name for name in GROUPS if name not in above):
        rest = tuple(later for later in chosen[level + 1 :] if later != name)
        on = level < len(chosen) and chosen[level] == name
        links.append(_choice(t(f"campaigns.group_{name}"), asked, (*above, name, *rest), on))
    if level:
        links.append(_choice(t("campaigns.group_none"), asked, above, level == len(chosen)))
    return links


def _choice(title: str, asked: Asked, group: Sequence[str], on: bool) -> html.A:
    href = drill.address(asked.state, asked.view.regrouped(group))
    return link(title, href=href, className="menu-chip" + (" on" if on else ""))


def find_box(view: TableView) -> str:
    """The search as HTML; its words stand in the address, where the browser reads and writes them
    (`assets/grid.js`)."""
    level = t(f"campaigns.one_{view.searched}") if view.searched else ""
    box = element(
        "input",
        type="search",
        placeholder=t("campaigns.find", level=level) if level else t("campaigns.find_none"),
        disabled=view.searched is None,
        maxlength=FOUND_MOST,
        autocomplete="off",
    )
    label = attributes({"aria-label": t("campaigns.find_label")})
    return markup(html.Label([icon("search", 14), box], className="find-look", **label))  # type: ignore[list-item]


def _condition_menu(asked: Asked) -> html.Details:
    options = [
        {"value": name, "label": t("campaigns.condition_percent", title=title) if in_percent(name) else title}
        for name, title in table_cells.titles(asked.view.columns).items()
    ]
    operators = [{"value": sign, "label": t(f"campaigns.{WORDS[sign]}")} for sign in OPERATORS[::-1]]
    form = html.Div(
        [
            dcc.Dropdown(
                options, asked.view.columns[0], id=table_ids.TABLE_COLUMN, clearable=False, searchable=False
            ),
            dcc.Dropdown(operators, ">", id=table_ids.TABLE_OPERATOR, clearable=False, searchable=False),
            dcc.Input(
                id=table_ids.TABLE_VALUE,
                type="number",
                placeholder=t("campaigns.condition_value"),
                className="field-look",
            ),
            html.Button(
                t("campaigns.condition_add"), id=table_ids.TABLE_ADD, className="btn-look", type="button"
            ),
        ],
        className="condition-form",
    )
    return menus.menu(
        [icon("filter"), t("campaigns.condition")], [menus.note(t("campaigns.condition_hint")), form]
    )


def _condition_chips(asked: Asked) -> list[Component]:
    chips: list[Component] = []
    for condition in asked.view.conditions:
        title = table_cells.header(condition.column, "").strip()
        text = f"{title} {t(f'campaigns.{WORDS[condition.operator]}')} {condition.said}"
        href = drill.address(asked.state, campaign_table.without_conditions(asked.view, str(condition)))
        away = icon("close", 14, label=t("campaigns.condition_remove", text=text))
        chips.append(link([text, away], href=href, className="chip-look"))
    return chips


def _traffic_chip(asked: Asked) -> list[Component]:
    """That the table is of paid media, or of all traffic where it would be of paid media; each leads to the
    other."""
    if not asked.paid and asked.view.paid is None:
        return []
    text = t("campaigns.traffic", traffic=t("rows.paid" if asked.paid else "campaigns.traffic_all"))
    href = drill.address(asked.state, replace(asked.view, paid=False if asked.paid else None))
    away = icon("close", 14, label=t("campaigns.condition_remove", text=text))
    return [link([text, away], href=href, className="chip-look")]


def _column_menu(asked: Asked) -> html.Details:
    view = asked.view
    parts: list[Component] = [
        menus.note(t("campaigns.columns_shown", shown=len(view.columns), all=len(COLUMNS))),
        menus.item(
            t("campaigns.changes"),
            drill.address(asked.state, campaign_table.with_changes(view)),
            checked=view.changes,
        ),
        menus.rule(),
    ]
    for name, title in table_cells.titles(COLUMNS).items():
        href = drill.address(asked.state, view.toggled_column(name))
        parts.append(menus.item(title, href, checked=name in view.columns))
    return menus.menu([icon("table"), t("campaigns.columns")], parts, right=True)


PAGES.add(
    Page(
        "campaigns",
        "campaigns.title",
        "analysis",
        ANALYSIS,
        "campaigns",
        layout,
        filters=True,
        own=OWN,
        needs=WITH_GRID,
    )
)
