"""Customer scores as words: what the list, its export and the model card show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from app.accounts.viewer import Viewer
from app.data.query.predictions import CustomerScore, ScoreQuery
from app.ml import runs
from app.ml.runs import ModelRun
from app.services import Services
from app.text import has, t

COLUMNS = ("customer", "plan", "country", "probability", "reasons", "action")


@dataclass(frozen=True)
class Shown:
    """The newest scores, and the training that they come from."""

    run: ModelRun | None
    scores: Sequence[CustomerScore]


def show(services: Services, viewer: Viewer) -> Shown:
    """Within the reader's scope. Raises: AccessDenied."""
    found = [run for run in runs.newest(services.database, "churn") if run.subject == runs.CHURN]
    return Shown(
        found[0] if found else None, services.query.scores(ScoreQuery(runs.CHURN, scope=viewer.scope))
    )


def reasons(score: CustomerScore) -> str:
    """The reasons in words, the strongest first."""
    words = [reason(name) for name, _ in json.loads(score.reasons)]
    return ", ".join(words) if words else t("customers.no_reason")


def reason(name: str) -> str:
    return t(f"customers.reason_{name}")


def feature(name: str) -> str:
    """A feature by name, whichever way it moves a score."""
    key = f"customers.feature_{name}"
    return t(key) if has(key) else reason(name)


def action(score: CustomerScore) -> str:
    return t(f"customers.do_{score.intervention}") if score.intervention else ""


def lines(scores: Sequence[CustomerScore]) -> list[dict[str, object]]:
    """One mapping a customer, by column."""
    return [
        {
            "customer": score.customer_id,
            "plan": score.plan,
            "country": score.country,
            "probability": round(score.probability, 4),
            "reasons": reasons(score),
            "action": action(score),
        }
        for score in scores
    ]


def table(scores: Sequence[CustomerScore]) -> tuple[list[str], list[list[object]]]:
    """Heads and rows of the list, for an export."""
    heads = [t(f"customers.{name}") for name in COLUMNS]
    return heads, [[line[name] for name in COLUMNS] for line in lines(scores)]
