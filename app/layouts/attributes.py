"""HTML attributes whose names are no Python names: `data-*` and `aria-*`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def attributes(values: Mapping[str, object]) -> dict[str, Any]:
    """Attributes as keyword arguments of a component: `html.A(..., **attributes({"data-nav": "1"}))`."""
    return dict(values)


# A link that changes the address without loading the document anew; see `assets/app.js`.
NAV = attributes({"data-nav": "1"})

# Of a part with an id that encloses others: else Dash counts the clicks in it and renders it anew with each.
ENCLOSING: dict[str, Any] = {"disable_n_clicks": True}
