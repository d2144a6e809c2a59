"""A metric's formula and reach in words, read from its declaration."""

from __future__ import annotations

from app.data.metrics.base import Expr, Measure, Metric

SIGNS = {"add": " + ", "sub": " − ", "mul": " × "}


def formula(metric: Metric) -> str:
    """numerator ÷ denominator × scale."""
    text = expression(metric.numerator)
    if metric.denominator is not None:
        text = f"{text} ÷ {expression(metric.denominator)}"
    return f"{text} × {metric.scale:g}" if metric.scale != 1 else text


def expression(expr: Expr) -> str:
    """An expression with its measures by name."""
    if expr.op == "measure":
        measure = expr.parts[0]
        assert isinstance(measure, Measure)
        return measure.id
    if expr.op in SIGNS:
        inner = SIGNS[expr.op].join(expression(part) for part in expr.parts if isinstance(part, Expr))
        return f"({inner})"
    return str(expr.parts[0])
