"""What a person reads stands in the catalogue: none is said in code, none is missing, dead or unfilled."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

from app.accounts.scopes import SCOPED
from app.data.connectors.base import CONNECTORS
from app.data.metrics import catalogue as metrics
from app.data.metrics import parts
from app.data.metrics.base import DIMENSIONS, METRICS
from app.data.metrics.subjects import SUBJECTS
from app.data.pipeline.imports.streams import STREAMS
from app.data.quality.rules import RULES
from app.text import texts

ROOT = Path(__file__).parents[2]
PRODUCT = sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "jobs").rglob("*.py")])
TEXTS = ROOT / "app" / "text" / "en"
# Errors that only whoever writes code can cause.
OF_PROGRAMMERS = {"DefinitionError", "TextMissing", "ValueError", "TypeError", "AssertionError"}
SPEAKS = {"echo", "secho", "print", "status", "confirm", "prompt", "ClickException", "UsageError", "Step"}
SPOKEN = {"help", "short_help", "epilog", "hint", "way_out"}  # arguments by name
WORDS = re.compile(r"(\{\}|[^\W\d_]{2,})\W* \W*(\{\}|[^\W\d_]{2,})")
SENTENCE = re.compile(r"(?s)[A-Z{].*\s.*[a-z}\"')][.!?]")

Above = tuple[ast.AST, ...]


@cache
def catalogue() -> dict[str, str]:
    """Every text by its key."""
    return {
        f"{path.stem}.{key}": text for path in TEXTS.glob("*.toml") for key, text in texts(path.stem).items()
    }


@cache
def declared() -> dict[str, str]:
    """Every text that a declaration cannot do without, and whose it is."""
    measures = {measure for metric in METRICS for measure in metrics.measures(metric.id)}
    return {
        **{key: f"metric {one.id}" for one in METRICS for key in one.texts()},
        **{key: f"dimension {one.id}" for one in DIMENSIONS for key in one.texts()},
        **{f"measures.{one.id}": f"measure {one.id}" for one in measures if not parts.plain(one)},
        **{f"subjects.{one.id}": f"subject {one.id}" for one in SUBJECTS},
        **{f"imports.title_{one.id}": f"import {one.id}" for one in STREAMS},
        **{f"connectors.title_{one.id}": f"connector {one.id}" for one in CONNECTORS},
        **{f"quality.{one.words or one.id}": f"quality rule {one.id}" for one in RULES},
    }


def undeclared(key: str) -> bool:
    """Whether a text is one of a declaration, of one that nobody made."""
    of = re.match(r"(metrics|dimensions|measures|subjects|quality)\.|(imports|connectors)\.title_", key)
    own, _, part = key.rpartition(".")
    return bool(of) and key not in declared() and not (part == "short" and f"{own}.title" in declared())


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def errors() -> frozenset[str]:
    """The classes of app/errors.py and all that are made of them, and reasons of rows and checks."""
    names = {"PadError", "Untypable", "Finding"}
    classes = [node for path in PRODUCT for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    while more := {
        one.name
        for one in classes
        if one.name not in names and any(ast.unparse(base).split(".")[-1] in names for base in one.bases)
    }:
        names |= more
    return frozenset(names - {"DefinitionError"})


def called(call: ast.Call) -> str:
    """The last word of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def said(node: ast.expr) -> str | None:
    """A literal, `{}` for what is filled in; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def literals(
    node: ast.AST, above: tuple[ast.AST, ...] = ()
) -> Iterator[tuple[ast.expr, tuple[ast.AST, ...]]]:
    """Every string and f-string below a node, docstrings left out, with all that it stands in."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.expr) and said(node) is not None:
        yield node, above
    inner = ast.iter_child_nodes(node)
    if isinstance(node, ast.JoinedStr):
        inner = iter([part for part in node.values if isinstance(part, ast.FormattedValue)])
    for child in inner:
        yield from literals(child, (*above, node))


def spoken(words: str, above: Above) -> bool:
    """Whether a literal is said to a person, by where it is handed over or by being a whole sentence."""
    for node in reversed(above):
        if isinstance(node, ast.keyword) and node.arg in SPOKEN:
            return bool(re.search(r"[^\W\d_]{2,}", words))
        if isinstance(node, ast.Call):
            name = called(node)
            if name in OF_PROGRAMMERS or name in ("t", "unknown"):
                return False
            if name in errors() or name in SPEAKS or name == "__init__" and _is_error(above):
                return bool(WORDS.search(words)) and bool(re.search(r"[^\W\d_]{2,}", words))
        if isinstance(node, ast.stmt):
            break
    return bool(SENTENCE.fullmatch(words)) and bool(WORDS.search(words))


def _is_error(above: Above) -> bool:
    return any(isinstance(node, ast.ClassDef) and node.name in errors() for node in above)


