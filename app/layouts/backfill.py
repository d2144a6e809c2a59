"""The dialog that asks a platform for past days again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app.layouts import table_ids
from app.text import t

USUAL_DAYS = 28


def dialog(today: date) -> Component:
    """Names the source, the days and what happens; the safe answer has the focus."""
    usual = today - timedelta(days=USUAL_DAYS)
    fields = html.Div(
        [
            _day(table_ids.BACKFILL_START, t("sources.backfill_start"), usual, today),
            _day(table_ids.BACKFILL_END, t("sources.backfill_end"), today, today),
        ],
        className="condition-form",
    )
    cancel = html.Button(
        t("sources.backfill_cancel"),
        id=table_ids.BACKFILL_CANCEL,
        className="btn-look quiet",
        type="button",
        autoFocus=True,
    )
    go = html.Button(
        t("sources.backfill_go"), id=table_ids.BACKFILL_GO, className="btn-look main", type="button"
    )
    return html.Div(
        [
            dcc.Store(id=table_ids.BACKFILL_SOURCE),
            dbc.Modal(
                [
                    dbc.ModalHeader(html.H2(id=table_ids.BACKFILL_TITLE), close_button=False),
                    dbc.ModalBody(
                        [
                            html.P(t("sources.backfill_text")),
                            fields,
                            html.Div(id=table_ids.BACKFILL_PROBLEM),
                            html.P(t("sources.note"), className="muted"),
                        ]
                    ),
                    dbc.ModalFooter([cancel, go]),
                ],
                id=table_ids.BACKFILL,
                is_open=False,
                centered=True,
            ),
        ]
    )


def _day(name: str, label: str, value: date, latest: date) -> html.Label:
    kind: Any = "date"  # Dash passes it on, its types do not know it
    box = dcc.Input(
        id=name, type=kind, value=value.isoformat(), max=latest.isoformat(), className="field-look"
    )
    return html.Label([html.Span(label), box], className="field-label")
