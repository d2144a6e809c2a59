"""A page: where it stands, who may open it, what it shows. Each file beside this one declares one or more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dash.development.base_component import Component

from app.accounts.viewer import Viewer
from app.registry import Registry
from app.services import Services

Group = Literal["dashboards", "analysis", "work", "data", "admin", "account"]


@dataclass(frozen=True)
class PageContext:
    """What a page's layout may use. `search` is the query string, without '?'."""

    services: Services
    viewer: Viewer
    search: str = ""


@dataclass(frozen=True)
class Page:
    """A page at `/<id>`. `title` is a key of the text catalogue, `icon` a name of `app.layouts.icons`.

    `filters`: whether the filter bar (range, comparison, segment, chips) stands above it.
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
    hidden: bool = False
    own: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return f"/{self.id}"


PAGES: Registry[Page] = Registry("page")
