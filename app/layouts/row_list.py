"""The table on a phone: two-line rows with two key figures each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.data.metrics.base import METRICS
from app.figures.table_cells import header, where
from app.layouts.attributes import attributes
from app.layouts.campaign_table import Shown
from app.layouts.cards import passport_of, woven
from app.layouts.icons import icon
from app.layouts.menus import link
from app.text import t

MOST = 100
KEY = ("spend", "roas")


def row_list(shown: Shown, rows: Sequence[dict[str, Any]], total: Sequence[dict[str, Any]]) -> html.Div:
    """One entry a line of the table; a tap looks into it."""
    keys = _key_columns(shown.asked.view.columns)
    lines: list[Component] = [_head(shown, keys)]
    lines += [_entry(line, keys) for line in rows[:MOST]]
    lines += [_entry(line, keys) for line in total]
    return html.Div(lines, className="only-phone row-list", role="list")


def _key_columns(columns: tuple[str, ...]) -> tuple[str, ...]:
    wanted = [name for name in KEY if name in columns] or list(columns[:2])
    return tuple(wanted + [name for name in columns if name not in wanted][: 2 - len(wanted)])


def _head(shown: Shown, keys: tuple[str, ...]) -> html.Div:
    figures = [html.Span(header(name, shown.units.currency)) for name in keys]
    return html.Div(
        [html.Span(), *figures], className="row-entry row-entry-head", **attributes({"aria-hidden": "true"})
    )


def _entry(line: dict[str, Any], keys: tuple[str, ...]) -> html.Div:
    name: list[Component | str] = []
    if line.get("colour"):
        name.append(html.Span(className=f"swatch s-{line['colour']}"))
    name.append(html.Bdi(line["label"]))
    title = link(name, href=line["href"], className="row-name") if line.get("href") else html.B(name)
    fold = None
    if line.get("fold"):
        said = {"aria-label": line["fold_label"], "aria-expanded": str(line["open"]).lower()}
        symbol = icon("down" if line["open"] else "right", 14)
        fold = link(symbol, href=line["fold"], className="fold", **attributes(said))
    figures = [_figure(line, key, f"row-figure cell-{line.get(f'{key}__c', 'plain')}") for key in keys]
    below = html.Span(_detail(line), className="row-detail")
    return html.Div(
        [html.Span([fold, title], className="row-title"), *figures, below],
        className=f"row-entry level-{line['level'] or 'total'}" + (" leaf" if line.get("leaf") else ""),
        role="listitem",
    )


def _figure(line: dict[str, Any], key: str, look: str) -> html.Button:
    """A tap opens the passport."""
    name = f"{METRICS.get(key).title} {line['label']}"
    said = {"aria-label": t("widgets.number_label", name=name, value=line.get(key))}
    asked = attributes(passport_of(key, where(line, key), line["days"]) | said)
    return html.Button(line.get(key), className=f"number {look}", type="button", **asked)


def _detail(line: dict[str, Any]) -> list[Any]:
    """How many lie below a line; of the last level what it brought."""
    if line.get("count"):
        return [line["count"]]
    conversions, each = line.get("conversions"), line.get("cpa")
    if conversions is None or each is None:
        return []
    names: tuple[str, ...] = ("conversions", "cpa")
    key = "each"
    if line.get("cpa__c"):
        names, key = ("conversions",), "one" if conversions == "1" else "only"
    return woven(f"campaigns.conversions_{key}", {name: _figure(line, name, "") for name in names})
