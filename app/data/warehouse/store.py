"""The only writer of the warehouse: applies waiting loads to a copy of the current snapshot and publishes it.

Readers never wait and never see a half: until the pointer is replaced they read the old file, and a crash
at any moment leaves it, and the loads that wait, as they were.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from app.data.warehouse import channels, money, rollups
from app.data.warehouse.channels import Mapping
from app.data.warehouse.derived import billing, campaigns, credit, overspend
from app.data.warehouse.facts import FACTS
from app.data.warehouse.loading import Applied, Loader
from app.data.warehouse.migrations import forget_derived, migrate, read_state, write_state
from app.data.warehouse.pointer import Snapshot, make_durable
from app.data.warehouse.snapshots import DISK, Snapshots
from app.errors import ConflictError, InputError, PadError
from app.text import t

KEEP = 2  # snapshot files that stay on disk, the current one included

# A load whose content cannot enter is turned away and the others go on; anything else, such as a full
# disk, ends the publish and every load waits on.
_REFUSALS = (InputError, duckdb.DataError, duckdb.ProgrammingError)


@dataclass(frozen=True)
class Waiting:
    """A sealed load in staging."""

    load_id: int
    folder: Path


@dataclass(frozen=True)
class Rules:
    """The settings that change what is written."""

    currency: str
    lookback_days: int
    mapping: Mapping

    def states(self) -> dict[str, str]:
        """What the warehouse remembers of the rules by which it was written."""
        return {
            "currency": self.currency,
            "lookback_days": str(self.lookback_days),
            "channels": self.mapping.fingerprint,
        }


@dataclass(frozen=True)
class Published:
    """What a publish did: loads that are in the warehouse now, and why others were refused."""

    version: int
    loads: tuple[int, ...] = ()
    rejected: dict[int, str] = field(default_factory=dict)
    facts: frozenset[str] = frozenset()
    rows: int = 0
    restated: int = 0
    fresh: bool = False  # whether there is a new snapshot


class Store:
    """Writes snapshots into the folder that `snapshots` reads."""

    def __init__(
        self,
        snapshots: Snapshots,
        rules: Rules,
        *,
        copy: Callable[[Path, Path], object] = shutil.copyfile,
        keep: int = KEEP,
    ) -> None:
        self._snapshots = snapshots
        self._pointer = snapshots.pointer
        self._rules = rules
        self._copy = copy
        self._keep = keep

    def publish(self, waiting: Sequence[Waiting]) -> Published:
        """Publish the loads that the warehouse lacks, in the order of their ids, as one new snapshot.

        Waits for another publisher. Nothing new and no changed rule: nothing is written.
        Raises: ConflictError when somebody else moved the pointer; PadError when the disk refuses.
        """
        self._snapshots.current()
        with self._pointer.lock():
            base = self._snapshots.current()
            draft = self._draft(base)
            missing = self._missing(waiting)
            if not missing and not self._rules_changed():
                return Published(base.version, tuple(one.load_id for one in waiting))
            try:
                result = self._write(base, draft, missing)
                known = {one.load_id for one in waiting} - {one.load_id for one in missing}
                loads = tuple(sorted({*known, *result.loads}))
                self._swap(base, draft, result.version)
            except DISK as problem:
                raise PadError(
                    t("warehouse.not_written", problem=problem),
                    hint=t(
                        "warehouse.not_written_hint",
                        version=base.version,
                        count=len(missing),
                        folder=self._pointer.directory,
                    ),
                ) from problem
            finally:
                self._clean()
            self._prune(result.version)
            return replace(result, loads=loads)

    def _draft(self, base: Snapshot) -> Path:
        # A version is never used twice, so that a file left by a crash cannot be taken for another.
        version = max([base.version, *self._pointer.versions()]) + 1
        self._clean()
        for orphan in self._pointer.versions():
            if orphan > base.version:
                self._pointer.path(orphan).unlink()
        return self._pointer.directory / f"warehouse-{version}.building"

    def _missing(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        with self._snapshots.cursor(fresh=True) as cursor:
            rows = cursor.execute("SELECT load_id FROM published_load").fetchall()
        there = {load_id for (load_id,) in rows}
        return sorted((one for one in waiting if one.load_id not in there), key=lambda one: one.load_id)

    def _rules_changed(self) -> bool:
        with self._snapshots.cursor(fresh=True) as cursor:
            return any(
                read_state(cursor.connection, name) != value for name, value in self._rules.states().items()
            )

    def _write(self, base: Snapshot, draft: Path, missing: list[Waiting]) -> Published:
        self._copy(base.path, draft)
        with closing(_open_draft(draft)) as connection:
            migrate(connection)
            edition = Edition(connection, self._rules)
            edition.load(missing)
            edition.derive()
            edition.number()
            connection.execute("CHECKPOINT draft")
        make_durable(draft)
        return Published(
            int(draft.stem.removeprefix("warehouse-")),
            tuple(edition.loads),
            edition.rejected,
            frozenset(edition.facts),
            edition.rows,
            edition.restated,
            fresh=True,
        )

    def _swap(self, base: Snapshot, draft: Path, version: int) -> None:
        if self._pointer.read() != base:
            raise ConflictError(
                t("warehouse.moved", version=base.version),
                hint=t("warehouse.moved_hint"),
            )
        draft.rename(self._pointer.path(version))
        self._pointer.replace(version)

    def _clean(self) -> None:
        for left in self._pointer.directory.glob("*.building*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()

    def _prune(self, current: int) -> None:
        held = self._snapshots.held()
        older = [version for version in self._pointer.versions() if version <= current]
        for version in older[: -self._keep]:
            if version not in held:
                self._pointer.path(version).unlink()


def _open_draft(path: Path) -> DuckDBPyConnection:
    """Open a draft without a write-ahead log: a draft that crashes is thrown away, never recovered."""
    connection = duckdb.connect(config={"temp_directory": f"{path}.tmp", "wal_autocheckpoint": "1TB"})
    place = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{place}' AS draft (RECOVERY_MODE no_wal_writes)")
    connection.execute("USE draft")
    return connection


class Edition:
    """The next snapshot while it is written, on its own connection."""

    def __init__(self, connection: DuckDBPyConnection, rules: Rules) -> None:
        self._connection = connection
        self._rules = rules
        self._tables: set[str] = set()
        self.facts: set[str] = set()
        self.loads: list[int] = []
        self.rejected: dict[int, str] = {}
        self.rows = self.restated = 0

    def load(self, waiting: Sequence[Waiting]) -> None:
        """Apply loads in order, each whole, with what is derived from it, or not at all."""
        loader = Loader(self._connection, self._rules.currency)
        for one in waiting:
            self._connection.begin()
            try:
                applied = loader.apply(one.load_id, one.folder)
                followed = self._follow(applied)
                self._connection.commit()
            except _REFUSALS as problem:
                loader.forget()
                self.rejected[one.load_id] = str(problem)
            else:
                self.loads.append(one.load_id)
                self.rows += applied.rows
                self.restated += applied.restated
                self._tables |= applied.changed
                self.facts |= followed
        self.facts |= {fact.id for fact in FACTS.values() if fact.table.name in self._tables}

    def _follow(self, applied: Applied) -> set[str]:
        """Derive what this load changes before the next one comes, so that each load has its own answer;
        returns the facts touched."""
        rates = "dim_rate" in applied.changed
        touched = money.fill_missing(self._connection, self._rules.currency) if rates else set()
        if applied.changed & credit.INPUTS or rates:
            touched |= self._credit()
        if rates or billing.concerned(self._connection, applied.source):
            touched |= self._movements()
        return touched

    def derive(self) -> None:
        """Bring up to date whatever follows from loads and rules."""
        changed = {
            name
            for name, value in self._rules.states().items()
            if read_state(self._connection, name) != value
        }
        converted = "currency" in changed and self._convert_again()
        self._name(everything="channels" in changed)
        if "lookback_days" in changed or converted:
            self.facts |= self._credit()
        if converted:
            self.facts |= self._movements()
            forget_derived(self._connection)  # amounts in another currency do not compare
        self._judge_spend()
        for rollup in rollups.ROLLUPS:
            rollups.refresh(self._connection, rollup)
        for name, value in self._rules.states().items():
            write_state(self._connection, name, value)

    def _convert_again(self) -> bool:
        if read_state(self._connection, "currency") is None:
            return False
        self.facts |= money.convert_again(self._connection, self._rules.currency)
        return True

    def _judge_spend(self) -> None:
        """Spend against budgets on the days that changed; a campaign that changed concerns every day."""
        if self._tables & {"dim_campaign", "fact_campaign_budget"}:
            self.facts |= _if(overspend.refresh(self._connection), "quality_check")
            return
        bounds = "SELECT min(date), max(date) FROM touched_ad"
        first, last = self._connection.execute(bounds).fetchone() or (None, None)
        if first is not None:
            self.facts |= _if(overspend.refresh(self._connection, (first, last)), "quality_check")

    def _credit(self) -> set[str]:
        return _if(credit.refresh(self._connection, self._rules.lookback_days), "credit")

    def _movements(self) -> set[str]:
        return _if(billing.refresh(self._connection, self._rules.currency), "mrr_movement")

    def _name(self, *, everything: bool) -> None:
        """Channels and campaign names: a change shows in every fact that carries their key."""
        mapped = channels.refresh(self._connection, self._rules.mapping, everything=everything)
        if mapped:
            self._tables.add("dim_traffic")
        named = "dim_campaign" in self._tables and campaigns.refresh(self._connection)
        for key, moved in (
            ("traffic_key", mapped or "dim_traffic" in self._tables),
            ("campaign_key", named or "dim_campaign" in self._tables),
        ):
            if moved:
                self.facts |= {fact.id for fact in FACTS.values() if key in fact.table.c}

    def number(self) -> None:
        """Give every touched fact its next version."""
        newest = max(self.loads, default=None)
        for name in sorted(self.facts):
            known = "SELECT version, load_id FROM fact_version WHERE fact = ?"
            version, load_id = self._connection.execute(known, [name]).fetchone() or (0, None)
            self._connection.execute("DELETE FROM fact_version WHERE fact = ?", [name])
            self._connection.execute(
                f"INSERT INTO fact_version (fact, version, load_id, rows) "
                f"SELECT ?, ?, ?, count(*) FROM {FACTS[name].table.name}",
                [name, version + 1, newest or load_id],
            )


def _if(changed: bool, fact: str) -> set[str]:
    return {fact} if changed else set()
