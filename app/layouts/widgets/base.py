"""What a widget is: a frozen value that asks questions and draws the answers. One kind a file beside this."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from dash.development.base_component import Component

from app.accounts.viewer import Viewer
from app.data.actions import ActionEntry
from app.data.metrics.base import METRICS, Metric
from app.data.query.frame import Freshness, MetricFrame, Row, Target
from app.data.query.selection import Ask, Selection
from app.data.query.spec import MetricQuery
from app.layouts.filters import FilterState
from app.layouts.outlook import Outlook
from app.periods import Period
from app.units import Units

Height = Literal["kpi", "medium", "large", "list"]
Frames = Mapping[MetricQuery, MetricFrame]


@dataclass(frozen=True)
class WidgetContext:
    """Everything a widget may look at besides its frames; a plain value, made once a request."""

    dashboard: str
    viewer: Viewer
    state: FilterState
    today: date
    now: datetime
    zone: str
    units: Units
    targets: Mapping[str, Target]
    actions: Callable[[], Sequence[ActionEntry]]
    people: Callable[[], Sequence[tuple[int, str]]]
    outlook: Callable[[str], Outlook]
    trained: Callable[[str], int | None]
    coming: Callable[[], Sequence[str]]  # titles of the sources whose first data is on its way
    unknown: Callable[[], tuple[str, str] | None]  # dimension and member of a filter that no data knows
    low_volume: int
    gross_margin: float
    lookback_days: int

    @property
    def period(self) -> Period:
        return self.state.period(self.today)

    @property
    def base_period(self) -> Period | None:
        return self.state.base_period(self.today)

    def metric(self, metric_id: str) -> Metric:
        return METRICS.get(metric_id)

    @property
    def selection(self) -> Selection:
        """This view's range, comparison and filters within its reader's scope."""
        state = self.state
        return Selection(self.period, state.compare, state.filters, self.viewer.scope)

    @property
    def ask(self) -> Ask:
        """A question in this view."""
        return self.selection.ask

    def unaffected(self, metrics: Iterable[str]) -> tuple[str, ...]:
        """The dimensions of active filters that cannot touch these metrics."""
        return self.selection.unaffected(metrics)


@dataclass(frozen=True, kw_only=True)
class Widget(ABC):
    """A card of a dashboard: id, title (key of the catalogue), columns of 12, and a fixed height."""

    live: ClassVar[bool] = False  # has parts that answer a click; the page's own, and never asked anew

    id: str
    title: str
    span: int
    height: Height = "medium"

    @property
    @abstractmethod
    def metrics(self) -> tuple[str, ...]:
        """Every metric that the widget shows; the first explains it."""

    def queries(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        """The questions whose answers `render` is given."""
        return ()

    def leading(self, context: WidgetContext) -> MetricQuery | None:
        """The question whose first metric stands for the card: what its menu explains; None for a card of
        many numbers that each explain themselves."""
        return next(iter(self.queries(context)), None)

    def answer(self, context: WidgetContext) -> MetricQuery | None:
        """The question whose answer the card shows, as an export of it holds it; None where that is words."""
        return self.leading(context)

    @abstractmethod
    def render(self, frames: Frames, context: WidgetContext) -> Component:
        """Draws the card. Pure: the same frames and context draw the same card."""

    @property
    def partial(self) -> bool:
        """Whether the card can be drawn when the reader may not see some of its answers."""
        return False

    def unaffected(self, context: WidgetContext) -> tuple[str, ...]:
        """The dimensions of active filters that cannot touch this card."""
        return context.unaffected(self.metrics) if self.metrics else ()

    def told(self, context: WidgetContext) -> Hashable:
        """What the card says that is no answer to its questions, as a value that changes with it."""
        return None

    def has_data(self, frames: Frames, context: WidgetContext) -> bool:
        """Whether any frame holds a number; otherwise the card says why it is empty."""
        return any(
            row.get(metric) is not None
            for frame in frames.values()
            for row in frame.rows
            for metric in frame.query.metrics
        )


def sources(frames: Iterable[MetricFrame]) -> tuple[Freshness, ...]:
    """The sources behind some frames, each once."""
    return tuple({entry.source: entry for frame in frames for entry in frame.freshness}.values())


def month(row: Row) -> date:
    """The first day of a row's bucket."""
    day = row["date"]
    assert isinstance(day, date)
    return day
