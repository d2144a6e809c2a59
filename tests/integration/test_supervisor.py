"""The supervisor: what dies comes back, what is stopped is gone with everything below it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from app.errors import ConflictError, PadError, SettingError
from app.home import prepared
from app.processes.installation import alone, require_free_ports
from app.processes.supervisor import Part, Supervisor
from app.settings import Settings
from tests.processes import free_port
from tests.waiting import until

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True);"
    "print('ready', flush=True); time.sleep(600)",
]
# Like a worker of jobs: what it forks makes a process group of its own and heeds no polite end.
FORKING = [
    sys.executable,
    "-c",
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "os.fork() or os.setpgrp(); time.sleep(600)",
]


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    made = Supervisor(dict(os.environ))
    yield made
    made.stop()


def test_a_killed_process_is_started_again(supervisor: Supervisor) -> None:
    supervisor.start([Part("sleeper", SLEEP)])
    first = supervisor.pids()["sleeper"]
    os.kill(first, signal.SIGKILL)

    def again() -> bool:
        supervisor.look()
        return supervisor.pids().get("sleeper", first) != first

    until(again)
    assert psutil.pid_exists(supervisor.pids()["sleeper"])


def test_what_a_killed_part_leaves_is_ended_before_it_starts_again(supervisor: Supervisor) -> None:
    supervisor.start([Part("other", FORKING), Part("forking", FORKING)])
    pids = supervisor.pids()
    until(lambda: all(len(psutil.Process(pid).children()) == 1 for pid in pids.values()))
    orphan, of_the_other = (psutil.Process(pids[name]).children()[0].pid for name in ("forking", "other"))
    os.kill(pids["forking"], signal.SIGKILL)
    until(lambda: "forking" not in supervisor.pids())
    assert _lives(orphan)
    supervisor.look()
    assert supervisor.pids() == {"other": pids["other"]}  # it is not started again yet
    assert (_lives(orphan), _lives(of_the_other)) == (False, True)


@dataclass
class Hand:
    """A clock whose hand the test moves. Units: seconds."""

    now: float = 0.0

    def read(self) -> float:
        return self.now


def _again_after(supervisor: Supervisor, hand: Hand) -> float:
    """Seconds from the look that finds the only part dead until it is started again."""
    until(lambda: supervisor.pids() == {})
    found = hand.now
    supervisor.look()
    while not supervisor.pids():
        hand.now += 0.25
        assert hand.now < found + 100, "it is never started again"
        supervisor.look()
    return hand.now - found


def _kill(supervisor: Supervisor) -> None:
    os.kill(supervisor.pids()["sleeper"], signal.SIGKILL)


def test_a_process_that_keeps_dying_is_started_ever_more_slowly() -> None:
    hand, pauses = Hand(), []
    supervisor = Supervisor(dict(os.environ), monotonic=hand.read)
    supervisor.start([Part("sleeper", SLEEP)])
    for _ in range(8):
        _kill(supervisor)
        pauses.append(_again_after(supervisor, hand))
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]
    hand.now += 61  # it has lived for a minute: its next death is a first one
    _kill(supervisor)
    assert _again_after(supervisor, hand) == 0.5
    supervisor.stop()


def test_with_a_folder_for_logs_a_failed_start_tells_the_last_words(tmp_path: Path) -> None:
    code = "import sys; print('one', flush=True); print('port taken', file=sys.stderr); sys.exit(3)"
    supervisor = Supervisor(dict(os.environ), tmp_path)
    with pytest.raises(PadError) as refused:
        supervisor.start([Part("web", [sys.executable, "-c", code], ready=lambda: False)])
    assert str(refused.value) == (
        f"web ended at once with code 3. The last lines of {tmp_path / 'web.log'}:\none\nport taken"
    )
    assert (tmp_path / "web.log").read_text() == "one\nport taken\n"


def test_a_stubborn_process_and_its_children_are_ended(supervisor: Supervisor) -> None:
    supervisor.start([Part("stubborn", STUBBORN, grace=0.5)])
    pid = supervisor.pids()["stubborn"]
    until(lambda: len(psutil.Process(pid).children()) == 1)
    below = psutil.Process(pid).children()[0].pid
    supervisor.stop()
    assert not psutil.pid_exists(pid)
    assert not psutil.pid_exists(below)


def test_stopping_spares_processes_of_other_origin(supervisor: Supervisor) -> None:
    other = subprocess.Popen(SLEEP)
    supervisor.start([Part("sleeper", SLEEP)])
    supervisor.stop()
    assert other.poll() is None
    other.kill()
    other.wait()


def test_an_orphan_of_a_killed_part_is_ended_too(supervisor: Supervisor) -> None:
    supervisor.start([Part("stubborn", STUBBORN)])
    pid = supervisor.pids()["stubborn"]
    until(lambda: len(psutil.Process(pid).children()) == 1)
    orphan = psutil.Process(pid).children()[0].pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: not _lives(pid))
    assert _lives(orphan)
    supervisor.stop()
    assert not _lives(orphan)


def test_a_part_that_ends_at_once_stops_the_start_with_its_name(supervisor: Supervisor) -> None:
    with pytest.raises(PadError, match="broken ended at once with code 3"):
        supervisor.start([Part("broken", [sys.executable, "-c", "raise SystemExit(3)"], ready=lambda: False)])


def test_children_stop_when_the_supervisor_itself_is_killed(tmp_path: Path) -> None:
    code = """
        import os, time
        from app.processes.supervisor import Part, Supervisor
        supervisor = Supervisor(dict(os.environ))
        supervisor.start([Part("sleeper", ["sleep", "600"])])
        print(supervisor.pids()["sleeper"], flush=True)
        time.sleep(600)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not _lives(child))


def test_one_data_folder_has_one_run(tmp_path: Path) -> None:
    settings = prepared({"PAD_HOME": str(tmp_path)})
    with alone(settings), pytest.raises(ConflictError, match="Another `pad run`"), alone(settings):
        pass


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingError, match=f"PORT is {taken.getsockname()[1]}.*already in use"):
            require_free_ports(Settings(home=tmp_path, port=taken.getsockname()[1]))
        with pytest.raises(SettingError, match="PAD_METRICS_PORT is .*already in use. Set PAD_METRICS_PORT"):
            require_free_ports(Settings(home=tmp_path, port=free_port(), metrics_port=taken.getsockname()[1]))


def test_one_port_for_pages_and_metrics_is_refused(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(SettingError, match=f"PAD_METRICS_PORT is {port}, which is the port of the pages"):
        require_free_ports(Settings(home=tmp_path, port=port, metrics_port=port))


@pytest.mark.parametrize("host", ["999.1.1.1", "192.0.2.1"])
def test_a_host_that_is_not_of_this_machine_is_named_and_not_the_port(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingError, match=f"^PAD_HOST is {host}"):
        require_free_ports(Settings(home=tmp_path, host=host, port=free_port()))


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
