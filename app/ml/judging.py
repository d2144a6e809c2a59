"""How good a score is on rows that it has not seen, and when it is too good to be true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.errors import InputError
from app.ml.series import Floats
from app.text import t

Outcome = NDArray[np.bool_]
Groups = NDArray[np.int64]

SINGLE_LEAK = 0.99  # AUC of one feature alone
# The best AUC that an honest split gives on the public churn files; see docs/adr/0005.
BELIEVED_AUC = 0.87
BINS = 10
SURE = 1.96
MOST_PARTS = 30  # of one feature's values; more are cut into as many equal groups
PRIOR = 5  # rows of the mean outcome that each part is given, since few rows prove little
MOST_SUSPECTS = 3


@dataclass(frozen=True)
class Judgement:
    """On rows held out. `groups`: how many distinct customers they are of; `error`: standard error of the AUC
    among other customers, since rows of one move together; `calibration_error`: mean distance between
    probability and share of ten equal groups; precision, recall and F1 at the threshold."""

    rows: int
    groups: int
    base_rate: float
    auc: float
    error: float
    pr_auc: float
    brier: float
    calibration_error: float
    threshold: float
    precision: float | None
    recall: float
    f1: float
    lift: float
    flagged: int

    @property
    def likely(self) -> tuple[float, float]:
        """The ends of the 95% interval of the AUC."""
        return max(self.auc - SURE * self.error, 0.0), min(self.auc + SURE * self.error, 1.0)

    @property
    def signal(self) -> bool:
        """Whether the score tells more than chance."""
        return self.likely[0] > 0.5


def judge(probability: Floats, outcome: Outcome, threshold: float, groups: Groups) -> Judgement:
    """`groups`: which customer each row is of. Shape: (rows,), each.

    Raises: InputError when only one outcome occurs."""
    from sklearn.metrics import average_precision_score

    check_outcome(outcome)
    flagged = probability >= threshold
    hits = int((flagged & outcome).sum())
    auc = area(probability, outcome)
    top = np.argsort(-probability, kind="stable")[: max(1, len(outcome) // 10)]
    return Judgement(
        rows=len(outcome),
        groups=len(np.unique(groups)),
        base_rate=float(outcome.mean()),
        auc=auc,
        error=_error(probability, outcome, groups),
        pr_auc=float(average_precision_score(outcome, probability)),
        brier=float(np.mean((probability - outcome) ** 2)),
        calibration_error=calibration_error(probability, outcome),
        threshold=threshold,
        precision=hits / int(flagged.sum()) if flagged.any() else None,
        recall=hits / int(outcome.sum()),
        f1=2 * hits / int(flagged.sum() + outcome.sum()),
        lift=float(outcome[top].mean() / outcome.mean()),
        flagged=int(flagged.sum()),
    )


def check_outcome(outcome: Outcome) -> None:
    """Raises: InputError when only one outcome occurs."""
    if outcome.all() or not outcome.any():
        raise InputError(t("models.outcome_same", count=len(outcome)), hint=t("models.outcome_same_hint"))


def best_threshold(probability: Floats, outcome: Outcome) -> float:
    """The probability at which F1 is best on the rows given: training rows, never those that judge."""
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(outcome[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + outcome.sum())
    return float(probability[order][int(np.argmax(f1))])


def area(score: Floats, outcome: Outcome) -> float:
    """AUC: how often a row with the outcome scores above one without; ties count half."""
    from scipy.stats import rankdata

    ranks = rankdata(score)
    with_it, without = int(outcome.sum()), int((~outcome).sum())
    return float((ranks[outcome].sum() - with_it * (with_it + 1) / 2) / (with_it * without))


def calibration_error(probability: Floats, outcome: Outcome) -> float:
    parts = np.array_split(np.argsort(probability, kind="stable"), BINS)
    gaps = [abs(probability[part].mean() - outcome[part].mean()) * len(part) for part in parts if len(part)]
    return float(sum(gaps) / len(outcome))


def leaks(rows: Floats, outcome: Outcome, names: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Features that alone tell the outcome, with their AUC; whether a value is known tells as well."""
    found = []
    for at, name in enumerate(names):
        column = rows[:, at]
        known = ~np.isnan(column)
        tells = [_either_way(known.astype(float), outcome)]
        # On few known rows of one kind any feature can look perfect.
        if outcome[known].any() and not outcome[known].all() and known.mean() > 0.5:
            tells.append(_either_way(column[known], outcome[known]))
        if max(tells) > SINGLE_LEAK:
            found.append((name, max(tells)))
    return tuple(found)


