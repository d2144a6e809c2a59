"""The quality gate: rejects only what cannot be typed, and counts rows that break a business rule.

A row that breaks a rule is loaded all the same, since dropping it would hide the very thing the rule
watches; the breaks are counted per rule and day in `fact_quality_check`. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.data.transform import Context, Transform, Untypable, Values

MOST_REASONS = 50  # reasons, and flags, that are kept; the rest is only counted


@dataclass(frozen=True)
class Rule:
    """A business rule of one table: `holds` says whether a record keeps it."""

    id: str
    table: str
    holds: Callable[[Mapping[str, Any]], bool]


def _at_most(smaller: str, larger: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda row: (row[smaller] or 0) <= (row[larger] or 0)


def _positive(column: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda row: row[column] is None or row[column] >= 0


def _in_order(first: str, second: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda row: row[first] is None or row[second] is None or row[first] <= row[second]


RULES: tuple[Rule, ...] = (
    Rule("clicks_within_impressions", "fact_ad", _at_most("clicks", "impressions")),
    Rule("spend_not_negative", "fact_ad", _positive("cost_micros")),
    Rule("claimed_value_not_negative", "fact_ad", _positive("claimed_value_micros")),
    Rule("engaged_within_sessions", "fact_session", _at_most("engaged_sessions", "sessions")),
    Rule("converting_within_sessions", "fact_session", _at_most("key_event_sessions", "sessions")),
    Rule("converted_within_visitors", "fact_visitor_window", _at_most("converted_visitors", "visitors")),
    Rule("amount_not_negative", "fact_opportunity", _positive("amount_micros")),
    Rule("closed_after_created", "fact_opportunity", _in_order("date", "close_date")),
    Rule("converted_after_created", "fact_lead", _in_order("date", "converted_on")),
    Rule("price_not_negative", "fact_subscription", _positive("price_micros")),
    Rule("ended_after_started", "fact_subscription", _in_order("date", "ended_on")),
    Rule("paid_after_issued", "fact_invoice", _in_order("date", "paid_on")),
    Rule("cost_not_negative", "fact_cost", _positive("amount_micros")),
)


@dataclass
class Gate:
    """Counts what passes, what is refused and what breaks a rule, over one load.

    `reasons` and `flags`: the first rows that were refused, and that break a rule. Rows count from 1.
    """

    stream: str
    passed: int = 0
    rejected: int = 0
    flagged: int = 0
    reasons: list[tuple[int, str]] = field(default_factory=list)
    flags: list[tuple[int, str]] = field(default_factory=list)
    _checked: Counter[tuple[str, date]] = field(default_factory=Counter)  # by table
    _failed: Counter[tuple[Rule, date]] = field(default_factory=Counter)
    _doubted: Counter[tuple[str, date]] = field(default_factory=Counter)

    def typed(
        self, row_number: int, row: Mapping[str, Any], transform: Transform, context: Context
    ) -> list[tuple[str, Values]]:
        """The records that a row becomes, each checked; none of a row that cannot be typed."""
        try:
            records = list(transform(row, context))
        except Untypable as reason:
            self._reject(row_number, str(reason))
            return []
        for table, values in records:
            if not table.startswith("dim_"):
                self.check(row_number, table, values)
        return records

    def check(self, row_number: int, table: str, values: Values) -> None:
        """A record of a fact passes; each rule of its table that it breaks is counted."""
        self.passed += 1
        rules = _OF_TABLE.get(table)
        if not rules:
            return
        day = _day(values)
        self._checked[table, day] += 1
        broken = [rule for rule in rules if not rule.holds(values)]
        if broken:
            self._flag(row_number, day, broken)

    def _flag(self, row_number: int, day: date, broken: Sequence[Rule]) -> None:
        self.flagged += 1
        for rule in broken:
            self._failed[rule, day] += 1
        room = max(MOST_REASONS - len(self.flags), 0)
        self.flags.extend((row_number, rule.id) for rule in broken[:room])

    def _reject(self, row_number: int, reason: str) -> None:
        self.rejected += 1
        if len(self.reasons) < MOST_REASONS:
            self.reasons.append((row_number, reason))

    def doubt(self, rule: str, day: date, rows: int) -> None:
        """The platform itself says that these rows are not exact, such as those of a sample."""
        if rows:
            self._doubted[rule, day] += rows

    def results(self) -> list[Values]:
        """One record a rule and day that was broken: what `fact_quality_check` keeps."""
        return [*self._broken(), *self._inexact()]

    def _inexact(self) -> list[Values]:
        return [
            {"rule": rule, "date": day, "stream": self.stream, "rows": count, "failed": count}
            for (rule, day), count in sorted(self._doubted.items())
        ]

    def _broken(self) -> list[Values]:
        return [
            {
                "rule": rule.id,
                "date": day,
                "stream": self.stream,
                "rows": self._checked[rule.table, day],
                "failed": count,
            }
            for (rule, day), count in sorted(self._failed.items(), key=lambda one: (one[0][0].id, one[0][1]))
        ]


_OF_TABLE: dict[str, tuple[Rule, ...]] = {
    table: tuple(rule for rule in RULES if rule.table == table) for table in {rule.table for rule in RULES}
}


def _day(values: Values) -> date:
    found = values.get("date") or values.get("window_end")
    if not isinstance(found, date):
        raise TypeError("a checked record has a day")
    return found
