"""The palette of paper: mails, printed pages and pictures have one theme, the light one."""

from __future__ import annotations

from functools import cache

from app.assets import FOLDER
from app.figures.theme import palette

THEME = "light"


@cache
def colours() -> dict[str, str]:
    """Token -> value."""
    return palette((FOLDER / "tokens.css").read_text(), THEME)
