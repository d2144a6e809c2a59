"""One widget's figure built by the product and encoded, against the same dict written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from app.data.metrics.base import METRICS
from app.data.query.frame import Row
from app.figures.trends import movements
from app.layouts.widgets.trend import MOVES
from app.periods import shift_months
from app.units import MINUS, Units
from tests.bench.company import BenchCompany
from tests.bench.verdict import Pair, Verdict, seconds

ROUNDS, REPEATS = 30, 50
MONTHS = [shift_months(date(2025, 1, 1), n) for n in range(12)]
ROWS: list[Row] = [
    {"date": month, **{name: sign * (4000.0 + 137 * n * (m + 1)) for m, (name, sign) in enumerate(
        (("new_mrr", 1), ("reactivated_mrr", 1), ("expansion_mrr", 1), ("contraction_mrr", -1),
         ("churned_mrr", -1)))}}
    for n, month in enumerate(MONTHS)
]  # fmt: skip


def measure(company: BenchCompany) -> Iterator[Verdict]:
    units = Units(company.settings.currency)
    titles = {name: (METRICS.get(name).title, colour) for name, colour in MOVES.items()}
    assert encoded(movements(ROWS, titles, units)) == encoded(by_hand(ROWS, titles)), "not the same figure"

    def turn() -> tuple[float, float]:
        ours = seconds(lambda: [encoded(movements(ROWS, titles, units)) for _ in range(REPEATS)])
        hand = seconds(lambda: [encoded(by_hand(ROWS, titles)) for _ in range(REPEATS)])
        return ours / REPEATS, hand / REPEATS

    turn()
    yield Pair.of(turn, ROUNDS).verdict("figure", 1.3, bytes=len(encoded(by_hand(ROWS, titles))))


def encoded(figure: dict[str, Any]) -> str:
    return json.dumps(figure, separators=(",", ":"))


def by_hand(rows: Sequence[Row], parts: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """The figure for these rows alone: its axis is known, its words are put together on the spot."""
    names = [f"{day:%b %Y}" for row in rows if isinstance(day := row["date"], date)]
    traces = []
    for metric, (title, colour) in parts.items():
        values = [row[metric] for row in rows]
        traces.append(
            {
                "type": "bar",
                "name": title,
                "x": names,
                "y": values,
                "marker": {"color": colour},
                "text": [_money(float(str(value))) for value in values],
                "textposition": "none",
                "hovertemplate": f"{title} %{{text}}<extra></extra>",
            }
        )
    return {"data": traces, "layout": _layout(names)}


def _money(value: float) -> str:
    return f"{MINUS if value < 0 else ''}${abs(value):,.2f}"


def _layout(names: list[str]) -> dict[str, Any]:
    return {
        "barmode": "relative",
        "xaxis": {"type": "category", "tickvals": names[1::2], "ticktext": [], "tickangle": 0},
        "yaxis": {
            "range": [-20000.0, 30000.0],
            "tickvals": [-20000.0, -10000.0, 0.0, 10000.0, 20000.0, 30000.0],
            "ticktext": [],
            "zeroline": True,
            "zerolinecolor": "--axis",
            "zerolinewidth": 1,
        },
        "margin": {"l": 48, "r": 16, "t": 12, "b": 24},
    }
