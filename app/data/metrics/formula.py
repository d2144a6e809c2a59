"""Formulas as people read them: titles instead of ids, in the glossary and in passports alike."""

from __future__ import annotations

from app.data.metrics import parts
from app.data.metrics.base import METRICS, Expr, Measure, Metric
from app.text import t

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
        return parts.title(first)
    if expr.op == "metric":
        return METRICS.get(str(first)).title
    if expr.op == "setting":
        return t(f"glossary.setting_{first}")
    if expr.op == "number":
        return f"{first:g}"
    zero = ("number", (0,))  # stands for what may be missing; says nothing to a reader
    terms = [part for part in expr.parts if isinstance(part, Expr) and (part.op, part.parts) != zero]
    shown = [words(part) for part in terms]
    if expr.op == "monthly":
        return t("glossary.monthly", rate=shown[0])
    text = SIGNS[expr.op].join(shown)
    return text if outer or expr.op == "mul" or len(shown) == 1 else f"({text})"
