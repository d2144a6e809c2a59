"""Icons, drawn on 16 units with a line of 1.5; the style sheet `assets/icons.css` is generated from here.

An icon is a mask, so that it takes the colour of the text beside it in both themes.
"""

from __future__ import annotations

import sys
from urllib.parse import quote

from dash import html

from app.layouts.attributes import attributes

PATHS: dict[str, str] = {
    "executive": "M2.5 13.5V9m3.7 4.5v-7m3.7 7V8m3.7 5.5v-11",
    "trend": "M2.5 12 6 8l3 2.5 4.5-6",
    "campaigns": "M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0ZM10 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z",
    "document": "M4 2.5h5.5l3 3v8H4zM6 8h4M6 10.5h4",
    "pulse": "M1.8 8h3l2-4.5 2.7 9 2-4.5h2.7",
    "people": "M8.3 5.5a2.3 2.3 0 1 1-4.6 0 2.3 2.3 0 0 1 4.6 0ZM2 13c.2-2.7 1.8-4 4-4s3.8 1.3 4 4M10.5 3.5"
    "a2.2 2.2 0 0 1 0 4.2M12 9.5c1.3.5 2 1.7 2.1 3.5",
    "share": "M5.1 8a1.6 1.6 0 1 1-3.2 0 1.6 1.6 0 0 1 3.2 0ZM14.1 3.8a1.6 1.6 0 1 1-3.2 0 1.6 1.6 0 0 1 3.2 "
    "0ZM14.1 12.2a1.6 1.6 0 1 1-3.2 0 1.6 1.6 0 0 1 3.2 0ZM5 7.3l6-2.8M5 8.7l6 2.8",
    "bell": "M3.5 11.5h9c-1-1-1.3-2-1.3-4.3a3.2 3.2 0 0 0-6.4 0c0 2.3-.3 3.3-1.3 4.3ZM6.8 13.6h2.4",
    "mail": "M3.8 3.5h8.4a1.3 1.3 0 0 1 1.3 1.3v6.4a1.3 1.3 0 0 1-1.3 1.3H3.8a1.3 1.3 0 0 1-1.3-1.3V4.8"
    "a1.3 1.3 0 0 1 1.3-1.3Zm-.8 1 5 4 5-4",
    "clock": "M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0ZM8 5v3l2 1.5",
    "database": "M12.5 4c0 .9-2 1.7-4.5 1.7S3.5 4.9 3.5 4 5.5 2.3 8 2.3s4.5.8 4.5 1.7ZM3.5 4v8c0 1 2 1.7 "
    "4.5 1.7"
    "s4.5-.7 4.5-1.7V4M3.5 8c0 1 2 1.7 4.5 1.7s4.5-.7 4.5-1.7",
    "book": "M3.5 3.2C5 2.6 6.7 2.7 8 3.6c1.3-.9 3-1 "
    "4.5-.4v9.3c-1.5-.6-3.2-.5-4.5.4-1.3-.9-3-1-4.5-.4zM8 3.6v9.3",
    "jobs": "M6.5 4h7M6.5 8h7M6.5 12h7M2.8 4h.01M2.8 8h.01M2.8 12h.01",
    "shield": "M8 2.3 12.8 4v4c0 3-2 4.9-4.8 5.8C5.2 12.9 3.2 11 3.2 8V4zM6 8l1.5 1.500L10.3 6.5",
    "gear": "M10 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM8 2v1.8M8 12.2V14M2 8h1.8M12.2 8H14M3.8 3.8 5 5m6 6 1.2 1.2"
    "m0-8.4L11 5m-6 6-1.2 1.2",
    "person": "M10.7 5.3a2.7 2.7 0 1 1-5.4 0 2.7 2.7 0 0 1 5.4 0ZM3 13.5c.3-2.8 2.2-4.2 5-4.200s4.7 1.4 "
    "5 4.2",
    "key": "M8.3 5.500a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0ZM7.5 7.500l6 6M11 11l1.5-1.5",
    "table": "M3.8 3h8.400a1.3 1.3 0 0 1 1.3 1.300v7.400a1.3 1.3 0 0 1-1.3 1.300H3.800a1.3 1.3 0 0 1-1.3"
    "-1.300V4.300A1.3 1.3 0 0 1 3.8 3ZM2.5 6.500h11M6.5 6.500V13",
    "refresh": "M13 8a5 5 0 1 1-1.6-3.7M13 2.6v2.7h-2.7",
    "moon": "M12.5 9.7A5.2 5.2 0 0 1 6.3 3.5a5.2 5.2 0 1 0 6.2 6.2Z",
    "sun": "M10.8 8a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0ZM8 1.800v1.400M8 12.800v1.400M1.8 8h1.400M12.8"
    " 8h1.400M3.6 3.600l1 1m6.8 6.8 1 1m0-8.8-1 1m-6.8 6.8-1 1",
    "search": "M11.2 7a4.2 4.2 0 1 1-8.4 0 4.2 4.2 0 0 1 8.4 0ZM10.2 10.2l3.3 3.3",
    "calendar": "M4 3.5h8A1.5 1.5 0 0 1 13.5 5v7a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 12V5A1.5 1.5 "
    "0 0 1 4 3.5Z"
    "M2.5 6.5h11M5.5 2v2.500m5-2.500v2.5",
    "down": "m4.5 6.5 3.5 3.5 3.5-3.5",
    "right": "m6.5 4.5 3.5 3.5-3.5 3.5",
    "left": "m9.5 4.5-3.5 3.5 3.5 3.5",
    "close": "m4.5 4.5 7 7m0-7-7 7",
    "plus": "M8 3.5v9M3.5 8h9",
    "check": "m3.5 8.5 3 3 6-7",
    "filter": "M2.5 4.5h11M4.5 8h7M6.5 11.500h3",
    "info": "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM8 7.3v3.4M8 5.2v.1",
    "warning": "M8 2.8 14 13H2zM8 6.5v3M8 11.2v.1",
    "up-arrow": "M8 13V3.5M4 7.2 8 3.2l4 4",
    "down-arrow": "M8 3v9.5M4 8.8l4 4 4-4",
    "flat": "M3 8h10",
    "more": "M3.5 8h.01M8 8h.01M12.5 8h.01",
    "menu": "M2.5 4.500h11M2.5 8h11M2.5 11.500h11",
    "export": "M8 2.5V10M5 7.2l3 3 3-3M3 13.5h10",
    "exit": "M6.5 3H4a1.3 1.3 0 0 0-1.3 1.300v7.400A1.3 1.3 0 0 0 4 13h2.500M10 5l3 3-3 3M13 8H6.5",
    "logo": "M3 11.5 6.5 6.800l2.5 2.4 4-5.7",
}
HEAVY = {"more", "jobs", "logo"}


def icon(name: str, size: int = 16, *, label: str = "") -> html.I:
    """An icon; without a label it is hidden from screen readers, because words stand beside it."""
    style = {"width": size, "height": size} if size != 16 else None
    seen = attributes({"role": "img", "aria-label": label} if label else {"aria-hidden": "true"})
    return html.I(className=f"icon icon-{name}", style=style, **seen)


def svg_address(body: str, width: float, height: float) -> str:
    """A drawing as the value of a CSS `mask-image`."""
    head = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:g} {height:g}'>"
    return f'url("data:image/svg+xml,{quote(head + body + "</svg>", safe=" =:/,;()")}")'


def style_sheet() -> str:
    """The text of `assets/icons.css`."""
    lines = []
    for name, path in PATHS.items():
        width = "2.1" if name in HEAVY else "1.5"
        stroke = (
            f"fill='none' stroke='#000' stroke-width='{width}' stroke-linecap='round' stroke-linejoin='round'"
        )
        address = svg_address(f"<path d='{path}' {stroke}/>", 16, 16)
        lines.append(f".icon-{name}{{-webkit-mask-image:{address};mask-image:{address}}}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(style_sheet())
