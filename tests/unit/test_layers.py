"""What holds for the whole of `app`: import does nothing, the web process stays light, texts are used."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from app.settings import Settings

ROOT = Path(__file__).parents[2]
PRODUCT = sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "jobs").rglob("*.py")])
README = ROOT / "README.md"
TEXTS = ROOT / "app" / "text" / "en"
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
import json, os, sys
from app.compose import application, build
from app.data.migrate import upgrade
from app.home import prepared
from werkzeug.test import Client

settings = prepared(os.environ)
upgrade(settings.database)
client = Client(application(build(settings)))
assert client.get("/healthz").status_code == 200
assert client.get("/login").status_code == 200
assert client.get("/executive").status_code == 302
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
    loaded = set(re.findall(r'"([^"]+)"', python(LIGHT, PAD_HOME=str(tmp_path))))
    assert "app.factory" in loaded and "duckdb" in loaded
    assert loaded.intersection(HEAVY) == set()


def catalogue() -> set[str]:
    """Every key of the catalogue."""
    return {f"{path.stem}.{key}" for path in TEXTS.glob("*.toml") for key in tomllib.loads(path.read_text())}


def words(path: Path) -> Iterator[ast.expr]:
    """Every string and f-string of a module, except docstrings."""
    tree = ast.parse(path.read_text())
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inner |= {id(part) for part in node.values}
            yield node
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node


def pattern(node: ast.expr) -> re.Pattern[str]:
    """The keys that a string stands for; what is filled in stands for anything."""
    if isinstance(node, ast.Constant):
        return re.compile(re.escape(str(node.value)))
    assert isinstance(node, ast.JoinedStr)
    parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"[\w ]*" for p in node.values]
    return re.compile("".join(parts))


def asked_texts() -> Iterator[tuple[Path, ast.expr]]:
    """The first argument of every call of `t`, where it is written out."""
    for path in PRODUCT:
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "t":
                continue
            if call.args and isinstance(call.args[0], ast.Constant | ast.JoinedStr):
                yield path, call.args[0]


def test_every_text_that_is_asked_for_stands_in_the_catalogue() -> None:
    known = catalogue()
    missing = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
        for path, node in asked_texts()
        if not any(pattern(node).fullmatch(key) for key in known)
    ]
    assert missing == []


def test_every_text_of_the_catalogue_is_used() -> None:
    templates = "".join(path.read_text() for path in (ROOT / "app").rglob("*.html"))
    stems = tuple(f"{path.stem}\\." for path in TEXTS.glob("*.toml"))
    asked = {pattern(node) for path in PRODUCT for node in words(path)}
    used = [one for one in asked if one.pattern.startswith(stems)]
    unused = [
        key
        for key in sorted(catalogue())
        if not any(one.fullmatch(key) for one in used) and key not in templates
    ]
    assert unused == []


def test_nothing_but_the_clock_reads_the_time_and_nothing_draws_numbers() -> None:
    wrong = re.compile(
        r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(|^(import|from) random\b", re.M
    )
    found = {str(path.relative_to(ROOT)) for path in PRODUCT if wrong.search(path.read_text())}
    # Platforms check the hour of a signed sign-in by the real time, whatever day the product plays.
    assert found == {"app/clock.py", "app/data/connectors/oauth.py"}


def test_no_file_of_the_product_is_longer_than_400_lines() -> None:
    assert [path.name for path in PRODUCT if len(path.read_text().splitlines()) > 400] == []


def test_no_stub_stands_in_for_work() -> None:
    stub = re.compile(r"NotImplementedError|in production you|TODO|FIXME|except Exception(?!.*noqa: BLE001)")
    assert [str(path) for path in PRODUCT if stub.search(path.read_text())] == []


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    pairs = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", README.read_text(), re.M))
    named = {first or second for first, second in pairs}
    assert {"demo", "test"} <= named
    assert named - targets == set()


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
