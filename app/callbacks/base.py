"""How callbacks enter the app: each names the permission it needs, and the guard checks it over HTTP.

A callback that was not registered here is refused by the guard, so nothing is reachable by omission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from itertools import chain, islice, repeat
from typing import Any, TypeVar

from dash import Dash, Input, State
from dash.exceptions import PreventUpdate

from app.accounts.viewer import Viewer
from app.callbacks import sent
from app.layouts import dialogs
from app.operations.counts import timed
from app.services import Services

F = TypeVar("F", bound=Callable[..., Any])
Button = Mapping[str, Any]  # the id of one of the buttons of a list


@dataclass
class Callbacks:
    """The Dash app as callback modules see it: `module.register(callbacks)` is called once for each."""

    dash: Dash
    services: Services
    viewer: Callable[[], Viewer]  # the one who asks, during a request
    permissions: dict[str, str] = field(default_factory=dict)  # Dash's output id -> permission

    def on(self, *arguments: Any, permission: str, **options: Any) -> Callable[[F], F]:
        """`dash.callback` with a permission; the guard refuses the request before the body runs, and a value
        of another kind than the body's parameter says is refused too."""

        def add(body: F) -> F:
            self._add(body, sent.kinds(body), arguments, permission, options)
            return body

        return add

    def on_press(self, *arguments: Any, permission: str, **options: Any) -> Callable[[F], F]:
        """`on` for the buttons of a list: the body is handed the id of the one that was pressed, and the
        states. A button that merely appeared asks for nothing."""
        inputs = sum(isinstance(argument, Input) for argument in arguments)

        def add(body: F) -> F:
            @wraps(body)
            def answer(*values: Any) -> Any:
                button = dialogs.pressed()
                if not isinstance(button, dict):
                    raise PreventUpdate
                return body(button, *values[inputs:])

            takes = chain(repeat(Any, inputs), islice(sent.kinds(body), 1, None))
            self._add(answer, takes, arguments, permission, {"prevent_initial_call": True, **options})
            return body

        return add

    def _add(
        self,
        body: Callable[..., Any],
        takes: Iterable[Any],
        arguments: Sequence[Any],
        permission: str,
        options: Mapping[str, Any],
    ) -> None:
        places = [argument for argument in arguments if isinstance(argument, (Input, State))]
        checked = sent.checked(body, list(zip(places, takes, strict=False)))
        before = set(self.dash.callback_map) | {c["output"] for c in self.dash._callback_list}
        added: list[str] = []
        self.dash.callback(*arguments, **options)(timed(checked, lambda: added[0]))
        added += [c["output"] for c in self.dash._callback_list if c["output"] not in before]
        self.permissions |= dict.fromkeys(added, permission)
