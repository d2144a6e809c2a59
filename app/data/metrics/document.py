"""Metrics written out for people: `docs/metrics.md`, `pad explain` and the glossary read from here."""

from __future__ import annotations

from typing import Any

from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS, METRICS, Metric
from app.data.metrics.formula import formula
from app.settings import Settings
from app.text import t


def document() -> str:
    """The text of `docs/metrics.md`."""
    catalogue.load()
    groups: dict[str, list[Metric]] = {}
    for metric in METRICS:
        groups.setdefault(metric.group, []).append(metric)
    parts = [f"# {t('explain.title')}", t("explain.introduction")]
    for name, metrics in groups.items():
        parts += [f"## {name}", *(entry(metric.id) for metric in metrics)]
    parts += [f"## {t('explain.dimensions')}", "\n".join(f"- `{d.id}`: {d.definition}" for d in DIMENSIONS)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def entry(metric_id: str, settings: Settings | None = None) -> str:
    """One metric in Markdown; with settings, their values in its formula. Raises: InputError for an unknown
    one."""
    catalogue.load()
    metric = METRICS.get(metric_id)
    facts = ", ".join(fact.table.name for fact in catalogue.facts(metric.id))
    said = [
        t("explain.formula", formula=formula(metric, settings)),
        _unit(metric, settings or Settings()),
        t("explain.by", dimensions=", ".join(catalogue.dimensions(metric.id))),
        t("explain.facts", facts=facts),
        t("explain.version", version=metric.version, since=metric.since, owner=metric.owner),
        *([t("explain.source", source=metric.source)] if metric.source else []),
    ]
    head = [f"### {metric.title} (`{metric.id}`)", metric.definition, ""]
    return "\n".join([*head, *(f"- {line}" for line in said)]) + "\n"


def _unit(metric: Metric, settings: Settings) -> str:
    given = {"unit": metric.unit, "direction": t(f"explain.direction_{metric.direction}")}
    label = metric.label(settings.attribution_lookback_days)
    return t("explain.labelled", **given, label=label) if label else t("explain.unit", **given)


def listing(settings: Settings) -> list[dict[str, Any]]:
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
            "formula": formula(metric, settings),
            "label": metric.label(settings.attribution_lookback_days),
            "owner": metric.owner,
            "version": metric.version,
            "group": metric.group,
        }
        for metric in METRICS
    ]
