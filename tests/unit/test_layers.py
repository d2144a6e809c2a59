"""What holds for the whole of `app`: import does nothing, the web process stays light."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from app.settings import Settings

ROOT = Path(__file__).parents[2]
PRODUCT = sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "jobs").rglob("*.py")])
EVERYTHING = sorted([*PRODUCT, *(ROOT / "sandbox").rglob("*.py"), *(ROOT / "tests").rglob("*.py")])
README = ROOT / "README.md"
# What only jobs, or the first question to the warehouse, need.
HEAVY = (
    "pandas", "numpy", "scipy", "prophet", "statsmodels", "sklearn", "pyarrow", "matplotlib",
    "openpyxl", "xlsxwriter", "plotly.express", "weasyprint", "yagmail", "slack_sdk", "httpx",
    "cryptography.hazmat.primitives", "duckdb_sqlalchemy", "rich.progress", "sandbox",
)  # fmt: skip

BLOCKED = """
import os, socket, sys
from importlib import import_module
from pkgutil import walk_packages

home = {home!r}
def refuse(event, arguments):
    if event.startswith(("socket.connect", "socket.bind", "sqlite3.connect", "subprocess.")):
        raise AssertionError(f"{{event}} at import: {{arguments}}")
    if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        path = os.path.abspath(os.fsdecode(arguments[0]))
        code = path.endswith((".py", ".pyc", ".so", ".toml", ".mo", ".dat")) or ".egg-info/" in path
        ours = path.startswith(home) and "/.venv/" not in path
        if ours and not code:
            raise AssertionError(f"file at import: {{path}}")
import app
import croniter  # asks the machine what it is; not of our making
names = [found.name for found in walk_packages(app.__path__, "app.")]
names = [name for name in names if not name.startswith(("app.cli.__main__", "app.data.migrations."))]
sys.addaudithook(refuse)
for name in names:
    import_module(name)
print(len(names))
"""

LIGHT = """
import json, os, re, sys
from app.accounts import users
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.compose import application, build
from app.data.migrate import upgrade
from app.data.query.spec import EVERYTHING
from app.home import prepared
from app.layouts.pages.base import PAGES, PageContext
from app.ml.runs import ModelRun
from werkzeug.test import Client

def told(part):
    return part.to_plotly_json()

settings = prepared(os.environ)
upgrade(settings.database)
services = build(settings)
users.add(services.database, services.clock, "eve@example.com", "Eve", "admin", "a long pass phrase",
          actor="system", must_change=False)
with services.database.session() as session:
    for kind, subject in (("forecast", "mrr"), ("churn", "churn_90")):
        session.add(ModelRun(kind=kind, subject=subject, at=services.clock.now(), state="not_enough_history",
                             note="Nineteen months."))
client = Client(application(services))
assert client.get("/healthz").status_code == 200
assert client.get("/login").status_code == 200
assert client.get("/executive").status_code == 302
print(json.dumps(sorted(sys.modules)))
token = re.search('name="csrf_token" value="([^"]+)"', client.get("/login").text).group(1)
fields = {"csrf_token": token, "email": "eve@example.com", "password": "a long pass phrase"}
assert client.post("/login", data=fields).status_code == 303
eve = Viewer(1, "eve@example.com", "Eve", "admin", ROLES["admin"], EVERYTHING)
for page in ("forecasts", "customers"):
    assert client.get(f"/{page}").status_code == 200
    # What its callback answers with.
    assert "Nineteen months." in json.dumps(PAGES.get(page).layout(PageContext(services, eve)), default=told)
print(json.dumps(sorted(sys.modules)))
"""


def python(code: str, **env: str) -> str:
    """What a fresh interpreter prints that runs some code in the project's folder."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin", **env},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_importing_everything_opens_no_socket_no_database_and_no_file_of_data() -> None:
    assert int(python(BLOCKED.format(home=str(ROOT)))) > 150


def test_the_web_process_imports_none_of_the_heavy_libraries(tmp_path: Path) -> None:
    before, after = (
        json.loads(line)
        for line in python(LIGHT, PAD_HOME=str(tmp_path)).splitlines()
        if line.startswith('["')  # between log lines
    )
    assert {"app.factory", "duckdb"} <= set(before)
    assert set(before).intersection(HEAVY) == set()
    assert set(after).intersection(HEAVY) == {"duckdb_sqlalchemy"}  # the pages asked the warehouse


def test_nothing_but_the_clock_reads_the_time_and_nothing_draws_numbers() -> None:
    wrong = re.compile(
        r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(|^(import|from) random\b", re.M
    )
    found = {str(path.relative_to(ROOT)) for path in PRODUCT if wrong.search(path.read_text())}
    # Platforms check the hour of a signed sign-in by the real time, whatever day the product plays.
    assert found == {"app/clock.py", "app/data/connectors/oauth.py"}


def test_no_file_is_longer_than_400_lines() -> None:
    long = [path for path in EVERYTHING if len(path.read_text().splitlines()) > 400]
    assert [str(path.relative_to(ROOT)) for path in long] == []


def test_no_stub_stands_in_for_work() -> None:
    stub = re.compile(r"NotImplementedError|in production you|TODO|FIXME|except Exception(?!.*noqa: BLE001)")
    assert [str(path) for path in PRODUCT if stub.search(path.read_text())] == []


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    pairs = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", README.read_text(), re.M))
    named = {first or second for first, second in pairs}
    assert {"demo", "test"} <= named
    assert named - targets == set()


def test_every_step_of_make_trusts_what_the_machine_trusts_unless_it_is_told_otherwise() -> None:
    show = ["make", "-s", "--eval", "show: ; @echo $$UV_SYSTEM_CERTS", "show"]
    plain = {name: value for name, value in os.environ.items() if name != "UV_SYSTEM_CERTS"}
    for given, trusted in (({}, "true"), ({"UV_SYSTEM_CERTS": "false"}, "false")):
        told = subprocess.run(show, cwd=ROOT, env=plain | given, capture_output=True, text=True, check=True)
        assert told.stdout.split() == [trusted]


def test_the_example_of_the_environment_is_that_of_the_settings() -> None:
    from app.settings import example

    assert (ROOT / ".env.example").read_text().strip().endswith(example().strip())


def test_every_setting_is_read_somewhere() -> None:
    code = "".join(path.read_text() for path in PRODUCT if path.name != "settings.py")
    own = (ROOT / "app" / "settings.py").read_text()
    unread = [
        name for name in Settings.__dataclass_fields__
        if f".{name}" not in code and f"self.{name}" not in own
    ]  # fmt: skip
    assert unread == []
