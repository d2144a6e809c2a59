"""Figures are plain values: the same rows, the same figure, no colour but the names of tokens."""

from __future__ import annotations

import json
import re
from colorsys import rgb_to_hls
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from app.data.metrics.base import METRICS
from app.figures.bars import bars, lines
from app.figures.marks import LETTER, Box, Words, marks
from app.figures.paper import colours
from app.figures.theme import Figure, channel_colour, coloured, palette, template
from app.figures.trends import Before, level_with_growth, movements, nice_range, ticks_between
from app.figures.volume import few
from app.settings import Settings
from app.units import Units

ROWS = [
    {"date": date(2026, 1, 1), "mrr": 100_000.0, "mrr_growth": 0.02, "new": 5_000.0, "lost": -3_000.0},
    {"date": date(2026, 2, 1), "mrr": None, "mrr_growth": None, "new": None, "lost": None},
    {"date": date(2026, 3, 1), "mrr": 110_000.0, "mrr_growth": 0.03, "new": 6_000.0, "lost": -2_000.0},
]
CSS = Path("assets/tokens.css").read_text()


def test_a_missing_month_stays_a_gap() -> None:
    figure = level_with_growth(ROWS, "mrr", "mrr_growth", Units(), open_end=False)
    assert figure["data"][0]["y"] == [100_000.0, None, 110_000.0]


def test_the_running_month_is_dashed_with_a_hollow_point() -> None:
    solid, dashed, point, _ = level_with_growth(ROWS, "mrr", "mrr_growth", Units(), open_end=True)["data"]
    assert solid["y"] == [100_000.0, None, None]
    assert dashed["line"]["dash"] == "2px,3px"
    assert point["marker"]["color"] == "--surface"


def test_growth_has_an_axis_of_its_own_below_the_money() -> None:
    layout = level_with_growth(ROWS, "mrr", "mrr_growth", Units(), open_end=False)["layout"]
    assert layout["yaxis2"]["domain"][1] < layout["yaxis"]["domain"][0]
    assert "overlaying" not in layout["yaxis2"]


def test_a_small_fall_beside_large_growth_is_drawn() -> None:
    rates = [0.04, -0.0035, -0.0016]
    rows = [{**row, "mrr_growth": rate} for row, rate in zip(ROWS, rates, strict=True)]
    for figure in (
        level_with_growth(rows, "mrr", "mrr_growth", Units(), open_end=False),
        movements(rows, {"new": ("New", "--chart-1"), "lost": ("Lost", "--chart-2")}, "mrr_growth", Units()),
    ):
        # 8% of the span of 4.35 points on either side
        assert figure["layout"]["yaxis2"]["range"] == pytest.approx([-0.00698, 0.04348])
        (end,) = [note for note in figure["layout"]["annotations"] if note["text"] == "−0.16%"]
        assert (end["y"], end["yanchor"]) == (0, "bottom")


def test_an_axis_not_at_zero_says_so() -> None:
    layout = level_with_growth(ROWS, "mrr", "mrr_growth", Units(), open_end=False)["layout"]
    assert any(note["text"] == "axis starts at $100K" for note in layout["annotations"])


def test_a_target_is_a_tick_at_the_last_month_inside_the_axis() -> None:
    figure = level_with_growth(ROWS, "mrr", "mrr_growth", Units(), open_end=False, target=131_000.0)
    tick = figure["data"][-2]
    assert (tick["x"], tick["y"]) == (["Mar 2026"], [131_000.0])
    assert figure["layout"]["yaxis"]["range"][1] >= 131_000
    assert any(note["text"] == "due by now<br>$131K" for note in figure["layout"]["annotations"])


def test_a_comparison_is_lighter_and_dashed_and_the_value_tells_both_dates_and_the_change() -> None:
    before = Before(("Jan 2025", "Feb 2025", "25 Mar 2025"), (80_000.0, 82_000.0, 88_000.0), "25 Mar 2026")
    figure = level_with_growth(ROWS, "mrr", "mrr_growth", Units(), open_end=True, before=before)
    solid, _, point, dashed, _ = figure["data"]
    assert (dashed["y"], dashed["line"]["dash"]) == ([80_000.0, 82_000.0, 88_000.0], "3px,3px")
    assert dashed["line"]["color"] == "--compare" and solid["line"]["color"] == "--accent"
    assert solid["text"][0] == "<b>$100,000.00</b><br>Jan 2025: $80,000.00<br>+25.0%, better"
    assert point["text"] == ["25 Mar 2026: <b>$110,000.00</b><br>25 Mar 2025: $88,000.00<br>+25.0%, better"]
    assert figure["layout"]["yaxis"]["range"][0] <= 80_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_comparison_has_the_hue_of_the_line_and_stands_closer_to_the_card(theme: str) -> None:
    known = palette(CSS, theme)

    def parts(token: str) -> tuple[float, float]:
        red, green, blue = (int(known[token][at : at + 2], 16) / 255 for at in (1, 3, 5))
        return rgb_to_hls(red, green, blue)[:2]

    (hue, light), (line_hue, line_light), (_, card) = map(parts, ("--compare", "--accent", "--surface"))
    assert abs(hue - line_hue) * 360 < 10
    assert abs(light - card) < abs(line_light - card)


