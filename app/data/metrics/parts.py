"""What a metric is made of: measures of one subject and one kind, which are summed over the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from app.data.metrics import catalogue
from app.data.metrics.base import METRICS, Kind, Measure, Metric
from app.data.metrics.subjects import SUBJECTS, Subject
from app.text import t


@dataclass(frozen=True)
class Part:
    """Measures of a metric that the same rows make."""

    subject: Subject
    kind: Kind
    measures: tuple[Measure, ...]

    @property
    def id(self) -> str:
        return f"{self.subject.id}_{self.kind}"

    @property
    def title(self) -> str:
        """What its rows add up to."""
        return ", ".join(title(measure) for measure in self.measures)


@cache
def parts(metric_id: str) -> tuple[Part, ...]:
    """Every part of a metric, that of its numerator first. Raises: InputError for an unknown metric."""
    groups: dict[tuple[str, Kind], list[Measure]] = {}
    for measure in catalogue.measures(METRICS.get(metric_id).id):
        groups.setdefault((measure.subject, measure.kind), []).append(measure)
    return tuple(Part(SUBJECTS.get(subject), kind, tuple(held)) for (subject, kind), held in groups.items())


@cache
def plain(measure: Measure) -> Metric | None:
    """The metric that is just this measure."""
    found = (m for m in METRICS if m.denominator is None and m.scale == 1 and m.numerator.parts == (measure,))
    return next(found, None)


def name(measure: Measure) -> str:
    """The column of a measure in rows and files: the metric that it is, else its own id."""
    metric = plain(measure)
    return metric.id if metric else measure.id


def title(measure: Measure) -> str:
    """What the metric that a measure is is called, else the measure itself."""
    metric = plain(measure)
    return metric.title if metric else t(f"measures.{measure.id}")
