"""The folder of snapshots on disk: file names, the `CURRENT` pointer, and the lock of the one writer."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import DataUnavailable
from app.text import t

_FILE = re.compile(r"warehouse-(\d+)\.duckdb$")


@dataclass(frozen=True)
class Snapshot:
    """One immutable file of the warehouse."""

    version: int
    path: Path


class Pointer:
    """Names the snapshot that counts; replaced atomically and made durable before it is believed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self._file = self.directory / "CURRENT"

    def read(self) -> Snapshot | None:
        """The current snapshot, or None before the first one.

        Raises: DataUnavailable when the pointer is damaged.
        """
        try:
            name = self._file.read_text().strip()
        except FileNotFoundError:
            return None
        if not (match := _FILE.fullmatch(name)):
            raise DataUnavailable(
                t("warehouse.pointer_wrong", file=self._file, name=name[:80]),
                hint=t("warehouse.pointer_wrong_hint"),
            )
        return Snapshot(int(match[1]), self.directory / name)

    def mark(self) -> tuple[int, int] | None:
        """Changes whenever the pointer does, and costs one stat to read."""
        try:
            status = self._file.stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def replace(self, version: int) -> Snapshot:
        """Point to a snapshot whose file is complete and durable."""
        draft = self.directory / "CURRENT.new"
        draft.write_text(f"{self.path(version).name}\n")
        make_durable(draft)
        os.replace(draft, self._file)
        make_durable(self.directory)
        return Snapshot(version, self.path(version))

    def path(self, version: int) -> Path:
        return self.directory / f"warehouse-{version}.duckdb"

    def versions(self) -> list[int]:
        """Versions of the snapshot files in the folder, oldest first, those left by a crash included."""
        matches = (_FILE.fullmatch(path.name) for path in self.directory.iterdir())
        return sorted(int(match[1]) for match in matches if match)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Only one writer at a time, over all processes; a killed writer lets go by itself."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "publish.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def make_durable(path: Path) -> None:
    """Flush a file or a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
