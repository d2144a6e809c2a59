"""Numbers of one sum, rounded so that what is shown adds up to what is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.data.metrics.base import Unit
from app.units import Units

CLEAR = 10  # a change of fewer steps is told with all its digits
IN_FULL = 0.01  # between neighbours as `Units.change` writes them in full
IN_FULL_OF_RATIO = IN_FULL / 100  # a ratio is written in percent
SUMMED: tuple[Unit, ...] = ("money", "count")  # told as short as they stay true; all else in full


def rounded(values: Sequence[float], step: float) -> list[float]:
    """Multiples of a step that add up to the multiple nearest to the sum of the values.

    Each is next to its value: the ones that lose most by rounding down are rounded up (largest remainder).
    """
    sized = [round(value / step, 6) for value in values]
    floors = [math.floor(size) for size in sized]
    up = round(sum(sized)) - sum(floors)
    order = sorted(range(len(sized)), key=lambda at: floors[at] - sized[at])
    for at in order[:up]:
        floors[at] += 1
    return [floor * step for floor in floors]


def told(values: Sequence[float], unit: Unit, units: Units) -> tuple[list[str], str]:
    """Signed changes and their sum in words: as short as the largest of them, or all in full where so short
    one of them would be false."""
    total = sum(values)
    if unit not in SUMMED:
        return _in_full(values, unit, units)
    step = max(units.step(value, unit) for value in (*values, total))
    shown = rounded(values, step)
    whole = round(total / step) * step
    exact, short = (*values, total), (*shown, whole)
    if all(_true(one, as_shown, step, unit, units) for one, as_shown in zip(exact, short, strict=True)):
        return [units.change(one, unit) for one in shown], units.change(whole, unit)
    return _in_full(values, unit, units)


def _in_full(values: Sequence[float], unit: Unit, units: Units) -> tuple[list[str], str]:
    shown = rounded(values, IN_FULL_OF_RATIO if unit == "ratio" else IN_FULL)
    return [units.change(one, unit, full=True) for one in shown], units.change(sum(shown), unit, full=True)


def _true(value: float, shown: float, step: float, unit: Unit, units: Units) -> bool:
    """Whether a change is of many steps, and not written with decimals finer than one."""
    return not value or (abs(value) >= CLEAR * step and units.step(shown, unit) >= min(step, 1.0))
