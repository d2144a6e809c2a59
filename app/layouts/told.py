"""Who is told, in one line: several of a channel are counted, and named behind that line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.layouts.icons import icon
from app.notify.message import CHANNELS
from app.text import t

BREAKS = re.compile(r"(?<=[@.])(?=\w)")  # where an address may go on in the next line


@dataclass(frozen=True)
class Told:
    """Those who are told by one channel, what came of it if that is known, and its error."""

    channel: str
    to: Sequence[str]
    outcome: str = ""
    error: str = ""

    @property
    def words(self) -> str:
        """All of them by name."""
        said = t("alerts.tells", channel=t(f"notify.channel_{self.channel}"), to=", ".join(self.to))
        return _with(said, self.outcome)

    @property
    def short(self) -> str:
        """How many they are; one alone by name."""
        if len(self.to) > 1:
            return t(f"alerts.told_many_{self.channel}", count=len(self.to))
        return t("alerts.told_one", channel=t(f"notify.channel_{self.channel}"), to=self.to[0])


def lines(told: Iterable[Told]) -> list[Component]:
    """One line for all, behind which they are named, and what failed; a line each where nobody is counted."""
    order = sorted((one for one in told if one.to), key=lambda one: CHANNELS.index(one.channel))
    named: list[Component] = [html.Div(html.Bdi(breakable(one.words)), className="sub wrap") for one in order]
    if any(len(one.to) > 1 for one in order):
        head = html.Summary([html.Bdi(breakable(_summary(order))), icon("down", 12)], className="told-head")
        named = [html.Details([head, *named], className="told")]
    errors = dict.fromkeys(one.error for one in order if one.error)
    return [*named, *(html.Div(html.Bdi(error), className="sub wrap error-text") for error in errors)]


def breakable(text: str) -> list[Any]:
    """Words whose addresses break behind a sign alone, never within a name."""
    first, *others = BREAKS.split(text)
    return [first, *(part for other in others for part in (html.Wbr(), other))]


def _summary(told: Sequence[Told]) -> str:
    """Those with the same outcome together."""
    alike: dict[str, list[str]] = {}
    for one in told:
        alike.setdefault(one.outcome, []).append(one.short)
    return "; ".join(_with(", ".join(shorts), outcome) for outcome, shorts in alike.items())


def _with(said: str, outcome: str) -> str:
    return t("alerts.told_outcome", told=said, outcome=outcome) if outcome else said
