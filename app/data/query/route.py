"""Routing: which table answers for each measure. The first source of a subject that has every dimension."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.data.metrics import catalogue
from app.data.metrics.base import Kind, Measure
from app.data.metrics.subjects import SUBJECTS, Source, Subject
from app.data.query.shape import Shape
from app.data.warehouse.facts import Fact
from app.errors import InputError
from app.text import t

# Within these a claim is one platform's own, or the cell shows whether it is.
PINNING = ("platform", "account", "campaign")


@dataclass(frozen=True)
class Reading:
    """Measures of one kind that one table answers together: one part of the statement."""

    subject: Subject
    source: Source
    kind: Kind
    measures: tuple[Measure, ...]

    @property
    def name(self) -> str:
        return f"{self.subject.id}_{self.kind}"


@dataclass(frozen=True)
class Route:
    """Every table that a question reads, and the claims that it may not total."""

    readings: tuple[Reading, ...]
    withheld: frozenset[Measure]

    def facts(self) -> tuple[Fact, ...]:
        found = [fact for reading in self.readings for fact in reading.source.facts]
        return tuple({fact.id: fact for fact in found}.values())


@lru_cache(maxsize=2048)
def route(shape: Shape) -> Route:
    """Choose the table of every measure.

    Raises: InputError when no table of a subject has the asked dimensions together.
    """
    measures = dict.fromkeys(m for metric in shape.metrics for m in catalogue.measures(metric))
    groups: dict[tuple[str, Kind], list[Measure]] = {}
    for measure in measures:
        groups.setdefault((measure.subject, measure.kind), []).append(measure)
    readings = tuple(
        Reading(SUBJECTS.get(subject), choose(subject, shape.asked, as_of=shape.as_of), kind, tuple(group))
        for (subject, kind), group in groups.items()
    )
    return Route(readings, withheld(measures, shape))


def choose(subject_id: str, asked: Iterable[str], *, as_of: bool = False) -> Source:
    """The best source of a subject that reaches every asked dimension.

    Raises: InputError that says which dimensions do not go together.
    """
    subject, wanted = SUBJECTS.get(subject_id), set(asked)
    for source in subject.sources:
        if wanted <= set(source.dimensions) and not (as_of and source.rollup):
            return source
    named = ", ".join(t(f"names.{name}") for name in sorted(wanted))
    raise InputError(
        t("query.together", subject=subject.title, dimensions=named),
        hint=t("query.together_hint"),
    )


def reachable(metrics: Iterable[str], asked: Iterable[str]) -> bool:
    """Whether each subject of these metrics has a table that reaches all these dimensions together."""
    names = tuple(asked)
    try:
        for subject in {measure.subject for name in metrics for measure in catalogue.measures(name)}:
            choose(subject, names)
    except InputError:
        return False
    return True


def withheld(measures: Iterable[Measure], shape: Shape) -> frozenset[Measure]:
    """Claims that the question would add across platforms."""
    pinned = {*shape.dimensions, *(f.dimension for f in shape.filters if f.pins)}
    if pinned & {*PINNING, "channel"}:
        return frozenset()
    return frozenset(measure for measure in measures if not measure.additive_across_platforms)
