"""Cards as they were drawn, written once: drawing is pure, so the same frames and view need it only once.

A card tells ages by the minute, so the minute is part of what it was drawn for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock

from dash.development.base_component import Component

from app.layouts.markup import Markup, markup
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.services import QueryRunner

MOST = 300  # cards of some ten kilobytes each


@dataclass
class DrawnCards:
    """The last drawn cards of this process."""

    _held: OrderedDict[Hashable, tuple[QueryRunner, Markup]] = field(default_factory=OrderedDict)
    _guard: Lock = field(default_factory=Lock)

    def card(
        self,
        runner: QueryRunner,
        widget: Widget,
        frames: Frames,
        context: WidgetContext,
        draw: Callable[[], Component],
    ) -> Markup:
        """The card of these frames in this view. Raises what `draw` raises."""
        # The entry keeps its runner alive, so that its identity stays its own.
        key = (id(runner), *_view(widget, frames, context))
        with self._guard:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][1]
        drawn = Markup(markup(draw()))
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
