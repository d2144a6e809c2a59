"""What arrived, the newest last; kept in a folder, so that a restart forgets nothing."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

LOG = "arrivals.jsonl"


@dataclass(frozen=True)
class Arrival:
    """One mail (`blob` is its text) or post (`blob` is nothing, its files are blobs of their own)."""

    number: int
    kind: str  # mail | post
    at: str
    to: str
    title: str
    blob: str = ""
    text: str = ""
    thread: str = ""
    files: tuple[tuple[str, str], ...] = ()  # name, blob
    alts: tuple[str, ...] = ()  # what each file shows, for those who do not see it


@dataclass
class Box:
    """Arrivals in memory, and in a folder when one is given."""

    folder: Path | None = None
    _arrived: list[Arrival] = field(default_factory=list)
    _blobs: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / LOG
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        for line in filter(None, lines):
            entry = json.loads(line)
            entry["files"] = tuple((name, blob) for name, blob in entry["files"])
            entry["alts"] = tuple(entry.get("alts", ()))
            self._arrived.append(Arrival(**entry))

    def take_mail(self, content: bytes, recipients: list[str], at: datetime) -> Arrival:
        """Keep a mail."""
        subject = str(message_from_bytes(content, policy=policy.default).get("Subject", ""))
        return self._add(
            {"kind": "mail", "at": at.isoformat(), "to": ", ".join(recipients), "title": subject},
            {"eml": content},
        )

    def take_post(self, channel: str, text: str, at: datetime, **more: Any) -> Arrival:
        """Keep a post; `files` gives (name, content) of what came with it."""
        files: list[tuple[str, bytes]] = more.pop("files", [])
        entry = {"kind": "post", "at": at.isoformat(), "to": channel, "title": text.split("\n")[0]}
        return self._add(entry | {"text": text, **more}, dict(files))

    def arrivals(self) -> list[Arrival]:
        """All of them, the newest first."""
        with self._lock:
            return list(reversed(self._arrived))

    def get(self, number: int) -> Arrival | None:
        with self._lock:
            return next((entry for entry in self._arrived if entry.number == number), None)

    def mail(self, number: int) -> EmailMessage | None:
        """A mail as a mail program reads it."""
        found = self.get(number)
        if found is None or found.kind != "mail":
            return None
        read = message_from_bytes(self.blob(found.blob), policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read

    def blob(self, name: str) -> bytes:
        """The bytes behind a name that an arrival gave."""
        return self._blobs[name] if self.folder is None else (self.folder / name).read_bytes()

    def _add(self, entry: dict[str, Any], contents: dict[str, bytes]) -> Arrival:
        with self._lock:
            number = len(self._arrived) + 1
            names = {name: f"{number:05d}-{index}.bin" for index, name in enumerate(contents)}
            for name, content in contents.items():
                self._keep(names[name], content)
            if entry["kind"] == "mail":
                entry["blob"] = names["eml"]
            else:
                entry["files"] = tuple(names.items())
            made = Arrival(number, **entry)
            self._arrived.append(made)
            if self.folder is not None:
                with (self.folder / LOG).open("a", encoding="utf-8") as log:
                    log.write(json.dumps(made.__dict__) + "\n")
            return made

    def _keep(self, name: str, content: bytes) -> None:
        if self.folder is None:
            self._blobs[name] = content
        else:
            (self.folder / name).write_bytes(content)
