"""Formulas as people read them: titles instead of ids, in the glossary and in passports alike."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Expr, Measure, Metric
from app.text import t

ACRONYMS = {"mrr": "MRR", "nps": "NPS"}
SIGNS = {"add": " + ", "known": " + ", "sub": " − ", "mul": " × "}


def formula(metric: Metric) -> str:
    """numerator ÷ denominator × scale, in words."""
    text = words(metric.numerator, outer=metric.denominator is None)
    if metric.denominator is not None:
        text = f"{text} ÷ {words(metric.denominator)}"
    return f"{text} × {metric.scale:g}" if metric.scale != 1 else text


def words(expr: Expr, *, outer: bool = False) -> str:
    """An expression with titles instead of ids."""
    first = expr.parts[0]
    if isinstance(first, Measure):
        return _measure(first)
    if expr.op == "metric":
        return METRICS.get(str(first)).title
    if expr.op == "setting":
        return t(f"glossary.setting_{first}")
    if expr.op == "number":
        return f"{first:g}"
    zero = ("number", (0,))  # stands for what may be missing; says nothing to a reader
    parts = [part for part in expr.parts if isinstance(part, Expr) and (part.op, part.parts) != zero]
    shown = [words(part) for part in parts]
    if expr.op == "monthly":
        return t("glossary.monthly", rate=shown[0])
    text = SIGNS[expr.op].join(shown)
    return text if outer or expr.op == "mul" or len(shown) == 1 else f"({text})"


def _measure(measure: Measure) -> str:
    """A measure as the metric that is just it is called, else its own name in words."""
    plain = (m for m in METRICS if m.denominator is None and m.scale == 1 and m.numerator.parts == (measure,))
    metric = next(plain, None)
    words = [ACRONYMS.get(word, word) for word in measure.id.split("_")]
    return metric.title if metric else " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])
