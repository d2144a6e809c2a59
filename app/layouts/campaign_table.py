"""The analyst's table as a value: what was asked, what came back, and the components that show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import combinations
from typing import Any

from app import scope_values
from app.accounts.viewer import Viewer
from app.data.metrics import catalogue
from app.data.metrics.dimensions import PAID_BY
from app.data.metrics.subjects import SUBJECTS
from app.data.query.compare import base_days
from app.data.query.frame import OTHER_WEEKDAY, Freshness, Row
from app.data.query.route import reachable
from app.data.query.spec import PAID, MetricQuery, Sort
from app.data.query.traffic import mixes
from app.errors import InputError, PadError
from app.figures import paid, table, table_cells, table_view
from app.figures.paid import PAID_ONLY, against_spend
from app.figures.table import Answer
from app.figures.table_view import NAME, TableView
from app.layouts import drill, filters, question
from app.layouts.filters import FilterState
from app.layouts.widgets.base import sources
from app.periods import Period
from app.services import Services
from app.text import t
from app.units import Units, place

MOST = 2000  # lines that a page carries; an export has all


@dataclass(frozen=True)
class Asked:
    """The reader's question to the table, read from the address."""

    state: FilterState
    view: TableView
    query: MetricQuery

    @property
    def paid(self) -> bool:
        """Whether every number of the table is of paid media alone."""
        return PAID in self.query.filters

    @property
    def problems(self) -> tuple[str, ...]:
        return (*self.state.problems, *self.view.problems)


def read(search: str, services: Services, viewer: Viewer) -> Asked:
    """The question in an address, within the reader's scope."""
    today = services.clock.today(services.settings.time_zone)
    state = filters.parse(search, today, own=table_view.OWN)
    view = table_view.parse(state.own)
    query = MetricQuery(
        metrics=view.columns,
        period=state.period(today),
        filters=state.filters,
        scope=viewer.scope,
        compare=state.compare,
    )
    return Asked(state, view, query.narrowed(PAID) if of_paid_media(view, query) else query)


def of_paid_media(view: TableView, query: MetricQuery) -> bool:
    """Whether the reader asked for paid media alone; else a table that sets ad spend against what came of it
    by what tells nothing of who paid, such as days, is of paid media, its rows as its total."""
    if view.paid is not None:
        return view.paid
    return any(map(against_spend, view.columns)) and mixes(table.question(query, view.group[:1]))


