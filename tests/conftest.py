"""Real parts for tests: PostgreSQL and Redis once a session, the product on a small company once a file."""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher
from redis import Redis

from app.accounts import passwords
from app.home import prepared
from app.processes import redis_server
from app.queue.redis_connection import connect
from app.settings import Settings
from tests import demo_company
from tests.waiting import until

POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
QUICK = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
_numbers = count(1)


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real algorithm with little memory, so that many sign-ins take no time."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords.decoy.cache_clear()


@pytest.fixture(autouse=True)
def no_logs_to_closed_streams() -> Iterator[None]:
    """A test that sets the logs up writes to the streams that it has; nobody after it does."""
    yield
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if type(handler) is logging.StreamHandler:
            root.removeHandler(handler)


def _as_nobody(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root, so root hands the cluster to nobody."""
    if os.getuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Path]:
    """The socket folder of a running cluster; the folder name is short, as sockets need."""
    assert POSTGRES, "The tests need PostgreSQL: apt-get install postgresql"
    folder = Path(tempfile.mkdtemp(prefix="pad-pg-", dir="/tmp"))
    run = _as_nobody(folder)
    pg_ctl = [*run, str(POSTGRES[-1] / "pg_ctl"), "-D", str(folder / "data"), "-w", "-s"]
    init = [str(POSTGRES[-1] / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "app", "--no-sync"]
    subprocess.run(
        [*run, *init, "-E", "UTF8", "--locale=C"], check=True, stdout=subprocess.DEVNULL, cwd=folder
    )
    start = [*pg_ctl, "-l", str(folder / "log"), "-o", f"{QUICK} -k {folder}", "start"]
    subprocess.run(start, check=True, cwd=folder)
    yield folder
    subprocess.run([*pg_ctl, "-m", "immediate", "stop"], check=True, cwd=folder)
    shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_cluster: Path) -> str:
    """The address of a fresh, empty database."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(f"host={postgres_cluster} user=app dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql://app@/{name}?host={postgres_cluster}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty application database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'app.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of an embedded Redis that this test session owns."""
    with tempfile.TemporaryDirectory(prefix="pad-redis-", dir="/tmp") as folder:
        settings = prepared({"PAD_HOME": folder})
        with serving(settings):
            yield settings.redis


@pytest.fixture
def redis(redis_url: str) -> Redis:
    """The embedded Redis, empty."""
    connection = connect(redis_url)
    connection.flushall()
    return connection


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[demo_company.Site]:
    """The whole product on a small made-up company: real warehouse, Redis, accounts and web server.

    Each file of tests has one of its own, so that none finds what another left behind.
    """
    folder = demo_company.shared_folder(tmp_path_factory.getbasetemp())
    settings = demo_company.moved_in(folder, tmp_path_factory.mktemp("site"))
    with serving(settings), demo_company.opened(settings) as opened:
        yield opened


class serving:
    """An embedded Redis on the socket of some settings, for the length of a block."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> None:
        self._process = subprocess.Popen(redis_server.command(self._settings))
        until(self._listens)

    def _listens(self) -> bool:
        assert self._process is not None and self._process.poll() is None, "the embedded Redis ended at once"
        return self._settings.redis_socket.exists()

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait()
