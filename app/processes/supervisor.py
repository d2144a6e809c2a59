"""Runs the processes of one installation: starts them in order, restarts what dies, leaves no orphan."""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import psutil
import structlog

from app.errors import PadError
from app.processes.log_files import LogFile
from app.text import t

log = structlog.get_logger(__name__)

LOOK_EVERY = 0.2  # seconds
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
SETTLED = 60.0  # a process that lived so long starts anew with the first pause
LAST_WORDS = 0.5  # seconds for what an ended process has printed to arrive
MARK = "PAD_SUPERVISED_BY"  # inherited by everything below a part
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Part:
    """One process to keep alive. `ready` is asked after the start; the next part waits until it says yes."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] | None = None
    patience: float = 15.0  # seconds that `ready` may take
    quiet: bool = False  # what it prints on its standard output is for nobody, unless there are log files
    grace: float = 10.0  # seconds between asking it to stop and ending it


@dataclass
class _Child:
    part: Part
    process: subprocess.Popen[bytes]
    began: float
    deaths: int = 0
    restart_at: float | None = None


@dataclass
class Supervisor:
    """Keeps parts alive until told to stop. Start, watch and stop it from one thread."""

    env: Mapping[str, str]
    logs: Path | None = None  # a folder for what the parts print; without, they print where this process does
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _mark: str = field(default_factory=lambda: secrets.token_hex(8))
    _children: list[_Child] = field(default_factory=list)
    _files: dict[str, LogFile] = field(default_factory=dict)
    _readers: list[Thread] = field(default_factory=list)

    def start(self, parts: Sequence[Part], stop: Event | None = None) -> None:
        """Start parts in order.

        Raises: PadError when one of them does not become ready in time.
        """
        _adopt_orphans()
        for part in parts:
            if stop is not None and stop.is_set():
                return
            child = _Child(part, self._spawn(part), self.monotonic())
            self._children.append(child)
            if part.ready is not None:
                self._await(child, part.ready, stop)

    def watch(self, stop: Event) -> None:
        """Restart whatever dies, until told to stop."""
        while not stop.wait(LOOK_EVERY):
            self.look()

    def look(self) -> None:
        """One look at every process."""
        for child in self._children:
            code = child.process.poll()
            now = self.monotonic()
            if code is None:
                continue
            if child.restart_at is None:
                child.deaths = 0 if now - child.began > SETTLED else child.deaths
                pause = min(FIRST_PAUSE * 2**child.deaths, LONGEST_PAUSE)
                child.restart_at, child.deaths = now + pause, child.deaths + 1
                log.warning("process ended", part=child.part.name, code=code, again_in_seconds=pause)
                # Else web workers keep the port beside the new ones, and a job goes on beside its next try.
                _end_all(_left_of(child.process.pid), grace=0.0)
            elif now >= child.restart_at:
                child.process, child.began, child.restart_at = self._spawn(child.part), now, None

    def pids(self) -> dict[str, int]:
        """The living processes by the name of their part."""
        return {c.part.name: c.process.pid for c in self._children if c.process.poll() is None}

    def stop(self) -> None:
        """Stop every part, the last started first, then whatever is left below this process."""
        for child in reversed(self._children):
            _end(child)
        self._children.clear()
        for reader in self._readers:
            reader.join(LAST_WORDS)
        left = [process for process in psutil.Process().children(recursive=True) if self._is_ours(process)]
        _end_all(left, grace=2.0)

    def _is_ours(self, process: psutil.Process) -> bool:
        """Whether it descends from a part; this process may have children of other origin."""
        try:
            return bool(process.environ().get(MARK) == self._mark)
        except psutil.Error:
            return False

    def _spawn(self, part: Part) -> subprocess.Popen[bytes]:
        libc = ctypes.CDLL(None)  # before the fork: the child may only make the call
        kept = self.logs is not None
        # A session of its own: Ctrl-C reaches the supervisor alone, which then stops the parts in order.
        process = subprocess.Popen(
            list(part.command),
            env={**self.env, MARK: self._mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if kept else subprocess.DEVNULL if part.quiet else None,
            stderr=subprocess.STDOUT if kept else None,
            start_new_session=True,
            # When the supervisor itself is killed, the kernel asks its children to stop.
            preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM),
        )
        if self.logs is not None and process.stdout is not None:
            file = self._files.setdefault(part.name, LogFile(self.logs, part.name))
            self._readers = [one for one in self._readers if one.is_alive()]
            self._readers.append(file.take(process.stdout))
        return process

    def _await(self, child: _Child, ready: Callable[[], bool], stop: Event | None) -> None:
        name, until = child.part.name, self.monotonic() + child.part.patience
        while not ready():
            if stop is not None and stop.is_set():
                return
            if (code := child.process.poll()) is not None:
                raise PadError(t("process.ended", name=name, code=code), hint=self._last_words(name))
            if self.monotonic() > until:
                raise PadError(
                    t("process.not_ready", name=name, seconds=child.part.patience),
                    hint=self._last_words(name),
                )
            self.sleep(0.05)

    def _last_words(self, name: str) -> str:
        """What a part printed before it ended, or where that stands."""
        if (file := self._files.get(name)) is None:
            return t("process.lines_above")
        for reader in self._readers:
            reader.join(LAST_WORDS)
        return "\n".join((t("process.last_lines", file=file.path), *file.tail))


def _end(child: _Child) -> None:
    """Ask politely, and after its grace end it with everything below it."""
    if child.process.poll() is not None:
        return
    below = _below(child.process.pid)
    child.process.send_signal(signal.SIGTERM)
    try:
        child.process.wait(child.part.grace)
    except subprocess.TimeoutExpired:
        log.warning("process did not stop, ending it", part=child.part.name)
        below = [*below, *_below(child.process.pid)]
        child.process.kill()
        child.process.wait()
    _end_all(below, grace=0.0)


def _below(pid: int) -> list[psutil.Process]:
    try:
        found: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
        return found
    except psutil.NoSuchProcess:
        return []


def _left_of(pid: int) -> list[psutil.Process]:
    """What outlives an ended part: it stays in the part's session, whatever group it has made for itself."""
    return [process for process in _below(os.getpid()) if _session(process.pid) == pid]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:  # it has ended since it was listed
        return None


def _end_all(processes: Sequence[psutil.Process], grace: float) -> None:
    _, alive = psutil.wait_procs(processes, timeout=grace)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=3)


def _adopt_orphans() -> None:
    """Grandchildren whose parent dies become ours, so that stopping finds them."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
