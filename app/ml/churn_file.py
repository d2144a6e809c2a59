"""Churn on a file of customers: the same scorer, judgement and guards as on the own data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import InputError
from app.ml.base import SCORERS, load_models
from app.ml.churn import MODEL, top
from app.ml.judging import (
    BELIEVED_AUC,
    Judgement,
    best_threshold,
    check_outcome,
    judge,
    refuse_single_leaks,
    refuse_too_good,
)
from app.ml.series import Floats
from app.ml.table_file import Coding, Table, coding, outcome
from app.text import t

HELD_OUT = 0.25
LEAST_OF_EACH = 20
SEED = 11


@dataclass(frozen=True)
class Options:
    """`time`: a column by which the last quarter is held out; without it a quarter is drawn at random."""

    target: str
    drop: tuple[str, ...] = ()
    time: str = ""
    believe: float = BELIEVED_AUC


@dataclass(frozen=True)
class FileScores:
    """Probabilities and reasons of the rows to score, and how good such scores were on rows held out."""

    probability: Floats
    reasons: Sequence[tuple[tuple[str, float], ...]]
    at_risk: NDArray[np.bool_]
    judgement: Judgement
    left_out: tuple[str, ...]
    report: dict[str, Any]


def score(train: Table, wanted: Table, options: Options) -> FileScores:
    """Learn on three quarters, judge on the rest; what is said of the rows wanted was learnt on all.

    Raises: InputError, also when the target leaks.
    """
    load_models()
    came = outcome(train, options.target)
    check_outcome(came)
    _require_enough(train.name, int(came.sum()), int((~came).sum()))
    code, left_out = coding(train, [options.target, *options.drop])
    rows = code.numbers(train)
    refuse_single_leaks(rows, came, code.names)
    found, strongest = _judged(train, rows, came, code, options)
    refuse_too_good(found, strongest, options.believe)
    fitted = SCORERS.get(MODEL).fit(rows, came, np.arange(len(rows)))
    asked = code.numbers(wanted)
    probability = fitted.probability(asked)
    return FileScores(
        probability,
        top(fitted.contributions(asked), code.names),
        probability >= found.threshold,
        found,
        left_out,
        {
            **asdict(found),
            "signal": found.signal,
            "model": MODEL,
            "split": _split_in_words(options.time),
            "training_rows": len(rows),
            "scored_rows": wanted.rows,
            "features": list(code.names),
            "left_out": [*left_out, *options.drop],
            "strongest": strongest,
        },
    )


def _judged(
    train: Table, rows: Floats, came: NDArray[np.bool_], code: Coding, options: Options
) -> tuple[Judgement, str]:
    learn, held = _split(train, came, options.time)
    fitted = SCORERS.get(MODEL).fit(rows[learn], came[learn], np.arange(len(learn)))
    threshold = best_threshold(fitted.out_of_fold, came[learn])
    sizes = np.abs(fitted.contributions(rows[held])).mean(axis=0)
    found = judge(fitted.probability(rows[held]), came[held], threshold)
    return found, code.names[int(np.argmax(sizes))]


def _require_enough(name: str, came: int, stayed: int) -> None:
    if min(came, stayed) < LEAST_OF_EACH:
        raise InputError(
            t("models.outcomes_few", name=name, with_outcome=came, without=stayed),
            hint=t("models.outcomes_few_hint", least=LEAST_OF_EACH),
        )


def _split_in_words(time: str) -> str:
    return t("models.split_by_time", time=time) if time else t("models.split_at_random")


def _split(train: Table, came: NDArray[np.bool_], time: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to learn on and rows to judge on; nothing is resampled before or after."""
    if time:
        if time not in train.columns:
            raise InputError(
                t("models.no_column", name=train.name, column=time),
                hint=t("models.no_column_hint", columns=", ".join(train.columns)),
            )
        order = np.argsort(np.array(train.columns[time]), kind="stable")
        cut = int(len(order) * (1 - HELD_OUT))
        return order[:cut], order[cut:]
    random = np.random.default_rng(SEED)
    parts = [random.permutation(np.flatnonzero(came == kind)) for kind in (True, False)]
    held = np.concatenate([part[: round(len(part) * HELD_OUT)] for part in parts])
    learn = np.setdiff1d(np.arange(len(came)), held)
    return learn, np.sort(held)
