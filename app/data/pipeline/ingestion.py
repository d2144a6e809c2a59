"""What every step of ingestion needs, in one value; made once from the settings."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.clock import Clock
from app.data.db import Database
from app.data.pipeline.vault import Vault
from app.data.warehouse.snapshots import Snapshots
from app.settings import Settings

Progress = Callable[[float, str], None]


def silent(_share: float, _message: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Ingestion:
    """Databases, clock and key; `transport` is the network and `sleep` waits, or what a test puts there."""

    settings: Settings
    database: Database
    snapshots: Snapshots
    clock: Clock
    vault: Vault
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep

    @property
    def staging(self) -> Path:
        return self.settings.staging_dir.resolve()


def ingestion(
    settings: Settings, database: Database, clock: Clock, snapshots: Snapshots | None = None
) -> Ingestion:
    """Ingestion on the product's own folders."""
    warehouse = snapshots or Snapshots(settings.warehouse_dir)
    return Ingestion(settings, database, warehouse, clock, Vault(settings.credential_key))
