"""What a section of a report is: it asks questions and says what the answers mean. One file a section."""

from __future__ import annotations

from abc import ABC, abstractmethod

from app.data.query.frame import Row, cell
from app.data.query.spec import MetricQuery
from app.figures import deltas
from app.figures.deltas import Verdict
from app.figures.paid import against_spend
from app.figures.volume import few
from app.registry import Registry
from app.reports.context import Frames, ReportContext
from app.reports.document import Finding, Key, Part
from app.text import t


class Section(ABC):
    """A section; `id` is the name of its file and of its title in the catalogue. One that is not `printed`
    is too long for paper."""

    id: str
    printed: bool = True

    @property
    def title(self) -> str:
        return t(f"reports.section_{self.id}")

    @abstractmethod
    def queries(self, context: ReportContext) -> tuple[MetricQuery, ...]:
        """The questions whose answers `compose` is given."""

    @abstractmethod
    def compose(self, frames: Frames, context: ReportContext) -> Part:
        """Says what the answers mean. Pure: the same frames and context say the same."""


SECTIONS: Registry[Section] = Registry("section", "app.reports.sections")


def has_numbers(frames: Frames, queries: tuple[MetricQuery, ...]) -> bool:
    """Whether any of these answers holds a number."""
    asked = (frames[query] for query in queries)
    return any(row.get(metric) is not None for frame in asked for row in frame.rows for metric in frame.units)


def changed(row: Row, metric: str, context: ReportContext) -> deltas.Delta:
    """A cell beside its base; what the number of cases explains is no clear change."""
    return deltas.of_row(context.metric(metric), row, context.low_volume)


def change(row: Row, metric: str, context: ReportContext) -> float | str | None:
    """What stands in a column of changes: the size as `deltas.size` has it, or the word in its place; nothing
    without a base."""
    delta = changed(row, metric, context)
    words = {"new": "widgets.word_new", "young": "widgets.young", "standing": "widgets.standing"}
    if delta.verdict in words:
        return t(words[delta.verdict])
    return None if delta.verdict == "unknown" else deltas.size(delta, context.metric(metric).unit)


def low(row: Row, metric: str, context: ReportContext) -> int | None:
    """The cases behind a cell where they are too few to judge it by."""
    return few(context.metric(metric), row, context.low_volume)


def title(metric: str, context: ReportContext) -> str:
    """A figure's name, which says where it is one of paid media alone."""
    name = context.metric(metric).title
    return t("reports.of_paid", metric=name) if against_spend(metric) else name


def tones(row: Row, metric: str, at: int, width: int, context: ReportContext) -> tuple[Verdict, ...]:
    """The tones of a line whose cell `at` holds the change of a metric."""
    verdict = changed(row, metric, context).verdict
    return tuple(verdict if index == at else "neutral" for index in range(width))


def key(row: Row, metric: str, context: ReportContext, note: str = "") -> Key:
    """A key figure with its change in words."""
    found, units, delta = context.metric(metric), context.units, changed(row, metric, context)
    cases, value = low(row, metric, context), units.short(cell(row, metric), found.unit)
    if cases is not None:
        return Key(metric, title(metric, context), value, t("widgets.low_volume", n=cases), "unknown", note)
    words = deltas.sentence(delta, found.unit, units)
    return Key(metric, title(metric, context), value, words, delta.verdict, note)


def finding(row: Row, metric: str, context: ReportContext, detail: str = "") -> Finding | None:
    """A clear change as a sentence; nothing where there is none."""
    found, units, delta = context.metric(metric), context.units, changed(row, metric, context)
    if not delta.clear or delta.verdict == "new":
        return None
    words = {
        "metric": title(metric, context),
        "change": deltas.change_text(delta, found.unit, units).lstrip("+−"),
        "value": units.short(cell(row, metric), found.unit),
        "base": units.short(cell(row, f"{metric}__base"), found.unit),
        "days": units.days(context.base_period, year=False),
    }
    verb = "rose" if delta.sign > 0 else "fell"
    return Finding(
        t(f"reports.finding_{verb}", **words),
        detail or t("reports.finding_was", **words),
        t(f"reports.phrase_{verb}", **words),
        delta.verdict,
        abs(delta.share or 0.0),
    )
