"""The command `pad` in this process, on an installation of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from app.cli import context, main


class Shell:
    """Runs `pad` on a home; every command starts without what another kept in mind."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *arguments: str) -> Result:
        for kept in (context.settings, context.services):
            kept.cache_clear()
        try:
            return CliRunner().invoke(main, list(arguments), env={"PAD_HOME": str(self.home)})
        finally:
            for kept in (context.settings, context.services):
                kept.cache_clear()

    def told(self, *arguments: str) -> list[dict[str, Any]]:
        """The rows that a command prints; it has to succeed."""
        done = self(*arguments, "--format", "json")
        assert done.exit_code == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found
