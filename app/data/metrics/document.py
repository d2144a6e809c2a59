"""Metrics written out for people: `docs/metrics.md`, `pad explain` and the glossary read from here."""

from __future__ import annotations

from typing import Any

from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS, METRICS, Metric
from app.data.metrics.formula import formula
from app.settings import Settings

INTRODUCTION = """\
# Metrics

Generated from the registry (`app/data/metrics/`); `tests/unit/test_metrics_document.py` keeps it current.
Sums first, division last: numerator and denominator are each added up over what is asked, then divided.
A denominator of zero gives no answer, and so does a missing part.
"""


def document() -> str:
    """The text of `docs/metrics.md`."""
    catalogue.load()
    groups: dict[str, list[Metric]] = {}
    for metric in METRICS:
        groups.setdefault(metric.group, []).append(metric)
    parts = [INTRODUCTION]
    for name, metrics in groups.items():
        parts += [f"## {name}", *(entry(metric.id) for metric in metrics)]
    parts += ["## Dimensions", "\n".join(f"- `{d.id}`: {d.definition}" for d in DIMENSIONS)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def entry(metric_id: str, settings: Settings | None = None) -> str:
    """One metric in Markdown; with settings, their values in its formula. Raises: InputError for an unknown
    one."""
    catalogue.load()
    metric = METRICS.get(metric_id)
    direction = {"up": "more is better", "down": "less is better", "neutral": "neither is better"}
    label = f", labelled “{metric.label}”" if metric.label else ""
    lines = [
        f"### {metric.title} (`{metric.id}`)",
        metric.definition,
        "",
        f"- Formula: {formula(metric, settings)}",
        f"- Unit: {metric.unit}; {direction[metric.direction]}{label}",
        f"- By: {', '.join(catalogue.dimensions(metric.id))}",
        f"- Facts: {', '.join(fact.table.name for fact in catalogue.facts(metric.id))}",
        f"- Version {metric.version} since {metric.since}, owner: {metric.owner}",
    ]
    return "\n".join([*lines, f"- Source: {metric.source}" if metric.source else ""]).strip() + "\n"


def listing() -> list[dict[str, Any]]:
    """Every metric as plain values, for lists."""
    catalogue.load()
    return [
        {
            "id": metric.id,
            "title": metric.title,
            "definition": metric.definition,
            "unit": metric.unit,
            "direction": metric.direction,
            "dimensions": list(catalogue.dimensions(metric.id)),
            "formula": formula(metric),
            "label": metric.label,
            "owner": metric.owner,
            "version": metric.version,
            "group": metric.group,
        }
        for metric in METRICS
    ]
