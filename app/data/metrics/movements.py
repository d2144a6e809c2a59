"""How MRR moved: by why a subscription began, grew, shrank or ended. Their sum is net new MRR."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Measure, Metric, number, of

KINDS = {
    "new_mrr": "new",
    "reactivated_mrr": "reactivation",
    "expansion_mrr": "expansion",
    "contraction_mrr": "contraction",
    "churned_mrr": "churn",
}
MOVED = {
    kind: Measure(f"mrr_{kind}", "movement", "amount", where=(("kind", kind),), money=True)
    for kind in KINDS.values()
}

for _id, _kind in KINDS.items():
    METRICS.add(Metric(_id, "money", "up", of(MOVED[_kind]), basis="billing", theme="revenue"))

METRICS.add(
    Metric(
        "quick_ratio",
        "multiple",
        "up",
        of(MOVED["new"]) + of(MOVED["reactivation"]) + of(MOVED["expansion"]),
        number(0) - (of(MOVED["churn"]) + of(MOVED["contraction"])),
        basis="billing",
        labelled="range",
        theme="revenue",
    )
)
