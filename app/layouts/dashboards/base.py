"""A dashboard: rows of widgets, data only. Each file beside this one declares one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.accounts import permissions
from app.errors import DefinitionError
from app.layouts.widgets.base import Widget
from app.registry import Registry

COLUMNS = 12


@dataclass(frozen=True)
class Dashboard:
    """A page of widgets at `/<id>`; the widgets of a row fill its twelve columns."""

    id: str
    title: str
    icon: str
    rows: tuple[tuple[Widget, ...], ...]
    permission: str = permissions.DASHBOARDS

    def __post_init__(self) -> None:
        names = [widget.id for widget in self.widgets()]
        if len(names) != len(set(names)):
            raise DefinitionError(f"The dashboard {self.id!r} holds two widgets of one id.")
        for row in self.rows:
            if sum(widget.span for widget in row) != COLUMNS:
                raise DefinitionError(
                    f"A row of the dashboard {self.id!r} does not fill {COLUMNS} columns.",
                    hint=f"It holds {', '.join(widget.id for widget in row)}.",
                )

    def widgets(self) -> Iterator[Widget]:
        for row in self.rows:
            yield from row

    def widget(self, widget_id: str) -> Widget | None:
        return next((widget for widget in self.widgets() if widget.id == widget_id), None)


DASHBOARDS: Registry[Dashboard] = Registry("dashboard", "app.layouts.dashboards")
