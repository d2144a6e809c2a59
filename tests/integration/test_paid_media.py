"""Paid media is one thing: card, table and weekly report cover the same campaigns and say one ROAS."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.callbacks import exports, passport
from app.clock import FixedClock
from app.data.query import codec
from app.data.query.frame import cell
from app.data.query.spec import PAID, Filter, MetricQuery
from app.exports import request
from app.layouts import campaign_table
from app.layouts.board import context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.pages import campaigns as page
from app.layouts.table_foot import footer
from app.periods import Period
from app.reports.compose import Head, compose, questions
from app.reports.context import ReportContext
from app.reports.document import Document
from app.reports.section import SECTIONS
from app.services import Services
from app.units import Units, exact
from tests import warehouse
from tests.bare_app import bare_app
from tests.fakes import services, viewer
from tests.page_text import read, sentences

FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
RANGE = "range=2026-02-01..2026-02-28"


def by_hand(sql: str) -> float:
    """Independent of the compiler: a number of February."""
    found = warehouse.company().cursor().execute(sql).fetchone()
    assert found is not None and found[0] is not None
    return float(found[0])


SPENT = by_hand("SELECT sum(cost) / 1e6 FROM fact_ad WHERE date BETWEEN '2026-02-01' AND '2026-02-28'")
EARNED = by_hand(
    "SELECT sum(revenue) / 1e6 FROM fact_credit WHERE date BETWEEN '2026-02-01' AND '2026-02-28' "
    "AND traffic_key IN (1, 2)"
)
ALL = by_hand("SELECT sum(revenue) / 1e6 FROM fact_credit WHERE date BETWEEN '2026-02-01' AND '2026-02-28'")
ROAS = EARNED / SPENT


@pytest.fixture
def made(tmp_path: Path) -> Services:
    found = replace(services(tmp_path), query=warehouse.runner(warehouse.company()))
    return replace(found, clock=FixedClock(datetime(2026, 4, 1, 12, tzinfo=UTC)))


def text_of(component: object) -> str:
    return json.dumps(component, default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def card(made: Services, widget: str) -> str:
    found = EXECUTIVE.widget(widget)
    assert found is not None
    context = context_of(made, viewer(), EXECUTIVE.id, f"?{RANGE}")
    return sentences(read(one(made, found, context).html))


def report(made: Services) -> Document:
    sections = [section for section in SECTIONS if section.id in ("week_over_week", "campaign_summary")]
    asked = ReportContext(FEBRUARY, Units(), "UTC")
    answers: dict[MetricQuery, Any] = {q: made.query.run(q) for q in questions(sections, asked)}
    return compose(Head("w", "W", "L", "A"), sections, answers, asked)


def test_the_case_tells_paid_revenue_from_all_revenue() -> None:
    assert ALL > EARNED > 0


def test_card_table_and_report_say_one_return_on_ad_spend(made: Services) -> None:
    shown = Units().short(ROAS, "multiple")
    assert f"All paid media: ROAS {shown}." in card(made, "returns")
    document = report(made)
    tables = {table.id: table for table in document.tables()}
    week, campaigns = tables["week_over_week"], tables["campaign_summary"]
    (line,) = [row for row in week.rows if row[0] == "ROAS, paid media"]
    assert line[1] == pytest.approx(ROAS)
    assert campaigns.total[-1] == pytest.approx(ROAS)
    (key,) = [key for key in document.keys if key.metric == "roas"]
    assert (key.title, key.value) == ("ROAS, paid media", shown)
    table = campaign_table.show(f"{RANGE}&group=channel", made, viewer("analyst"))
    total, paid = table.total
    assert (total["roas"], paid["label"]) == ("–", "Of these, paid media")
    assert paid["roas"].startswith(shown)
    assert table.answer is not None and table.answer.paid is not None
    assert table.answer.paid.value("roas") == pytest.approx(ROAS)


def test_the_campaigns_of_the_line_add_up_to_it(made: Services) -> None:
    names = ("spend", "conversions", "attributed_revenue")
    query = MetricQuery(names, FEBRUARY, filters=(PAID,))
    whole, rows = made.query.run(query).rows[0], made.query.run(replace(query, dimensions=("campaign",))).rows
    for name in names:
        assert sum(cell(row, name) or 0.0 for row in rows) == pytest.approx(whole[name])
    assert f"Paid media, {len(rows)} campaigns" in card(made, "campaigns")
    (table,) = [table for table in report(made).tables() if table.id == "campaign_summary"]
    assert table.total[0] == f"Paid media, {len(rows)} campaigns"


def test_the_card_ranks_campaigns_by_what_they_brought(made: Services) -> None:
    """Retargeting cost more than Product Launch, and brought nothing."""
    ranked = each(
        "SELECT c.campaign, sum(k.revenue) FROM fact_credit k JOIN dim_campaign c USING (campaign_key) "
        "WHERE k.date BETWEEN '2026-02-01' AND '2026-02-28' AND k.traffic_key IN (1, 2) "
        "GROUP BY c.campaign ORDER BY sum(k.revenue) DESC"
    )
    found = EXECUTIVE.widget("campaigns")
    assert found is not None
    shown = read(one(made, found, context_of(made, viewer(), EXECUTIVE.id, f"?{RANGE}")).html)
    names = [link.words for link in shown.named("wide-table")[0].named("named")]
    assert names == [*ranked, "Retargeting"] == ["Brand", "Product Launch", "Retargeting"]


def followed(made: Services, widget: str) -> dict[str, Any]:
    """The table behind each link of a card, by the words of the link."""
    found = EXECUTIVE.widget(widget)
    assert found is not None
    shown = read(one(made, found, context_of(made, viewer(), EXECUTIVE.id, f"?{RANGE}")).html)
    links = [one for one in shown.elements() if one.attributes.get("href", "").startswith("/campaigns")]
    return {
        link.words.strip(): campaign_table.show(
            link.attributes["href"].partition("?")[2], made, viewer("analyst")
        )
        for link in links
    }


def test_a_campaign_of_the_card_opens_days_that_add_up_to_it(made: Services) -> None:
    """Deals that came by other traffic bear the names of these campaigns too."""
    count = (
        "SELECT c.campaign, sum(k.weight) FROM fact_credit k JOIN dim_campaign c USING (campaign_key) "
        "WHERE k.date BETWEEN '2026-02-01' AND '2026-02-28'{} GROUP BY ALL"
    )
    brought, by_anything = each(count.format(" AND k.traffic_key IN (1, 2)")), each(count.format(""))
    assert by_anything["Product Launch"] > brought["Product Launch"] > 0
    assert by_anything["Brand"] > brought["Brand"] > 0
    tables = followed(made, "campaigns")
    for name in ("Brand", "Product Launch", "Retargeting"):
        shown = tables[name]
        assert shown.asked.view.group == ("date",) and shown.answer is not None
        days = [row.cells for row in shown.answer.table.rows]
        assert sum(day["conversions"] or 0 for day in days) == pytest.approx(brought.get(name, 0))
        assert shown.answer.table.total["conversions"] == pytest.approx(brought.get(name, 0))
        assert "Traffic: paid media only" in text_of(page.toolbar(shown))
        assert "paid=0" in text_of(page.toolbar(shown))  # the chip lifts it
    line = tables["All campaigns"]
    assert line.total[0]["label"] == "Paid media, 3 campaigns"
    assert line.answer.table.total["attributed_revenue"] == pytest.approx(EARNED)
    rows = [row.cells for row in line.answer.table.rows if row.level == 2]
    assert sum(row["attributed_revenue"] or 0 for row in rows) == pytest.approx(EARNED)


def test_a_channel_of_the_card_of_returns_opens_campaigns_that_make_its_return(made: Services) -> None:
    """A channel is of all that came through it, on the card as in the table."""
    month = "date BETWEEN '2026-02-01' AND '2026-02-28'"
    keys = {"Paid search": 1, "Social": 2}
    tables = followed(made, "returns")
    assert set(keys) < set(tables)
    for name, key in keys.items():
        revenue = f"SELECT coalesce(sum(revenue), 0) FROM fact_credit WHERE {month} AND traffic_key = {key}"
        spent = f"SELECT sum(cost) FROM fact_ad WHERE {month} AND traffic_key = {key}"
        roas = by_hand(revenue) / by_hand(spent)
        assert f"{name} {Units().short(roas, 'multiple')}" in card(made, "returns")
        assert tables[name].answer.table.total["roas"] == pytest.approx(roas)
        assert not tables[name].asked.paid


# -- rows that tell nothing of who paid ----------------------------------------------------------------------

BY = {"date": "fact_ad", "device": "fact_ad", "country": "fact_ad_geo", "region": "fact_ad_geo"}


def each(sql: str) -> dict[str, float]:
    """Independent of the compiler: a number by member."""
    return {str(name): float(number) for name, number in warehouse.company().cursor().execute(sql).fetchall()}


def paid_by(group: str, start: str = "2026-02-01", end: str = "2026-02-28") -> dict[str, float]:
    return each(
        f"SELECT {group}, sum(weight) FROM fact_credit WHERE date BETWEEN '{start}' AND '{end}' "
        f"AND traffic_key IN (1, 2) GROUP BY ALL HAVING sum(weight) > 0"
    )


def spent_by(group: str) -> dict[str, float]:
    return each(
        f"SELECT {group}, sum(cost) / 1e6 FROM {BY[group]} "
        "WHERE date BETWEEN '2026-02-01' AND '2026-02-28' GROUP BY ALL"
    )


def rows_of(made: Services, search: str) -> tuple[dict[str, Any], Any]:
    """The numbers of each row by its label, and those of the line below them."""
    answer = campaign_table.show(f"{RANGE}&{search}", made, viewer("analyst")).answer
    assert answer is not None
    return {row.labels[-1]: row.cells for row in answer.table.rows}, answer.table.total


@pytest.mark.parametrize("group", list(BY))
def test_rows_by_what_tells_nothing_of_who_paid_are_of_paid_media_as_their_total(
    made: Services, group: str
) -> None:
    rows, total = rows_of(made, f"group={group}")
    spent, brought = spent_by(group), paid_by(group)
    assert brought and sum(brought.values()) < by_hand(
        "SELECT sum(weight) FROM fact_credit WHERE date BETWEEN '2026-02-01' AND '2026-02-28'"
    )
    for member, conversions in brought.items():
        assert rows[member]["conversions"] == pytest.approx(conversions)
        assert rows[member]["cpa"] == pytest.approx(spent[member] / conversions)
    assert sum(row["conversions"] or 0 for row in rows.values()) == pytest.approx(total["conversions"])
    assert total["conversions"] == pytest.approx(sum(brought.values()))
    assert total["cpa"] == pytest.approx(SPENT / sum(brought.values()))


def test_days_of_paid_media_say_so_and_lead_to_all_traffic(made: Services) -> None:
    shown = campaign_table.show(f"{RANGE}&group=date", made, viewer("analyst"))
    assert shown.subtitle.split(" · ")[1] == "paid media only"
    assert [line["label"] for line in shown.total] == ["Paid media, 28 days"]
    assert "Rows and total are of paid media alone" in text_of(footer(shown))
    chip = f"/campaigns?{RANGE}&group=date&paid=0"
    assert f'"href": "{chip}"' in text_of(page.toolbar(shown))
    everything = campaign_table.show(chip.partition("?")[2], made, viewer("analyst"))
    sold = each(
        "SELECT date, sum(weight) FROM fact_credit WHERE date BETWEEN '2026-02-01' AND '2026-02-28' "
        "GROUP BY ALL HAVING bool_or(traffic_key = 3)"
    )
    day, conversions = next(iter(sold.items()))
    assert everything.answer is not None
    row = next(row for row in everything.answer.table.rows if row.labels == (day,))
    assert row.cells["conversions"] == pytest.approx(conversions)
    line = next(line for line in everything.rows if line["id"] == day)
    assert (line["cpa"], line["roas"]) == ("–", "–") and "line of paid media" in line["cpa__why"]
    total, paid = everything.total
    assert (total["cpa"], paid["label"]) == ("–", "Of these, paid media")
    assert f'"href": "/campaigns?{RANGE}&group=date"' in text_of(page.toolbar(everything))


def test_a_subtotal_by_day_leaves_what_ads_cost_to_the_line_of_paid_media(made: Services) -> None:
    shown = campaign_table.show(f"{RANGE}&group=date,channel&paid=0&sort=-name", made, viewer("analyst"))
    cells = {line["level"]: line["cpa"] for line in shown.rows if line.get("path", [""])[-1] != "Direct"}
    assert cells[1] == "–" and any(line["cpa"] != "–" for line in shown.rows if line["level"] == 2)


def test_the_export_and_the_workbook_of_days_hold_the_numbers_of_the_rows(made: Services) -> None:
    search = f"{RANGE}&group=date&columns=spend,conversions,cpa"
    rows, _ = rows_of(made, "group=date&columns=spend,conversions,cpa")
    wanted = exports.asked_for(made, viewer("analyst"), "campaigns", search)
    assert request.load(request.dump(wanted)).query == wanted.query
    heads, lines = request.open_rows(made.query, wanted)
    found: list[dict[str, Any]] = [dict(zip(heads, line, strict=True)) for line in lines]
    assert len(found) == 28 and {line["date"].isoformat() for line in found} == set(rows)
    for line in found:
        shown = rows[line["date"].isoformat()]
        assert {name: line[name] for name in ("spend", "conversions", "cpa")} == {
            name: shown[name] for name in ("spend", "conversions", "cpa")
        }
    asked = {"metrics": "spend,conversions,cpa", "by": "date", "from": "2026-02-01", "to": "2026-02-28",
             "where": ["platform=(with spend)"]}  # fmt: skip
    assert made.query.run(codec.query(asked)).rows == made.query.run(replace(wanted.query, sort=())).rows


def test_the_change_of_a_day_is_of_paid_media_then_and_now(made: Services) -> None:
    rows, _ = rows_of(made, "group=device&changes=1")
    before = paid_by("device", "2026-01-01", "2026-01-31")
    assert before and all(rows[name]["conversions__base"] == pytest.approx(n) for name, n in before.items())


def test_passport_rows_and_the_way_down_of_a_day_are_of_paid_media(made: Services) -> None:
    shown = campaign_table.show(f"{RANGE}&group=date", made, viewer("analyst"))
    brought = paid_by("date")
    day, conversions = next(iter(brought.items()))
    line = next(line for line in shown.rows if line["id"] == day)
    cell = passport._of_cell({"colId": "cpa", "rowId": day}, {day: line})
    panel = text_of(passport.explain(bare_app(made, viewer("analyst"))[1], cell, f"?{RANGE}&group=date"))
    assert "paid media only" in panel
    value = spent_by("date")[day] / conversions
    assert exact(value, "money") in panel
    assert f"range={day}..{day}&metric=cpa&part=" in panel and "&paid=1" in panel
    assert line["href"].startswith("/rows?") and "paid=1" in line["href"]
    (mobile,) = [
        line
        for line in campaign_table.show(f"{RANGE}&group=device", made, viewer("analyst")).rows
        if line["id"] == "mobile"
    ]
    assert "group=campaign" in mobile["href"] and "paid=1" in mobile["href"]
    below, total = rows_of(made, mobile["href"].partition("?")[2])
    assert total["conversions"] == pytest.approx(paid_by("device")["mobile"])
    assert set(below) <= {"Product Launch", "Retargeting", "Brand", "(not set)"}


def test_days_of_one_channel_are_of_that_channel_as_its_row_and_their_total(made: Services) -> None:
    rows, total = rows_of(made, "group=date&channel=Organic+search")
    brought = by_hand(
        "SELECT sum(weight) FROM fact_credit WHERE date BETWEEN '2026-02-01' AND '2026-02-28' "
        "AND traffic_key = 3"
    )
    assert sum(row["conversions"] for row in rows.values()) == pytest.approx(brought)
    assert total["conversions"] == pytest.approx(brought)


# -- nothing to show -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["", "&group=date"])
def test_a_member_that_no_data_knows_is_named_with_the_way_to_lift_it(made: Services, group: str) -> None:
    search = f"{RANGE}&campaign=Nope{group}"
    shown = campaign_table.show(search, made, viewer("analyst"))
    text = text_of(page.body(shown))
    assert shown.nothing and "There is no campaign “Nope”." in text and "Remove the filter" in text
    assert f'"href": "/campaigns?{RANGE}{group}"' in text
    assert "ag-grid" not in text.lower()


def test_a_member_without_data_in_the_range_has_no_zeros(made: Services) -> None:
    """Its days are covered, so that conversions count as zero: of nothing that came."""
    shown = campaign_table.show(
        "range=2025-12-01..2025-12-31&campaign=Brand&group=date", made, viewer("analyst")
    )
    assert shown.nothing and shown.unknown is None
    assert "Nothing happened in this range with the filter Campaign: Brand." in text_of(page.body(shown))


def test_a_day_that_spent_and_sold_nothing_keeps_its_zero(made: Services) -> None:
    shown = campaign_table.show(f"{RANGE}&campaign=Product+Launch&group=date", made, viewer("analyst"))
    assert not shown.nothing and {"0"} <= {line["conversions"] for line in shown.rows}
    assert all(line["spend"] != "–" for line in shown.rows)


def test_the_roas_of_all_channels_says_that_it_is_not_that_of_paid_media() -> None:
    runner = warehouse.runner(warehouse.company())
    whole = runner.run(MetricQuery(("roas", "spend"), FEBRUARY)).notes
    assert "what all channels brought" in whole["roas"] and "spend" not in whole
    for narrowed in (
        MetricQuery(("roas",), FEBRUARY, ("channel",)),
        MetricQuery(("roas",), FEBRUARY, filters=(PAID,)),
    ):
        assert "roas" not in runner.run(narrowed).notes


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (Filter("channel", ("Email",), negate=True), True),
        (Filter("channel", ("Paid search", "Organic search")), True),
        (Filter("channel", ("Paid search",)), False),
        (PAID, False),
    ],
)
def test_a_filter_that_leaves_paid_and_other_traffic_together_keeps_the_note(
    kept: Filter, said: bool
) -> None:
    answer = warehouse.runner(warehouse.company()).run(MetricQuery(("roas",), FEBRUARY, filters=(kept,)))
    assert ("what all channels brought" in answer.notes.get("roas", "")) is said
