"""The company as a whole: simulated once into a state folder, loaded from there afterwards."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from sandbox import simulate
from sandbox.timeline import Timeline

VERSION = 5
NOTE = "company.json"
AHEAD = timedelta(days=21)
BUILD_MEMORY = "400MB"


@dataclass(frozen=True)
class Company:
    """A simulated company and its tables."""

    seed: int
    timeline: Timeline
    scale: float
    con: duckdb.DuckDBPyConnection

    @property
    def epoch(self) -> datetime:
        return self.timeline.epoch

    @classmethod
    def load(
        cls,
        state_dir: Path,
        seed: int = 7,
        epoch: datetime | None = None,
        now: datetime | None = None,
        scale: float = 1.0,
        months: int = 24,
        billing: int = 60,
    ) -> Company:
        """The company of a state folder: simulated at the first start, extended when time has run on.

        The epoch given counts at the first start only; later starts keep the epoch in the folder.
        Raises: ValueError when the folder holds another seed or scale, or no epoch is known.
        """
        state_dir.mkdir(parents=True, exist_ok=True)
        kept = _kept(state_dir, {"seed": seed, "scale": scale, "months": months})
        begun = datetime.fromisoformat(kept["epoch"]) if kept else epoch
        if begun is None:
            raise ValueError(f"{state_dir} holds no company yet, and no epoch was given")
        timeline = Timeline.until(begun, now or begun, months, billing)
        if kept and kept["version"] == VERSION and kept["chunks"] * 30 + AHEAD.days >= timeline.days:
            timeline = Timeline(begun, timeline.marketing_days, billing, kept["chunks"])
        path = state_dir / f"company-{timeline.chunks}-v{VERSION}.duckdb"
        if not path.exists():
            _build(path, seed, timeline, scale)
        for old in set(state_dir.glob("company-*.duckdb")) - {path}:
            old.unlink()
        note = {"seed": seed, "epoch": begun.isoformat(), "scale": scale, "months": months}
        note |= {"chunks": timeline.chunks, "version": VERSION}
        (state_dir / NOTE).write_text(json.dumps(note))
        return cls(seed, timeline, scale, duckdb.connect(str(path), read_only=True))

    @classmethod
    def in_memory(cls, seed: int, epoch: datetime, scale: float, months: int, billing: int) -> Company:
        """A company without a state folder."""
        con = duckdb.connect(":memory:", config={"threads": 2})
        timeline = Timeline.until(epoch, epoch, months, billing)
        simulate.run(con, seed, timeline, scale)
        return cls(seed, timeline, scale, con)

    @classmethod
    def small(cls, seed: int = 7, epoch: datetime = datetime(2026, 6, 15, 12, tzinfo=UTC)) -> Company:
        """A company of a twentieth of the size with four months of marketing, for tests."""
        return cls.in_memory(seed, epoch, 0.05, 4, 12)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for one thread."""
        return self.con.cursor()


def _kept(state_dir: Path, asked: dict[str, float]) -> dict[str, Any] | None:
    """The note beside the company of a folder, if there is one.

    Raises: ValueError when it tells of another company than the one asked for.
    """
    path = state_dir / NOTE
    if not path.exists():
        return None
    kept: dict[str, Any] = json.loads(path.read_text())
    found = {name: kept[name] for name in asked}
    if found != asked:
        raise ValueError(f"{state_dir} holds {found}; asked for {asked}. Use another folder.")
    return kept


def _build(path: Path, seed: int, timeline: Timeline, scale: float) -> None:
    """Simulate into a temporary file and put it in place whole, so that a killed start leaves no half."""
    draft = path.with_suffix(f".{os.getpid()}.part")
    draft.unlink(missing_ok=True)
    con = duckdb.connect(str(draft), config={"memory_limit": BUILD_MEMORY, "threads": 2})
    con.execute("set enable_progress_bar = false")
    simulate.run(con, seed, timeline, scale)
    con.execute("checkpoint")
    con.close()
    draft.rename(path)
