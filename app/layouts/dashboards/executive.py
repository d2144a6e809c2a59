"""The Executive dashboard: is the company growing, through what, and what is to be done."""

from __future__ import annotations

from app.layouts.dashboards.base import DASHBOARDS, Dashboard
from app.layouts.widgets.kpi import Kpi

EXECUTIVE = DASHBOARDS.add(
    Dashboard(
        id="executive",
        title="executive.title",
        icon="executive",
        rows=(
            (
                Kpi(id="revenue", title="executive.revenue", metric="mrr", months=12,
                    beside=(("arr", "widgets.revenue_beside_arr"),)),
                Kpi(id="customers", title="executive.customers", metric="customers", months=12,
                    beside=(("new_customers", "widgets.customers_beside_new"),
                            ("churned_customers", "widgets.customers_beside_lost"))),
                Kpi(id="market", title="executive.market", metric="market_share", months=12),
                Kpi(id="brand", title="executive.brand", metric="nps", months=12, show_n=True,
                    beside=(("aided_awareness", "widgets.brand_beside_aided"),)),
            ),
        ),
    )
)
