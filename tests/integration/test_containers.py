"""What the Docker files name is there, and an image's tree runs: no Docker is needed for that."""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from app.accounts.permissions import PUBLIC
from app.accounts.routes import FRAMEWORK
from app.cli import main
from app.registry import import_all
from app.settings import Settings, load, variable
from tests.processes import free_port
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
DOCKERFILE, COMPOSE = (ROOT / "Dockerfile").read_text(), (ROOT / "compose.yaml").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().split()


def instructions(name: str) -> list[str]:
    """The arguments of every instruction of the Dockerfile."""
    whole = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.+)$", whole, re.MULTILINE)


def copied() -> list[tuple[Path, str]]:
    """Each path that is copied, and where to under the working folder."""
    found = []
    for line in instructions("COPY"):
        *sources, target = line.split()
        found += [(ROOT / one, target if target != "./" else one) for one in sources]
    return found


def test_what_is_copied_exists_and_is_sent_to_the_builder() -> None:
    assert len(copied()) == 8
    for path, _ in copied():
        assert path.exists(), path
        assert not any(fnmatch.fnmatch(path.name, one) for one in IGNORED), path


def test_secrets_and_data_are_not_sent_to_the_builder() -> None:
    assert {"secrets", ".env", "var", ".git", ".venv"} <= set(IGNORED)


def test_the_image_has_what_prints_pages() -> None:
    """The same packages as `.ci/system-packages pages` asks for."""
    wanted = re.findall(r'missing="\$missing ([^"]+)"', (ROOT / ".ci/system-packages").read_text())[:2]
    (line,) = [one for one in instructions("RUN") if "apt-get install" in one]
    assert set(" ".join(wanted).split()) <= set(line.split())


def test_every_command_is_one_of_pads() -> None:
    import_all("app.cli")
    named = [shlex.split(line) for line in re.findall(r"^\s+command: (pad .+)$", COMPOSE, re.MULTILINE)]
    named += [re.findall(r'"([^"]+)"', line) for line in instructions("CMD")]
    assert sorted(" ".join(words[1:]) for words in named) == [
        "run",
        "scheduler",
        "web",
        "worker",
        "worker --awaited",
    ]
    for program, command, *options in named:
        assert program == "pad"
        main.commands[command].make_context(command, options)  # refuses an option that it does not know


def test_every_variable_is_a_setting() -> None:
    known = {variable(one.name) for one in fields(Settings)}
    secret = {variable(one.name) for one in fields(Settings) if one.metadata["secret"]}
    image = [pair.partition("=")[0] for line in instructions("ENV") for pair in line.split()]
    given = re.findall(r"^    ([A-Z_]+): ", COMPOSE, re.MULTILINE)
    assert set(image) - {"PYTHONUNBUFFERED"} <= known
    assert given == ["REDIS_URL", "DATABASE_URL_FILE", "SECRET_KEY_FILE", "PAD_CREDENTIAL_KEY_FILE"]
    assert {name.removesuffix("_FILE") for name in given} <= known
    assert {"SECRET_KEY", "PAD_CREDENTIAL_KEY"} <= secret


def test_what_the_comment_of_compose_makes_is_what_the_settings_take(tmp_path: Path) -> None:
    lines = re.findall(r"^#   (.+)$", COMPOSE, re.MULTILINE)
    subprocess.run(["sh", "-euc", "\n".join(lines)], cwd=tmp_path, check=True)
    declared = re.findall(r"^  (\w+): \{file: (secrets/\w+)\}$", COMPOSE, re.MULTILINE)
    made = {name: tmp_path / path for name, path in declared}
    assert sorted(made) == ["credential_key", "database_url", "db_password", "secret_key"]
    assert {path.stat().st_mode & 0o777 for path in made.values()} == {0o644}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    given = {
        "DATABASE_URL": "database_url",
        "SECRET_KEY": "secret_key",
        "PAD_CREDENTIAL_KEY": "credential_key",
    }
    env = {f"{name}_FILE": str(made[secret]) for name, secret in given.items()}
    settings = load(env)
    password = made["db_password"].read_text().strip()
    assert settings.database_url == f"postgresql://pad:{password}@postgres/pad"


def test_the_folder_of_data_is_one_and_the_health_check_asks_an_open_route_of_the_port() -> None:
    (env,), (volume,), (port,) = (instructions(name) for name in ("ENV", "VOLUME", "EXPOSE"))
    assert f"PAD_HOME={volume}" in env.split()
    assert f'volumes: ["data:{volume}"]' in COMPOSE
    assert f"-o pad -g pad -m 700 {volume}" in DOCKERFILE
    (address,) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", COMPOSE)
    assert address == (port, "/healthz") and int(port) == Settings(home=ROOT).port
    assert FRAMEWORK["/healthz"] == PUBLIC
    assert f'ports: ["127.0.0.1:{port}:{port}"]' in COMPOSE


@pytest.fixture
def image(tmp_path: Path) -> Iterator[Path]:
    """The tree of the image in a folder of its own, compiled."""
    tree = tmp_path / "srv"
    for source, target in copied():
        if source.is_dir():
            shutil.copytree(source, tree / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            tree.mkdir(exist_ok=True)
            shutil.copy(source, tree / target)
    command = [
        sys.executable,
        *re.findall(r"python (-m compileall .+)$", DOCKERFILE, re.MULTILINE)[0].split(),
    ]
    subprocess.run(command, cwd=tree, check=True)
    yield tree


def test_the_tree_of_the_image_serves_without_writing_into_it_and_ends_at_a_signal(
    image: Path, tmp_path: Path
) -> None:
    home, port = tmp_path / "data", free_port()
    home.mkdir(mode=0o700)
    before = _files(image)
    given = dict(pair.split("=") for line in instructions("ENV") for pair in line.split())
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(image), "PORT": str(port),
           "PAD_WEB_WORKERS": "1"} | given | {"PAD_HOME": str(home)}  # fmt: skip
    (words,) = instructions("CMD")
    log = tmp_path / "log"
    with log.open("wb") as file:
        command = [sys.executable, "-m", "app.cli", *re.findall(r'"([^"]+)"', words)[1:]]
        process = subprocess.Popen(command, env=env, cwd=image, stdout=file, stderr=file)
    try:
        assert _healthy(port, process), log.read_text()[-3000:]
        assert httpx.get(f"http://127.0.0.1:{port}/login", timeout=PATIENCE).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
    assert (home / "first-admin.json").stat().st_mode & 0o777 == 0o600
    assert '"event"' in log.read_text()  # logs for machines, as the image asks for
    assert _files(image) == before  # its user may not write there, and nothing has to be compiled


def _files(folder: Path) -> dict[Path, int]:
    """Every file, and when it was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def _healthy(port: int, process: subprocess.Popen[bytes]) -> bool:
    """What compose asks, word for word but for the port, until it says yes."""
    (check,) = re.findall(r'test: \["CMD", "python", "-c", "(.+)"\]', COMPOSE)
    asked = [sys.executable, "-c", check.replace(":8050/", f":{port}/")]
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        if subprocess.run(asked, stderr=subprocess.DEVNULL).returncode == 0:
            return True
        time.sleep(0.5)
    return False
