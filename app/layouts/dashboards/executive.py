"""The Executive dashboard: is the company growing, through what, and what is to be done."""

from __future__ import annotations

from app.layouts.dashboards.base import DASHBOARDS, Dashboard
from app.layouts.widgets.actions import ActionItems
from app.layouts.widgets.campaigns import TopCampaigns
from app.layouts.widgets.freshness import SourceFreshness
from app.layouts.widgets.funnel import Funnel
from app.layouts.widgets.insights import Explained, Insights
from app.layouts.widgets.kpi import Kpi
from app.layouts.widgets.returns import Returns
from app.layouts.widgets.trend import MrrTrend

EXECUTIVE = DASHBOARDS.add(
    Dashboard(
        id="executive",
        title="executive.title",
        icon="executive",
        rows=(
            (
                Kpi(
                    id="revenue",
                    title="executive.revenue",
                    metric="mrr",
                    months=12,
                    beside=(("arr", "widgets.revenue_beside_arr"),),
                ),
                Kpi(
                    id="customers",
                    title="executive.customers",
                    metric="customers",
                    months=12,
                    beside=(
                        ("new_customers", "widgets.customers_beside_new"),
                        ("reactivated_customers", "widgets.customers_beside_reactivated"),
                        ("churned_customers", "widgets.customers_beside_lost"),
                    ),
                    rare=("reactivated_customers",),
                ),
                Kpi(id="market", title="executive.market", metric="market_share", months=12),
                Kpi(
                    id="brand",
                    title="executive.brand",
                    metric="nps",
                    months=12,
                    beside=(("aided_awareness", "widgets.brand_beside_aided"),),
                ),
            ),
            (
                MrrTrend(id="mrr", title="executive.mrr", span=8, height="large"),
                Funnel(id="funnel", title="executive.funnel", span=4, height="large"),
            ),
            (
                TopCampaigns(id="campaigns", title="executive.campaigns", span=8),
                Returns(id="returns", title="executive.returns", span=4),
            ),
            (
                Insights(
                    id="insights",
                    title="executive.insights",
                    span=5,
                    height="list",
                    explained=(
                        Explained("conversions", "channel"),
                        Explained("attributed_revenue", "channel"),
                        Explained("spend", "campaign", counted="clicks"),
                        Explained("leads", "channel"),
                        Explained("sessions", "channel"),
                        Explained("mrr", "plan", counted="customers"),
                        Explained("new_customers", "plan"),
                        Explained("cpc", "campaign"),
                        Explained("cpa", "campaign"),
                        Explained("roas", "campaign"),
                        Explained("session_conversion_rate", "channel"),
                        Explained("bounce_rate", "channel"),
                        Explained("lead_to_opportunity", "channel"),
                        Explained("opportunity_to_customer", "channel"),
                    ),
                ),
                ActionItems(id="actions", title="executive.actions", span=4, height="list"),
                SourceFreshness(
                    id="freshness",
                    title="executive.freshness",
                    span=3,
                    height="list",
                    asks=("spend", "sessions", "leads", "mrr", "nps", "market_share", "roi"),
                ),
            ),
        ),
    )
)
