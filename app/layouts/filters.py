"""What the reader asked to see: one frozen value, written in the address and read back from it.

`?range=last_30_days&compare=previous&segment=mobile&channel=Paid+search`. A value that cannot be used is
named in `problems` and left out; the rest is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from typing import get_args
from urllib.parse import parse_qsl, urlencode

from app import members
from app.data.query.spec import Filter
from app.data.query.validate import check_period
from app.errors import InputError
from app.periods import DAY, PRESETS, Comparison, Period, base, custom, preset
from app.text import t

DIMENSIONS = (
    "channel",
    "platform",
    "account",
    "campaign",
    "country",
    "region",
    "device",
    "visitor_type",
    "source",
    "medium",
    "landing_page",
    "plan",
)
# A segment is a filter by one dimension that has a name of its own.
SEGMENTS: dict[str, Filter | None] = {
    "all": None,
    "new": Filter("visitor_type", ("new",)),
    "returning": Filter("visitor_type", ("returning",)),
    "mobile": Filter("device", ("mobile",)),
    "desktop": Filter("device", ("desktop",)),
}
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
# The parameters of a view, which mean the same on every page that has a filter bar.
NAMES = ("range", "compare", "segment", *DIMENSIONS, "clicked")
DEFAULT_RANGE = "last_30_days"
DEFAULT_COMPARISON: Comparison = "previous"


@dataclass(frozen=True)
class FilterState:
    """Range, comparison, segment and further filters of a page.

    `days` is set when the range was picked by hand. `clicked` names the dimensions whose filter came from a
    click on a mark (their chips are dashed). `own` holds the parameters that belong to one page.
    """

    range: str = DEFAULT_RANGE
    days: tuple[date, date] | None = None
    compare: Comparison = DEFAULT_COMPARISON
    segment: str = "all"
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    clicked: frozenset[str] = frozenset()
    own: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = field(default=(), compare=False)

    def period(self, today: date) -> Period:
        """The days asked for. Raises: InputError where none of them is complete."""
        return custom(*self.days, today) if self.days else preset(self.range, today)

    def cut(self, today: date) -> bool:
        """Whether the range was written further than its days are complete."""
        return self.days is not None and self.period(today).end != self.days[1]

    def base_period(self, today: date) -> Period | None:
        """The days compared with."""
        return base(self.period(today), self.compare)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """Segment and chips as filters of a query."""
        chips = tuple(Filter(dimension, values) for dimension, values in self.where)
        segment = SEGMENTS[self.segment]
        return (segment, *chips) if segment else chips

    def members(self, dimension: str) -> tuple[str, ...]:
        return dict(self.where).get(dimension, ())

    def narrowed(self, dimension: str, values: Iterable[str], *, clicked: bool = False) -> FilterState:
        """The same view with one dimension pinned to members; none of them lifts the filter."""
        rest = tuple(entry for entry in self.where if entry[0] != dimension)
        members = tuple(dict.fromkeys(values))
        marks = (self.clicked | {dimension}) if clicked and members else self.clicked - {dimension}
        return replace(self, where=(*rest, (dimension, members)) if members else rest, clicked=marks)

    def with_own(self, **values: str) -> FilterState:
        """The same view with parameters of the page itself; an empty value lifts one."""
        kept = {**dict(self.own), **values}
        return replace(self, own=tuple((name, value) for name, value in kept.items() if value))

    @property
    def is_default(self) -> bool:
        return replace(self, own=()) == FilterState()

    def search(self) -> str:
        """The query string with '?', or nothing for the default view."""
        pairs: list[tuple[str, str]] = []
        if self.days:
            pairs.append(("range", "..".join(day.isoformat() for day in self.days)))
        elif self.range != DEFAULT_RANGE:
            pairs.append(("range", self.range))
        if self.compare != DEFAULT_COMPARISON:
            pairs.append(("compare", self.compare))
        if self.segment != "all":
            pairs.append(("segment", self.segment))
        pairs += [(dimension, value) for dimension, values in self.where for value in values]
        if self.clicked:
            pairs.append(("clicked", ".".join(sorted(self.clicked))))
        pairs += self.own
        return f"?{urlencode(pairs)}" if pairs else ""


def parse(search: str | None, today: date, own: Iterable[str] = ()) -> FilterState:
    """Reads a query string; `own` names the page's own parameters, which pass through."""
    reader = _Reader(today, frozenset(own))
    for name, value in parse_qsl((search or "").lstrip("?"), keep_blank_values=False, max_num_fields=None):
        reader.take(name, value)
    return reader.state()


class _Reader:
    """Collects parameters one by one, and what was wrong with them."""

    def __init__(self, today: date, own: frozenset[str]) -> None:
        self.today, self.own_names = today, own
        self.found = FilterState()
        self.where: dict[str, list[str]] = {}
        self.own: list[tuple[str, str]] = []
        self.problems: list[str] = []

    def take(self, name: str, value: str) -> None:
        if name in self.own_names:
            self.own.append((name, value))
        elif name == "range":
            self._range(value)
        elif name == "compare":
            self._one_of("compare", value, COMPARISONS)
        elif name == "segment":
            self._one_of("segment", value, tuple(SEGMENTS))
        elif name == "clicked":
            self.found = replace(self.found, clicked=frozenset(value.split(".")) & set(DIMENSIONS))
        elif name in DIMENSIONS:
            self.where.setdefault(name, []).append(value)
        else:
            self._refuse("filters.unknown_name", name, ("range", "compare", "segment", *DIMENSIONS))

    def state(self) -> FilterState:
        where = tuple((name, tuple(dict.fromkeys(values))) for name, values in self.where.items())
        return replace(
            self.found,
            where=where,
            clicked=self.found.clicked & set(self.where),
            own=tuple(self.own),
            problems=tuple(self.problems),
        )

    def _range(self, value: str) -> None:
        if value in PRESETS:
            self.found = replace(self.found, range=value)
            return
        try:
            start, end = (date.fromisoformat(part) for part in value.split(".."))
            custom(start, end, self.today)
            check_period(Period(start, end), self.today)
        except ValueError:
            week = f"{self.today - 7 * DAY}..{self.today - DAY}"
            self._refuse("filters.unknown_range", value, PRESETS, example=week)
        except InputError as problem:
            self.problems.append(str(problem))
        else:
            self.found = replace(self.found, range="custom", days=(start, end))

    def _one_of(self, name: str, value: str, known: tuple[str, ...]) -> None:
        if value in known:
            self.found = replace(self.found, **{name: value})  # type: ignore[arg-type]
        else:
            self._refuse(f"filters.unknown_{name}", value, known)

    def _refuse(self, key: str, value: str, known: Iterable[str], **more: str) -> None:
        names = tuple(known)
        near = get_close_matches(value, names, n=1)
        self.problems.append(t(key, value=value, known=near[0] if near else ", ".join(names), **more))


def unknown_words(dimension: str, member: str) -> str:
    """That the data has no such member."""
    return t("filters.no_member", dimension=t(f"filters.dimension_{dimension}").lower(), member=member)


def words(state: FilterState, lost: Collection[str] = ()) -> tuple[str, ...]:
    """The active filters in words, without those by the dimensions that are lost on what they stand over."""
    found = [
        t("widgets.filtered", name=t(f"filters.dimension_{name}"), values=members.listed(name, values))
        for name, values in state.where
        if name not in lost
    ]
    segment = SEGMENTS[state.segment]
    if segment is not None and segment.dimension not in lost:
        found.insert(0, t(f"filters.segment_{state.segment}"))
    return tuple(found)
