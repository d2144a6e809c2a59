"""The detail of an audit entry in words: labels for its keys, instants and days as everywhere; pure.

The log keeps what it was told, and so does its export: here it is only read aloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from urllib.parse import parse_qsl

from croniter import croniter

from app.accounts import audit
from app.data.actions import STATES
from app.data.metrics.base import METRICS
from app.layouts.timetable import in_words
from app.periods import Period
from app.text import has, t
from app.units import MISSING, Units

FIELD = re.compile(r"([a-z][a-z_]*): (.*)", re.S)
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")
SPAN = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)")
DAY = re.compile(r"(?<![\d.-])\d{4}-\d\d-\d\d(?![\d.-])")
ARROW = " → "
YES_NO = {"True": "audit.yes", "False": "audit.no"}
# Fields whose values have words in the catalogue, and the key of these words.
WORDED: Mapping[str, Callable[[str], str]] = {
    "grain": lambda value: f"alerts.grain_{value}",
    "severity": lambda value: f"alerts.severity_{value}",
    "side": lambda value: f"alerts.side_{value}",
    "state": lambda value: f"actions.state_{value}" if value in STATES else f"audit.state_{value}",
}


def detail(action: str, text: str, zone: str) -> str:
    """What an entry says besides its action and object, times in the zone."""
    if action == audit.DOWNLOADED:
        return t("audit.of_job", job=text) if text else ""
    if action == audit.EXPORT and (query := _query(text)):
        text = query
    said = "; ".join(_part(part) for part in text.split("; "))
    return _dated(said, zone)


def _query(text: str) -> str:
    """The filter of an exported log, which is noted as its address has it."""
    pairs = parse_qsl(text)
    if not pairs or not all(has(f"audit.filter_{name}") for name, _ in pairs):
        return ""
    return "; ".join(f"{t(f'audit.filter_{name}')}: {value}" for name, value in pairs)


def _part(text: str) -> str:
    """One field that changed, or whatever else stands there."""
    found = FIELD.fullmatch(text)
    if found is None or not has(f"audit.field_{found[1]}"):
        return text
    name, values = found[1], found[2].split(ARROW)
    worded = [_value(name, value) for value in values]
    if len(worded) == 2 and worded[0] == MISSING:
        worded = worded[1:]  # it was not there before
    return f"{t(f'audit.field_{name}')}: {ARROW.join(worded)}"


def _value(name: str, value: str) -> str:
    """A value in words; one of several parts, such as a condition, part by part."""
    if name == "condition":
        return ", ".join(_condition(part) for part in value.split(", "))
    if name == "metric" and value in METRICS:
        return METRICS.get(value).title
    if name == "cron" and croniter.is_valid(value):
        return in_words(value) or value
    if value in YES_NO:
        return t(YES_NO[value])
    key = WORDED[name](value) if name in WORDED else ""
    return t(key) if key and has(key) else value


def _condition(text: str) -> str:
    name, _, value = text.partition(" ")
    if name == "kind" and has(f"alerts.kind_{value}"):
        return t(f"alerts.kind_{value}")
    return f"{t(f'audit.part_{name}')} {_value(name, value)}" if has(f"audit.part_{name}") else text


def _dated(text: str, zone: str) -> str:
    """The same with its instants, ranges and days as a reader writes them."""
    units = Units()
    said = INSTANT.sub(_where(lambda found: units.instant(datetime.fromisoformat(found[0]), zone)), text)
    said = SPAN.sub(_where(lambda found: units.days(_period(found[1], found[2]))), said)
    return DAY.sub(_where(lambda found: units.day(date.fromisoformat(found[0]))), said)


def _period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def _where(worded: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
    """What only looks like a date stays as it is."""

    def replaced(found: re.Match[str]) -> str:
        try:
            return worded(found)
        except ValueError:
            return found[0]

    return replaced
