"""Every component id of the app, so that a layout and its callbacks cannot drift apart."""

from __future__ import annotations

from typing import Any

from dash import ALL

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
PASSPORT_ASKED = "passport-asked"
ANNOUNCER = "announcer"

ACTION_TITLE = "action-title"
ACTION_OWNER = "action-owner"
ACTION_DUE = "action-due"
ACTION_SAVE = "action-save"
ACTION_PROBLEM = "action-problem"
ACTION_LIST = "action-list"
ACTION_ADDED = "action-added"

Id = dict[str, Any]


def action_done(item: int, becomes: str) -> Id:
    """The box of an action item: it says what a press makes of it, whatever others made of it meanwhile."""
    return {"type": "action-done", "item": item, "becomes": becomes}


def action_field(name: str, item: int) -> Id:
    """A field of the form that changes one action item, its save button and its line for problems."""
    return {"type": f"action-edit-{name}", "item": item}


def action_fields(name: str) -> Id:
    return {"type": f"action-edit-{name}", "item": ALL}


ACTION_DONE_ANY: Id = {"type": "action-done", "item": ALL, "becomes": ALL}
