"""What the foot of the analyst's table says: which rows, in which order, and what its numbers are of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dash import html

from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.query.spec import Sort
from app.figures import paid, table, table_cells, table_view
from app.figures.table_view import TableView
from app.layouts.campaign_table import MOST, Shown
from app.text import t

# Where a visit was. A won deal has two that may differ: that of its lead and that of the touch credited.
VISIT = ("device", "visitor_type")


def footer(shown: Shown) -> html.Div:
    """What the rows are, how they are sorted, and what the totals cover."""
    parts = (_rows, _traffic, _credit, _cut, _compared)
    return html.Div(" ".join(said for part in parts for said in part(shown)), className="table-foot")


def _rows(shown: Shown) -> Iterator[str]:
    assert shown.answer is not None
    answer = shown.answer.table
    count, of = (shown.units.full(number, "count") for number in (answer.leaves, answer.of))
    yield t("campaigns.footer_rows", rows=count, sort=sorted_by(shown.able))
    if answer.leaves != answer.of:
        yield t("campaigns.footer_filtered", rows=count, of=of)
    if shown.asked.view.find:
        yield t("campaigns.footer_found")


def _traffic(shown: Shown) -> Iterator[str]:
    """Whether the numbers are of paid media alone, and whose spend is not among them."""
    assert shown.answer is not None
    if shown.asked.paid:
        yield t("campaigns.footer_only")
    elif not shown.asked.view.find:
        yield t("campaigns.footer_equal")
    if shown.answer.paid is not None and not shown.asked.paid:
        yield t("campaigns.footer_paid")
    if unconnected := paid.left_out(shown.unconnected):
        yield f"{unconnected}."


def _credit(shown: Shown) -> Iterator[str]:
    """Which of the columns are of won deals, and where each of these counts, and each lead."""
    credited = METRICS.get("conversions").labelled
    columns = shown.able.columns
    won = [name for name in columns if METRICS.get(name).labelled == credited]
    where = _titles([name for name in VISIT if name in _told_apart(shown)])
    if won:
        titles = ", ".join(table_cells.header(name, "") for name in won)
        yield t("campaigns.footer_credit", days=shown.lookback_days, columns=titles)
    if won and where:
        yield t("campaigns.footer_touch", dimensions=where)
    leads = set(catalogue.measures("leads"))
    if where and not all(leads.isdisjoint(catalogue.measures(name)) for name in columns):
        yield t("campaigns.footer_lead", dimensions=where)


def _told_apart(shown: Shown) -> set[str]:
    """The dimensions that the rows are by or narrowed by."""
    query = shown.asked.query
    return {*shown.asked.view.group, *(one.dimension for one in (*query.filters, *query.scope.filters))}


def _titles(dimensions: Sequence[str]) -> str:
    return ", ".join(t(f"filters.dimension_{name}").lower() for name in dimensions)


def _cut(shown: Shown) -> Iterator[str]:
    assert shown.answer is not None
    if len(shown.answer.table.rows) > MOST:
        yield t("campaigns.footer_cut", shown=shown.units.full(MOST, "count"))


def _compared(shown: Shown) -> Iterator[str]:
    assert shown.answer is not None
    base = shown.answer.leaf.base_period
    if not shown.asked.view.changes or not base:
        return
    yield t("campaigns.footer_compare", base=shown.units.days(base))
    if shown.other_weekdays:
        yield t("campaigns.footer_days")


def sorted_by(view: TableView) -> str:
    """What the lines of each level are sorted by, in words, each said once."""
    return t("export.then").join(dict.fromkeys(map(_words, table.orders(view))))


def _words(by: Sort) -> str:
    """A column, or the members' own names; of days their name is the day."""
    if by.column in table_view.COLUMNS:
        return table_cells.header(by.column, "")
    return t("campaigns.one_date" if by.column == "date" else "campaigns.name")
