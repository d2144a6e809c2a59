"""A change of a row of the campaign table and its passport tell one number, over the same days."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from app.accounts import users
from app.data.query.frame import Row, cell
from app.data.warehouse.snapshots import Snapshots
from app.layouts import campaign_table
from app.periods import Period
from app.units import MISSING, Units
from tests.demo_company import TODAY, Site, email
from tests.integration.test_aspect_passports import dollars
from tests.integration.test_card_passports import cards, component, numbers, panel, words
from tests.visits import asked, callback

UNITS = Units("USD")
MONTH = "range=2026-05-16..2026-06-14"  # 30 days
TEN_DAYS = "range=2026-06-05..2026-06-14"
GROUPINGS = [
    (f"{MONTH}&group=date&columns=spend,clicks,ctr,cpa,conversions", 30),
    (f"{MONTH}&group=date&columns=spend,ctr&campaign=Retargeting", 30),
    (f"{TEN_DAYS}&group=date,campaign&columns=spend,clicks", 10),
    (f"{TEN_DAYS}&group=channel,date&columns=spend,clicks", 10),
    (f"{TEN_DAYS}&group=channel,date,campaign&columns=spend", 10),
]


@dataclass(frozen=True)
class Change:
    """A cell of a column of changes, with the answer's row that it is of."""

    column: str
    line: dict[str, Any]
    row: Row

    @property
    def text(self) -> str:
        return str(self.line[f"{self.column}__change"])

    @property
    def day(self) -> date:
        return date.fromisoformat(self.line["days"].split("..")[0])


def changes(site: Site, search: str) -> Iterator[Change]:
    """Every cell of changes of the lines of one day, as the analyst's table has them."""
    reader = users.viewer(site.services.database, email("analyst"))
    shown = campaign_table.show(f"{search}&changes=1", site.services, reader)
    assert shown.answer is not None and shown.error is None
    for line, row in zip(shown.rows, shown.answer.table.rows, strict=True):
        for column in shown.asked.view.columns if line["days"] else ():
            yield Change(column, line, row.cells)


def opened(site: Site, search: str, change: Change, column: str = "") -> str:
    """The passport that a click on the cell opens, as the browser asks for it."""
    line = change.line
    name = column or f"{change.column}__change"
    values = {
        "table.cellClicked": {"colId": name, "rowId": line["id"], "value": line[name]},
        "table-cells.data": {line["id"]: {pin: line[pin] for pin in ("where", "days", "mixed")}},
        "location.search": f"?{search}&changes=1",
        "location.pathname": "/campaigns",
    }
    answer = asked(site, "analyst", callback(site, "table.cellClicked"), values).json
    return json.dumps(answer, ensure_ascii=False)


@pytest.mark.parametrize(("search", "days"), GROUPINGS)
def test_the_passport_of_each_change_of_a_day_has_the_days_the_values_and_the_verdict_of_its_cell(
    site: Site, search: str, days: int
) -> None:
    told = [one for one in changes(site, search) if one.text != MISSING]
    assert len({one.day for one in told}) == days
    for one in told:
        text = opened(site, search, one)
        made, base = words(component(text, "passport-division passport-aspect")), one.day - timedelta(days)
        assert (made[0], made[3]) == (UNITS.day(one.day), UNITS.day(base)), one
        now, then = (cell(one.row, f"{one.column}{end}") or 0.0 for end in ("", "__base"))
        scale = 100 if one.column == "ctr" else 1
        for shown, value in ((made[1], now), (made[4], then)):
            assert dollars(shown.rstrip("%")) == pytest.approx(value * scale, rel=1e-3, abs=0.006), one
        agree(one, text, UNITS.near(Period(base, base), TODAY))


def agree(change: Change, text: str, base: str) -> None:
    """The words and the look of a cell, and those of its passport, which names the day compared with."""
    said = " ".join(words(component(text, "passport-delta"))).strip()
    bare, word = change.text.lstrip("↑↓ "), change.line[f"{change.column}__change__c"]
    assert said.endswith(f" vs {base}") and bare in said, (change, said)
    judged = {verdict for verdict in ("better", "worse", "neutral") if f", {verdict} " in said}
    assert judged == ({word} - {"flat"}), (change, said)


@pytest.mark.parametrize(
    ("search", "alike"),
    [
        (f"{MONTH}&group=date&columns=clicks,cpc", False),  # Saturday 16 May beside Thursday 16 April
        ("range=2026-05-18..2026-06-14&group=date&columns=clicks,cpc", True),  # four weeks
    ],
)
def test_a_day_is_judged_beside_one_of_its_weekday_only(site: Site, search: str, alike: bool) -> None:
    told = [one for one in changes(site, search) if one.text != MISSING]
    looks = {one.line[f"{one.column}__change__c"] for one in told}
    assert {"better", "worse"} <= looks if alike else looks == {"flat"}
    named = {one.line[f"{one.column}__change__why"].split(": ")[0] for one in told}
    days = {(one.day - timedelta(28 if alike else 30)) for one in told}
    assert named == {f"{day:%A} {UNITS.day(day)}" for day in days}
    for one in told[:4]:
        text = opened(site, search, one)
        assert ("Not judged because" in text) is not alike and ("Fair because" in text) is alike
        assert ("It stands at the same place of the range compared with." in text) is alike


