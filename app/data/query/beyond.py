"""What a scope does not let be answered, in true words: which number, and by what it is not known."""

from __future__ import annotations

from collections.abc import Sequence

from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS, METRICS
from app.data.query.route import reachable
from app.data.query.spec import Scope
from app.errors import AccessDenied
from app.text import t


class OutOfScope(AccessDenied):
    """`reason`: why, in a sentence that says nothing of the asker: it can stand beside a report's section."""

    def __init__(self, message: str, *, hint: str, reason: str) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


def refusal(metric: str, asked: Sequence[str], scope: Scope) -> OutOfScope | None:
    """Why a metric cannot be told within a scope when it is split and filtered by what is asked.

    None where each of its subjects has a table that knows all of it together.
    """
    limits = tuple(limit.dimension for limit in scope.filters)
    reached = catalogue.dimensions(metric)
    if lacking := [name for name in limits if name not in reached]:
        return _lacks(metric, lacking)
    if reachable((metric,), (*asked, *limits)):
        return None
    if not reachable((metric,), limits):
        return _apart(metric, limits, ())
    for limit in limits:
        if not reachable((metric,), (*asked, limit)):
            return _apart(metric, (limit,), _culprits(metric, asked, limit))
    return _apart(metric, limits, tuple(asked))


def named(dimensions: Sequence[str]) -> str:
    """Dimensions within a sentence."""
    words = [DIMENSIONS.get(name).title.lower() for name in dict.fromkeys(dimensions)]
    return t("query.and", many=", ".join(words[:-1]), last=words[-1]) if words[1:] else "".join(words)


def _culprits(metric: str, asked: Sequence[str], limit: str) -> tuple[str, ...]:
    """What is asked and stands in no table with the limit; all of it where only its company does not."""
    found = tuple(name for name in asked if not reachable((metric,), (name, limit)))
    return found or tuple(asked)


def _lacks(metric: str, limits: Sequence[str]) -> OutOfScope:
    title = METRICS.get(metric).title
    return OutOfScope(
        t("query.not_in_scope", metric=title),
        hint=t("query.not_in_scope_hint", dimension=named(limits)),
        reason=t("query.not_known_by", metric=title, dimensions=named(limits)),
    )


def _apart(metric: str, limits: Sequence[str], split: Sequence[str]) -> OutOfScope:
    """The number has each of these, and no table has them together."""
    title = METRICS.get(metric).title
    reason = t("query.not_known_together", metric=title, dimensions=named((*limits, *split)))
    said = t("query.not_in_scope", metric=title)
    if split:
        said = t("query.not_in_scope_split", metric=title, split=named(split))
    return OutOfScope(
        said, hint=t("query.not_in_scope_apart", limits=named(limits), reason=reason), reason=reason
    )
