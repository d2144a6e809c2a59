"""A page: where it stands, who may open it, what it shows. Each file beside this one declares one or more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dash.development.base_component import Component

from app.accounts.viewer import Viewer
from app.registry import Registry
from app.services import Services

AG_GRID, BOOTSTRAP = "dash_ag_grid", "dash_bootstrap_components"
WITH_GRID = (AG_GRID, BOOTSTRAP)
Group = Literal["dashboards", "analysis", "work", "data", "admin", "account"]


@dataclass(frozen=True)
class PageContext:
    """What a page's layout may use. `search` is the query string, without '?'.

    `still`: whether the page is drawn for the document, before anything in it is alive.
    """

    services: Services
    viewer: Viewer
    search: str = ""
    still: bool = False


@dataclass(frozen=True)
class Page:
    """A page at `/<id>`. `title` is a key of the text catalogue, `icon` a name of `app.layouts.icons`.

    `filters`: whether the filter bar (range, comparison, segment, chips) stands above it.
    `needs`: component packages beside Dash's own whose scripts it needs.
    `drawn`: whether the document comes with the page drawn in it.
    `hidden`: reachable, but not in the rail.
    `own`: parameters of the address that belong to the page; the filter bar keeps them.
    """

    id: str
    title: str
    group: Group
    permission: str
    icon: str
    layout: Callable[[PageContext], Component]
    filters: bool = False
    needs: tuple[str, ...] = (BOOTSTRAP,)
    drawn: bool = False
    hidden: bool = False
    own: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return f"/{self.id}"


PAGES: Registry[Page] = Registry("page", "app.layouts.pages")