def test_a_value_of_a_day_is_compared_with_the_day_of_its_row_with_changes_shown_or_not(site: Site) -> None:
    search = f"{MONTH}&group=date&columns=spend"
    one = next(change for change in changes(site, search) if change.day == date(2026, 6, 9))
    for shown in (f"{search}&changes=1", search):
        reader = users.viewer(site.services.database, email("analyst"))
        (line,) = [
            line
            for line in campaign_table.show(shown, site.services, reader).rows
            if line["id"] == one.line["id"]
        ]
        text = opened(site, search, Change("spend", line, one.row), "spend")
        assert " ".join(words(component(text, "passport-delta"))).endswith("vs 10 May")


def test_a_day_that_the_base_lacks_is_compared_with_none(site: Site) -> None:
    """31 May: April has 30 days."""
    search = "range=2026-05-01..2026-05-31&group=date&columns=spend"
    (one,) = [change for change in changes(site, search) if change.day == date(2026, 5, 31)]
    text = opened(site, search, one)
    assert one.text == MISSING and component(text, "passport-delta") is None
    assert component(text, "passport-value") == UNITS.full(cell(one.row, "spend"), "money")


def test_the_change_of_a_day_is_that_of_the_stored_rows(site: Site) -> None:
    """By SQL of its own: spend of 9 June less that of 10 May, 30 days before."""
    sql = "SELECT sum(cost) FILTER (date = ?) / 1e6, sum(cost) FILTER (date = ?) / 1e6 FROM fact_ad"
    with Snapshots(site.services.settings.warehouse_dir).cursor() as cursor:
        now, then = cursor.execute(sql, ["2026-06-09", "2026-05-10"]).fetchone()
    search = f"{MONTH}&group=date&columns=spend"
    (one,) = [change for change in changes(site, search) if change.day == date(2026, 6, 9)]
    text = opened(site, search, one)
    made = words(component(text, "passport-division passport-aspect"))
    assert [dollars(made[at]) for at in (1, 4, -1)] == pytest.approx([now, then, now - then], abs=0.011)
    assert f"{abs(now / then - 1):.1%}" in one.text
    assert "9 Jun 2026 is a Tuesday, 10 May 2026 is a Sunday." in text


def test_what_was_before_a_day_leads_to_the_rows_of_the_day_of_its_row(site: Site) -> None:
    search = f"{MONTH}&group=date&columns=spend"
    (one,) = [change for change in changes(site, search) if change.day == date(2026, 6, 9)]
    text = opened(site, search, one)
    address = next(
        address for address in re.findall(r'"data-asked": "([^"]+)"', text) if "aspect=before" in address
    )
    assert "against=2026-05-10..2026-05-10" in address
    (number, *_) = numbers(site, "executive", "")
    before = panel(site, number, "", metric="spend", question=address, where="{}")
    assert component(before, "passport-value") == UNITS.full(cell(one.row, "spend__base"), "money")
    assert "range=2026-05-10..2026-05-10" in before and "against=" not in before


@pytest.mark.parametrize(
    "against", ["yesterday", "2026-05-10", "2026-05-10..2026-05-01", "1999-01-01..1999-01-02"]
)
def test_days_to_compare_with_that_are_none_are_refused(site: Site, against: str) -> None:
    question = f"?range=2026-06-09..2026-06-09&aspect=change&against={against}"
    (number, *_) = numbers(site, "executive", "")
    text = panel(site, number, "", metric="spend", question=question, where="{}")
    assert "passport-error" in text and "passport-value" not in text


def test_an_address_of_before_compares_a_day_with_the_day_before(site: Site) -> None:
    """Addresses that name no days to compare with keep their meaning."""
    (number, *_) = numbers(site, "executive", "")
    text = panel(
        site, number, "", metric="spend", question="?range=2026-06-09..2026-06-09&aspect=change", where="{}"
    )
    made = words(component(text, "passport-division passport-aspect"))
    assert (made[0], made[3]) == ("9 Jun 2026", "8 Jun 2026")
    assert "9 Jun 2026 is a Tuesday, 8 Jun 2026 is a Monday." in text


def test_a_range_of_one_day_is_judged_by_no_card_and_called_clear_by_no_insight(site: Site) -> None:
    """Tuesday beside Monday; what stands at the end of a day is judged all the same."""
    found = cards(site, "executive", "?range=2026-06-09..2026-06-09")
    marks = found["insights"].named("li-mark")
    assert marks and all("neu" in mark.classes for mark in marks)
    told = [delta for card in found.values() for delta in card.named("delta")]
    unlike = [delta for delta in told if "another weekday" in delta.words]
    assert unlike and all("neu" in delta.classes for delta in unlike)
    judged = [
        number for delta in told if {"pos", "neg"} & {*delta.classes} for number in delta.named("number")
    ]
    assert {number.attributes["data-metric"] for number in judged} <= {"mrr", "arr", "customers", "arpa"}
