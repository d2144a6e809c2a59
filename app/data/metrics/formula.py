"""Formulas as people read them: titles instead of ids, everywhere alike."""

from __future__ import annotations

from app.data.metrics import parts
from app.data.metrics.base import METRICS, Expr, Measure, Metric
from app.settings import Settings
from app.text import t

SIGNS = {"add": " + ", "known": " + ", "sub": " − ", "mul": " × "}
ZERO = ("number", (0,))  # stands for what may be missing; says nothing to a reader


def formula(metric: Metric, settings: Settings | None = None) -> str:
    """numerator ÷ denominator × scale, in words; with settings, each of them with its value."""
    text = words(metric.numerator, settings, outer=metric.denominator is None)
    if metric.denominator is not None:
        below = words(metric.denominator, settings)
        text = f"{text} ÷ ({below})" if metric.denominator.op == "mul" else f"{text} ÷ {below}"
    return f"{text} × {metric.scale:g}" if metric.scale != 1 else text


def words(expr: Expr, settings: Settings | None = None, *, outer: bool = False) -> str:
    """An expression with titles instead of ids."""
    first = expr.parts[0]
    if isinstance(first, Measure):
        return parts.title(first)
    if expr.op == "metric":
        return METRICS.get(str(first)).title
    if expr.op == "setting":
        return _setting(str(first), settings)
    if expr.op == "number":
        return f"{first:g}"
    return _joined(expr, settings, outer=outer)


def _joined(expr: Expr, settings: Settings | None, *, outer: bool) -> str:
    """Terms with their sign between them; sums of sums need no brackets."""
    terms = [part for part in expr.parts if isinstance(part, Expr)]
    told = [part for part in terms if (part.op, part.parts) != ZERO]
    shown = [words(part, settings, outer=expr.op == part.op == "add") for part in told]
    if expr.op == "monthly":
        return t("glossary.monthly", rate=shown[0])
    if expr.op == "sub" and told[0] is not terms[0]:
        return f"−{shown[0]}"
    text = SIGNS[expr.op].join(shown)
    return text if outer or expr.op == "mul" or len(shown) == 1 else f"({text})"


def _setting(name: str, settings: Settings | None) -> str:
    if settings is None:
        return t(f"glossary.setting_{name}")
    return t(f"glossary.setting_{name}_of", value=getattr(settings, name))