def refuse_single_leaks(rows: Floats, outcome: Outcome, names: Sequence[str]) -> None:
    """Raises: InputError that names the features."""
    if found := leaks(rows, outcome, names):
        told = ", ".join(t("models.with_auc", name=name, auc=auc) for name, auc in found)
        raise InputError(
            t("models.target_leaks", told=told),
            hint=t("models.target_leaks_hint", columns=" --drop ".join(name for name, _ in found)),
        )


def refuse_too_good(found: Judgement, strongest: str, believed: float = BELIEVED_AUC) -> None:
    """Raises: InputError when even the low end of the AUC lies above what honest data gives."""
    if found.likely[0] > believed:
        raise InputError(
            t("models.auc_leak", auc=found.auc, believed=believed, strongest=strongest),
            hint=t("models.auc_leak_hint", strongest=strongest, believed=min(found.auc + 0.01, 1.0)),
        )


def suspects(
    rows: Floats, outcome: Outcome, held: NDArray[np.int64], names: Sequence[str], believed: float
) -> tuple[tuple[str, float], ...]:
    """The features that alone score above what honest data gives on the rows held out, else the one that
    scores most; each with its AUC. Shapes: rows (rows, features), outcome (rows,), held (places,)."""
    each = [(name, alone(rows[:, at], outcome, held)) for at, name in enumerate(names)]
    best = sorted(each, key=lambda one: -one[1])[:MOST_SUSPECTS]
    return tuple(one for one in best if one[1] > believed) or tuple(best[:1])


def alone(column: Floats, outcome: Outcome, held: NDArray[np.int64]) -> float:
    """AUC of one feature on rows held out: a value scores as its like did among the other rows; what is
    missing is a value of its own."""
    taught = np.delete(np.arange(len(column)), held)
    known = column[taught][~np.isnan(column[taught])]
    ends = np.unique(known)
    if len(ends) > MOST_PARTS:
        ends = np.unique(np.quantile(known, np.linspace(0, 1, MOST_PARTS + 1)))
    part = np.where(np.isnan(column), len(ends) + 1, np.searchsorted(ends, column))
    counts = np.bincount(part[taught], minlength=len(ends) + 2)
    came = np.bincount(part[taught], weights=outcome[taught], minlength=len(ends) + 2)
    share = (came + PRIOR * outcome[taught].mean()) / (counts + PRIOR)
    return area(share[part[held]], outcome[held])


def _either_way(score: Floats, outcome: Outcome) -> float:
    auc = area(score, outcome)
    return max(auc, 1 - auc)


def _error(score: Floats, outcome: Outcome, groups: Groups) -> float:
    """Obuchowski's standard error of the AUC of rows in groups; with one row each it is DeLong's."""
    from scipy.stats import rankdata

    auc, within = area(score, outcome), np.empty(len(score))
    within[outcome], within[~outcome] = rankdata(score[outcome]), rankdata(score[~outcome])
    # The share of rows of the other outcome that score lower.
    place = (rankdata(score) - within) / np.where(outcome, (~outcome).sum(), outcome.sum())
    off = np.where(outcome, place - auc, 1 - place - auc)  # how far each row lifts or lowers the AUC
    with_it, without = _summed(off, groups, outcome), _summed(off, groups, ~outcome)
    ones, noughts = len(np.unique(groups[outcome])), len(np.unique(groups[~outcome]))
    spread = (
        _free(ones) * (with_it**2).sum() / outcome.sum() ** 2
        + _free(noughts) * (without**2).sum() / (~outcome).sum() ** 2
        + 2 * _free(len(with_it)) * (with_it * without).sum() / (outcome.sum() * (~outcome).sum())
    )
    return float(np.sqrt(max(spread, 0.0)))


def _summed(off: Floats, groups: Groups, of: Outcome) -> Floats:
    """The sum of each group's rows of one outcome. Shape: (groups,)."""
    number = np.unique(groups, return_inverse=True)[1]
    return np.bincount(number, weights=np.where(of, off, 0.0)).astype(float)


def _free(count: int) -> float:
    return count / max(count - 1, 1)
