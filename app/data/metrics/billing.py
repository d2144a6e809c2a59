"""Recurring revenue and customers, from the movements that billing's subscription phases make."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Measure, Metric, metric, monthly, of, setting

MRR = Measure("mrr", "movement", "amount", "stock", money=True)
MRR_MOVED = Measure("mrr_moved", "movement", "amount", money=True)
CUSTOMERS = Measure("customers", "movement", "customers", "stock")
NEW = Measure("customers_new", "movement", "customers", where=(("kind", "new"),))
REACTIVATED = Measure("customers_reactivated", "movement", "customers", where=(("kind", "reactivation"),))
CHURNED = Measure("customers_churned", "movement", "customers_lost", where=(("kind", "churn"),))
AT_START = Measure("customers_at_start", "movement", "customers_at_start", "panel")
LOST = Measure("customers_lost", "movement", "customers_lost", "panel")
MRR_AT_START = Measure("mrr_at_start", "movement", "mrr_at_start", "panel", money=True)
MRR_KEPT = Measure("mrr_at_end", "movement", "mrr_at_end", "panel", money=True)
MRR_LOST = Measure("mrr_lost", "movement", "mrr_lost", "panel", money=True)
REVENUE = Measure("invoiced_revenue", "invoice", "amount", money=True)
BILLING = "From billing's subscriptions."
MOST_MONTHS = 60  # a lifetime beyond five years is not believed

for _metric in (
    Metric(
        "mrr",
        "MRR",
        "Monthly-normalised price of all active and past-due subscriptions at the end of the range; yearly"
        " prices count one twelfth, less lasting coupons.",
        "money",
        "up",
        of(MRR),
        source=BILLING,
        group="Revenue",
    ),
    Metric(
        "arr",
        "ARR",
        "Twelve times MRR at the end of the range.",
        "money",
        "up",
        of(MRR),
        scale=12.0,
        source=BILLING,
        group="Revenue",
    ),
    Metric(
        "net_new_mrr",
        "Net new MRR",
        "New, reactivated and expanded MRR less contracted and churned MRR of the range.",
        "money",
        "up",
        of(MRR_MOVED),
        source=BILLING,
        group="Revenue",
    ),
    Metric(
        "mrr_growth",
        "MRR growth",
        "MRR at the end less MRR at the start of the range, divided by MRR at the start.",
        "ratio",
        "up",
        of(MRR_MOVED),
        of(MRR) - of(MRR_MOVED),
        source=BILLING,
        group="Revenue",
    ),
    Metric(
        "arpa",
        "ARPA",
        "MRR divided by paying customers, both at the end of the range.",
        "money",
        "up",
        of(MRR),
        of(CUSTOMERS),
        source=BILLING,
        group="Revenue",
        low_volume=True,
    ),
    Metric(
        "customers",
        "Customers",
        "Paying customers at the end of the range.",
        "count",
        "up",
        of(CUSTOMERS),
        source=BILLING,
        group="Customers",
    ),
    Metric(
        "new_customers",
        "New customers",
        "Customers whose first subscription started in the range; returning ones are not counted.",
        "count",
        "up",
        of(NEW),
        source=BILLING,
        group="Customers",
    ),
    Metric(
        "reactivated_customers",
        "Reactivated customers",
        "Customers who had left and came back in the range; with the new ones less the churned ones they are"
        " the change in customers.",
        "count",
        "up",
        of(REACTIVATED),
        source=BILLING,
        group="Customers",
    ),
    Metric(
        "churned_customers",
        "Churned customers",
        "Customers whose last subscription ended in the range.",
        "count",
        "down",
        of(CHURNED),
        source=BILLING,
        group="Customers",
    ),
    Metric(
        "logo_churn",
        "Customer churn",
        "Customers at the start of the range who are gone at its end, divided by customers at the start.",
        "ratio",
        "down",
        of(LOST),
        of(AT_START),
        source=BILLING,
        label="Of the range or bucket shown",
        group="Customers",
        low_volume=True,
    ),
    Metric(
        "gross_revenue_churn",
        "Gross revenue churn",
        "MRR that customers of the start lost by leaving or contracting, each compared at the start and the"
        " end of the range, divided by MRR at the start.",
        "ratio",
        "down",
        of(MRR_LOST),
        of(MRR_AT_START),
        source=BILLING,
        label="Of the range or bucket shown",
        group="Customers",
    ),
    Metric(
        "grr",
        "Gross revenue retention",
        "MRR that customers of the start still pay at the end of the range, each at most what was paid at the"
        " start, divided by their MRR at the start; never above 100%.",
        "ratio",
        "up",
        of(MRR_AT_START) - of(MRR_LOST),
        of(MRR_AT_START),
        source=BILLING,
        label="Of the range or bucket shown",
        group="Customers",
        short="GRR",
    ),
    Metric(
        "nrr",
        "Net revenue retention",
        "MRR at the end of the customers of the start, divided by their MRR at the start; may exceed 100%.",
        "ratio",
        "up",
        of(MRR_KEPT),
        of(MRR_AT_START),
        source=BILLING,
        label="Of the range or bucket shown",
        group="Customers",
    ),
    Metric(
        "ltv",
        "Lifetime value",
        "ARPA times gross margin, divided by customer churn as a compound monthly rate; a lifetime counts at"
        f" most {MOST_MONTHS} months, and without churn there is no answer.",
        "money",
        "up",
        metric("arpa") * setting("gross_margin"),
        monthly(metric("logo_churn"), MOST_MONTHS),
        source=BILLING,
        label="Gross margin, simple formula",
        group="Customers",
    ),
):
    METRICS.add(_metric)
