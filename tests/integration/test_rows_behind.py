"""Every number can be made again from the rows that its passport leads to, by whoever has a calculator."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from app.accounts import users
from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.query.frame import Passport
from app.data.query.spec import PAID, Filter, MetricQuery, RowQuery
from app.errors import InputError
from app.layouts import campaign_table, row_page
from app.layouts.filters import DIMENSIONS
from app.periods import Period
from app.units import MISSING
from tests import warehouse
from tests.demo_company import Site, email
from tests.visits import exported

MAY = "2026-05-01..2026-05-31"
MARGIN = 0.8
# A metric in terms of the sums of its rows' columns; written by hand from the definitions, not the registry.
RECIPES: Mapping[str, Callable[[Any], float]] = {
    "ctr": lambda s: s.clicks / s.impressions,
    "cpc": lambda s: s.spend / s.clicks,
    "cpm": lambda s: s.spend / s.impressions * 1000,
    "cpa_claimed": lambda s: s.spend / s.claimed_conversions,
    "roas_claimed": lambda s: s.claimed_value / s.spend,
    "arr": lambda s: s.mrr * 12,
    "mrr_growth": lambda s: s.net_new_mrr / (s.mrr - s.net_new_mrr),
    "quick_ratio": lambda s: (
        (s.new_mrr + s.reactivated_mrr + s.expansion_mrr) / -(s.churned_mrr + s.contraction_mrr)
    ),
    "arpa": lambda s: s.mrr / s.customers,
    "logo_churn": lambda s: s.customers_lost / s.customers_at_start,
    "gross_revenue_churn": lambda s: s.mrr_lost / s.mrr_at_start,
    "grr": lambda s: 1 - s.mrr_lost / s.mrr_at_start,
    "nrr": lambda s: s.mrr_at_end / s.mrr_at_start,
    "ltv": lambda s: s.mrr / s.customers * MARGIN / max(s.customers_lost / s.customers_at_start, 1 / 60),
    "nps": lambda s: (s.promoters - s.detractors) / s.nps_answers * 100,
    "nps_promoters": lambda s: s.promoters / s.nps_answers,
    "nps_detractors": lambda s: s.detractors / s.nps_answers,
    "aided_awareness": lambda s: s.aided / s.asked_aided,
    "unaided_awareness": lambda s: s.unaided / s.asked_unaided,
    "market_share": lambda s: s.own_month_revenue / s.market_revenue,
    "market_share_low": lambda s: s.own_month_revenue / s.market_revenue_at_most,
    "market_share_high": lambda s: s.own_month_revenue / s.market_revenue_at_least,
    "engagement_rate": lambda s: s.engaged_sessions / s.sessions,
    "bounce_rate": lambda s: 1 - s.engaged_sessions / s.sessions,
    "session_duration": lambda s: s.engagement_seconds / s.sessions,
    "pages_per_session": lambda s: s.page_views / s.sessions,
    "session_conversion_rate": lambda s: s.key_event_sessions / s.sessions,
    "visitor_to_lead": lambda s: s.leads / s.visitors,
    "lead_to_opportunity": lambda s: s.leads_with_opportunity / s.leads,
    "opportunity_to_customer": lambda s: s.customers_won / s.deals_closed,
    "overall_conversion": lambda s: s.customers_won / s.visitors,
    "sales_velocity": lambda s: (
        s.open_deals
        * (s.customers_won / s.deals_closed)
        * (s.won_amount / s.customers_won)
        / (s.cycle_days / s.customers_won)
    ),
    "cost_per_lead": lambda s: s.spend / s.leads,
    "cpa": lambda s: s.spend / s.conversions,
    "roas": lambda s: s.attributed_revenue / s.spend,
    "roi": lambda s: s.attributed_revenue * MARGIN / (s.spend + s.costs) - 1,
    "mer": lambda s: s.invoiced_revenue / s.spend,
    "cac_paid": lambda s: s.spend / s.paid_conversions,
    "cac_loaded": lambda s: (s.spend + s.costs) / s.customers_first_won,
    "cac_payback": lambda s: RECIPES["cac_loaded"](s) / (s.new_mrr / s.new_customers * MARGIN),
    "ltv_cac": lambda s: RECIPES["ltv"](s) / RECIPES["cac_loaded"](s),
}


def cells(site: Site, metric: str) -> list[dict[str, str]]:
    """The whole, and one member of a dimension drawn by lot for each metric."""
    drawn, found = random.Random(metric), [{}] if "claimed" not in metric else []
    reached = [name for name in catalogue.dimensions(metric) if name in DIMENSIONS]
    for dimension in drawn.sample(reached, len(reached)):
        rows = site.services.query.run(MetricQuery((metric,), period(), (dimension,))).rows
        members = [str(row[dimension]) for row in rows if row[metric] not in (None, 0)]
        if members:
            return [*found, {dimension: drawn.choice(sorted(members))}]
    return found


def period() -> Period:
    start, end = MAY.split("..")
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def passport(site: Site, metric: str, pinned: Mapping[str, str]) -> Passport:
    where = tuple(Filter(name, (member,)) for name, member in pinned.items())
    return site.services.query.passport(metric, MetricQuery((metric,), period(), filters=where))


def sums(site: Site, found: Passport, pinned: Mapping[str, str]) -> SimpleNamespace:
    """The sums of the exported columns that the page of rows shows a total of, over all parts."""
    totals: dict[str, float] = {}
    where = tuple(Filter(name, (member,)) for name, member in pinned.items())
    for part in found.parts:
        rows = exported(site, "analyst", "rows", range=MAY, metric=found.metric, part=part.id, **pinned)
        assert len(rows) == part.rows, part
        page = site.services.query.rows(RowQuery(found.metric, period(), where, limit=1, part=part.id))
        totals |= {name: sum(float(row[name] or 0) for row in rows) for name in page.totals}
    return SimpleNamespace(**totals)


@pytest.mark.parametrize("metric", METRICS.ids())
def test_any_number_can_be_made_again_from_the_exported_rows_of_its_parts(site: Site, metric: str) -> None:
    assert site.services.settings.gross_margin == MARGIN
    recipe = RECIPES.get(metric, lambda s: getattr(s, metric))
    tried = cells(site, metric)
    assert tried
    for pinned in tried:
        found = passport(site, metric, pinned)
        assert found.value is not None, pinned
        assert recipe(sums(site, found, pinned)) == pytest.approx(found.value, rel=1e-9), pinned


def test_the_total_of_the_rows_is_the_sum_of_the_exported_ones(site: Site) -> None:
    for metric in ("spend", "conversions", "mrr", "customers_lost"):
        asked = "logo_churn" if metric == "customers_lost" else metric
        rows = exported(site, "analyst", "rows", range=MAY, metric=asked)
        total = site.services.query.rows(RowQuery(asked, period(), limit=1)).totals[metric]
        assert total == pytest.approx(sum(float(row[metric] or 0) for row in rows)) and total


def test_claims_of_two_platforms_have_rows_and_no_total() -> None:
    runner, january = warehouse.runner(warehouse.company()), Period(date(2026, 1, 1), date(2026, 1, 31))
    every = runner.rows(RowQuery("claimed_conversions", january, limit=1))
    google = Filter("platform", ("google_ads",))
    alone = runner.rows(RowQuery("claimed_conversions", january, (google,), limit=1))
    assert every.totals == {"claimed_conversions": None}
    assert alone.totals == {"claimed_conversions": 93.0} and alone.total_rows < every.total_rows


def test_a_part_that_a_metric_lacks_is_refused_with_those_it_has(site: Site) -> None:
    with pytest.raises(InputError) as refused:
        site.services.query.rows(RowQuery("roas", period(), part="everything"))
    assert str(refused.value) == "Unknown part 'everything'. Known: ad_sum, credit_sum."
    answer = site.browser("analyst").client.get("/export/rows.csv?metric=roas&part=everything")
    assert answer.status_code == 400 and "Known: ad_sum, credit_sum." in answer.text


def test_the_rows_of_paid_media_are_paid_in_both_parts(site: Site) -> None:
    found = site.services.query.passport("roas", MetricQuery(("roas",), period(), filters=(PAID,)))
    revenue, spend = (
        exported(site, "executive", "rows", range=MAY, metric="roas", part=part.id, paid="1")
        for part in found.parts
    )
    assert {row["platform"] for row in (*revenue, *spend)}.isdisjoint({"(not set)", ""})
    made = sum(float(row["attributed_revenue"] or 0) for row in revenue) / sum(
        float(row["spend"] or 0) for row in spend
    )
    assert made == pytest.approx(found.value)


def test_a_day_without_ad_spend_leads_to_rows_that_are_there(site: Site) -> None:
    """Conversions come days after the last click that was paid for: such a day has no spend."""
    services = site.services
    reader = users.viewer(services.database, email("analyst"))
    search = f"range={MAY}&channel=Paid+search&campaign=Product+Launch&group=date"
    lines = campaign_table.show(search, services, reader).rows
    unpaid = [line for line in lines if line["spend"] == MISSING]
    assert {"0", "1"} <= {line["conversions"] for line in unpaid}
    for line in unpaid:
        asked = row_page.read(line["href"].split("?")[1], services, reader)
        assert asked.metric.id == "conversions"
        assert services.query.rows(asked.query).total_rows == int(line["conversions"])
