"""Where a metric is shown."""

from __future__ import annotations

from app.figures.table_view import COLUMNS
from app.layouts.dashboards.base import DASHBOARDS
from app.text import t


def used_in(metric: str) -> tuple[str, ...]:
    """Titles of the pages that show a metric."""
    shown = [
        t(board.title) for board in DASHBOARDS if any(metric in widget.metrics for widget in board.widgets())
    ]
    return (*shown, t("campaigns.title")) if metric in COLUMNS else tuple(shown)
