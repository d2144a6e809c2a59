"""The Executive dashboard asks only what the real query engine can answer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.accounts import users
from app.data.metrics.base import METRICS
from app.data.query.frame import Target
from app.data.warehouse.snapshots import Snapshots
from app.figures.contributions import closes, contributions
from app.layouts.board import context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.widgets.insights import Insights, together
from app.text import t
from tests import warehouse
from tests.demo_company import Site, email
from tests.fakes import services, viewer
from tests.page_text import read, sentences
from tests.visits import RANGE

WIDGETS = [widget for widget in EXECUTIVE.widgets() if not widget.live]


@pytest.mark.parametrize("search", ["", "?segment=mobile", "?range=last_year&compare=year"])
@pytest.mark.parametrize("widget", WIDGETS, ids=[widget.id for widget in WIDGETS])
def test_every_card_is_answered_by_the_warehouse(widget: object, search: str, tmp_path: Path) -> None:
    made = replace(services(tmp_path), query=warehouse.runner(warehouse.company()))
    card = str(one(made, widget, context_of(made, viewer(), EXECUTIVE.id, search)))  # type: ignore[arg-type]
    assert "state-error" not in card
    assert t("states.card_failed") not in card


@pytest.mark.parametrize("search", ["", "?range=last_7_days", "?range=2026-02-01..2026-03-11"])
def test_the_parts_of_every_explained_change_sum_to_it_in_the_warehouse(search: str, tmp_path: Path) -> None:
    made = replace(services(tmp_path), query=warehouse.runner(warehouse.company()))
    context = context_of(made, viewer(), EXECUTIVE.id, search)
    (insights,) = [widget for widget in WIDGETS if isinstance(widget, Insights)]
    changed = []
    for entry, asked in together(insights.explained).items():
        metric, total = METRICS.get(entry.metric), made.query.run(asked.total(context))
        value, base = total.value(entry.metric), total.base(entry.metric)
        if value is None or base is None:
            continue
        parts = contributions(made.query.run(asked.parts(context)), total.rows[0], metric, entry.dimension)
        assert sum(part.change for part in parts) == pytest.approx(value - base), entry.metric
        assert closes(parts, value - base)
        changed += [metric.denominator is not None] if value != base else []
    assert {True, False} == set(changed), "sums and rates"


# The key of the made-up company plants it 47 to 43 days before its first start, here 15 June 2026; the base
# is the five days before.
SPIKE, BEFORE = ("2026-04-29", "2026-05-03"), ("2026-04-24", "2026-04-28")
BY_CAMPAIGN = """SELECT campaign, sum(cost) / 1e6, sum(clicks)
    FROM fact_ad JOIN dim_campaign USING (campaign_key) WHERE date BETWEEN ? AND ? GROUP BY campaign"""


def spike_by_hand(site: Site) -> tuple[float, dict[str, float]]:
    """How much a click cost more in the days of the spike, and what each campaign added, by own SQL."""
    with Snapshots(site.services.settings.warehouse_dir).cursor() as cursor:
        now, then = (
            {name: (cost, clicks) for name, cost, clicks in cursor.execute(BY_CAMPAIGN, days).fetchall()}
            for days in (SPIKE, BEFORE)
        )
    (cost, clicks), (base_cost, base_clicks) = (
        [sum(row[at] for row in rows.values()) for at in (0, 1)] for rows in (now, then)
    )
    mean = (cost / clicks + base_cost / base_clicks) / 2
    added = {}
    for name in now.keys() | then.keys():
        (n, d), (m, e) = now.get(name, (0, 0)), then.get(name, (0, 0))
        added[name] = n / clicks - m / base_clicks - mean * (d / clicks - e / base_clicks)
    return cost / clicks - base_cost / base_clicks, added


def test_the_planted_rise_of_the_cost_per_click_is_told_with_the_campaigns_that_made_it(site: Site) -> None:
    """The spike is in every search campaign with a daily budget: the clicks of these cost more themselves."""
    change, added = spike_by_hand(site)
    assert change > 0 and sum(added.values()) == pytest.approx(change)
    reader = users.viewer(site.services.database, email("executive"))
    context = context_of(site.services, reader, EXECUTIVE.id, f"?range={'..'.join(SPIKE)}")
    (insights,) = [widget for widget in WIDGETS if isinstance(widget, Insights)]
    card = read(one(site.services, insights, context).html)
    (line,) = [line for line in card.named("li") if "Cost per click rose" in line.words]
    first, second, *_ = sorted(added, key=lambda name: -abs(added[name]))
    words, units = sentences(line), context.units
    assert re.search(
        rf"{first} (\S+) \(rose itself\), {second} (\S+) \(.*\); Other \({len(added) - 2}\)", words
    ), (words, added)
    parts = [one for one in line.named("number") if "aspect=added" in one.attributes["data-asked"]]
    rest = change - added[first] - added[second]
    exact = [units.change(value, "money", full=True) for value in (added[first], added[second], rest)]
    assert [part.attributes["title"] for part in parts] == exact
    assert f"sums to {units.change(change, 'money', full=True)}." in words
    assert first.startswith(("Search", "Competitors", "Dynamic", "DSA"))


def test_the_data_card_names_every_source_behind_the_numbers_of_the_page(site: Site) -> None:
    reader = users.viewer(site.services.database, email("executive"))
    context = context_of(site.services, reader, EXECUTIVE.id, f"?range={RANGE}")
    behind = {
        widget.id: {
            entry.title
            for query in widget.queries(context)
            for entry in site.services.query.run(query).freshness
        }
        for widget in WIDGETS
    }
    assert behind.pop("freshness") == set().union(*behind.values())
    assert {"Costs", "Google Ads", "Surveys"} <= set().union(*behind.values())


def test_of_two_targets_the_one_that_ends_first_is_in_force() -> None:
    connection = warehouse.empty()
    for end, value in ((date(2026, 12, 31), 200.0), (date(2026, 6, 30), 150.0), (date(2026, 1, 31), 90.0)):
        row = {"metric": "mrr", "date": date(2026, 1, 1), "ends_on": end, "value": value}
        warehouse.insert(connection, "fact_target", [row])
    found = warehouse.runner(connection).targets(date(2026, 3, 12))
    assert found == (Target("mrr", date(2026, 1, 1), date(2026, 6, 30), 150.0),)
