"""What a report says, as plain values: composed once, turned into bytes by each renderer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.data.metrics.base import Unit
from app.data.query.frame import Scalar
from app.figures.deltas import UNCOMPARED, Verdict
from app.figures.theme import Figure
from app.periods import Period


@dataclass(frozen=True)
class Key:
    """A key figure with what it is compared with, in words."""

    metric: str
    title: str
    value: str
    change: str
    verdict: Verdict
    note: str = ""

    @property
    def compared(self) -> bool:
        """Whether `change` tells one; otherwise it says why there is none."""
        return self.verdict not in UNCOMPARED


@dataclass(frozen=True)
class Finding:
    """One clear change; `weight` ranks it, `phrase` is its half of a headline."""

    headline: str
    detail: str
    phrase: str
    verdict: Verdict
    weight: float


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    words: str


@dataclass(frozen=True)
class Column:
    """A column of a table. `id` is its name in CSV; a column without a unit holds words; one of changes has
    the unit of what changed. `range` names its days where they are not those of its table."""

    id: str
    title: str
    unit: Unit | None = None
    # raw: counted or summed as it is; calculated: a quotient or a change; attributed: credited by a rule
    kind: str = "raw"
    is_change: bool = False
    range: str = ""


@dataclass(frozen=True)
class Table:
    """A table of raw values; each renderer writes them in its way. `tones` colour a change's cell; `low`
    holds the cases of a cell that rests on too few, row by row, then for the total, then for the rest.
    The printed summary shows the first `brief` rows (0: all), and `rest` for those that it leaves out.
    `range` names its days where they are not those of the report."""

    id: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    total: tuple[Scalar, ...] = ()
    tones: tuple[tuple[Verdict, ...], ...] = ()
    low: tuple[tuple[int | None, ...], ...] = ()
    metrics: tuple[str, ...] = ()  # with rows of different metrics: whose unit each row has
    brief: int = 0
    rest: tuple[Scalar, ...] = ()
    range: str = ""


@dataclass(frozen=True)
class Chart:
    """A figure with its numbers in words, for those who do not see it."""

    title: str
    note: str
    figure: Figure
    words: str


Block = Text | Table | Chart


@dataclass(frozen=True)
class Part:
    """What one section found."""

    blocks: tuple[Block, ...] = ()
    keys: tuple[Key, ...] = ()
    findings: tuple[Finding, ...] = ()
    has_data: bool = True


@dataclass(frozen=True)
class Composed:
    """A section in its report. `problem` says why it could not be computed; such a report is held. What is
    not `printed` is for the page and the data alone."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    problem: str = ""
    has_data: bool = True
    printed: bool = True


@dataclass(frozen=True)
class Document:
    """A whole report. `about` prints scope, filters, data time and versions on it."""

    report_id: str
    title: str
    organisation: str
    period: Period
    range: str
    base_range: str
    headline: str
    lead: str
    keys: tuple[Key, ...]
    findings: tuple[Finding, ...]
    sections: tuple[Composed, ...]
    about: tuple[tuple[str, str], ...]
    data_time: str
    data_version: str
    as_of: int | None
    currency: str
    link: str = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """Why this must not go out, one line a section that failed."""
        return tuple(f"{part.title}: {part.problem}" for part in self.sections if part.problem)

    @property
    def empty(self) -> bool:
        return not any(part.has_data for part in self.sections)

    def charts(self) -> Sequence[Chart]:
        return [block for part in self.sections for block in part.blocks if isinstance(block, Chart)]

    def tables(self) -> Sequence[Table]:
        return [block for part in self.sections for block in part.blocks if isinstance(block, Table)]
