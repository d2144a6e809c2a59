"""In which order a demo starts: the command itself on a home of its own, where the company, the platforms and
the processes only note that their turn has come."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.cli import context
from app.cli import demo as command
from app.data.pipeline import publish, sync
from app.data.pipeline.imports import importing
from app.data.pipeline.ingestion import Ingestion
from app.home import DEMO_OUTBOX, prepared
from app.processes import demo, supervisor
from app.processes.supervisor import Part
from app.services import Services
from tests.fakes import NOW, services
from tests.processes import free_port

SIGN_INS = "demo-signins.json"


@dataclass
class Diary:
    """What happened in a start, and how many times in a row."""

    home: Path
    lines: list[str] = field(default_factory=list)

    def note(self, what: str, at: datetime = NOW) -> None:
        days = (NOW - at).days
        self.lines.append(f"{what}, {days} days ago" if days else what)

    def told(self) -> list[tuple[str, int]]:
        return [(what, len(list(times))) for what, times in groupby(self.lines)]

    # The supervisor of the processes
    def start(self, parts: Sequence[Part]) -> None:
        self.note(f"start {', '.join(part.name for part in parts)}")

    def look(self) -> None: ...

    def watch(self, _stop: object) -> None:
        self.note("watch")

    def stop(self) -> None:
        self.note("stop")

    # The company
    base = "http://127.0.0.1:9"

    def go_to(self, instant: datetime) -> None:
        self.note("turn the clock", instant)

    def file(self, name: str, _folder: Path) -> Path:
        return Path(name)

    def credentials(self, _source: str) -> dict[str, Any]:
        self.note("connect a source")
        return {"token": "t"}

    # The queue
    def enqueue(
        self, kind: str, title: str, asked_by: str, *, job_id: str | None = None, **arguments: object
    ) -> str:
        mailed = "mails arrive" if (self.home / DEMO_OUTBOX).exists() else "mails go nowhere"
        self.note(f"ask for {kind}, then for the {arguments['report_id']} report: {mailed}")
        return "job"

    def available(self) -> bool:
        return True

    # The models, in a process of their own
    def process(self, target: Callable[[], None], **_: object) -> SimpleNamespace:
        assert target is command._learn
        return SimpleNamespace(start=lambda: self.note("models learn"), join=lambda _seconds: None)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Diary]:
    """Starts the demo of one home, and answers what happened when it has stopped."""
    env = {
        "PAD_HOME": str(tmp_path),
        "PORT": str(free_port()),
        "PAD_WORKERS": "2",
        "PATH": os.environ["PATH"],
    }
    settings = prepared(env)

    def started() -> Diary:
        diary = Diary(tmp_path)
        monkeypatch.setattr(os, "environ", dict(env))
        _noted(diary, replace(services(tmp_path), settings=settings, queue=diary), monkeypatch)
        command.demo.main([], standalone_mode=False)
        return diary

    return started


def _noted(diary: Diary, made: Services, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(context, "settings", lambda: made.settings)
    patch.setattr(context, "services", lambda: made)
    patch.setattr(context, "keep_logs", lambda _folder: None)
    patch.setattr(supervisor, "Supervisor", lambda _env, _logs: diary)
    patch.setattr(demo, "company_part", lambda _settings, _memory: (Part("company", ()), diary))
    patch.setattr(command, "get_context", lambda _method: SimpleNamespace(Process=diary.process))
    patch.setattr(importing, "import_file", lambda _parts, _path, _name: diary.note("import a file"))

    def read(parts: Ingestion, _source: str, **_: object) -> None:
        diary.note("read a platform", parts.clock.now())

    def published(_database: object, _snapshots: object, _settings: object, clock: Any) -> SimpleNamespace:
        diary.note("publish", clock.now())
        return SimpleNamespace(rejected=(), require=lambda _rejected: None)

    patch.setattr(sync, "sync", read)
    patch.setattr(publish, "publish", published)


BEGIN = [("start redis, web", 1), ("start company", 1), ("connect a source", 3)]
END = [("start worker-1, worker-2, worker-awaited, scheduler", 1), ("watch", 1), ("stop", 1)]


def test_a_first_start_loads_then_and_now_asks_for_the_report_and_lets_workers_begin(
    start: Callable[[], Diary], tmp_path: Path
) -> None:
    assert start().told() == [
        *BEGIN,
        ("import a file", 8),
        ("turn the clock, 28 days ago", 1),
        ("read a platform, 28 days ago", 3),
        ("publish, 28 days ago", 1),
        ("turn the clock", 1),
        ("models learn", 1),
        ("read a platform", 3),
        ("publish", 1),
        ("ask for train_week, then for the weekly report: mails arrive", 1),
        *END,
    ]
    assert (tmp_path / SIGN_INS).exists()
    assert not (tmp_path / DEMO_OUTBOX).exists()  # nobody receives mails any more


def test_a_second_start_loads_nothing_and_asks_for_no_second_report(
    start: Callable[[], Diary], tmp_path: Path
) -> None:
    start()
    people = (tmp_path / SIGN_INS).read_text()
    assert start().told() == [*BEGIN, *END]
    assert (tmp_path / SIGN_INS).read_text() == people


def test_a_load_that_was_stopped_is_done_again_from_its_first_step(
    start: Callable[[], Diary], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_services: Services) -> None:
        raise RuntimeError("stopped")

    with monkeypatch.context() as patch:
        patch.setattr(demo, "weekly_report", stopped)
        with pytest.raises(RuntimeError):
            start()
    again = [what for what, _ in start().told()]
    assert "import a file" in again and any("weekly report" in what for what in again)
