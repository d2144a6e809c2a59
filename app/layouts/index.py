"""The document around the app: what the browser gets before any script runs."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from app.accounts.viewer import Viewer
from app.assets import BUNDLE, Assets
from app.layouts.attributes import attributes
from app.layouts.pages.base import PAGES
from app.layouts.preferences import rail_collapsed, theme_of
from app.text import t

DOCUMENT = """<!DOCTYPE html>
<html lang="en" data-bs-theme="{theme}" data-theme-choice="{choice}" data-rail="{rail}">
<head>
{metas}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="{icon}">
<link rel="preload" as="font" type="font/woff2" crossorigin href="{font}">
<link rel="stylesheet" href="{styles}">
<script src="{script}"></script>
<script src="{grid}"></script>
<link rel="preload" as="fetch" crossorigin href="/_dash-layout">
<link rel="preload" as="fetch" crossorigin href="/_dash-dependencies">
</head>
<body>
{app_entry}
<footer>
{config}
{scripts}
<script src="{plotly}" defer></script>
{renderer}
</footer>
</body>
</html>"""


def document(assets: Assets, viewer: Viewer, path: str, parts: Mapping[str, str]) -> str:
    """The document for one reader and page."""
    choice = theme_of(viewer)
    page = path.strip("/").split("/")[0]
    name = t(PAGES.get(page).title) if page in PAGES else parts["title"]
    return DOCUMENT.format(
        theme="dark" if choice == "dark" else "light",
        choice=choice,
        rail="collapsed" if rail_collapsed(viewer) else "open",
        title=escape(f"{name} · {parts['title']}" if page in PAGES else name),
        icon=assets.address("favicon.svg"),
        font=assets.address("inter-latin-wght.woff2"),
        styles=assets.address(BUNDLE),
        script=assets.address("app.js"),
        grid=assets.address("grid.js"),
        plotly=assets.address("plotly-basic.min.js"),
        **attributes({key: parts[key] for key in ("metas", "app_entry", "config", "scripts", "renderer")}),
    )
