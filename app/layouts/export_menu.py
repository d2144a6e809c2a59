"""The export menu: CSV at once, XLSX as a job with progress and a link."""

from __future__ import annotations

from dash import dcc, html

from app.layouts import menus, table_ids
from app.layouts.icons import icon
from app.text import t


def export_menu(kind: str, search: str, rows: int, order: str = "") -> html.Div:
    """CSV is a plain link to the streaming route with the page's own address; XLSX asks for a job. `order`:
    what the rows are sorted by in the file, where that is not the order of the view."""
    every = t("export.one_row") if rows == 1 else t("export.all_rows", rows=f"{rows:,}")
    csv = html.A(
        [icon("document"), _words(t("export.csv", rows=every), t("export.csv_hint"))],
        href=f"/export/{kind}.csv{search}",
        className="menu-item",
        download="",  # the answer says the name
    )
    xlsx = html.Button(
        [icon("table"), _words(t("export.xlsx", rows=every), t("export.xlsx_hint"))],
        id=table_ids.EXPORT_XLSX,
        className="menu-item",
        type="button",
    )
    note = t("export.note_across", order=order) if order else t("export.note")
    parts = [csv, xlsx, menus.rule(), menus.note(note)]
    return html.Div(
        [
            menus.menu([icon("export"), t("export.title")], parts, right=True),
            dcc.Store(id=table_ids.EXPORT_KIND, data=kind),
        ]
    )


def _words(title: str, hint: str) -> html.Span:
    return html.Span(
        [html.Span(title, className="menu-title"), html.Span(hint, className="menu-hint")],
        className="menu-words",
    )
