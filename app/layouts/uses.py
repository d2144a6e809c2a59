"""Where a metric is shown."""

from __future__ import annotations

from app.figures.table_view import COLUMNS
from app.text import t


def used_in(metric: str) -> tuple[str, ...]:
    """Titles of the pages that show a metric."""
    return (t("campaigns.title"),) if metric in COLUMNS else ()
