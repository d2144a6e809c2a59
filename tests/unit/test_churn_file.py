"""Churn on a file of customers: what is read of it, what is told of what is not, and when it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from app.errors import InputError
from app.ml.churn_file import Options, _split, repeated, score
from app.ml.judging import alone, area, suspects
from app.ml.models.churn_boosting import ChurnBoosting
from app.ml.table_file import Table, read
from app.ml.time_column import moments


def test_a_file_of_customers_is_scored_and_noise_is_called_noise() -> None:
    rng = np.random.default_rng(5)
    size = rng.normal(size=800)
    came = rng.random(800) < 1 / (1 + np.exp(-1.2 * size + 1))
    table = Table("t.csv", {"id": [f"C{n}" for n in range(800)], "size": [str(v) for v in size],
                            "noise": [str(v) for v in rng.normal(size=800)],
                            "left": ["yes" if one else "no" for one in came]})  # fmt: skip
    found = score(table, table, Options("left"))
    assert found.left_out == ("id",)
    assert 0.65 < found.judgement.auc < 0.87 and found.judgement.signal
    assert found.report["strongest"] == "size"
    assert abs(found.probability.mean() - came.mean()) < 0.03
    blind = score(table, table, Options("left", drop=("size",)))
    assert not blind.judgement.signal


def test_a_file_whose_column_tells_the_outcome_is_refused_until_it_is_dropped() -> None:
    rng = np.random.default_rng(6)
    came = rng.random(400) < 0.3
    table = Table("t.csv", {"size": [str(v) for v in came + rng.normal(size=400) * 2],
                            "refund": ["12" if one else "0" for one in came],
                            "left": ["yes" if one else "no" for one in came]})  # fmt: skip
    with pytest.raises(InputError, match=r"refund \(AUC 1.000\) alone tells the outcome"):
        score(table, table, Options("left"))
    assert score(table, table, Options("left", drop=("refund",))).judgement.auc < 0.87


def test_one_feature_alone_scores_by_how_often_its_like_came_with_the_outcome() -> None:
    """Outcome with 3 of 4 in the middle, with 1 of 4 at the ends and with both where nothing is known."""
    column = np.array([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, np.nan, np.nan] + [2, 1, 3, np.nan])
    came = np.array([1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 1, 1] + [1, 0, 0, 1]) == 1
    assert alone(column, came, np.arange(14, 18)) == 1.0
    assert alone(column, ~came, np.arange(14, 18)) == 1.0
    assert alone(np.ones(18), came, np.arange(14, 18)) == 0.5
    rows = np.column_stack([np.ones(18), column])
    assert suspects(rows, came, np.arange(14, 18), ("one", "middle"), 0.87) == (("middle", 1.0),)
    assert suspects(rows[:, :1], came, np.arange(14, 18), ("one",), 0.87) == (("one", 0.5),)


def test_a_feature_of_many_values_alone_is_judged_as_all_of_them_in_order() -> None:
    rng = np.random.default_rng(2)
    told = rng.normal(size=4000)
    came = rng.random(4000) < 1 / (1 + np.exp(-2 * told))
    held = np.arange(3000, 4000)
    assert alone(told, came, held) == pytest.approx(area(told[held], came[held]), abs=0.01)
    assert alone(np.abs(told - 5), came, held) == pytest.approx(area(told[held], came[held]), abs=0.01)


def _with_refunds(rows: int, seed: int) -> Table:
    """The account is closed for three of four who left and for few others, and open in three ways."""
    rng = np.random.default_rng(seed)
    use = rng.normal(size=rows)
    came = rng.random(rows) < 1 / (1 + np.exp(1.2 * use + 1))
    closed = np.where(rng.random(rows) < 0.75, came, rng.random(rows) < 0.3)
    columns = {"use": [f"{v:.4f}" for v in use], "noise": [f"{v:.4f}" for v in rng.normal(size=rows)]}
    columns["account"] = [
        "closed" if one else ("open", "waiting", "new")[at % 3] for at, one in enumerate(closed)
    ]
    return Table("t.csv", columns | {"left": ["yes" if one else "no" for one in came]})


def test_a_leak_on_few_rows_is_warned_of_by_name_though_it_is_not_refused() -> None:
    table = _with_refunds(300, 2)
    found = score(table, table, Options("left"))
    judged = found.judgement
    assert judged.auc > 0.87 > judged.likely[0] and judged.rows == 75
    (suspect,) = found.report["looks_like_a_leak"]
    assert suspect["column"] == "account" and suspect["auc"] > 0.8 and found.report["believed"] == 0.87
    warning = found.warnings[0]
    assert warning.startswith(f"This looks like a leak: column 'account' alone scores {suspect['auc']:.3f}.")
    assert f"an AUC of {judged.auc:.3f} on 75 rows held out, above what honest data gives (0.87)" in warning
    assert warning.endswith("Leave out what was written after the outcome: --drop account")
    expected = score(table, table, Options("left", believe=0.97))
    assert not expected.report["looks_like_a_leak"] and not expected.warnings
    without = score(table, table, Options("left", drop=("account",)))
    assert not without.report["looks_like_a_leak"] and without.judgement.auc < 0.87


def _by_use(rows: int, seed: int) -> dict[str, list[str]]:
    """Customers who leave when they use little, with three columns of noise."""
    rng = np.random.default_rng(seed)
    told = rng.normal(size=(rows, 4))
    came = rng.random(rows) < 1 / (1 + np.exp(0.8 * told[:, 0] + 1.5))
    columns = {"id": [f"C{n}" for n in range(rows)]}
    columns |= {name: [str(v) for v in told[:, at]] for at, name in enumerate(("use", "a", "b", "c"))}
    return columns | {"left": ["yes" if one else "no" for one in came]}


def test_rows_that_were_tripled_judge_nothing_that_they_taught() -> None:
    columns = _by_use(900, 12)
    left_at = [at for at, text in enumerate(columns["left"]) if text == "yes"]
    tripled = Table("t.csv", {k: v + 2 * [v[at] for at in left_at] for k, v in columns.items()})
    honest = score(Table("t.csv", columns), tripled, Options("left"))
    found = score(tripled, tripled, Options("left"))
    assert (honest.report["doubles"], honest.judgement.groups) == (0, honest.judgement.rows)
    assert found.report["doubles"] == 2 * len(left_at) and found.report["doubles_kept_together"]
    assert found.judgement.groups < found.judgement.rows
    assert found.judgement.auc < honest.judgement.auc + 0.06 < 0.8


def _with_cells(columns: dict[str, list[str]], name: str, cells: dict[int, str]) -> dict[str, list[str]]:
    return columns | {name: [cells.get(at, text) for at, text in enumerate(columns[name])]}


def test_what_counts_as_missing_though_it_says_something_is_told() -> None:
    columns = _by_use(400, 15)
    columns["plan"] = ["basic" if at % 3 else "plus" for at in range(400)]
    taught = Table("train.csv", _with_cells(columns, "use", {4: "abc", 30: "1,234", 31: "", 32: "NA"}))
    asked = _with_cells(columns, "plan", {0: "gold", 9: "gold", 10: "", 11: "\x1b[2Jgold"})
    found = score(taught, Table("score.csv", _with_cells(asked, "a", {7: "x" * 99})), Options("left"))
    assert [(one["kind"], one["file"], one["column"], one["rows"]) for one in found.report["unread"]] == [
        ("text", "train.csv", "use", 2), ("text", "score.csv", "a", 1), ("word", "score.csv", "plan", 3),
    ]  # fmt: skip
    use, long, plan = found.warnings
    assert use == (
        "train.csv, column 'use': 2 of 400 rows with text where numbers are expected, such as 'abc' "
        "(lines 6 and 32); it counts as missing."
    )
    assert f"such as '{'x' * 60}…' (line 9)" in long
    assert "3 of 400 rows with a value that the training file does not have, such as 'gold'" in plan
    assert "(lines 2, 11 and 13)" in plan
    assert found.report["warnings"] == list(found.warnings)


def test_a_value_that_training_did_not_see_is_shown_without_what_steers_a_terminal() -> None:
    columns = _by_use(200, 16) | {"plan": ["basic", "plus"] * 100}
    asked = Table("score.csv", _with_cells(columns, "plan", {3: "\x1b[2Jgold"}))
    told, *_ = score(Table("train.csv", columns), asked, Options("left")).warnings
    assert r"'\x1b[2Jgold' (line 5)" in told and told.isprintable()


def test_numbers_with_much_text_among_them_are_told_as_no_numbers() -> None:
    """Every ninth cell of one column; of the other too, whose values are too many for words."""
    columns = _by_use(400, 17) | {"months": [str(at * 7 % 60) for at in range(400)]}
    columns["grade"] = ["3+" if at % 4 == 0 else str(at % 3) for at in range(400)]  # groups, as meant
    for name in ("months", "c"):
        columns = _with_cells(columns, name, dict.fromkeys(range(0, 400, 9), "unknown"))
    table = Table("t.csv", columns)
    found = score(table, table, Options("left"))
    assert found.left_out == ("id", "c") and "months" in found.report["features"]
    months, c, *_ = found.warnings
    assert "'months': 45 of 400 rows with text among numbers, such as 'unknown' (lines 2, 11, 20" in months
    assert "83 and 35 more)" in months and "taken as words" in months
    assert "'c': 45 of 400 rows" in c and "nothing is learnt from it" in c


def test_a_column_that_names_rows_does_so_with_a_wrong_cell_in_it() -> None:
    columns = _by_use(400, 18) | {"number": ["?" if at == 5 else str(9000 + at) for at in range(400)]}
    found = score(Table("t.csv", columns), Table("t.csv", columns), Options("left"))
    assert found.left_out == ("id", "number") and not found.warnings


def test_a_cell_is_told_by_its_line_of_the_file_whatever_stands_above_it(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('a,left\n\n"two\nlines",yes\nx,soon\n')
    with pytest.raises(InputError, match="Line 5 of t.csv: left is 'soon'"):
        score(read(tmp_path / "t.csv"), read(tmp_path / "t.csv"), Options("left"))


def test_no_row_stands_on_both_sides_of_a_split_by_time() -> None:
    columns = _by_use(400, 13) | {"day": [str(n) for n in range(400)]}
    both = {name: values + values[:80] for name, values in columns.items()}
    both["day"] = [str(n) for n in range(480)]
    table = Table("t.csv", both)
    rows = np.column_stack([[float(v) for v in both[name]] for name in ("use", "a", "b", "c")])
    same, came = repeated(rows), np.array([text == "yes" for text in both["left"]])
    learn, held = _split(table, rows, came, same.groups, "day")
    assert sorted(held) == list(range(360, 480))
    assert len(learn) == 360 - 80 and min(learn) == 80  # the first 80 come again among those that judge


def test_the_column_that_says_when_is_no_feature_and_no_reason() -> None:
    """Of twenty months each loses more customers than the one before; the month itself is no cause."""
    rng = np.random.default_rng(19)
    columns = _by_use(600, 19) | {"month": [str(at // 30) for at in range(600)]}
    columns["left"] = ["yes" if rng.random() < 0.1 + at / 1000 else "no" for at in range(600)]
    table = Table("t.csv", columns)
    taught = score(table, table, Options("left"))
    assert "month" in {name for found in taught.reasons for name, _ in found}
    asked = Table("now.csv", {name: texts for name, texts in columns.items() if name != "month"})
    found = score(table, asked, Options("left", drop=("c",), time="month"))
    assert found.report["features"] == ["use", "a", "b"]
    assert found.report["left_out"] == ["id", "c", "month"] and found.left_out == ("id",)
    assert {name for row in found.reasons for name, _ in row} <= {"use", "a", "b"}


def test_few_kinds_of_rows_repeat_by_nature_and_are_no_groups() -> None:
    found = repeated(np.tile([[0.0, np.nan], [1.0, 2.0]], (10, 1)))
    assert (found.doubles, found.kept_together, len(set(found.groups))) == (18, False, 20)


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["9", "10", "100", "9.5"], [0, 3, 1, 2]),
        (["2026-03-02", "2026-03-01T10:00", "2025-12-31"], [2, 1, 0]),
        (["01.02.2026", "31.01.2026", "15.12.2025"], [2, 1, 0]),
        (["12/31/2025", "01/02/2026", "11/30/2025"], [2, 0, 1]),
        (["Mar 2026", "Jan 2026", "Feb 2026"], [1, 2, 0]),
        (["05/06/2026", "05/06/2026"], [0, 1]),  # read either way, one order
    ],
)
def test_a_time_column_is_ordered_as_what_it_holds(texts: list[str], order: list[int]) -> None:
    found = moments(Table("t.csv", {"when": texts}), "when")
    assert np.argsort(found, kind="stable").tolist() == order


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        (["2026-01-01", "", "2026-01-03"], "Line 3 of t.csv: when is empty"),
        (["9", "10", "soon"], "Line 4 of t.csv: when is 'soon'"),
        (["31.01.2026", "2026-02-01"], "Line 3 of t.csv: when is '2026-02-01'"),
        (["01/02/2026", "02/01/2026"], "when of t.csv can be read as day before month"),
    ],
)
def test_a_time_column_of_another_kind_is_refused_by_line(texts: list[str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        moments(Table("t.csv", {"when": texts}), "when")


def test_a_score_takes_one_thread_and_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[int] = set()
    fit = ChurnBoosting.fit

    def watched(self: ChurnBoosting, *given: Any) -> Any:
        seen.update(pool["num_threads"] for pool in threadpool_info())
        return fit(self, *given)

    monkeypatch.setattr(ChurnBoosting, "fit", watched)
    told: list[float] = []
    table = Table("t.csv", _by_use(200, 14))
    score(table, table, Options("left"), lambda share, _: told.append(share))
    assert seen == {1}
    assert told == sorted(told) and len(told) > 2 and told[0] > 0 and told[-1] <= 1


def test_a_file_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("a,b\nMünchen,1\n".encode("latin-1"))
    with pytest.raises(InputError, match="t.csv is not text in UTF-8. Save it as CSV in UTF-8"):
        read(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("target", "problem"), [("gone", "Unknown column 'gone'"), ("a", "Line 2 of t.csv: a is 'x'")]
)
def test_a_target_that_is_no_outcome_is_refused(tmp_path: Path, target: str, problem: str) -> None:
    (tmp_path / "t.csv").write_text("a,b\nx,1\ny,2\n")
    with pytest.raises(InputError, match=problem):
        score(read(tmp_path / "t.csv"), read(tmp_path / "t.csv"), Options(target))
