"""Churn on a file of customers: the same scorer, judgement and guards as on the own data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import InputError
from app.ml.base import SCORERS, Progress, on_one_thread, silent
from app.ml.churn import LIBRARY, MODEL, top
from app.ml.judging import (
    BELIEVED_AUC,
    Judgement,
    best_threshold,
    check_outcome,
    judge,
    refuse_single_leaks,
    refuse_too_good,
    suspects,
)
from app.ml.series import Floats
from app.ml.table_file import Coding, Table, coding, outcome
from app.ml.time_column import moments
from app.ml.unread_cells import Unread, mixed, unread
from app.text import t

HELD_OUT = 0.25
LEAST_OF_EACH = 20
SEED = 11
Suspects = tuple[tuple[str, float], ...]  # features, each with the AUC that it has alone


@dataclass(frozen=True)
class Options:
    """`time`: a column by which the last quarter is held out; without it a quarter is drawn at random.
    It says when a row was written and nothing of the customer, so nothing is learnt from it."""

    target: str
    drop: tuple[str, ...] = ()
    time: str = ""
    believe: float = BELIEVED_AUC

    @property
    def aside(self) -> tuple[str, ...]:
        """The columns that are no features, whatever they hold."""
        return tuple(dict.fromkeys((*self.drop, *([self.time] if self.time else []))))


@dataclass(frozen=True)
class Repeated:
    """`doubles`: rows that repeat another; `groups`: the number of each row's kind, or of the row itself
    where repeats are the rule. Shape: groups (rows,)."""

    doubles: int
    groups: NDArray[np.int64]
    kept_together: bool


@dataclass(frozen=True)
class FileScores:
    """Probabilities and reasons of the rows to score, and how good such scores were on rows held out.

    `warnings`: what whoever uses the scores should know, in sentences; the report has them too.
    """

    probability: Floats
    reasons: Sequence[tuple[tuple[str, float], ...]]
    at_risk: NDArray[np.bool_]
    judgement: Judgement
    left_out: tuple[str, ...]
    warnings: tuple[str, ...]
    report: dict[str, Any]


def score(train: Table, wanted: Table, options: Options, progress: Progress = silent) -> FileScores:
    """Learn on three quarters, judge on the rest; what is said of the rows wanted was learnt on all.

    Raises: InputError, also when the target leaks.
    """
    with on_one_thread(LIBRARY):
        return _score(train, wanted, options, progress)


def _score(train: Table, wanted: Table, options: Options, progress: Progress) -> FileScores:
    came = outcome(train, options.target)
    check_outcome(came)
    _require_enough(train.name, int(came.sum()), int((~came).sum()))
    code, left_out = coding(train, [options.target, *options.aside])
    rows, asked = code.numbers(train), code.numbers(wanted)
    refuse_single_leaks(rows, came, code.names)
    same = repeated(rows)
    progress(0.1, "rows")
    found, strongest, leaking = _judged(train, rows, came, same.groups, code, options)
    refuse_too_good(found, strongest, options.believe)
    progress(0.5, "judge")
    fitted = SCORERS.get(MODEL).fit(rows, came, same.groups)
    progress(0.9, "fit")
    probability = fitted.probability(asked)
    cells = _unread(train, wanted, code, left_out)
    warnings = (*(one.sentence for one in cells), *_warnings(found, same, options.believe, leaking))
    about = {
        "signal": found.signal,
        "model": MODEL,
        "split": _split_in_words(options.time),
        "training_rows": len(rows),
        "doubles": same.doubles,
        "doubles_kept_together": same.kept_together,
        "scored_rows": wanted.rows,
        "features": list(code.names),
        "left_out": [*left_out, *options.aside],
        "strongest": strongest,
        "believed": options.believe,
        "looks_like_a_leak": [{"column": name, "auc": auc} for name, auc in leaking],
        "unread": [asdict(one) for one in cells],
        "warnings": list(warnings),
    }
    reasons = top(fitted.contributions(asked), code.names)
    at_risk = probability >= found.threshold
    return FileScores(probability, reasons, at_risk, found, left_out, warnings, {**asdict(found), **about})


def _unread(train: Table, wanted: Table, code: Coding, left_out: Sequence[str]) -> tuple[Unread, ...]:
    """Of both files; one that is learnt from and scored says the same of its cells once."""
    found = (*mixed(train, code, left_out), *unread(train, code), *unread(wanted, code))
    return tuple(dict.fromkeys(found))


def _warnings(found: Judgement, same: Repeated, believed: float, leaking: Suspects) -> Iterator[str]:
    if leaking:
        yield _looks_like_a_leak(found, believed, leaking)
    if same.doubles:
        kept = t("models.doubles_kept") if same.kept_together else ""
        yield f"{t('models.doubles', doubles=same.doubles, rows=len(same.groups))} {kept}".strip()
    if not found.signal:
        yield t("models.by_chance")


def _looks_like_a_leak(found: Judgement, believed: float, leaking: Suspects) -> str:
    """A result too good to be true that is not refused, because on few rows it may be chance."""
    low, high = found.likely
    return t(
        "models.looks_like_a_leak",
        told=", ".join(t("models.scores_alone", column=name, auc=auc) for name, auc in leaking),
        auc=found.auc,
        rows=found.rows,
        believed=believed,
        low=low,
        high=high,
        columns=" --drop ".join(name for name, _ in leaking),
    )


def repeated(rows: Floats) -> Repeated:
    """Which rows are the same in every feature: over-sampling repeats rows, and repeated rows on both sides
    of a split are told by heart.

    Where fewer than half the rows differ, the features have few values and repeats are the rule: balancing
    two outcomes by repetition never leaves fewer than half.
    """
    told = np.where(np.isnan(rows), np.inf, rows)
    kinds, groups = np.unique(told, axis=0, return_inverse=True)
    together = 2 * len(kinds) >= len(rows)
    return Repeated(len(rows) - len(kinds), groups.ravel() if together else np.arange(len(rows)), together)


def _judged(
    train: Table,
    rows: Floats,
    came: NDArray[np.bool_],
    groups: NDArray[np.int64],
    code: Coding,
    options: Options,
) -> tuple[Judgement, str, Suspects]:
    """On rows held out: how good, the strongest feature, and those that look like a leak, if it does."""
    learn, held = _split(train, rows, came, groups, options.time)
    fitted = SCORERS.get(MODEL).fit(rows[learn], came[learn], groups[learn])
    threshold = best_threshold(fitted.out_of_fold, came[learn])
    sizes = np.abs(fitted.contributions(rows[held])).mean(axis=0)
    found = judge(fitted.probability(rows[held]), came[held], threshold, groups[held])
    too_good = found.auc > options.believe
    leaking = suspects(rows, came, held, code.names, options.believe) if too_good else ()
    return found, code.names[int(np.argmax(sizes))], leaking


def _require_enough(name: str, came: int, stayed: int) -> None:
    if min(came, stayed) < LEAST_OF_EACH:
        raise InputError(
            t("models.outcomes_few", name=name, with_outcome=came, without=stayed),
            hint=t("models.outcomes_few_hint", least=LEAST_OF_EACH),
        )


def _split_in_words(time: str) -> str:
    return t("models.split_by_time", time=time) if time else t("models.split_at_random")


def _split(
    train: Table, rows: Floats, came: NDArray[np.bool_], groups: NDArray[np.int64], time: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to learn on and rows to judge on, none of one group on both sides."""
    from sklearn.model_selection import StratifiedGroupKFold

    if time:
        order = np.argsort(moments(train, time), kind="stable")
        cut = int(len(order) * (1 - HELD_OUT))
        before, held = order[:cut], order[cut:]
        return before[~np.isin(groups[before], groups[held])], held
    parts = StratifiedGroupKFold(round(1 / HELD_OUT), shuffle=True, random_state=SEED)
    learn, held = next(parts.split(rows, came, groups))
    return learn, held