def in_code(path: Path) -> list[str]:
    """file:line of everything that a module says itself."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
        for node, above in literals(tree(path))
        if spoken(str(said(node)), above) and not _of_programmers(above)
    ]


def _of_programmers(above: Above) -> bool:
    return any(isinstance(node, ast.Call) and called(node) in OF_PROGRAMMERS for node in above)


def test_nothing_that_a_person_reads_is_said_in_code() -> None:
    assert [one for path in PRODUCT for one in in_code(path)] == []


def test_what_is_said_in_code_is_found(tmp_path: Path) -> None:
    lines = [
        'raise InputError(f"{name} exists.", hint="Leave.")',
        'raise NotFound("no such thing")',
        'click.echo(f"password: {made}")',
        'way = "Start it, or correct the address."',
        '@click.option("--x", help="Days.")\ndef f() -> None: ...',
        'raise SettingError("It is empty")',
    ]
    innocent = [
        'raise DefinitionError("Two metrics have one id.", hint="Rename one.")',
        'raise InputError(t("a.b"), hint=t("a.c"))',
        'log.warning("job failed")',
        'click.echo(f"{name}: {value}")',
        'execute("SELECT a FROM b")',
    ]

    def found(line: str) -> int:
        return sum(spoken(str(said(node)), above) for node, above in literals(ast.parse(line))
                   if not _of_programmers(above))  # fmt: skip

    assert [found(line) for line in lines] == [2, 1, 1, 1, 1, 1]
    assert [found(line) for line in innocent] == [0, 0, 0, 0, 0]


def pattern(node: ast.expr) -> re.Pattern[str]:
    """The keys that a string stands for; what is filled in stands for anything."""
    parts = str(said(node)).split("{}") if isinstance(node, ast.JoinedStr) else [str(said(node))]
    return re.compile(r"([\w ]*)".join(map(re.escape, parts)))


def asked() -> Iterator[tuple[str, ast.Call, ast.expr]]:
    """Every call of `t` with each key that is written out, and where."""
    for path in PRODUCT:
        for call in ast.walk(tree(path)):
            if isinstance(call, ast.Call) and called(call) == "t" and call.args:
                first = call.args[0]
                for key in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                    if said(key) is not None:
                        yield f"{path.relative_to(ROOT)}:{call.lineno}: {ast.unparse(key)}", call, key


def test_every_text_that_is_asked_for_stands_in_the_catalogue() -> None:
    assert [where for where, _, key in asked() if not any(map(pattern(key).fullmatch, catalogue()))] == []


def test_every_declaration_has_its_texts_and_every_such_text_its_declaration() -> None:
    files = {f"{whose} lacks {key} in app/text/en/{key.split('.')[0]}.toml"
             for key, whose in declared().items() if key not in catalogue()}  # fmt: skip
    assert sorted(files) == []
    assert [key for key in catalogue() if undeclared(key)] == []


def test_the_text_of_a_metric_that_nobody_declares_is_found() -> None:
    assert undeclared("metrics.spent.title") and undeclared("metrics.spent.short")
    assert undeclared("metrics.basis_guess") and undeclared("imports.title_wishes")
    assert not undeclared("metrics.spend.short") and not undeclared("imports.no_file")


def test_what_a_definition_names_is_filled_in() -> None:
    named = {one.id: places(catalogue()[f"metrics.{one.id}.definition"]) for one in METRICS}
    assert {name: held for name, held in named.items() if held} == {
        "lead_to_opportunity": {"days"},
        "ltv": {"months"},
    }
    assert {one.id: {name for name, _ in one.fills} for one in METRICS} == named
    assert "of the last 30 days may still" in METRICS.get("lead_to_opportunity").definition


def test_every_kind_of_name_has_its_word() -> None:
    kinds = {
        str(said(call.args[0]))
        for path in PRODUCT
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call)
        and re.fullmatch(r"unknown|Registry(\[\w+\])?", called(call))
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert {"metric", "role", "alert rule"} < kinds
    assert sorted(kind for kind in kinds | set(SCOPED) if f"names.{kind}" not in catalogue()) == []


def fillings() -> set[str]:
    """What can be filled into a key: whole strings of the product, and its names (fields of settings)."""
    found: set[str] = set()
    for path in PRODUCT:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value, node.value.replace(".", "_"), *node.value.split()}
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
    return found


def ways(one: re.Pattern[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A pattern as it is and lazy: where two are filled in, either way to part."""
    return one, re.compile(one.pattern.replace("]*)", "]*?)"))


def reads(one: tuple[re.Pattern[str], ...], key: str, known: set[str]) -> bool:
    """Whether a pattern stands for a key, and what would be filled in is said somewhere."""
    return any((found := way.fullmatch(key)) is not None and known.issuperset(found.groups()) for way in one)


def test_every_text_of_the_catalogue_is_used() -> None:
    templates = "".join(path.read_text() for path in (ROOT / "app").rglob("*.html"))
    stems = tuple(f"{path.stem}\\." for path in TEXTS.glob("*.toml"))
    patterns = {pattern(node) for path in PRODUCT for node, _ in literals(tree(path))}
    used, known = [ways(one) for one in patterns if one.pattern.startswith(stems)], fillings()
    unused = [
        key
        for key in sorted(catalogue())
        if key not in declared() and not any(reads(one, key, known) for one in used) and key not in templates
    ]
    assert unused == []


def test_a_text_that_only_a_wildcard_could_mean_is_not_used() -> None:
    wild = ways(pattern(ast.parse('f"jobs.{state}"', mode="eval").body))
    assert reads(wild, "jobs.running", {"running"}) and not reads(wild, "jobs.dead", {"running"})


def places(text: str) -> set[str]:
    """The placeholders of a text; braces around anything else are its own."""
    return {name for _, name, _, _ in Formatter().parse(text) if name and name.isidentifier()}


def test_every_placeholder_is_filled_and_nothing_is_filled_in_vain() -> None:
    """Of a call that chooses between texts, each gets what it wants and the two want all that is given."""
    wanted: dict[int, set[str]] = {}
    calls: dict[int, tuple[str, ast.Call]] = {}
    for where, call, key in asked():
        if isinstance(key, ast.Constant):
            calls[id(call)] = (where, call)
            wanted[id(call)] = wanted.get(id(call), set()) | places(catalogue()[str(key.value)])
    wrong = []
    for one, (where, call) in calls.items():
        given = {word.arg for word in call.keywords if word.arg}
        unread = any(not word.arg for word in call.keywords)
        if given != wanted[one] and not (unread and given <= wanted[one]):
            wrong.append(f"{where}: wants {sorted(wanted[one])}, is given {sorted(given)}")
    assert wrong == []
