"""One obvious place for everything: libraries have homes, modules have layers, and the README is true."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from app.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
# Library -> the only packages that import it: what would have to change if the library went.
HOMES = {
    "click": ("app.cli",),
    "rich": ("app.cli",),
    "dash": ("app.layouts", "app.callbacks", "app.factory", "app.operations.counts"),
    "dash_ag_grid": ("app.layouts",),
    "dash_bootstrap_components": ("app.layouts",),
    "flask_login": ("app.accounts",),
    "flask_caching": ("app.compose",),
    "argon2": ("app.accounts.passwords",),
    "duckdb": (
        "app.data.warehouse",
        "app.data.query",
        "app.operations.backup",
        "app.operations.restore",
        "app.operations.doctor",
    ),
    "tenacity": ("app.data.connectors",),
    "openpyxl": ("app.data.pipeline.imports",),
    "xlsxwriter": ("app.exports",),
    "weasyprint": ("app.reports.renderers",),
    "yagmail": ("app.notify.smtp",),
    "smtplib": ("app.notify.smtp",),
    "slack_sdk": ("app.notify.slack",),
    "pandas": ("app.ml",),
    "sklearn": ("app.ml",),
    "statsmodels": ("app.ml.models",),
    "prophet": ("app.ml.models",),
    "rq": ("app.queue.redis_queue", "jobs"),
    "alembic": ("app.data.migrate", "app.data.migrations"),
    "granian": ("app.processes.web_server",),
    "requests": (),
    "sandbox": (),
}


def imports() -> Iterator[tuple[str, str]]:
    """Every (module of the product, top name that it imports)."""
    for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "jobs").rglob("*.py")]:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((module, name.name.split(".")[0]) for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield module, node.module.split(".")[0]


def test_every_library_is_imported_where_it_is_at_home_and_nowhere_else() -> None:
    strangers = [
        f"{module} imports {library}"
        for module, library in imports()
        if library in HOMES and not any(f"{module}.".startswith(f"{home}.") for home in HOMES[library])
    ]
    assert strangers == []


def test_every_home_uses_its_library() -> None:
    found = set(imports())
    empty = [
        (library, home)
        for library, homes in HOMES.items()
        for home in homes
        if not any(name == library and f"{module}.".startswith(f"{home}.") for module, name in found)
    ]
    assert empty == []


def test_only_the_registry_imports_the_modules_that_declare_metrics() -> None:
    """A metric stands where its module comes in the package; whoever imports one first would move it up, in
    the glossary and in docs/metrics.md."""
    package = ROOT / "app/data/metrics"
    declaring = {
        f"app.data.metrics.{path.stem}" for path in package.glob("*.py") if " Metric(" in path.read_text()
    }
    found = [
        f"{path.relative_to(ROOT)} imports {node.module}"
        for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "jobs").rglob("*.py")]
        if path.parent != package
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module in declaring
    ]
    assert len(declaring) > 5 and found == []


def test_every_module_of_the_product_has_its_layer() -> None:
    layers = (ROOT / "setup.cfg").read_text().partition("layers =")[2].partition("[")[0]
    named = set(re.findall(r"[a-z_.]+", layers))
    parted = (
        "data",
        "operations",
        "processes",
        "queue",
        "training",
    )  # packages whose modules stand in layers of their own
    folders = [(ROOT / "app", "app"), *((ROOT / "app" / name, f"app.{name}") for name in parted)]
    modules = {
        f"{prefix}.{path.stem}"
        for folder, prefix in folders
        for path in folder.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    packages = {f"app.{name}" for name in parted}
    assert modules - named - {f"{prefix}.__init__" for _, prefix in folders} - packages == set()


def test_every_path_that_the_readme_names_exists() -> None:
    named = re.findall(r"`((?:app|jobs|sandbox|tests|docs)(?:/[a-z_]+)*(?:\.py|/)?)`", README)
    named += re.findall(r"\]\(([^)#:]+)\)", README)
    assert "app/data/query" in named and "docs/deployment.md" in named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_package_of_the_product_stands_in_the_readmes_map() -> None:
    packages = [path.parent for path in (ROOT / "app").glob("*/__init__.py")]
    missing = [
        f"app/{path.name}" for path in packages if path.name != "data" and f"`app/{path.name}`" not in README
    ]
    assert missing == []


@pytest.mark.parametrize("line", re.findall(r"^\.venv/bin/pad (.+)$", README, re.M))
def test_every_command_of_the_readme_is_understood(line: str) -> None:
    command: click.Command = main
    words = shlex.split(line)
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    context = command.make_context(line, words)
    assert all(context.params[name] is not None for name in ("metrics", "metric") if name in context.params)
