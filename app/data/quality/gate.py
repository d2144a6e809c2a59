"""The quality gate: rejects only what cannot be typed, and counts rows that break a business rule.

A row that breaks a rule is loaded all the same, since dropping it would hide the very thing the rule
watches; the breaks are counted per rule and day in `fact_quality_check`. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.data.quality.rules import OF_TABLE, Reference, Rule
from app.data.transform import Context, Transform, Untypable, Values

MOST_REASONS = 50  # reasons, and flags, that are kept; the rest is only counted


@dataclass(frozen=True)
class Flag:
    """A rule that a row breaks: its id for machines, and its words."""

    rule: str
    words: str


@dataclass
class Gate:
    """Counts what passes, what is refused and what breaks a rule, over one load.

    `reasons` and `flags`: the first rows that were refused, and that break a rule. Rows count from 1.
    """

    stream: str
    reference: Reference
    passed: int = 0
    rejected: int = 0
    flagged: int = 0
    reasons: list[tuple[int, str]] = field(default_factory=list)
    flags: list[tuple[int, Flag]] = field(default_factory=list)
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
            if table in OF_TABLE or not table.startswith("dim_"):
                self.check(row_number, table, values)
        return records

    def check(self, row_number: int, table: str, values: Values) -> None:
        """A record passes; each rule of its table that it breaks is counted."""
        self.passed += 1
        rules = OF_TABLE.get(table)
        if not rules:
            return
        day = _day(values)
        self._checked[table, day] += 1
        broken = [rule for rule in rules if not rule.holds(values, self.reference)]
        if broken:
            self._flag(row_number, day, values, broken)

    def _flag(self, row_number: int, day: date, values: Values, broken: Sequence[Rule]) -> None:
        self.flagged += 1
        for rule in broken:
            self._failed[rule, day] += 1
        room = max(MOST_REASONS - len(self.flags), 0)
        for rule in broken[:room]:
            self.flags.append((row_number, Flag(rule.id, rule.told(values, self.reference))))

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


def _day(values: Values) -> date:
    found = values.get("date") or values.get("window_end")
    if not isinstance(found, date):
        raise TypeError("a checked record has a day")
    return found
