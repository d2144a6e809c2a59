"""What was sent, kept as it was: files under the data folder in a place that their content names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from app.errors import NotFound
from app.text import t

FOLDER = "archive"


def digest(files: Mapping[str, bytes]) -> str:
    """One fingerprint of all files, by name."""
    total = sha256()
    for name in sorted(files):
        total.update(f"{name}\0{sha256(files[name]).hexdigest()}\n".encode())
    return total.hexdigest()


def keep(home: Path, subject: str, files: Mapping[str, bytes]) -> tuple[str, dict[str, str]]:
    """Keep files; their fingerprint, and where each stands within the data folder.

    The same content lands in the same place, so keeping it twice changes nothing.
    """
    mark = digest(files)
    place = Path(FOLDER) / subject / mark[:16]
    (home / place).mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in files.items():
        target = home / place / name
        fresh = target.with_name(f".{name}.{os.getpid()}")
        fresh.write_bytes(content)
        os.replace(fresh, target)
    return mark, {name: str(place / name) for name in files}


def present(home: Path, path: str) -> Path:
    """A kept file. Raises: NotFound when it is gone or lies elsewhere."""
    found = (home / path).resolve()
    if not found.is_relative_to((home / FOLDER).resolve()) or not found.is_file():
        raise NotFound(t("reports.archive_gone"))
    return found
