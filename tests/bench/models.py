"""What models cost, as a part of `python -m tests.bench`; and all public series at several origins.

Run: `python -m tests.bench.models FOLDER [origins]`, FOLDER with the files of `forecast/`; prints JSON.
The product never reads these files and its tests pass without them.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from app.ml.base import SCORERS
from app.ml.churn import MODEL, top
from app.ml.features import FEATURES
from app.ml.forecasting import forecast
from app.ml.series import Series, series
from tests.bench.company import BenchCompany
from tests.bench.verdict import Pair, Verdict, seconds

KNOWN, HORIZON = 60, 12
MONTHLY = (
    ("prophet_air_passengers.csv", "ds", "y"),
    ("prophet_retail_sales.csv", "ds", "y"),
    ("fpp_a10.csv", "date", "value"),
    ("darts_wineind.csv", "date", "Y"),
    ("darts_monthly-milk.csv", "Month", "Pounds per cow"),
)
RETAIL, RETAIL_SERIES = "aus_retail_monthly.csv", 17
# 22 real series, 88 origins; means over them, in percent, as the notes beside the data give them.
REFERENCE = {"seasonal_naive": 7.75, "ets": 6.24, "mean": 6.11, "prophet": 9.74, "prophet_coverage_95": 0.66}
REFERENCE_MASE = {"seasonal_naive": 1.31, "mean": 1.01, "prophet": 1.72}
REFERENCE_DAILY_MASE = 1.19  # Prophet, ninety days ahead
REFERENCE_AUC = {"telco": 0.845, "bank": 0.868}
LEARNT, SCORED, TURNS = 15_000, 100_000, 5


def measure(_company: BenchCompany) -> Iterator[Verdict]:
    """Cost of a forecast and of scores, then the commands on public files."""
    from tests.bench import public

    found, spent = _forecast_seconds()
    yield Verdict(
        "forecast_cpu_seconds", round(spent, 1), 30.0, "processor time of a forecast with its back-test",
        {"months": KNOWN, "horizon": HORIZON, **found},
    )  # fmt: skip
    yield _scoring()
    yield from public.measure()


def _forecast_seconds() -> tuple[dict[str, int | str], float]:
    """Processor time of all threads for twelve months from sixty, libraries imported before, with that of the
    processes in which Prophet fits."""
    random = np.random.default_rng(2)
    months = np.arange(KNOWN)
    values = (100_000 + 900 * months + 4_000 * np.sin(months / 6 * np.pi)) * random.normal(1, 0.02, KNOWN)
    known = Series(date(2021, 1, 1), "M", values)
    forecast(known.last(45), HORIZON)
    began = sum(os.times()[:4])
    made = forecast(known, HORIZON)
    spent = sum(os.times()[:4]) - began
    origins, models = len(made.backtest.folds), len(made.backtest.scores)
    return {"origins": origins, "models": models, "winner": made.model}, spent


def _scoring() -> Verdict:
    """Probability and reasons of every customer, against the probability of the bare trees."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(SCORED, len(FEATURES)))
    came = random.random(LEARNT) < 1 / (1 + np.exp(2 - rows[:LEARNT, 0]))
    fitted: Any = SCORERS.get(MODEL).fit(rows[:LEARNT], came, np.arange(LEARNT))

    def ours() -> object:
        return fitted.probability(rows), top(fitted.contributions(rows), FEATURES)

    def turn() -> tuple[float, float]:
        return seconds(ours), seconds(lambda: fitted.trees.predict_proba(rows))

    turn()
    return Pair.of(turn, TURNS).verdict(
        "scoring", 3.0, "churn scores with their reasons, against `predict_proba` alone",
        customers=SCORED, features=len(FEATURES),
    )  # fmt: skip


def monthly(folder: Path) -> Iterator[tuple[str, list[date], list[float]]]:
    """Every monthly series by name."""
    for name, day, value in MONTHLY:
        rows = list(csv.DictReader((folder / name).open()))
        days = [date.fromisoformat(f"{row[day]}-01"[:10]) for row in rows]
        yield name, days, [float(row[value]) for row in rows]
    found: dict[str, tuple[list[date], list[float]]] = {}
    for row in csv.DictReader((folder / RETAIL).open()):
        days, values = found.setdefault(row["unique_id"], ([], []))
        days.append(date.fromisoformat(row["ds"][:10]))
        values.append(float(row["y"]))
    for name in sorted(found)[:: max(1, len(found) // RETAIL_SERIES)][:RETAIL_SERIES]:
        yield name, *found[name]


def held_out(days: list[date], values: list[float], origins: int) -> Iterator[tuple[Series, np.ndarray]]:
    """Sixty months known, twelve to come, from several moments that end with the last."""
    for back in range(origins):
        end = len(values) - back * HORIZON
        if end >= KNOWN + HORIZON:
            known = slice(end - HORIZON - KNOWN, end - HORIZON)
            yield series(days[known], values[known], "M"), np.array(values[end - HORIZON : end])


def judge(known: Series, actual: np.ndarray) -> dict[str, Any]:
    """One forecast against twelve months that no part of it has seen."""
    began = time.process_time()
    found = forecast(known, HORIZON)
    seconds = time.process_time() - began
    told = np.array([point.value for point in found.points])
    scale = np.abs(known.values[12:] - known.values[:-12]).mean()
    naive = known.values[-12:]
    about = ((actual - actual.mean()) ** 2).sum()
    inside = {
        level: mean(
            float(getattr(p, f"low_{level}") <= value <= getattr(p, f"high_{level}"))
            for p, value in zip(found.points, actual, strict=True)
        )
        for level in (80, 95)
    }
    return {
        "winner": found.model,
        "seconds": seconds,
        "mape": 100 * float(np.mean(np.abs(told - actual) / np.abs(actual))),
        "mape_naive": 100 * float(np.mean(np.abs(naive - actual) / np.abs(actual))),
        "mase": float(np.abs(told - actual).mean() / scale),
        "mase_naive": float(np.abs(naive - actual).mean() / scale),
        "r2": 1 - float(((told - actual) ** 2).sum() / about),
        "claimed": found.backtest.procedure.coverage,
        **{f"coverage_{level}": share for level, share in inside.items()},
    }


def forecasts(folder: Path, origins: int) -> dict[str, Any]:
    """Means over all series and origins."""
    judged = []
    for name, days, values in monthly(folder):
        for known, actual in held_out(days, values, origins):
            judged.append(judge(known, actual))
            print(f"{name} {judged[-1]['winner']} {judged[-1]['mape']:.1f}%", file=sys.stderr)
    numbers = [name for name, value in judged[0].items() if isinstance(value, float)]
    found: dict[str, Any] = {name: round(mean(one[name] for one in judged), 4) for name in numbers}
    winners = [one["winner"] for one in judged]
    return found | {
        "windows": len(judged),
        "r2_above_0.92": mean(float(one["r2"] >= 0.92) for one in judged),
        "most_seconds": max(one["seconds"] for one in judged),
        "winners": {name: winners.count(name) for name in sorted(set(winners))},
        "reference_mape": REFERENCE,
        "reference_mase": REFERENCE_MASE,
    }


def main(folder: Path, origins: int) -> None:
    print(json.dumps({"forecast": forecasts(folder / "forecast", origins)}, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 4)
