"""The catalogue of metrics: loads every subject file once and refuses to start on a wrong declaration."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from hashlib import sha256

from app.data.metrics.base import DIMENSIONS, METRICS, Expr, Measure, Metric
from app.data.metrics.subjects import SUBJECTS
from app.data.warehouse.facts import Fact
from app.errors import DefinitionError
from app.settings import Settings
from app.text import has

# What the panel of customers tells of each customer; not columns of the fact.
PANEL_COLUMNS = ("customers_at_start", "customers_lost", "mrr_at_start", "mrr_at_end", "mrr_lost")


@cache
def load() -> None:
    """Import every metric and validate the whole.

    Raises: DefinitionError that names the metric and what is wrong with it.
    """
    for metric in METRICS:
        check(metric)


def check(metric: Metric) -> None:
    """Refuse a metric that could not be computed. Raises: DefinitionError."""
    for measure in measures(metric.id):
        if measure.subject not in SUBJECTS:
            raise DefinitionError(f"Metric {metric.id!r} reads the unknown subject {measure.subject!r}.")
        _check_column(metric, measure)
    for expr in expressions(metric):
        _check_setting(metric, expr)
    if metric.cases and metric.cases not in METRICS:
        raise DefinitionError(
            f"Metric {metric.id!r} counts its cases by the unknown metric {metric.cases!r}."
        )
    lacking = [key for key in metric.texts() if not has(key)]
    if lacking:
        raise DefinitionError(f"Metric {metric.id!r} lacks {', '.join(lacking)} in app/text/en/metrics.toml.")
    if not metric.definition.endswith("."):
        raise DefinitionError(f"The definition of metric {metric.id!r} is not a sentence.")


def expressions(metric: Metric) -> Iterator[Expr]:
    """Every node of a metric's two expressions."""
    stack = [part for part in (metric.numerator, metric.denominator) if part]
    while stack:
        expr = stack.pop()
        yield expr
        stack.extend(part for part in expr.parts if isinstance(part, Expr))


@cache
def measures(metric_id: str, above: tuple[str, ...] = ()) -> tuple[Measure, ...]:
    """Every measure that a metric reads, other metrics' included, in order of appearance.

    Raises: DefinitionError on a circle.
    """
    if metric_id in above:
        raise DefinitionError(f"Metrics refer to each other in a circle: {' > '.join((*above, metric_id))}.")
    metric = METRICS.get(metric_id)
    parts = (metric.numerator, metric.denominator)
    found = [measure for part in parts if part for measure in _measures(part, (*above, metric_id))]
    return tuple(dict.fromkeys(found))


@cache
def additive(metric_id: str) -> bool:
    """Whether a metric, or numerator and denominator each, are sums over the members of any dimension.

    Distinct visitors are not, nor what a panel or a survey's newest wave tells, nor the claims of platforms,
    nor quotients of quotients.
    """
    metric = METRICS.get(metric_id)
    return all(_additive(part) for part in (metric.numerator, metric.denominator) if part)


@cache
def dimensions(metric_id: str) -> tuple[str, ...]:
    """The dimensions by which a metric can be asked: those that all its subjects reach."""
    subjects = {measure.subject for measure in measures(metric_id)}
    reached = [set(SUBJECTS.get(subject).dimensions()) for subject in subjects]
    return ("date", *(d.id for d in DIMENSIONS if all(d.id in dims for dims in reached)))


@cache
def facts(metric_id: str) -> tuple[Fact, ...]:
    """The facts that a metric is made of, those of totals first."""
    found = [SUBJECTS.get(measure.subject).sources[0].facts for measure in measures(metric_id)]
    return tuple({fact.id: fact for group in found for fact in group}.values())


@cache
def version() -> str:
    """Fingerprint of all declarations: a changed definition is another number, and another cache key."""
    load()
    return sha256("".join(f"{metric!r}{metric.definition}" for metric in METRICS).encode()).hexdigest()[:12]


def _measures(expr: Expr, above: tuple[str, ...]) -> Iterator[Measure]:
    for part in expr.parts:
        if isinstance(part, Measure):
            yield part
        elif isinstance(part, Expr):
            yield from _measures(part, above)
    if expr.op == "metric":
        yield from measures(str(expr.parts[0]), above)


def _additive(expr: Expr) -> bool:
    first, *others = expr.parts
    if isinstance(first, Measure):
        return first.kind in ("sum", "stock") and first.additive_across_platforms
    if expr.op in ("add", "sub", "known"):
        return all(_additive(part) or _zero(part) for part in expr.parts if isinstance(part, Expr))
    if expr.op == "mul" and isinstance(first, Expr) and isinstance(others[0], Expr):
        return others[0].op in ("number", "setting") and _additive(first)
    if expr.op == "metric":
        return METRICS.get(str(first)).denominator is None and additive(str(first))
    return False


def _zero(expr: Expr) -> bool:
    return expr.op == "number" and not expr.parts[0]


def _check_column(metric: Metric, measure: Measure) -> None:
    sources = SUBJECTS.get(measure.subject).sources
    columns = [source.columns for source in sources]
    wanted = {column for column, _ in measure.where}
    if measure.kind != "panel":
        wanted.add(measure.column)
    elif measure.column not in PANEL_COLUMNS:
        raise DefinitionError(f"Metric {metric.id!r} asks the panel for {measure.column!r}, which it lacks.")
    missing = sorted(name for name in wanted if any(name not in held for held in columns))
    if missing:
        raise DefinitionError(
            f"Metric {metric.id!r} reads {', '.join(missing)}, which subject {measure.subject!r} lacks."
        )


def _check_setting(metric: Metric, expr: Expr) -> None:
    if expr.op != "setting":
        return
    default = getattr(Settings(), str(expr.parts[0]), None)
    if not isinstance(default, int | float) or isinstance(default, bool):
        raise DefinitionError(f"Metric {metric.id!r} reads {expr.parts[0]!r}, which is no numeric setting.")
