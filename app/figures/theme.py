"""The one template of every chart. Colours are names of tokens ("--accent"); the browser, or a report's
palette, turns them into values, so that a figure fits both themes."""

from __future__ import annotations

from typing import Any

Figure = dict[str, Any]

FONT = "Inter, system-ui, sans-serif"
MARGIN = {"l": 48, "r": 72, "t": 12, "b": 24}
CHANNELS = {
    "organic search": "--s-organic",
    "paid search": "--s-paid",
    "social": "--s-social",
    "organic social": "--s-social",
    "paid social": "--s-social",
    "direct": "--s-direct",
    "email": "--s-email",
    "content": "--s-content",
    "display": "--s-content",
    "referral": "--s-referral",
}
OTHER = "--s-other"


def channel_colour(channel: str) -> str:
    """The colour of a channel, the same on every page and in print."""
    return CHANNELS.get(channel.casefold(), OTHER)


def template() -> Figure:
    """What all figures share; sent once with the page, never with a figure."""
    axis = {
        "showline": False,
        "ticks": "",
        "zeroline": False,
        "automargin": False,
        "tickfont": {"size": 11, "color": "--text-3"},
    }
    return {
        "font": {"family": FONT, "size": 12, "color": "--text-2"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": MARGIN,
        "showlegend": False,
        "dragmode": False,
        "bargap": 0.4,
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": "--overlay",
            "bordercolor": "--border-strong",
            "font": {"family": FONT, "size": 12, "color": "--text"},
        },
        "xaxis": {**axis, "showgrid": False, "fixedrange": True, "showspikes": False},
        "yaxis": {**axis, "gridcolor": "--grid", "gridwidth": 1, "nticks": 4, "fixedrange": True},
        "transition": {"duration": 0},
    }


def palette(css: str, theme: str) -> dict[str, str]:
    """The token values of a theme in the text of `tokens.css`: for figures drawn without a browser."""
    start = css.index(f'[data-bs-theme="{theme}"]{{')
    block = css[start : css.index("}", start)]
    rules = block.split("{", 1)[1].replace("\n", "").split(";")
    pairs = (rule.split(":", 1) for rule in rules if ":" in rule)
    return {name.strip(): value.strip() for name, value in pairs if name.strip().startswith("--")}


def coloured(value: Any, colours: dict[str, str]) -> Any:
    """A figure with its token names replaced by values."""
    if isinstance(value, str):
        return colours.get(value, value) if value.startswith("--") else value
    if isinstance(value, list):
        return [coloured(entry, colours) for entry in value]
    if isinstance(value, dict):
        return {key: coloured(entry, colours) for key, entry in value.items()}
    return value
