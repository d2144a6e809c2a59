"""Every component id of the app, so that a layout and its callbacks cannot drift apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dash import ALL, MATCH

LOCATION = "location"
PAGE = "page"
LATE_PAGE = "late-page"
RAIL = "rail"
TABS = "tab-bar"
TITLE = "page-title"
DATA_TIME = "data-time"
REFRESH = "refresh"
THEME = "theme"
THEME_SAVED = "theme-saved"
COLLAPSE = "rail-collapse"
RAIL_SAVED = "rail-saved"
PASSPORT = "passport"
ANNOUNCER = "announcer"

FILTER_BAR = "filter-bar"
FILTER_FORM = "filter-form"
FILTER_START = "filter-start"
FILTER_END = "filter-end"
FILTER_DIMENSION = "filter-dimension"
FILTER_MEMBERS = "filter-members"
FILTER_APPLY = "filter-apply"

ACTION_TITLE = "action-title"
ACTION_OWNER = "action-owner"
ACTION_DUE = "action-due"
ACTION_SAVE = "action-save"
ACTION_PROBLEM = "action-problem"
ACTION_LIST = "action-list"

Id = dict[str, Any]


def card(dashboard: str, widget: str) -> Id:
    """The place into which a widget is rendered."""
    return {"type": "card", "dashboard": dashboard, "widget": widget}


def pending(dashboard: str, widget: str) -> Id:
    """Stands in a card that was not ready with the page: its arrival asks for the card."""
    return {"type": "pending", "dashboard": dashboard, "widget": widget}


def retry(dashboard: str, widget: str) -> Id:
    return {"type": "retry", "dashboard": dashboard, "widget": widget}


def action_done(item: int) -> Id:
    return {"type": "action-done", "item": item}


def action_field(name: str, item: int) -> Id:
    """A field of the form that changes one action item, its save button and its line for problems."""
    return {"type": f"action-edit-{name}", "item": item}


def action_fields(name: str) -> Id:
    return {"type": f"action-edit-{name}", "item": ALL}


ACTION_DONE_ANY: Id = {"type": "action-done", "item": ALL}


def matching(kind: str) -> Id:
    """The pattern of all cards, pending marks or retry buttons."""
    return {"type": kind, "dashboard": MATCH, "widget": MATCH}


def number(metric: str, *, place: str, where: Mapping[str, str] | None = None, days: str = "") -> Id:
    """A number that can be asked where it comes from.

    `where` pins the cell by dimension members, `days` (first..last) a bucket or range other than the
    page's; `place` makes the id unique on the page.
    """
    pinned = json.dumps(dict(where or {}), sort_keys=True, ensure_ascii=False)
    return {"type": "number", "metric": metric, "where": pinned, "days": days, "place": place}


NUMBER_ANY: Id = {"type": "number", "metric": ALL, "where": ALL, "days": ALL, "place": ALL}
