"""Every section of every report says something true of full, empty, failed and denied answers."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import pytest

from app.data.query.frame import MetricFrame
from app.data.query.spec import Filter, MetricQuery
from app.errors import AccessDenied, DataUnavailable
from app.reports.document import Chart, Table, Text
from app.reports.renderers import cells, csv_file
from app.reports.section import SECTIONS, Section
from app.text import t
from app.units import Units
from tests.fakes import FakeRunner
from tests.report_case import coming, document

every_section = pytest.mark.parametrize("section", list(SECTIONS), ids=SECTIONS.ids())
ASKING = [section for section in SECTIONS if section.id != "coming_week_forecast"]
asking_section = pytest.mark.parametrize("section", ASKING, ids=[section.id for section in ASKING])


@every_section
def test_a_full_section_has_a_title_and_tables_whose_rows_fit_their_columns(section: Section) -> None:
    made = document(FakeRunner(), section.id, forecasts=coming())
    (part,) = made.sections
    assert part.title == t(f"reports.section_{section.id}")
    assert part.problem == ""
    assert part.has_data
    for table in (block for block in part.blocks if isinstance(block, Table)):
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
        assert len(table.total) in (0, len(table.columns))
        assert not table.tones or {len(tones) for tones in table.tones} == {len(table.columns)}


@every_section
def test_a_figure_says_its_numbers_in_words_and_is_plain_data(section: Section) -> None:
    made = document(FakeRunner(), section.id, forecasts=coming())
    for chart in (block for block in made.sections[0].blocks if isinstance(block, Chart)):
        assert json.loads(json.dumps(chart.figure)) == chart.figure
        assert ": " in chart.words


@every_section
def test_without_numbers_a_section_says_so_and_shows_no_zero(section: Section) -> None:
    (part,) = document(FakeRunner(missing=True), section.id).sections
    assert not part.has_data
    assert part.problem == ""
    assert not [block for block in part.blocks if isinstance(block, Table)]
    assert part.blocks


@asking_section
def test_a_section_whose_question_failed_names_the_problem(section: Section) -> None:
    runner = FakeRunner(error=lambda query: DataUnavailable("The warehouse is being filled."))
    made = document(runner, section.id)
    assert made.problems == (f"{section.title}: The warehouse is being filled.",)


@asking_section
def test_what_the_owner_may_not_see_is_left_out_and_said(section: Section) -> None:
    runner = FakeRunner(error=lambda query: AccessDenied("Leads have no region."))
    made = document(runner, section.id)
    assert made.problems == ()
    assert made.sections[0].blocks[0].words == "Left out: Leads have no region."  # type: ignore[union-attr]


def test_the_coming_week_adds_up_what_the_days_expect_in_whole_counts() -> None:
    table, _ = document(FakeRunner(), "coming_week_forecast", forecasts=coming()).tables()
    assert table.rows == (("Leads", 108.0, 11.0, 19.0),)  # seven days of 15.4
    assert cells.written(table, 0, 1, Units()) == "108"
    assert table.title == "Expected, 9–15 Mar 2026"
    assert table.note.startswith("How it is predicted: ETS, with the data up to 8 Mar 2026.")


def test_of_what_stands_at_the_end_of_a_day_the_last_day_is_told_and_no_sum() -> None:
    _, table = document(FakeRunner(), "coming_week_forecast", forecasts=coming()).tables()
    assert table.rows == (("MRR", 1006.0, 894.0, 1106.0),)
    assert table.title == "Expected at the end of 15 Mar 2026"
    assert [column.title for column in table.columns] == ["Figure", "Expected", "At least", "At most"]


def test_growth_draws_revenue_and_customers_of_the_last_twelve_whole_months() -> None:
    made = document(FakeRunner(), "growth")
    revenue, customers = made.charts()
    assert (revenue.title, customers.title) == ("Recurring revenue (MRR) by month", "Customers by month")
    months = revenue.figure["data"][0]["x"]
    assert (months[0], months[-1], len(months)) == ("Mar 2025", "Feb 2026", 12)  # March is not over
    assert [key.metric for key in made.keys] == ["mrr", "customers"]
    assert re.fullmatch(r"\d+ new, \d+ lost", made.keys[1].note)


def test_growth_says_that_a_filter_of_devices_cannot_narrow_it() -> None:
    made = document(FakeRunner(), "growth", filters=(Filter("device", ("mobile",)),))
    assert made.sections[0].blocks[0] == Text(
        "Revenue and customers know no device: they are of the whole company here, whatever the filters say."
    )


def test_the_return_on_marketing_stands_by_channel_the_best_first() -> None:
    (chart,) = document(FakeRunner(), "marketing_roi").charts()
    values = chart.figure["data"][0]["y"]
    assert len(values) == 7 and values == sorted(values, reverse=True)
    assert chart.figure["data"][0]["text"] == [Units().short(value, "ratio") for value in values]


@pytest.mark.parametrize(("conversions", "said"), [(40.0, "Below zero: Email."), (4.0, "No channel with")])
def test_a_channel_of_few_conversions_is_not_called_a_loss(conversions: float, said: str) -> None:
    class Losing(FakeRunner):
        def run(self, query: MetricQuery) -> MetricFrame:
            frame = super().run(query)
            worse = {"roi": -0.4, "conversions": conversions}
            rows = [{**row, **worse} if row.get("channel") == "Email" else row for row in frame.rows]
            return replace(frame, rows=rows) if "roi" in query.metrics else frame

    made = document(Losing(), "marketing_roi")
    assert said in made.sections[0].blocks[0].words  # type: ignore[union-attr]
    (chart,) = made.charts()
    assert chart.figure["data"][0]["x"][-1] == "Email"
    assert chart.figure["data"][0]["marker"]["color"][-1] == (
        "--s-email" if conversions == 40 else "--border-strong"
    )


def test_a_sale_is_credited_to_channel_and_campaign_in_the_data() -> None:
    made = document(FakeRunner(), "attribution")
    rows = list(csv.DictReader(io.StringIO(csv_file.table(made).decode())))
    found = [row for row in rows if row["section"] == "attribution" and row["row"] == "Email / Retargeting"]
    assert [(row["column"], row["kind"], row["unit"]) for row in found] == [
        ("conversions", "attributed", "count"),
        ("attributed_revenue", "attributed", "USD"),
    ]
    (table,) = made.tables()
    (line,) = [row for row in table.rows if row[0] == "Email / Retargeting"]
    assert [float(row["value"]) for row in found] == [line[1], line[2]]


def test_without_a_forecast_none_is_made_up() -> None:
    (part,) = document(FakeRunner(), "coming_week_forecast").sections
    assert part.blocks[0].words == "No forecast of the coming days has been made yet."  # type: ignore[union-attr]


def test_a_failed_section_leaves_the_others_whole() -> None:
    def broken(query: object) -> Exception | None:
        return DataUnavailable("No pages.") if "landing_page" in query.dimensions else None  # type: ignore[attr-defined]

    made = document(FakeRunner(error=broken))
    assert made.problems == ("Content: No pages.",)
    assert len([part for part in made.sections if part.has_data]) == len(SECTIONS.ids()) - 2


class Told(FakeRunner):
    """A week whose session conversion rate fell from 6.2% to 2.1%, and six conversions of campaigns."""

    def run(self, query: MetricQuery) -> MetricFrame:
        frame = super().run(query)
        rate = {"session_conversion_rate": 0.021, "session_conversion_rate__base": 0.062}
        few = {"conversions": 6.0, "cpa__d": 6.0}
        new = {"spend": 500.0, "spend__base": 0.0} if "campaign" in query.dimensions else {}
        known = [{**row, **rate, **few, **new} for row in frame.rows]
        return replace(frame, rows=known)


def test_the_change_of_a_percentage_is_told_in_points_of_it() -> None:
    made = document(Told(), "week_over_week")
    (table,) = made.tables()
    at = [row[0] for row in table.rows].index("Session conversion rate")
    assert table.rows[at][3] == pytest.approx(-0.041)
    assert cells.written(table, at, 3, Units()) == "−4.1 pp"
    line = next(row for row in csv_file.table(made).decode().splitlines() if "rate,change" in row)
    assert float(line.split(",")[4]) == pytest.approx(-4.1) and line.split(",")[5] == "pp"


class Halves(FakeRunner):
    """The first row of each answer has no base, or no value: a change that nobody knows."""

    def run(self, query: MetricQuery) -> MetricFrame:
        frame = super().run(query)
        known = {"spend": 1_000.0, "spend__base": 400.0, "leads": 90.0, "leads__base": 50.0}
        rows = [{**row, **{name: known[name] for name in known if name in row}} for row in frame.rows]
        if query.dimensions and rows:
            large = {"spend": 90_000.0, "leads": 9_000.0}
            rows[0] |= {name: value for name, value in large.items() if name in rows[0]}
            rows[0] |= {f"{name}__base": None for name in large if name in rows[0]}
        return replace(frame, rows=rows)


def test_what_is_not_known_on_both_sides_is_never_what_moved_most() -> None:
    made = document(Halves(), "campaign_summary")
    (table,), (finding,) = made.tables(), made.findings
    assert str(table.rows[0][0]) not in finding.headline
    assert "$400" in finding.headline and "$1K" in finding.headline
    (led,) = document(Halves(), "lead_generation").sections
    words = " ".join(block.words for block in led.blocks if isinstance(block, Text))
    assert "+40" in words and "+9" not in words


def test_what_rests_on_few_cases_is_grey_and_says_how_many_and_a_base_of_zero_is_new() -> None:
    (table,) = document(Told(), "campaign_summary").tables()
    cpa, roas = cells.written(table, 0, 4, Units()), cells.written(table, 0, 5, Units())
    assert cpa.endswith(", n = 6") and roas.endswith(", n = 6")
    assert (cells.low(table, 0, 5), cells.low(table, 0, 1)) == (6, None)
    assert cells.total(table, 5, Units()).endswith(", n = 6")
    assert cells.written(table, 0, 2, Units()) == "new"
    (key,) = [key for key in document(Told(), "week_over_week").keys if key.metric == "roas"]
    assert (key.change, key.verdict) == ("low volume, n = 6", "unknown")