def test_a_chart_names_its_lines_beside_them_and_needs_no_legend() -> None:
    names = ("Jan 2025", "Feb 2025", "Mar 2025")
    before = Before(names, (80_000.0, 82_000.0, 88_000.0))
    figure = level_with_growth(
        ROWS, "mrr", "mrr_growth", Units(), open_end=False, before=before, target=131_000.0
    )
    said = [note["text"] for note in figure["layout"]["annotations"]]
    assert {"<b>$110K</b>", "year before", "due by now<br>$131K", "+3.0%"} <= set(said)
    assert template()["showlegend"] is False


def test_bars_start_at_zero() -> None:
    figure = movements(
        ROWS, {"new": ("New", "--accent"), "lost": ("Lost", "--compare")}, "mrr_growth", Units()
    )
    low, high = figure["layout"]["yaxis"]["range"]
    assert low <= -3_000
    assert high >= 6_000
    assert 0 in figure["layout"]["yaxis"]["tickvals"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [([98_000, 125_000], (90_000, 130_000, 10_000)), ([3, 40], (0, 40, 20)), ([], (0, 1.0, 0.5))],
)
def test_axes_end_on_round_numbers(values: list[float], expected: tuple[float, float, float]) -> None:
    assert nice_range(values) == pytest.approx(expected)


def test_ticks_hold_both_ends() -> None:
    assert ticks_between(80.0, 140.0, 20.0) == [80.0, 100.0, 120.0, 140.0]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_token_that_a_figure_names_exists_in_each_theme(theme: str) -> None:
    known = palette(CSS, theme)
    figure = level_with_growth(ROWS, "mrr", "mrr_growth", Units(), open_end=True)
    named = set(re.findall(r'"(--[\w-]+)"', json.dumps([figure, template()])))
    assert named
    assert named <= set(known)
    assert "--" not in json.dumps(coloured(figure["data"][0]["line"], known))


@pytest.mark.parametrize(("cases", "told"), [(29.0, 29), (30.0, None)])
def test_fewer_than_thirty_cases_are_few(cases: float, told: int | None) -> None:
    assert few(METRICS.get("cpa"), {"cpa__d": cases, "conversions": cases}, Settings().low_volume) == told


def test_a_channel_has_one_colour_and_the_unknown_is_grey() -> None:
    assert channel_colour("Paid search") == channel_colour("paid search") == "--s-paid"
    assert channel_colour("Carrier pigeon") == "--s-other"


def test_the_bar_of_a_running_month_is_hatched_and_says_so() -> None:
    parts = {"mrr": ("MRR", "--accent")}
    closed = movements(ROWS, parts, "mrr_growth", Units())
    running = movements(ROWS, parts, "mrr_growth", Units(), open_end=True)
    for trace in running["data"]:
        assert trace["marker"]["pattern"]["shape"] == [""] * (len(ROWS) - 1) + ["/"]
    said = [entry for entry in running["layout"]["annotations"] if entry["text"] == "in progress"]
    assert [entry["x"] for entry in said] == [running["data"][0]["x"][-1]]
    assert "pattern" not in json.dumps(closed) and "in progress" not in json.dumps(closed)


def printed_words(figure: Figure, width: int) -> dict[str, Words]:
    return {mark.text: mark for mark in marks(figure, width, 190, colours()) if isinstance(mark, Words)}


def test_a_loss_says_its_value_below_its_bar_and_a_gain_above() -> None:
    figure = bars(["Email", "Social"], [0.62, -0.36], Units(), "ratio")
    drawn = marks(figure, 400, 190, colours())
    gain, loss = (mark for mark in drawn if isinstance(mark, Box))
    words = printed_words(figure, 400)
    assert words["62.0%"].at[1] < gain.at[1]
    assert words["−36.0%"].at[1] > loss.at[1] + loss.height
    assert loss.at[1] == pytest.approx(gain.at[1] + gain.height)  # they part at zero


def test_names_under_a_narrow_chart_never_run_into_each_other() -> None:
    months = [Units().month(date(2026, number, 1)) for number in range(1, 13)]
    figure = lines(months, [float(at) for at in range(12)], Units(), "count")
    wide, narrow = printed_words(figure, 674), printed_words(figure, 325)
    assert len([name for name in months if name in narrow]) < len([name for name in months if name in wide])
    places = [narrow[name].at[0] for name in months if name in narrow]
    assert all(after - before > 8 * LETTER for before, after in pairwise(places))


@pytest.mark.parametrize("width", [325, 674])
def test_the_name_of_the_last_day_ends_within_the_picture(width: int) -> None:
    days = [f"{number} November 2026" for number in range(19, 26)]
    printed = printed_words(lines(days, [float(at) for at in range(7)], Units(), "count"), width)
    last = printed[days[-1]]
    assert last.at[0] + len(days[-1]) * LETTER / 2 <= width
