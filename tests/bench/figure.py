"""One widget's figure built by the product and encoded, against the same dict written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from app.data.metrics import catalogue
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
RATE = "mrr_growth"
MOVED = (
    ("new_mrr", 1),
    ("reactivated_mrr", 1),
    ("expansion_mrr", 1),
    ("contraction_mrr", -1),
    ("churned_mrr", -1),
)
TICKS = [-40000, -20000, 0, 20000, 40000]
SMALL = {"size": 11, "color": "--text-3"}
RATE_AXIS = {
    "domain": [0, 0.2],
    "anchor": "x",
    "tickvals": [0],
    "ticktext": ["0%"],
    "gridcolor": "--axis",
    "range": [],
    "fixedrange": True,
    "showline": False,
    "ticks": "",
    "tickfont": SMALL,
    "zeroline": False,
}
RATE_TITLE = {
    "showarrow": False,
    "xref": "paper",
    "x": 0,
    "xanchor": "left",
    "yref": "paper",
    "font": SMALL,
    "y": 0.255,
    "yanchor": "middle",
    "text": "Growth per month, own axis from 0%",
}
ROWS: list[Row] = [
    {"date": month, RATE: 0.031 - 0.004 * n}
    | {name: sign * (4000.0 + 137 * n * (m + 1)) for m, (name, sign) in enumerate(MOVED)}
    for n, month in enumerate(MONTHS)
]


def measure(company: BenchCompany) -> Iterator[Verdict]:
    catalogue.load()
    units, titles = Units(company.settings.currency), titled()

    def built() -> str:
        return encoded(movements(ROWS, titles, RATE, units))

    def turn() -> tuple[float, float]:
        ours = seconds(lambda: [built() for _ in range(REPEATS)])
        hand = seconds(lambda: [encoded(by_hand(ROWS, titles)) for _ in range(REPEATS)])
        return ours / REPEATS, hand / REPEATS

    turn()
    yield Pair.of(turn, ROUNDS).verdict(
        "figure", 1.3, "the MRR chart built and encoded, against the same dict written by hand and encoded",
        bytes=len(encoded(by_hand(ROWS, titles))),
    )  # fmt: skip


def titled() -> dict[str, tuple[str, str]]:
    """The parts of the figure: title and colour by metric."""
    return {name: (METRICS.get(name).title, colour) for name, colour in MOVES.items()}


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
                "meta": metric,
                "x": names,
                "y": values,
                "marker": {"color": colour},
                "text": [_money(float(str(value))) for value in values],
                "textposition": "none",
                "hovertemplate": f"{title} %{{text}}<extra></extra>",
            }
        )
    rates = [float(str(row[RATE])) for row in rows]
    traces.append(
        {
            "type": "bar",
            "meta": RATE,
            "x": names,
            "y": rates,
            "yaxis": "y2",
            "text": [_percent(rate) for rate in rates],
            "textposition": "none",
            "marker": {"color": "--compare"},
            "hovertemplate": "growth %{text}<extra></extra>",
        }
    )
    return {"data": traces, "layout": _layout(names, rates)}


def _money(value: float) -> str:
    return f"{MINUS if value < 0 else ''}${abs(value):,.2f}"


def _percent(rate: float) -> str:
    size = abs(rate) * 100
    return f"{MINUS if rate < 0 else '+'}{size:.{1 if size >= 0.995 else 2}f}%"


def _thousands(value: int) -> str:
    return f"{MINUS if value < 0 else ''}${abs(value) // 1000}{'K' if value else ''}"


def _layout(names: list[str], rates: list[float]) -> dict[str, Any]:
    low, high = min(rates), max(rates)  # on both sides of zero
    room = (high - low) * 0.08
    return {
        "barmode": "relative",
        "xaxis": {
            "type": "category",
            "tickvals": names[1::2],
            "ticktext": [name if at == 0 else name[:3] for at, name in enumerate(names[1::2])],
            "tickangle": 0,
            "unifiedhovertitle": {"text": "<b>%{x}</b>"},
            "anchor": "y2",
        },
        "yaxis": {
            "domain": [0.33, 1],
            "range": [TICKS[0], TICKS[-1]],
            "tickvals": TICKS,
            "ticktext": [_thousands(tick) for tick in TICKS],
            "zeroline": True,
            "zerolinecolor": "--axis",
            "zerolinewidth": 1,
        },
        "yaxis2": RATE_AXIS | {"range": [low - room, high + room]},
        "annotations": [RATE_TITLE, _end(names[-1], rates[-1])],
        "margin": {"l": 48, "r": 72, "t": 12, "b": 24},
    }


def _end(name: str, newest: float) -> dict[str, Any]:
    return {
        "name": "end",
        "showarrow": False,
        "xref": "x",
        "x": name,
        "xanchor": "left",
        "xshift": 22,
        "yref": "y2",
        "y": max(newest, 0),
        "yanchor": "middle" if newest > 0 else "bottom",
        "text": _percent(newest),
        "font": {"color": "--text", "size": 12},
    }
