"""A throwaway PostgreSQL cluster on a unix socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BINARIES = Path("/usr/lib/postgresql/15/bin")
NOBODY = 65534
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@contextmanager
def cluster() -> Iterator[str]:
    """The address of an empty database; the cluster is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="pg"))
    data = home / "data"
    if os.getuid() == 0:
        os.chown(home, NOBODY, NOBODY)
    _run("initdb", "-D", data, "-A", "trust", "-U", "app", "--no-sync", "--no-instructions", "-E", "UTF8")
    options = f"-c listen_addresses='' -k {home} {FAST}"
    _run("pg_ctl", "-D", data, "-w", "-o", options, "-l", home / "log", "start")
    try:
        yield f"postgresql://app@/postgres?host={home}"
    finally:
        _run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home)


def _run(program: str, *arguments: object) -> None:
    """PostgreSQL refuses to run as root."""
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.getuid() == 0 else []
    command = [*drop, str(BINARIES / program), *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
