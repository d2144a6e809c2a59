"""AG Grid in the product's look: columns and rows come from the server in their final order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid as dag

from app.data.metrics.base import METRICS
from app.figures.table_cells import CHANGE, header
from app.figures.table_view import NAME, TableView
from app.layouts import table_ids
from app.text import t

ROW, HEAD, FOOT, MOST_ROWS = 36, 40, 40, 18
GAPS, ARROW = 26, 16  # beside a text, and beside a title
NARROW, WIDE = " ,.:'", "%x"  # signs that are no digits, by their width
CLASSES = {f"cell-{kind}": f"params.data && params.data[params.colDef.field + '__c'] === '{kind}'" for kind in
           ("low", "none", "better", "worse", "neutral", "flat")}  # fmt: skip
ROW_CLASSES = {
    "level-1": "params.data && params.data.level === 1 && !params.data.leaf",
    "level-2": "params.data && params.data.level === 2 && !params.data.leaf",
    "level-total": "params.data && params.data.level === 0",
}


def columns(
    view: TableView,
    currency: str,
    links: Mapping[str, str],
    lines: Sequence[Mapping[str, Any]],
    base: str = "",
) -> list[dict[str, Any]]:
    """Column definitions, wide enough for `lines`; `links`: where a click on each header leads; `base`: the
    days that changes are against."""
    found = [_name_column(view, links)]
    for column in view.columns:
        title = header(column, currency)
        width = _width(column, title, lines, sorted_by=view.sort.column == column)
        found.append(_number_column(column, title, view, links) | {"minWidth": width})
        if view.changes:
            head = t("widgets.versus", base=base) if base else t("campaigns.change_head")
            width = _width(f"{column}{CHANGE}", head, lines)
            found.append(_change_column(column, head) | {"minWidth": width})
    return found


def grid(
    rows: Sequence[Mapping[str, Any]],
    total: Sequence[Mapping[str, Any]],
    definitions: Sequence[Mapping[str, Any]],
) -> dag.AgGrid:
    """The table of `/campaigns`: as tall as its rows up to a screen of them, then it scrolls."""
    tall = len(rows) > MOST_ROWS
    return dag.AgGrid(
        id=table_ids.TABLE,
        className="grid-look",
        columnDefs=list(definitions),
        rowData=list(rows),
        getRowId="params.data.id",
        defaultColDef={"sortable": False, "resizable": True, "suppressMovable": True, "minWidth": 64},
        rowClassRules=ROW_CLASSES,
        dashGridOptions={
            "pinnedBottomRowData": list(total),
            "suppressFieldDotNotation": True,
            "suppressCellFocus": False,
            "tooltipShowDelay": 300,
            "ensureDomOrder": True,
            "animateRows": False,
            "headerHeight": HEAD,
            "rowHeight": ROW,
            "alwaysShowHorizontalScroll": False,
            "getRowHeight": {"function": f"params.node.rowPinned ? {FOOT} : {ROW}"},
            "domLayout": "normal" if tall else "autoHeight",
        },
        style={"height": HEAD + ROW * MOST_ROWS + FOOT if tall else None, "width": "100%"},
    )


def _name_column(view: TableView, links: Mapping[str, str]) -> dict[str, Any]:
    return {
        "field": "label",
        "headerName": t(f"campaigns.group_{view.leaf}"),
        "cellRenderer": "PadName",
        "headerComponent": "PadHeader",
        "headerComponentParams": _header_params(NAME, t("campaigns.name"), view, links),
        "pinned": "left",
        "lockPinned": True,
        "width": 248,
        "minWidth": 200,
        "cellClass": "cell-name",
    }


def _number_column(column: str, title: str, view: TableView, links: Mapping[str, str]) -> dict[str, Any]:
    return {
        "field": column,
        "headerName": title,
        "headerComponent": "PadHeader",
        "headerComponentParams": _header_params(column, METRICS.get(column).title, view, links)
        | {"right": True},
        "cellClass": "cell-number",
        "cellClassRules": CLASSES,
        "tooltipField": f"{column}__why",
        "flex": 1,  # fills the width without being measured, for a phone hides the grid
    }


def _width(column: str, title: str, lines: Sequence[Mapping[str, Any]], *, sorted_by: bool = False) -> int:
    """Room for the widest text, and for the longest word of the title beside the arrow of the order."""
    widest = max((text_width(str(line.get(column, ""))) for line in lines), default=0.0)
    word = max((len(word) for word in title.split()), default=0)
    return max(64, round(GAPS + widest), GAPS + 7 * word + (ARROW if sorted_by else 0))


def text_width(text: str) -> float:
    """The pixels of a text in the bold face of a cell: digits are wide, points and commas narrow."""
    return sum(
        8.4 if sign.isdigit() else 4.2 if sign in NARROW else 11.0 if sign in WIDE else 7.2 for sign in text
    )


def _change_column(column: str, title: str) -> dict[str, Any]:
    return {
        "field": f"{column}{CHANGE}",
        "headerName": title,
        "wrapHeaderText": True,
        "cellClass": "cell-number cell-change",
        "cellClassRules": CLASSES,
        "tooltipField": f"{column}{CHANGE}__why",
        "headerClass": "head-right",
        "flex": 1,
    }


def _header_params(column: str, title: str, view: TableView, links: Mapping[str, str]) -> dict[str, Any]:
    active = view.sort.column == column
    return {
        "href": links[column],
        "sorted": ("down" if view.sort.descending else "up") if active else "",
        "title": t("campaigns.sort_by", title=title),
    }
