"""`pad run`, as an operator starts it: it serves, heals itself, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def below(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def part(self, word: str) -> psutil.Process | None:
        return next((child for child in self.below() if _command(child)[-1:] == [word]), None)


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:  # it has ended since it was listed
        return []


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("run")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "PAD_HOME": str(home), "PORT": str(port), "PAD_WEB_WORKERS": "1"}
    log = home / "log"
    with log.open("wb") as file, (home / "errors").open("wb") as errors:
        command = [sys.executable, "-m", "app.cli", "run"]
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=file, stderr=errors)
        made = Running(process, f"http://127.0.0.1:{port}", log)
        try:
            until(lambda: "Listening on" in log.read_text() or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            yield made
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(PATIENCE)


def test_it_lives_and_is_ready(running: Running) -> None:
    assert httpx.get(f"{running.address}/healthz", timeout=PATIENCE).json() == {"alive": True}
    ready = httpx.get(f"{running.address}/readyz", timeout=PATIENCE)
    assert (ready.status_code, ready.json()["database"], ready.json()["redis"]) == (200, "ok", "ok")


def test_a_stranger_is_led_to_the_sign_in_page(running: Running) -> None:
    answer = httpx.get(f"{running.address}/executive", timeout=PATIENCE)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login")
    assert "X-Request-ID" in answer.headers


def test_beside_no_terminal_all_logs_are_on_the_standard_output(running: Running) -> None:
    httpx.get(f"{running.address}/login", headers={"X-Request-ID": "told-on-stdout"}, timeout=PATIENCE)
    until(lambda: "told-on-stdout" in running.log.read_text())
    assert not (running.log.parent / "logs").exists()


def test_the_first_admin_is_told_once_and_kept_privately(running: Running) -> None:
    file = running.log.parent / "first-admin.json"
    assert running.log.read_text().count("First admin: admin@localhost") == 1
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_worker_stands_by_for_what_a_person_waits_for(running: Running) -> None:
    until(lambda: running.part("--awaited") is not None)


def test_a_killed_worker_comes_back(running: Running) -> None:
    until(lambda: running.part("worker") is not None)
    first = running.part("worker")
    assert first is not None
    first.kill()
    until(lambda: (again := running.part("worker")) is not None and again.pid != first.pid)


def test_a_killed_web_worker_is_forked_anew_and_serves(running: Running) -> None:
    server = running.part("wsgi:application")
    assert server is not None
    (first,) = server.children()
    assert first.cmdline() == server.cmdline()  # forked: it shares what its parent has imported
    first.kill()
    until(lambda: bool(again := server.children()) and again[0].pid != first.pid)
    assert httpx.get(f"{running.address}/login", timeout=PATIENCE).status_code == 200


def test_a_killed_web_server_leaves_no_worker_on_its_port(running: Running) -> None:
    server = running.part("wsgi:application")
    assert server is not None
    (worker,) = server.children()
    server.kill()
    until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    until(lambda: (again := running.part("wsgi:application")) is not None and again.children() != [])
    again = running.part("wsgi:application")
    assert again is not None
    port = int(running.address.rsplit(":", 1)[1])
    until(lambda: _listeners(running, port) != set())
    assert _listeners(running, port) <= {again.pid, *(child.pid for child in again.children())}
    assert httpx.get(f"{running.address}/login", timeout=PATIENCE).status_code == 200


def _listeners(running: Running, port: int) -> set[int]:
    return {
        child.pid
        for child in running.below()
        for socket_ in child.net_connections("tcp")
        if socket_.status == psutil.CONN_LISTEN and socket_.laddr.port == port
    }


def test_without_redis_pages_open_and_readiness_says_why(running: Running) -> None:
    server = next(child for child in running.below() if child.name() == "redis-server")
    server.suspend()
    try:
        assert httpx.get(f"{running.address}/readyz", timeout=PATIENCE).json()["redis"] == "down"
        assert httpx.get(f"{running.address}/login", timeout=PATIENCE).status_code == 200
    finally:
        server.resume()


def test_a_second_run_on_the_same_folder_is_refused_in_one_line(running: Running) -> None:
    env = {**os.environ, "PAD_HOME": str(running.log.parent), "PORT": "8051"}
    second = subprocess.run(
        [sys.executable, "-m", "app.cli", "run"], env=env, cwd=ROOT, capture_output=True, text=True
    )
    assert second.returncode == 1
    assert "Another `pad run` works in" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_wrong_setting_stops_the_start_with_exit_code_2(tmp_path: Path) -> None:
    env = {**os.environ, "PAD_HOME": str(tmp_path), "PAD_CURRENCY": "dollar"}
    refused = subprocess.run(
        [sys.executable, "-m", "app.cli", "run"], env=env, cwd=ROOT, capture_output=True, text=True
    )
    assert refused.returncode == 2
    assert refused.stderr.startswith("Error: PAD_CURRENCY is 'dollar', which does not work:")


@pytest.mark.parametrize(
    ("command", "env", "words"),
    [
        ("worker", {}, "No Redis answers at unix://"),
        (
            "worker",
            {"REDIS_URL": "redis://name:hidden@127.0.0.1:1"},
            "No Redis answers at redis://127.0.0.1:1.",
        ),
        ("web", {"DATABASE_URL": "postgresql://app:hidden@127.0.0.1:1/pad"}, "DATABASE_URL names a database"),
        ("scheduler", {"DATABASE_URL": "sqlite:////proc/no/app.db"}, "DATABASE_URL names a database that"),
    ],
)
def test_what_cannot_be_reached_is_named_in_one_line(
    tmp_path: Path, command: str, env: dict[str, str], words: str
) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "app.cli", command],
        cwd=ROOT,
        env={**os.environ, "PAD_HOME": str(tmp_path), **env},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert result.returncode != 0
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert "hidden" not in result.stderr + result.stdout


def test_stopping_it_leaves_no_process(running: Running) -> None:
    below = running.below()
    assert len(below) >= 6  # Redis, the web server and its worker, two job workers, the scheduler
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(PATIENCE) == 0
    assert [child for child in below if child.is_running()] == []
    said = running.log.read_text() + (running.log.parent / "errors").read_text()
    assert [line for line in said.splitlines() if "leaked" in line] == []
