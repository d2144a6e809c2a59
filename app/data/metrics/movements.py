"""How MRR moved: by why a subscription began, grew, shrank or ended. Their sum is net new MRR."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Measure, Metric, of

KINDS = {
    "new_mrr": ("new", "New MRR", "MRR of customers whose first subscription started in the range."),
    "reactivated_mrr": ("reactivation", "Reactivated MRR", "MRR of customers who came back in the range."),
    "expansion_mrr": ("expansion", "Expansion MRR", "MRR that existing customers added in the range."),
    "contraction_mrr": ("contraction", "Contraction MRR", "MRR that staying customers gave up, below zero."),
    "churned_mrr": ("churn", "Churned MRR", "MRR of customers who left in the range, below zero."),
}

for _id, (_kind, _title, _definition) in KINDS.items():
    METRICS.add(
        Metric(
            _id,
            _title,
            _definition,
            "money",
            "up",
            of(Measure(f"mrr_{_kind}", "movement", "amount", where=(("kind", _kind),), money=True)),
            source="From billing's subscriptions.",
            group="Revenue",
        )
    )
