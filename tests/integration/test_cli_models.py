"""`pad model forecast` and `pad model churn` as commands: what they write, and what they refuse."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np


def pad(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", "model", *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, text=True)


def months(path: Path) -> Path:
    """100, 101 … from January 2022 on, 32 of them: enough for six origins."""
    days = [f"{2022 + n // 12}-{n % 12 + 1:02}" for n in range(32)]
    path.write_text("ds,y\n" + "".join(f"{day},{100 + n}\n" for n, day in enumerate(days)))
    return path


def customers(path: Path) -> Path:
    """Who uses little leaves more often; the last twenty rows stand there twice."""
    rng = np.random.default_rng(5)
    use = rng.normal(size=300)
    came = rng.random(300) < 1 / (1 + np.exp(1.2 * use + 1))
    lines = [f"C{n},{use[n]:.6f},{'yes' if came[n] else 'no'}" for n in range(300)]
    path.write_text("\n".join(["id,use,left", *lines, *lines[-20:]]) + "\n")
    return path


def test_a_forecast_writes_its_values_and_what_they_are_worth(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    done = pad("forecast", "--in", months(tmp_path / "in.csv"), "--horizon", 3, "--freq", "M", "--out", out)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(out.open()))
    assert list(rows[0]) == ["ds", "yhat", "lower", "upper"]
    assert [row["ds"] for row in rows] == ["2024-09-01", "2024-10-01", "2024-11-01"]
    assert [round(float(row["yhat"])) for row in rows] == [132, 133, 134]
    assert all(float(row["lower"]) <= float(row["yhat"]) <= float(row["upper"]) for row in rows)
    about = json.loads(out.with_suffix(".json").read_text())
    assert {"winner", "mape", "wape", "mase", "r2", "coverage", "versus_naive", "models", "failed"} <= set(
        about
    )
    assert (about["values"], about["horizon"], about["frequency"]) == (32, 3, "M")
    assert about["models"]["seasonal_naive"]["mase"] == 1.0  # off by twelve, now as in training
    assert about["mase"] < 0.5 and about["better_than_naive"]
    inner = about["interval_80"]
    assert [one["ds"] for one in inner] == [row["ds"] for row in rows]
    for row, one in zip(rows, inner, strict=True):
        assert float(row["lower"]) <= one["lower"] <= one["upper"] <= float(row["upper"])


def test_empty_newest_values_are_told_and_the_forecast_starts_after_the_last_one_known(
    tmp_path: Path,
) -> None:
    file, out = months(tmp_path / "in.csv"), tmp_path / "out.csv"
    file.write_text(file.read_text() + "2024-09,\n2024-10,\n")
    done = pad("forecast", "--in", file, "--horizon", 3, "--freq", "M", "--out", out)
    assert done.returncode == 0, done.stderr
    told = (
        "in.csv: the newest 2 values, of 2024-09-01 to 2024-10-01, are empty, so the forecast starts after "
        "2024-08-01, the last one that is known."
    )
    assert f"Warning: {told}\n" in done.stderr
    about = json.loads(out.with_suffix(".json").read_text())
    assert (about["newest_empty"], about["warnings"], about["made_on"]) == (2, [told], "2024-08-01")
    assert [row["ds"] for row in csv.DictReader(out.open())][0] == "2024-09-01"


def test_scores_are_written_beside_who_they_are_of_and_repeats_are_counted(tmp_path: Path) -> None:
    file, out = customers(tmp_path / "in.csv"), tmp_path / "out.csv"
    done = pad("churn", "--train", file, "--score", file, "--target", "left", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "20 of 320 rows repeat another one" in done.stderr
    rows = list(csv.DictReader(out.open()))
    assert list(rows[0]) == ["id", "probability", "at_risk", "reasons"] and len(rows) == 320
    assert all(0 < float(row["probability"]) < 1 for row in rows)
    about = json.loads(out.with_suffix(".json").read_text())
    told = {"rows", "groups", "base_rate", "auc", "error", "pr_auc", "brier", "calibration_error", "signal"}
    told |= {"believed", "looks_like_a_leak", "unread", "warnings"}
    told |= {"threshold", "precision", "recall", "f1", "lift", "flagged", "split", "features", "left_out"}
    assert told <= set(about)
    assert (about["training_rows"], about["doubles"], about["strongest"]) == (320, 20, "use")
    assert about["features"] == ["use"] and about["left_out"] == ["id"]


def test_cells_that_count_as_missing_are_warned_of_beside_the_scores_and_in_the_judgement(
    tmp_path: Path,
) -> None:
    train, asked, out = customers(tmp_path / "in.csv"), tmp_path / "score.csv", tmp_path / "out.csv"
    asked.write_text("id,use,left\nA,0.5,no\nB,n/k\t\x1b[31m,no\n")
    done = pad("churn", "--train", train, "--score", asked, "--target", "left", "--out", out)
    assert done.returncode == 0, done.stderr
    told = (
        r"score.csv, column 'use': 1 of 2 rows with text where numbers are expected, such as 'n/k\t\x1b[31m'"
    )
    assert f"Warning: {told} (line 3); it counts as missing.\n" in done.stderr
    about = json.loads(out.with_suffix(".json").read_text())
    assert about["warnings"][0].startswith(told) and len(about["warnings"]) == 2  # and the repeated rows
    (unread,) = about["unread"]
    assert (unread["column"], unread["rows"], unread["lines"]) == ("use", 1, [3])


def test_a_file_that_is_no_text_ends_with_its_name_and_a_way_out(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_bytes(b"ds,y\n2025-01,\xa3 5\n")
    out = ("--out", tmp_path / "out.csv")
    forecast = pad("forecast", "--in", file, "--horizon", 3, "--freq", "M", *out)
    churn = pad("churn", "--train", file, "--score", file, "--target", "y", *out)
    for done in (forecast, churn):
        told = " ".join(done.stderr.split())
        assert done.returncode == 1 and "Traceback" not in told
        assert "in.csv is not text in UTF-8. Save it as CSV in UTF-8" in told


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_fitted(tmp_path: Path) -> None:
    """The file read is empty: were it read first, that would be what is told."""
    file = tmp_path / "in.csv"
    file.write_text("ds,y\n")
    forecast = ("forecast", "--in", file, "--horizon", 3, "--freq", "M")
    churn = ("churn", "--train", file, "--score", file, "--target", "y")
    for command in (forecast, churn):
        nowhere = pad(*command, "--out", tmp_path / "gone" / "out.csv")
        told = " ".join(nowhere.stderr.split())
        assert nowhere.returncode == 1 and "Traceback" not in told
        assert "gone to write out.csv into. Make the folder, or name one that exists." in told
        same = pad(*command, "--out", tmp_path / "out.json")
        told = " ".join(same.stderr.split())
        assert (
            same.returncode == 1 and "out.json is the name of the JSON that goes beside the values." in told
        )
        read = pad(*command, "--out", file)
        assert read.returncode == 1 and "in.csv is read, and would be overwritten." in read.stderr
        assert file.read_text() == "ds,y\n"
        assert "out.csv" in told and list(tmp_path.iterdir()) == [file]
