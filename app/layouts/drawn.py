"""The cards and the filter bar of a view as they were drawn, so that the same view asks and draws nothing.

A view is all that its parts are drawn from: the version of the data, the address, the day, what the reader
may do and see. A card also tells the ages of its sources; it is held until the first of them has other words.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from app.errors import PadError
from app.layouts.freshness import words_stand
from app.layouts.markup import Markup
from app.layouts.widgets.base import Frames, Widget, WidgetContext, sources
from app.services import QueryRunner

MOST = 60  # views of some seventy kilobytes each
BAR = "bar"


@dataclass
class Held:
    """The parts of one view, and until when each may be shown; None is for good."""

    runner: QueryRunner  # kept alive, so that its identity stays its own
    parts: dict[Hashable, tuple[Markup, datetime | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class DrawnView:
    """What is held of one view; `version` of the data is None while nothing can be read: nothing is held."""

    context: WidgetContext
    version: str | None
    held: Held

    def bar(self) -> Markup | None:
        return self._part(BAR)

    def card(self, widget: Widget) -> Markup | None:
        """The card of a widget, if it is still what would be drawn."""
        return None if widget.live else self._part(self._name(widget))

    def keep_bar(self, drawn: Markup) -> Markup:
        return self._keep(BAR, drawn, None)

    def keep_card(self, widget: Widget, frames: Frames, drawn: Markup) -> Markup:
        """Holds a card; not one without a source behind it, nor one of other data than the view is of."""
        read = sources(frames.values())
        if read and all(frame.data_version == self.version for frame in frames.values()):
            stand = words_stand(read, self.context.now)
            self._keep(self._name(widget), drawn, self.context.now + stand)
        return drawn

    def left_by(self, frames: Frames) -> bool:
        """Whether a load was published since these answers were given."""
        newest = version_of(self.held.runner)
        return any(frame.data_version != newest for frame in frames.values())

    def _name(self, widget: Widget) -> Hashable:
        return widget, widget.told(self.context)

    def _part(self, name: Hashable) -> Markup | None:
        drawn, until = self.held.parts.get(name, (None, None))
        return drawn if until is None or self.context.now < until else None

    def _keep(self, name: Hashable, drawn: Markup, until: datetime | None) -> Markup:
        if self.version is not None:
            self.held.parts[name] = (drawn, until)
        return drawn


@dataclass
class DrawnViews:
    """The last views of this process."""

    _held: OrderedDict[Hashable, Held] = field(default_factory=OrderedDict)
    _guard: Lock = field(default_factory=Lock)

    def view(self, runner: QueryRunner, context: WidgetContext) -> DrawnView:
        """The view that a request asks for, with what is held of it."""
        version = version_of(runner)
        if version is None:
            return DrawnView(context, None, Held(runner))
        key = (id(runner), version, *_seen(context))
        with self._guard:
            held = self._held.setdefault(key, Held(runner))
            self._held.move_to_end(key)
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return DrawnView(context, version, held)


def version_of(runner: QueryRunner) -> str | None:
    """The version of the data; None while nothing can be read."""
    try:
        return runner.version()
    except PadError:
        return None


def _seen(context: WidgetContext) -> tuple[Hashable, ...]:
    """All that the parts of a dashboard are drawn from besides the data and its age."""
    viewer = context.viewer
    return (
        context.dashboard,
        context.state,
        context.state.problems,  # no part of what makes two states equal
        context.today,
        viewer.permissions,
        viewer.scope,
        tuple(context.targets.items()),
    )
