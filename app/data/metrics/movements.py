"""How MRR moved: by why a subscription began, grew, shrank or ended. Their sum is net new MRR."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Measure, Metric, number, of

KINDS = {
    "new_mrr": ("new", "New MRR", "MRR of customers whose first subscription started in the range."),
    "reactivated_mrr": ("reactivation", "Reactivated MRR", "MRR of customers who came back in the range."),
    "expansion_mrr": ("expansion", "Expansion MRR", "MRR that existing customers added in the range."),
    "contraction_mrr": ("contraction", "Contraction MRR", "MRR that staying customers gave up, below zero."),
    "churned_mrr": ("churn", "Churned MRR", "MRR of customers who left in the range, below zero."),
}
MOVED = {
    kind: Measure(f"mrr_{kind}", "movement", "amount", where=(("kind", kind),), money=True)
    for kind, _, _ in KINDS.values()
}

for _id, (_kind, _title, _definition) in KINDS.items():
    METRICS.add(
        Metric(
            _id,
            _title,
            _definition,
            "money",
            "up",
            of(MOVED[_kind]),
            source="From billing's subscriptions.",
            group="Revenue",
        )
    )

METRICS.add(
    Metric(
        "quick_ratio",
        "Quick ratio",
        "New, reactivated and expanded MRR divided by churned and contracted MRR of the range, taken above"
        " zero; without a loss there is no answer.",
        "multiple",
        "up",
        of(MOVED["new"]) + of(MOVED["reactivation"]) + of(MOVED["expansion"]),
        number(0) - (of(MOVED["churn"]) + of(MOVED["contraction"])),
        source="From billing's subscriptions.",
        label="Of the range or bucket shown",
        group="Revenue",
    )
)
