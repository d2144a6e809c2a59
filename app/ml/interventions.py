"""What to do about a customer who may leave: a table of rules, from the strongest reason to an action.

An action is a key; its words stand in the text catalogue under `customers.do_<key>`.
"""

from __future__ import annotations

from collections.abc import Sequence

ACTION_OF = {
    "users_trend": "adoption",
    "active_users": "adoption",
    "weeks_silent": "reach_out",
    "features_used": "training",
    "features_trend": "training",
    "onboarding_step": "onboarding",
    "tickets_4w": "support",
    "tickets_12w": "support",
    "invoices_overdue": "payment",
    "late_share_180": "payment",
    "days_to_renewal": "renewal",
    "yearly": "renewal",
    "pays_monthly": "yearly_offer",
    "mrr": "plan_review",
    "mrr_change_90": "plan_review",
    "tenure_days": "check_in",
    "returned": "check_in",
}
DEFAULT = "check_in"
ACTIONS = tuple(dict.fromkeys((*ACTION_OF.values(), DEFAULT)))
# What can be acted upon goes before what merely is so (an age, a price), unless nothing else stands out.
GIVEN = frozenset({"tenure_days", "mrr", "returned", "yearly", "pays_monthly"})


def intervention(reasons: Sequence[tuple[str, float]], *, at_risk: bool) -> str:
    """The action for a customer's reasons, the largest first; nothing for those who are not at risk."""
    if not at_risk:
        return ""
    names = [name for name, _ in reasons]
    open_to = [name for name in names if name not in GIVEN] or names
    return ACTION_OF.get(open_to[0], DEFAULT) if open_to else DEFAULT
