"""The grouped table: order, folds, search, conditions and subtotals, over the made-up company."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.data.metrics.base import METRICS
from app.data.query.frame import BASE_DAY, OTHER_WEEKDAY
from app.data.query.spec import MetricQuery, Sort
from app.figures import table, table_view
from app.figures.table_cells import Writer, grid_rows, total_row
from app.figures.table_view import NAME, TableView
from app.periods import Period
from app.units import Units
from tests.ad_company import CAMPAIGNS, LAST_DAY, AdCompany, declare_metrics, history

declare_metrics()
WEEK = Period(LAST_DAY.replace(day=6), LAST_DAY)
WRITER = Writer(Units(), 30, {})


def asked(view: TableView, company: AdCompany | None = None, **query: object) -> table.Answer:
    base = MetricQuery(view.columns, WEEK, **query)
    return table.ask((company or AdCompany()).run, base, view)


def column(answer: table.Answer, name: str, level: int) -> list[float | None]:
    return [row.cells[name] for row in answer.table.rows if row.level == level]


def test_a_subtotal_of_a_ratio_is_the_ratio_of_the_sums_below_it() -> None:
    answer = asked(TableView(("channel", "campaign"), ("spend", "conversions", "cpa")))
    social = next(row for row in answer.table.rows if row.path == ("Social",))
    below = [row.cells for row in answer.table.rows if row.path[:1] == ("Social",) and row.level == 2]
    spend, conversions = (sum(row[name] for row in below) for name in ("spend", "conversions"))
    assert social.cells["cpa"] == pytest.approx(spend / conversions)
    mean = sum(row["cpa"] for row in below if row["cpa"]) / 2
    assert social.cells["cpa"] != pytest.approx(mean)


def test_the_total_equals_the_answer_without_any_grouping() -> None:
    view = TableView(("channel", "campaign"), ("spend", "roas"))
    company = AdCompany()
    card = company.run(MetricQuery(("spend", "roas"), WEEK))
    total = asked(view, company).table.total
    assert total is not None
    assert (total["spend"], total["roas"]) == (card.value("spend"), card.value("roas"))


def test_claims_of_two_platforms_have_no_total_but_each_platform_has_its_own() -> None:
    answer = asked(TableView(("channel", "platform"), ("claimed_conversions",)))
    writer = Writer(Units(), 30, dict(answer.frames[0].notes))
    total = total_row(answer.table, TableView(("channel", "platform"), ("claimed_conversions",)), writer)[0]
    assert total["claimed_conversions"] == "–"
    assert total["claimed_conversions__why"] == "Claims of platforms are not added up."
    google = next(row for row in answer.table.rows if row.path == ("Paid search", "google_ads"))
    assert google.cells["claimed_conversions"] > 0


def test_children_stand_below_their_parent_and_each_level_is_sorted_by_itself() -> None:
    answer = asked(TableView(("channel", "campaign"), ("spend",)))
    channels = [row.path[0] for row in answer.table.rows if row.level == 1]
    assert channels == ["Paid search", "Social", "Referral", "Organic search"]
    paid = [row.path[1] for row in answer.table.rows if row.path[0] == "Paid search" and row.level == 2]
    assert paid == ["Product launch 2026", "Search brand terms", "Suche Marke"]


def test_missing_numbers_come_last_in_either_order() -> None:
    view = TableView(("campaign",), ("cpa",), Sort("cpa", descending=False))
    rising = column(asked(view), "cpa", 1)
    falling = column(asked(replace(view, sort=Sort("cpa"))), "cpa", 1)
    assert rising[-1] is None and falling[-1] is None
    assert rising[:-1] == sorted(rising[:-1])


def test_a_folded_group_hides_its_children_and_keeps_its_count() -> None:
    answer = asked(TableView(columns=("spend",), closed=frozenset({"Social"})))
    social = [row for row in answer.table.rows if row.path[0] == "Social"]
    assert [(row.level, row.children, row.open) for row in social] == [(1, 3, False)]
    assert answer.table.leaves == len(CAMPAIGNS)


def test_totals_cover_exactly_what_the_find_box_found() -> None:
    view = TableView(columns=("spend", "clicks"), find="BRAND")
    answer = asked(view)
    names = {row.path[1] for row in answer.table.rows if row.level == 2}
    assert names == {"Search brand terms", "Brand awareness US"}
    assert answer.table.total is not None
    assert answer.table.total["spend"] == pytest.approx(sum(column(answer, "spend", 2)))


def test_members_stand_in_words_and_are_found_by_them_but_pinned_by_their_id() -> None:
    company = AdCompany([{**row, "platform": "google_ads"} for row in history(7)])
    view = TableView(("platform",), ("spend",), find="google ads")
    answer = asked(view, company)
    (line,) = grid_rows(answer.table, view, Writer(Units("USD"), 30, {}), 10)
    assert (line["label"], line["where"]) == ("Google Ads", {"platform": "google_ads"})


def test_the_total_counts_each_platform_once_though_it_stands_below_two_channels() -> None:
    answer = asked(TableView(("channel", "platform"), ("spend",)))
    platforms = {row.path[1] for row in answer.table.rows if row.level == 2} - {"(not set)"}
    assert answer.table.present == len(platforms) < answer.table.of


def test_that_no_platform_is_set_is_a_row_in_words_and_no_platform() -> None:
    """Organic search came through none; what the made-up referrals cost stands under none either."""
    view = TableView(("channel", "platform"), ("conversions",))
    answer = asked(view)
    names = {row.path[1] for row in answer.table.rows if row.level == 2}
    assert "(not set)" in names
    writer = Writer(Units(), 30, {})
    lines = {tuple(line["path"]): line for line in grid_rows(answer.table, view, writer, 100)}
    assert lines["Organic search",]["count"] == "1 row"
    assert lines["Organic search",]["open"] is True
    assert lines["Organic search", "(not set)"]["label"] == "No ad platform"
    assert lines["Organic search", "(not set)"]["where"]["platform"] == "(not set)"
    total = total_row(answer.table, view, writer)[0]
    assert total["label"] == f"Total, {len(names) - 1} named platforms"


def test_a_line_counts_the_rows_below_it_whatever_they_are() -> None:
    """One account spent on Google Ads, as did what names none; on LinkedIn Ads nothing names an account."""
    view = TableView(("platform", "account"), ("spend",))
    found = [("google_ads", "Acme Search"), ("google_ads", "(not set)"), ("linkedin_ads", "(not set)")]
    found.append(("facebook_ads", "Acme Social"))
    frames = [asked(view).leaf for _ in range(3)]
    platforms = dict.fromkeys(platform for platform, _ in found)
    rows = (
        [{"spend": 40.0}],
        [{"platform": platform, "spend": 10.0} for platform in platforms],
        [{"platform": platform, "account": account, "spend": 10.0} for platform, account in found],
    )
    whole = table.compose(view, [replace(frame, rows=row) for frame, row in zip(frames, rows, strict=True)])
    lines = grid_rows(whole, view, WRITER, 100)
    counts = {line["id"]: line["count"] for line in lines if line["level"] == 1}
    assert counts == {"google_ads": "2 rows", "linkedin_ads": "1 row", "facebook_ads": "1 account"}
    for platform, count in counts.items():
        below = [line for line in lines if line["level"] == 2 and line["path"][0] == platform]
        assert int(count.split()[0]) == len(below)
    assert total_row(whole, view, WRITER)[0]["label"] == "Total, 2 named accounts"


def test_a_column_that_is_not_shown_orders_nothing_and_rows_stand_by_name() -> None:
    """The answer holds conversions too, as the cases behind ROAS."""
    view = TableView(("campaign",), ("roas",), Sort("conversions"))
    answer = asked(view)
    assert answer.leaf.rows[0]["conversions"] is not None
    names = [row.path[0] for row in answer.table.rows]
    assert len(names) > 4 and names == sorted(names, key=str.casefold)
    assert table.order(view) == (Sort("campaign", descending=False),)
    shown = asked(replace(view, columns=("conversions", "roas")))
    counts = [value or 0.0 for value in column(shown, "conversions", 1)]
    assert counts == sorted(counts, reverse=True)


def test_a_search_that_finds_nothing_gives_no_rows_and_no_total() -> None:
    answer = asked(TableView(columns=("spend",), find="no such campaign"))
    assert (answer.table.rows, answer.table.total) == ((), None)


def test_a_condition_drops_rows_and_empty_groups_but_leaves_the_total() -> None:
    whole = asked(TableView(columns=("spend",)))
    view = TableView(columns=("spend",), conditions=(table_view.Condition("spend", ">", 1000),))
    answer = asked(view)
    assert all(spend > 1000 for spend in column(answer, "spend", 2))
    assert {row.path[0] for row in answer.table.rows} == {"Paid search", "Social", "Referral"}
    assert answer.table.total == whole.table.total
    assert (answer.table.leaves, answer.table.of) == (4, len(CAMPAIGNS))


def test_a_group_that_sums_more_than_it_shows_says_of_how_many() -> None:
    view = TableView(columns=("spend",), conditions=(table_view.Condition("spend", ">", 500),))
    answer = asked(view)
    counts = {line["label"]: line["count"] for line in grid_rows(answer.table, view, WRITER, 2000)}
    assert counts["Paid search"] == counts["Social"] == "2 of 3"
    assert counts["Referral"] == "1 campaign"
    search = next(row.cells["spend"] for row in answer.table.rows if row.path == ("Paid search",))
    assert search == pytest.approx(4384.80 + 577.68 + 354.96)


def test_days_as_a_level_ask_for_a_grain_and_pin_the_day_for_the_passport() -> None:
    view = TableView(("campaign", "date"), ("spend",), Sort(NAME, descending=False))
    answer = asked(view)
    assert answer.query.grain == "day" and answer.query.dimensions == ("campaign",)
    lines = grid_rows(answer.table, view, WRITER, 2000)
    day = next(line for line in lines if line["level"] == 2)
    assert (day["label"], day["days"]) == ("6 Mar 2026", "2026-03-06..2026-03-06")


def test_one_level_is_one_question() -> None:
    company = AdCompany()
    asked(TableView(("channel", "platform", "campaign"), ("spend", "cpa")), company)
    assert [query.dimensions for query in company.asked] == [
        (), ("channel",), ("channel", "platform"), ("channel", "platform", "campaign")
    ]  # fmt: skip


def test_few_cases_are_said_instead_of_a_shaky_number() -> None:
    writer = WRITER
    name = next(metric.id for metric in METRICS if metric.low_volume and metric.unit == "money")
    cells = writer.cell(name, {name: 379.5, f"{name}__n": 4554.0, f"{name}__d": 12.0})
    assert (cells[name], cells[f"{name}__c"]) == ("379.50, n = 12", "low")
    assert cells[f"{name}__why"] == "$379.50"


def test_a_zero_denominator_is_a_dash_with_its_reason() -> None:
    cells = WRITER.cell("cpa", {"cpa": None, "cpa__n": 80.0, "cpa__d": 0.0})
    assert cells["cpa"] == "–" and "denominator is zero" in cells["cpa__why"]


@pytest.mark.parametrize(
    ("column_", "now", "then", "words"),
    [
        ("cpa", 108.4, 100.0, "↑ +8.4%, worse"),
        ("attributed_revenue", 108.4, 100.0, "↑ +8.4%, better"),
        ("spend", 108.4, 100.0, "↑ +8.4%, neutral"),
        ("spend", 100.2, 100.0, "no clear change"),
        ("clicks", 4.0, 0.0, "new"),
        ("ctr", 0.031, 0.029, "↑ +0.20 pp, better"),
    ],
)
def test_a_change_says_its_direction_in_words(column_: str, now: float, then: float, words: str) -> None:
    cells = WRITER.change(column_, {column_: now, f"{column_}__base": then})
    assert cells[f"{column_}__change"] == words


def cells_of(column: str, **row: float | None) -> dict[str, str]:
    return WRITER.cell(column, row)


def test_a_return_on_few_conversions_is_grey_and_says_how_many() -> None:
    assert cells_of("roas", roas=1.5544, conversions=6.0) == {
        "roas": "1.6x, n = 6", "roas__c": "low", "roas__why": "1.6x",
    }  # fmt: skip
    assert cells_of("roas", roas=1.5544, conversions=30.0) == {"roas": "1.6x"}
    assert cells_of("cpa", cpa=460.4, cpa__d=6.0)["cpa"] == "460.40, n = 6"
    amount = cells_of("attributed_revenue", attributed_revenue=902.5, conversions=6.0)
    assert amount == {"attributed_revenue": "902.50"}  # of few, and no less sure


def test_what_ran_before_and_not_now_says_that_no_ads_ran() -> None:
    assert cells_of("spend", spend=None, spend__base=80.0)["spend__why"] == "No ads ran in this range."
    assert cells_of("spend", spend=None, spend__base=None)["spend__why"] == "There is no number for this."
    assert cells_of("leads", leads=None, leads__base=8.0)["leads__why"] == "There is no number for this."


def test_the_total_leaves_what_ads_cost_to_the_line_of_paid_media() -> None:
    view = TableView(("channel",), ("spend", "conversions", "roas"))
    total = {"spend": 1000.0, "conversions": 90.0, "roas": 9.0}
    paid = {"spend": 1000.0, "conversions": 40.0, "roas": 3.5}
    whole = table.Table((), total, 3, 3, 3, mixed=(True, False))
    first, second = total_row(whole, view, WRITER, paid)
    assert (first["label"], first["conversions"], first["roas"]) == ("Total, 3 channels", "90", "–")
    assert first["roas__why"].startswith("Ad spend is set against what paid media brought")
    assert (second["label"], second["conversions"], second["roas"]) == ("Of these, paid media", "40", "3.5x")
    assert second["where"] == {"paid": "1"}


def test_the_table_judges_a_change_with_the_words_of_the_cards() -> None:
    writer = WRITER
    said = writer.change("ctr", {"ctr": 0.098, "ctr__base": 0.23})
    assert (said["ctr__change"], said["ctr__change__c"]) == ("↓ −13.2 pp, worse", "worse")
    assert writer.change("spend", {"spend": 12.0, "spend__base": 0.0})["spend__change"] == "new"
    young = {"lead_to_opportunity": 0.1, "lead_to_opportunity__base": 0.3, "lead_to_opportunity__young": True}
    said = writer.change("lead_to_opportunity", young)
    assert said["lead_to_opportunity__change"] == "too young to compare"


def test_days_are_the_newest_first_alone_and_below_their_campaign() -> None:
    alone = asked(TableView(columns=("spend",)).regrouped(("date",)))
    days = [row.path[-1] for row in alone.table.rows]
    assert days == sorted(days, reverse=True) and len(days) == WEEK.days
    below = asked(TableView(("campaign", "date"), ("spend",)))
    first = below.table.rows[0].path[0]
    inside = [row.path[1] for row in below.table.rows if row.level == 2 and row.path[0] == first]
    assert inside == sorted(inside, reverse=True)
    spent = column(below, "spend", 1)
    assert spent == sorted(spent, reverse=True)
    assert table.order(TableView().regrouped(("date",))) == (Sort("date", True),)


def test_a_change_of_few_cases_is_not_called_better_or_worse() -> None:
    writer = WRITER
    few = writer.change("cpa", {"cpa": 200.0, "cpa__base": 400.0, "cpa__d": 6.0})
    assert (few["cpa__change"], few["cpa__change__c"]) == ("↓ −50.0%", "flat")
    chance = writer.change("conversions", {"conversions": 6.0, "conversions__base": 3.0})
    assert chance["conversions__change"] == "no clear change"  # 1.96 x sqrt(6 + 3) = 5.9


def test_a_change_of_a_day_names_its_base_day_and_is_judged_beside_its_own_weekday_only() -> None:
    row = {"clicks": 609.0, "clicks__base": 472.0}
    sunday = row | {BASE_DAY: date(2026, 10, 25), OTHER_WEEKDAY: True}
    assert WRITER.change("clicks", sunday) == {
        "clicks__change": "↑ +29.0%",
        "clicks__change__c": "flat",
        "clicks__change__why": "Sunday 25 Oct 2026: 472. Another weekday, so not judged.",
    }
    tuesday = WRITER.change("clicks", row | {BASE_DAY: date(2026, 10, 27)})
    assert (tuesday["clicks__change"], tuesday["clicks__change__c"]) == ("↑ +29.0%, better", "better")
    assert tuesday["clicks__change__why"] == "Tuesday 27 Oct 2026: 472"


def test_the_total_counts_who_has_a_number_and_not_who_had_one_before() -> None:
    view = TableView(("channel",), ("spend",))
    frames = tuple(
        replace(asked(view).leaf, rows=rows)
        for rows in ([{"spend": 5.0}], [{"channel": "A", "spend": 5.0}, {"channel": "B", "spend": None}])
    )
    whole = table.compose(view, frames)
    (line,) = total_row(whole, view, WRITER)
    assert (whole.of, line["label"]) == (2, "Total, 1 channel")
