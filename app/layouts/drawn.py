"""Cards as they were drawn, encoded once: drawing is pure, so the same frames and view need it only once.

A card tells ages by the minute, so the minute is part of what it was drawn for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import orjson
from dash.development.base_component import Component

from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.services import QueryRunner

MOST = 300  # cards of some ten kilobytes each


class Drawn:
    """A card in its JSON form; stands in a layout like the component it was made of."""

    def __init__(self, card: Component) -> None:
        encoded = orjson.dumps(card, default=_plain, option=orjson.OPT_NON_STR_KEYS)
        self._json = orjson.Fragment(encoded)

    def to_plotly_json(self) -> orjson.Fragment:
        """What Dash's encoder asks of a component."""
        return self._json


@dataclass
class DrawnCards:
    """The last drawn cards of this process."""

    _held: OrderedDict[Hashable, tuple[QueryRunner, Drawn]] = field(default_factory=OrderedDict)
    _guard: Lock = field(default_factory=Lock)

    def card(
        self,
        runner: QueryRunner,
        widget: Widget,
        frames: Frames,
        context: WidgetContext,
        draw: Callable[[], Component],
    ) -> Drawn:
        """The card of these frames in this view. Raises what `draw` raises."""
        # The entry keeps its runner alive, so that its identity stays its own.
        key = (id(runner), *_view(widget, frames, context))
        with self._guard:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][1]
        drawn = Drawn(draw())
        with self._guard:
            self._held[key] = (runner, drawn)
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return drawn


def _view(widget: Widget, frames: Frames, context: WidgetContext) -> tuple[Hashable, ...]:
    """All that a card with questions is drawn from."""
    viewer = context.viewer
    return (
        context.dashboard,
        widget,
        tuple((query, frame.data_version, frame.as_of) for query, frame in frames.items()),
        context.state,
        context.today,
        context.now.replace(second=0, microsecond=0),
        viewer.permissions,
        viewer.scope,
        tuple(context.targets.items()),
    )


def _plain(part: object) -> Any:
    """What orjson cannot write by itself: a component's properties, without those that are not set."""
    if isinstance(part, Component):
        return part.to_plotly_json()  # type: ignore[no-untyped-call]
    raise TypeError(f"A card holds {type(part).__name__}, which cannot be sent.")
