"""Numbers of one sum, each rounded by itself, and whether what is shown still adds up to what is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from app.data.metrics.base import Unit
from app.units import Units

CLEAR = 10  # a change of fewer steps is told with all its digits
IN_FULL = 0.01  # between neighbours as `Units.change` writes them in full
IN_FULL_OF_RATIO = IN_FULL / 100  # a ratio is written in percent
SUMMED: tuple[Unit, ...] = ("money", "count")  # told as short as they stay true; all else in full


class Addends(NamedTuple):
    """Signed changes and their sum in words; whether they are written in full, and whether they add up as
    shown."""

    parts: list[str]
    total: str
    full: bool
    closed: bool


def told(values: Sequence[float], unit: Unit, units: Units) -> Addends:
    """As short as the largest of them, or all in full where so short one of them would be false or they
    would not add up. Each is the text that its tooltip and its passport have, or a shorter one of it: no
    part is moved to fit the sum."""
    total = sum(values)
    if unit not in SUMMED:
        return _in_full(values, unit, units)
    step = max(units.step(value, unit) for value in (*values, total))
    exact = (*values, total)
    short = [round(round(value / step, 6)) * step for value in exact]
    true = all(_true(one, as_shown, step, unit, units) for one, as_shown in zip(exact, short, strict=True))
    if true and _adds_up(exact, step):
        *parts, whole = (units.change(one, unit) for one in short)
        return Addends(parts, whole, full=False, closed=True)
    return _in_full(values, unit, units)


def _in_full(values: Sequence[float], unit: Unit, units: Units) -> Addends:
    exact = (*values, sum(values))
    *parts, whole = (units.change(one, unit, full=True) for one in exact)
    step = IN_FULL_OF_RATIO if unit == "ratio" else IN_FULL
    return Addends(parts, whole, full=True, closed=_adds_up(exact, step))


def _adds_up(exact: Sequence[float], step: float) -> bool:
    """Whether all but the last add up to the last, each at its nearest multiple of a step."""
    *parts, whole = (round(round(value / step, 6)) for value in exact)
    return math.isclose(sum(parts), whole)


def _true(value: float, shown: float, step: float, unit: Unit, units: Units) -> bool:
    """Whether a change is of many steps, and not written with decimals finer than one."""
    return not value or (abs(value) >= CLEAR * step and units.step(shown, unit) >= min(step, 1.0))
