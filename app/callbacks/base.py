"""How callbacks enter the app: each names the permission it needs, and the guard checks it over HTTP.

A callback that was not registered here is refused by the guard, so nothing is reachable by omission.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dash import Dash

from app.accounts.viewer import Viewer
from app.operations.counts import timed
from app.services import Services

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Callbacks:
    """The Dash app as callback modules see it: `module.register(callbacks)` is called once for each."""

    dash: Dash
    services: Services
    viewer: Callable[[], Viewer]  # the one who asks, during a request
    permissions: dict[str, str] = field(default_factory=dict)  # Dash's output id -> permission

    def on(self, *arguments: Any, permission: str, **options: Any) -> Callable[[F], F]:
        """`dash.callback` with a permission; the guard refuses the request before the body runs."""

        def add(body: F) -> F:
            before = set(self.dash.callback_map) | {c["output"] for c in self.dash._callback_list}
            added: list[str] = []
            self.dash.callback(*arguments, **options)(timed(body, lambda: added[0]))
            added += [c["output"] for c in self.dash._callback_list if c["output"] not in before]
            self.permissions |= dict.fromkeys(added, permission)
            return body

        return add