@dataclass(frozen=True)
class Shown:
    """A question with its answer, or with the error that took its place."""

    asked: Asked
    answer: Answer | None
    error: PadError | None
    units: Units
    low_volume: int
    withheld: Mapping[str, str]  # column -> why it is empty
    now: datetime
    zone: str
    today: date
    lookback_days: int
    unconnected: tuple[Row, ...] = ()  # what came through platforms whose spend nobody reads
    unknown: tuple[str, str] | None = None  # dimension and member of a filter that no data knows

    @property
    def nothing(self) -> bool:
        """Whether there is no number to show: a zero that was only counted, of nothing that came, is none."""
        if self.answer is None or not self.answer.table.rows:
            return True
        names = [f"{column}{end}" for column in self.asked.view.columns for end in ("", "__base")]
        return not any(_known(row, name) for row in self.answer.leaf.rows for name in names)

    @property
    def base(self) -> str:
        """The days that changes are against, as briefly as they stay clear."""
        days = self.answer.leaf.base_period if self.answer else None
        return self.units.near(days, self.today) if days else ""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The grid's lines, each with the addresses that it leads to."""
        if self.answer is None:
            return []
        asked = self.asked
        lines = table_cells.grid_rows(self.answer.table, asked.view, self._writer, MOST)
        for line, row in zip(lines, self.answer.table.rows, strict=False):
            line["href"] = drill.into(asked.state, asked.view, row, paid=asked.paid)
            line |= table_cells.without_spend(line, asked.view, self.unconnected)
            line["drill_label"] = t("campaigns.drill", name=line["label"])
            if not line["leaf"]:
                line["fold"] = drill.address(asked.state, asked.view.toggled_fold(row.labels))
                line["fold_label"] = t(
                    "campaigns.close" if row.open else "campaigns.open", name=line["label"]
                )
        return self._pinned(lines)

    @property
    def total(self) -> list[dict[str, Any]]:
        if self.answer is None or not self.answer.table.rows:
            return []
        paid = self.answer.paid.rows[0] if self.answer.paid and self.answer.paid.rows else None
        view, whole = self.asked.view, self.asked.paid
        return self._pinned(table_cells.total_row(self.answer.table, view, self._writer, paid, whole=whole))

    def _pinned(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Lines whose cells know that they are of paid media alone, and with which days a day is compared."""
        only, days = {PAID_ONLY: "1"} if self.asked.paid else {}, self._base_days
        return [
            line | {"where": line["where"] | only | (_against(line, days) if days is not None else {})}
            for line in lines
        ]

    @property
    def _base_days(self) -> Mapping[str, Period] | None:
        """Each day of the range, as lines name it, with the one that it is compared with; None without any
        comparison."""
        if self.asked.query.base_period is None:
            return None
        found = base_days(self.asked.query, "day")
        return {question.named(Period(day, day)): then for day, then in found.items()}

    @property
    def freshness(self) -> tuple[Freshness, ...]:
        """How old the sources of the answer are."""
        return sources(self.answer.frames) if self.answer else ()

    @property
    def other_weekdays(self) -> bool:
        """Whether a day is beside one of another weekday."""
        return self.answer is not None and any(row.get(OTHER_WEEKDAY) for row in self.answer.leaf.rows)

    @property
    def able(self) -> TableView:
        """The view with the columns that were answered, which alone can order the rows."""
        view = self.asked.view
        return replace(view, columns=tuple(name for name in view.columns if name not in self.withheld))

    @property
    def sort(self) -> Sort:
        """What the lines of the first level stand by, which the heads of the columns show."""
        first = table.orders(self.able)[0]
        return first if first.column in self.able.columns else Sort(NAME, first.descending)

    @property
    def file_order(self) -> str:
        """What the rows of a file are sorted by, where it does not keep the groups of the table together."""
        view = self.able
        if table.keeps_groups(view):
            return ""
        return t("export.then").join(
            t(f"campaigns.one_{one.column}")
            if one.column in view.group
            else table_cells.header(one.column, "")
            for one in table.order(view)
        )

    @property
    def subtitle(self) -> str:
        """The days, the filters and the time zone that the table is of."""
        asked = self.asked
        return " · ".join(
            (
                self.units.days(asked.query.period),
                *filters.words(asked.state),
                *([t("rows.paid")] if asked.paid else []),
                place(self.zone),
            )
        )

    @property
    def links(self) -> dict[str, str]:
        """Where a click on each column's header leads."""
        asked = self.asked
        columns = (NAME, *asked.view.columns)
        view = replace(asked.view, sort=self.sort)
        return {name: drill.address(asked.state, view.sorted_by(name)) for name in columns}

    @property
    def _writer(self) -> table_cells.Writer:
        notes = {**self.answer.frames[0].notes, **self.withheld} if self.answer else {}
        return table_cells.Writer(self.units, self.low_volume, notes)


def _against(line: Mapping[str, Any], days: Mapping[str, Period]) -> dict[str, str]:
    """What makes the passport of a line of one day compare with the day that its row is beside, or with none;
    by itself the day has another base."""
    return {question.AGAINST: question.named(days.get(line["days"]))} if line["days"] else {}


def show(search: str, services: Services, viewer: Viewer) -> Shown:
    """Asks and answers; an error of the question becomes part of what is shown."""
    asked = read(search, services, viewer)
    settings = services.settings
    shown = partial(
        Shown,
        asked,
        units=Units(settings.currency),
        low_volume=settings.low_volume,
        now=services.clock.now(),
        zone=settings.time_zone,
        today=services.clock.today(settings.time_zone),
        lookback_days=settings.attribution_lookback_days,
    )
    withheld: dict[str, str] = {}
    try:
        able, withheld = answerable(asked)
        answer = table.ask(services.query.run, asked.query, able, paid_columns(asked))
    except PadError as error:
        return shown(answer=None, error=error, withheld=withheld)
    unread = unconnected(asked, services)
    found = shown(answer=answer, error=None, withheld=withheld, unconnected=unread)
    if not found.nothing:
        return found
    return replace(found, unknown=scope_values.missing(services, asked.state.where, asked.query.scope))


def _known(row: Row, name: str) -> bool:
    measures = catalogue.measures(name.removesuffix("__base"))
    counted = all(SUBJECTS.get(measure.subject).events for measure in measures)
    return bool(row.get(name)) or (row.get(name) is not None and not counted)


def answerable(asked: Asked) -> tuple[TableView, dict[str, str]]:
    """The view with the columns that know every dimension asked, and why each other column is empty; lines
    of paid media and all else have no column that sets ad spend against what came of it.

    Raises: InputError when no column is left.
    """
    mixed = mixes(table.question(asked.query, asked.view.group))
    withheld: dict[str, str] = {}
    for column in asked.view.columns:
        if lacking := _lacking(column, asked):
            withheld[column] = lacking
        elif mixed and against_spend(column):
            withheld[column] = t("campaigns.paid_only")
    able = tuple(column for column in asked.view.columns if column not in withheld)
    if not able:
        raise InputError(t("campaigns.none_available"), hint=" ".join(dict.fromkeys(withheld.values())))
    return replace(asked.view, columns=able), withheld


def _lacking(column: str, asked: Asked) -> str:
    """Why no table tells a column by what the reader asked for; empty where one does."""
    chosen = [one for one in asked.query.filters if one != PAID]
    filtered = {one.dimension for one in (*chosen, *asked.query.scope.filters)}
    needed = [name for name in dict.fromkeys((*asked.view.group, *sorted(filtered))) if name != "date"]
    known = catalogue.dimensions(column)
    unknown = [name for name in needed if name not in known]
    if unknown:
        return t("campaigns.not_available", dimensions=_titles(unknown))
    if apart := _apart(column, needed):
        return t("campaigns.not_together", dimensions=_titles(apart))
    if asked.paid and not reachable((column,), (*needed, PAID.dimension)):
        return t("campaigns.not_paid")
    return ""


def _apart(column: str, needed: Sequence[str]) -> tuple[str, ...]:
    """The fewest of these dimensions that no table tells a column by together; empty where one tells all."""
    if reachable((column,), needed):
        return ()
    some = (few for size in range(2, len(needed) + 1) for few in combinations(sorted(needed), size))
    return next(few for few in some if not reachable((column,), few))


def _titles(dimensions: Iterable[str]) -> str:
    return ", ".join(t(f"filters.dimension_{name}").lower() for name in dimensions)


def paid_columns(asked: Asked) -> tuple[str, ...]:
    """The columns that paid media has numbers of its own in, where a column is set against ad spend and the
    table is of more than paid media."""
    needed = (PAID.dimension, *_filtered(asked))
    known = [name for name in asked.view.columns if reachable((name,), needed)]
    return tuple(known) if any(map(against_spend, known)) and not asked.paid else ()


def unconnected(asked: Asked, services: Services) -> tuple[Row, ...]:
    """What came through ad platforms whose spend nobody reads, by the groups of the table that tell it apart;
    nothing where no column tells of spend, or conversions do not know all that is asked."""
    by = [name for name in asked.view.group if name in PAID_BY and name != PAID.dimension]
    spent = any(map(table_cells.of_spend, asked.view.columns))
    if not spent or not reachable(("conversions",), (*by, PAID.dimension, *_filtered(asked))):
        return ()
    return tuple(services.query.run(paid.unconnected(asked.query, *by)).rows)


def _filtered(asked: Asked) -> set[str]:
    return {entry.dimension for entry in (*asked.query.filters, *asked.query.scope.filters)}


def without_conditions(view: TableView, text: str) -> TableView:
    """The view without one condition."""
    return replace(view, conditions=tuple(c for c in view.conditions if str(c) != text))


def with_changes(view: TableView) -> TableView:
    """The view with the columns of change shown or hidden."""
    return replace(view, changes=not view.changes)


def search_of(asked: Asked, **changes: Any) -> str:
    """The query string of the same question with parts of the view changed."""
    return replace(asked.state, own=table_view.params(replace(asked.view, **changes))).search()
