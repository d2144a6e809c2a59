"""How the reader left the app: theme and rail."""

from __future__ import annotations

from app.accounts.viewer import Viewer

THEMES = ("light", "dark", "system")


def theme_of(viewer: Viewer) -> str:
    """light, dark or system (what the device prefers)."""
    choice = viewer.preferences.get("theme")
    return choice if isinstance(choice, str) and choice in THEMES else "system"


def rail_collapsed(viewer: Viewer) -> bool:
    return viewer.preferences.get("rail") == "collapsed"
