"""The commands of models on public files, as anybody would run them, beside the figures published there.

The files are no part of this repository; without their folder nothing is measured, and that is said.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from app.ml.series import SEASONS, Frequency
from tests.bench.models import (
    HORIZON,
    REFERENCE,
    REFERENCE_AUC,
    REFERENCE_DAILY_MASE,
    REFERENCE_MASE,
    held_out,
    monthly,
)
from tests.bench.verdict import Verdict

FOLDER = "PAD_BENCH_DATA"  # the environment variable that names the folder
NEAR = 1.1  # of a reference on data that the model has not seen
# File, its outcome, and columns that say who somebody is.
CHURN = {
    "telco": ("telco_customer_churn.csv", "Churn", ("customerID",)),
    "bank": ("bank_churn_modelling.csv", "Exited", ("RowNumber", "CustomerId", "Surname")),
}
# Made up without any signal: a control that a model must not claim to predict.
BY_CHANCE = ("ravenstack_accounts.csv", "churn_flag", ("account_id", "account_name"))
DAILY, STORE, DAYS_KNOWN, DAYS_AHEAD = "store_item_daily_by_store.csv", "store_1", 800, 90


def measure() -> Iterator[Verdict]:
    """Errors against the seasonal naive, AUC against the references; or that there are no files."""
    folder = Path(os.environ.get(FOLDER, ""))
    if not os.environ.get(FOLDER) or not (folder / "forecast").is_dir():
        why = f"{FOLDER} names no folder with forecast/ and churn/: nothing was measured on public data."
        yield Verdict("public_data", 0.0, 0.0, "public series and customers", {"said": why})
        return
    with tempfile.TemporaryDirectory(prefix="pad-bench-") as work:
        yield from _forecasts(folder / "forecast", Path(work))
        yield _daily(folder / "forecast" / DAILY, Path(work))
        yield _by_chance(folder / "churn", Path(work))
        for name, (file, target, drop) in CHURN.items():
            yield _churn(name, folder / "churn" / file, target, drop, Path(work))


def _forecasts(folder: Path, work: Path) -> Iterator[Verdict]:
    """`pad model forecast` on sixty months of every series, against its last twelve."""
    judged = [
        _judged(days[-HORIZON - len(known) : -HORIZON], known.values, actual, "M", work)
        for _, days, values in monthly(folder)
        for known, actual in held_out(days, values, 1)
    ]
    found = {name: round(mean(one[name] for one in judged), 3) for name in judged[0]}
    reference = {"reference_mape": REFERENCE["mean"], "reference_mase": REFERENCE_MASE["mean"]}
    figures = {"series": len(judged), **found, **reference}
    yield Verdict(
        "public_forecast_to_naive", round(found["mape"] / found["mape_naive"], 3), 1.0,
        "MAPE of forecasts of public monthly series, against the seasonal naive's", figures,
    )  # fmt: skip
    yield Verdict(
        "public_forecast_to_reference", round(found["mase"] / REFERENCE_MASE["mean"], 3), NEAR,
        "MASE of the same, against the reference beside the data",
    )  # fmt: skip


def _daily(file: Path, work: Path) -> Verdict:
    """One series of days, a quarter ahead of two years, where the reference is Prophet."""
    rows = [row for row in csv.DictReader(file.open()) if row["unique_id"] == STORE]
    kept = rows[-DAYS_KNOWN - DAYS_AHEAD :]
    values = np.array([float(row["y"]) for row in kept])
    days = [row["ds"] for row in kept[:DAYS_KNOWN]]
    found = _judged(days, values[:DAYS_KNOWN], values[DAYS_KNOWN:], "D", work)
    told = {name: round(value, 3) for name, value in found.items()}
    # The reference is a mean over several series and windows, so that one window is only shown beside it.
    ratio = round(found["mase"] / found["mase_naive"], 3)
    return Verdict(
        "public_daily_to_naive", ratio, 1.0, "MASE of a public series of days, against the seasonal naive's",
        {**told, "reference_mase": REFERENCE_DAILY_MASE},
    )  # fmt: skip


def _judged(
    days: list[Any], known: np.ndarray, actual: np.ndarray, freq: Frequency, work: Path
) -> dict[str, float]:
    source, out = work / "in.csv", work / "out.csv"
    lines = [f"{day},{value}" for day, value in zip(days, known, strict=True)]
    source.write_text("\n".join(["ds,y", *lines]) + "\n")
    _pad("forecast", "--in", source, "--horizon", len(actual), "--freq", freq, "--out", out)
    rows = list(csv.DictReader(out.open()))
    told, low, high = (np.array([float(row[name]) for row in rows]) for name in ("yhat", "lower", "upper"))
    season = SEASONS[freq]
    naive, scale = np.resize(known[-season:], len(actual)), np.abs(known[season:] - known[:-season]).mean()
    return {
        "mape": 100 * float(np.mean(np.abs(told - actual) / np.abs(actual))),
        "mape_naive": 100 * float(np.mean(np.abs(naive - actual) / np.abs(actual))),
        "mase": float(np.abs(told - actual).mean() / scale),
        "mase_naive": float(np.abs(naive - actual).mean() / scale),
        "coverage_95": float(((actual >= low) & (actual <= high)).mean()),
    }


def _churn(name: str, file: Path, target: str, drop: tuple[str, ...], work: Path) -> Verdict:
    """`pad model churn` judges itself on a quarter that it has not seen."""
    found = _scored(file, target, drop, work / f"{name}.csv")
    figures = (
        "auc",
        "pr_auc",
        "brier",
        "calibration_error",
        "base_rate",
        "precision",
        "recall",
        "f1",
        "lift",
    )
    told = {one: round(float(found[one]), 3) for one in figures}
    ratio = round(REFERENCE_AUC[name] / found["auc"], 3)
    return Verdict(
        f"public_churn_{name}_to_reference", ratio, NEAR, "the reference's AUC, against the model's",
        {**told, "reference_auc": REFERENCE_AUC[name]},
    )  # fmt: skip


def _by_chance(folder: Path, work: Path) -> Verdict:
    """Where there is nothing to tell, the scores must say so."""
    name, target, drop = BY_CHANCE
    found = _scored(folder / name, target, drop, work / "by_chance.csv")
    told = {one: round(float(found[one]), 3) for one in ("auc", "error")}
    return Verdict(
        "public_churn_claims_without_signal", float(found["signal"]), 0.0,
        "whether a model of customers that left by chance claims to predict", told,
    )  # fmt: skip


def _scored(file: Path, target: str, drop: tuple[str, ...], out: Path) -> dict[str, Any]:
    dropped = [part for column in drop for part in ("--drop", column)]
    _pad("churn", "--train", file, "--score", file, "--target", target, "--out", out, *dropped)
    found: dict[str, Any] = json.loads(out.with_suffix(".json").read_text())
    return found


def _pad(*words: object) -> None:
    command = [sys.executable, "-m", "app.cli", "model", *(str(word) for word in words)]
    subprocess.run(command, check=True, capture_output=True)
