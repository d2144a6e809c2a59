"""How a table is looked at: grouping, columns, order, search, conditions, folds; all of it in the URL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.data.metrics.base import METRICS
from app.data.query.spec import Sort
from app.figures.paid import PAID_ONLY
from app.text import t

GROUPS = ("channel", "platform", "account", "campaign", "country", "region", "device", "date")
COLUMNS = (
    "spend", "impressions", "clicks", "ctr", "cpc", "cpm", "conversions", "cpa", "attributed_revenue",
    "roas", "roi", "claimed_conversions", "cpa_claimed", "claimed_value", "roas_claimed", "leads",
    "cost_per_lead", "sessions",
)  # fmt: skip
DEFAULT_GROUP = ("channel", "campaign")
DEFAULT_COLUMNS = (
    "spend", "impressions", "clicks", "ctr", "cpc", "conversions", "cpa", "attributed_revenue", "roas",
)  # fmt: skip
DEFAULT_SORT = Sort("spend")
NAME = "name"  # the column of labels, when the order is by name
LEVELS = 3
FOUND_MOST = 100  # characters of the words to find
OPERATORS = (">=", "<=", ">", "<")
ONCE = ("sort", "find", "changes", PAID_ONLY)  # parameters of one value
OWN = ("group", "columns", "only", "closed", *ONCE)
PATH = " / "  # between the members of a folded group in the URL

_CONDITION = re.compile(r"^([a-z_]+)(>=|<=|>|<)(-?\d+(?:\.\d+)?)$")


@dataclass(frozen=True)
class Condition:
    """A row shows only if its number in `column` stands in this relation to `value`."""

    column: str
    operator: str
    value: float

    def holds(self, number: float | None) -> bool:
        """Whether a number passes; a missing one never does."""
        if number is None:
            return False
        if self.operator == ">":
            return number > self.value
        if self.operator == "<":
            return number < self.value
        return number >= self.value if self.operator == ">=" else number <= self.value

    def __str__(self) -> str:
        return f"{self.column}{self.operator}{plain(self.value)}"

    @property
    def said(self) -> str:
        """Its number as its column writes it, with every digit: of a ratio the percent."""
        if not in_percent(self.column):
            return plain(self.value)
        return f"{plain(Decimal(str(self.value)) * 100)}%"


def in_percent(column: str) -> bool:
    """Whether a column writes its ratios as percent."""
    return METRICS.get(column).unit == "ratio"


def typed(column: str, operator: str, number: float) -> Condition:
    """The condition that a person means with a number in the unit that the column is written in."""
    value = Decimal(str(number))
    return Condition(column, operator, float(value / 100 if in_percent(column) else value))


def plain(number: float | Decimal) -> str:
    """Every digit of a number and no exponent, so that it reads back as the same: 1000000, 0.03."""
    text = f"{Decimal(str(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class TableView:
    """What the reader chose; `problems` are sentences about parts of the URL that could not be used.

    `paid`: of paid media alone, or of all traffic; None is what the columns and the grouping want.
    """

    group: tuple[str, ...] = DEFAULT_GROUP
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    sort: Sort = DEFAULT_SORT
    find: str = ""
    conditions: tuple[Condition, ...] = ()
    closed: frozenset[str] = frozenset()
    changes: bool = False
    paid: bool | None = None
    problems: tuple[str, ...] = ()

    @property
    def leaf(self) -> str:
        return self.group[-1]

    @property
    def searched(self) -> str | None:
        """The dimension that the find box searches: the deepest that is not a date."""
        return next((name for name in reversed(self.group) if name != "date"), None)

    def regrouped(self, group: Sequence[str]) -> TableView:
        """Another grouping; folds and search belong to the old one, as does an order that nobody chose."""
        sort = usual_sort(group) if self.sort == usual_sort(self.group) else self.sort
        return replace(self, group=tuple(group), closed=frozenset(), find="", sort=sort)

    def toggled_column(self, column: str) -> TableView:
        """With a column shown, or hidden with the conditions on it; the last one stays."""
        if column not in self.columns:
            return replace(self, columns=tuple(c for c in COLUMNS if c in {*self.columns, column}))
        rest = tuple(c for c in self.columns if c != column)
        conditions = tuple(one for one in self.conditions if one.column != column)
        return replace(self, columns=rest, conditions=conditions) if rest else self

    def toggled_fold(self, path: Sequence[str]) -> TableView:
        """With a group folded or unfolded."""
        return replace(self, closed=self.closed ^ {PATH.join(path)})

    def sorted_by(self, column: str) -> TableView:
        """By a column, largest first; a second time the other way round; names begin with A."""
        if self.sort.column == column:
            return replace(self, sort=Sort(column, not self.sort.descending))
        return replace(self, sort=Sort(column, column != NAME))


def usual_sort(group: Sequence[str]) -> Sort:
    """The order that nobody chose: of days by date, the newest first, of anything else by spend."""
    return Sort(NAME) if group[0] == "date" else DEFAULT_SORT


def parse(pairs: Iterable[tuple[str, str]]) -> TableView:
    """The view of URL parameters; what is wrong in them is named in `problems`, the rest is kept."""
    given: dict[str, list[str]] = {}
    for key, value in pairs:
        given.setdefault(key, []).append(value)
    problems = list(_contradictions(given))
    group = _names(given, "group", GROUPS, DEFAULT_GROUP, problems)[:LEVELS]
    columns = _names(given, "columns", COLUMNS, DEFAULT_COLUMNS, problems)
    conditions = tuple(_conditions(given.get("only", ()), problems))
    judged = [one.column for one in conditions]  # shown, so that a reader sees what rows are judged by
    return TableView(
        group=group,
        columns=tuple(dict.fromkeys((*columns, *judged))),
        sort=_sort(given, group, problems),
        find=given.get("find", [""])[-1].strip()[:FOUND_MOST],
        conditions=conditions,
        closed=frozenset(given.get("closed", ())),
        changes=given.get("changes", [""])[-1] == "1",
        paid=_paid(given, problems),
        problems=tuple(problems),
    )


def params(view: TableView) -> tuple[tuple[str, str], ...]:
    """The view as parameters of a query string; what is as usual is left out."""
    pairs: list[tuple[str, str]] = []
    if view.group != DEFAULT_GROUP:
        pairs.append(("group", ",".join(view.group)))
    if view.columns != DEFAULT_COLUMNS:
        pairs.append(("columns", ",".join(view.columns)))
    if view.sort != usual_sort(view.group):
        pairs.append(("sort", ("-" if view.sort.descending else "") + view.sort.column))
    pairs += [("find", view.find)] if view.find else []
    pairs += [("only", str(condition)) for condition in view.conditions]
    pairs += [("closed", path) for path in sorted(view.closed)]
    pairs += [("changes", "1")] if view.changes else []
    pairs += [(PAID_ONLY, str(int(view.paid)))] if view.paid is not None else []
    return tuple(pairs)


def _contradictions(given: dict[str, list[str]]) -> Iterable[str]:
    """What the address asks for in two ways; it is taken out, because neither is what was meant."""
    for name in ONCE:
        values = tuple(dict.fromkeys(given.get(name, ())))
        if len(values) > 1:
            del given[name]
            yield t("campaigns.contradiction", name=name, first=values[0], second=values[1])


def _names(
    given: Mapping[str, list[str]],
    key: str,
    known: Sequence[str],
    usual: Sequence[str],
    problems: list[str],
) -> tuple[str, ...]:
    names = [name for text in given.get(key, ()) for name in text.split(",") if name]
    problems += [
        t("campaigns.unknown", kind=key, name=name, known=", ".join(known))
        for name in names
        if name not in known
    ]
    return tuple(dict.fromkeys(name for name in names if name in known)) or tuple(usual)


def _sort(given: Mapping[str, list[str]], group: Sequence[str], problems: list[str]) -> Sort:
    text = given.get("sort", [""])[-1]
    column = text.lstrip("-")
    if column in COLUMNS or column == NAME:
        return Sort(column, text.startswith("-"))
    if text:
        problems.append(t("campaigns.unknown", kind="sort", name=column, known=", ".join((NAME, *COLUMNS))))
    return usual_sort(group)


def _paid(given: Mapping[str, list[str]], problems: list[str]) -> bool | None:
    text = given.get(PAID_ONLY, [""])[-1]
    if text not in ("", "0", "1"):
        problems.append(t("campaigns.unknown", kind=PAID_ONLY, name=text, known="0, 1"))
    return {"0": False, "1": True}.get(text)


def _conditions(texts: Iterable[str], problems: list[str]) -> Iterable[Condition]:
    for text in texts:
        found = _CONDITION.match(text.replace(" ", ""))
        if found and found[1] in COLUMNS:
            yield Condition(found[1], found[2], float(found[3]))
        else:
            problems.append(t("campaigns.bad_condition", text=text))
