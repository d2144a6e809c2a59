"""A change and what it means."""

from __future__ import annotations

import pytest

from app.data.metrics.base import Direction, Unit
from app.layouts.deltas import judge, line, sentence
from app.layouts.markup import markup
from app.units import Units
from tests.page_text import read

UNITS = Units()


@pytest.mark.parametrize(
    ("value", "base", "unit", "direction", "said"),
    [
        (112.0, 100.0, "money", "up", "+12.0%, better"),
        (88.0, 100.0, "money", "down", "−12.0%, better"),
        (112.0, 100.0, "money", "down", "+12.0%, worse"),
        (112.0, 100.0, "money", "neutral", "+12.0%, neutral"),
        (100.4, 100.0, "count", "up", "+0.40%, no clear change"),
        (0.309, 0.342, "ratio", "up", "−3.3 pp, worse"),
        (0.0320, 0.0315, "ratio", "up", "+0.05 pp, no clear change"),
        (46.0, 42.0, "points", "up", "+4, better"),
        (12.0, 0.0, "count", "up", "+12, new"),
        (0.0, 0.0, "count", "up", "0%, no clear change"),
        (5.0, None, "count", "up", "no base to compare with"),
    ],
)
def test_a_delta_has_sign_and_word(
    value: float, base: float | None, unit: Unit, direction: Direction, said: str
) -> None:
    text = sentence(judge(value, base, unit, direction), unit, UNITS)
    assert text.lstrip("+") == said.lstrip("+")


def test_a_loss_that_shrinks_is_better() -> None:
    assert judge(-900, -1_200, "money", "up").verdict == "better"


@pytest.mark.parametrize(
    ("value", "direction", "arrow", "tone", "said"),
    [
        (112.0, "up", "icon-up-arrow", "pos", "+12.0%, better"),
        (112.0, "down", "icon-up-arrow", "neg", "+12.0%, worse"),
        (88.0, "down", "icon-down-arrow", "pos", "−12.0%, better"),
        (88.0, "neutral", "icon-down-arrow", "neu", "−12.0%, neutral"),
        (100.3, "up", "icon-flat", "neu", "+0.30%, no clear change"),
    ],
)
def test_the_arrow_is_the_direction_the_colour_the_verdict_and_both_stand_in_words_with_the_base(
    value: float, direction: Direction, arrow: str, tone: str, said: str
) -> None:
    (shown,) = read(markup(line(judge(value, 100.0, "count", direction), "count", UNITS, "1–12 Feb"))).named(
        "delta"
    )
    assert shown.named(arrow) and tone in shown.classes
    assert shown.words.split() == f"{said} vs 1–12 Feb".split()


def test_a_value_without_a_base_says_so_in_one_short_sentence() -> None:
    shown = line(judge(5.0, None, "count", "up"), "count", Units(), "1–20 Dec 2023")
    assert shown.children[1:] == ["no comparison with 1–20 Dec 2023"]
