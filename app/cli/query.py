"""`pad query`, `pad explain`, `pad metrics list`: the same numbers as every page, in the terminal."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from app import csv_format
from app.cli import main
from app.text import t

if TYPE_CHECKING:
    from app.data.query.frame import MetricFrame


@main.command(help=t("cli.query"))
@click.argument("metrics")
@click.option("--by", default="", help=t("cli.query_by"))
@click.option("--from", "start", required=True, help=t("cli.query_from"))
@click.option("--to", "end", required=True, help=t("cli.query_to"))
@click.option("--grain", help=t("cli.query_grain"))
@click.option("--where", multiple=True, help=t("cli.query_where"))
@click.option("--compare", help=t("cli.query_compare"))
@click.option("--as-of", "as_of", type=int, help=t("cli.query_as_of"))
@click.option("--sort", default="", help=t("cli.query_sort"))
@click.option("--limit", type=int)
@click.option("--parts", is_flag=True, help=t("cli.query_parts"))
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table")
def query(form: str, parts: bool, start: str, end: str, where: tuple[str, ...], **asked: Any) -> None:
    from app import members
    from app.cli.context import services
    from app.data.query import codec
    from app.scope_values import answered

    given: dict[str, Any] = {name: value for name, value in asked.items() if value not in (None, "")}
    known = services()
    given["where"] = [members.condition(line) for line in where]
    today = known.clock.today(known.settings.time_zone)
    answer = answered(known, codec.query({**given, "from": start, "to": end}, today=today))
    encoded = codec.frame(answer, known.settings.currency, parts=parts)
    if form == "json":
        click.echo(json.dumps(encoded, ensure_ascii=False))
    elif form == "csv":
        _csv(answer, encoded["rows"])
    else:
        _table(answer, encoded["rows"])


@main.command(help=t("cli.explain"))
@click.argument("metric")
def explain(metric: str) -> None:
    from app.cli.context import settings
    from app.data.metrics.document import entry
    from app.data.query.compile import explain as sql

    statement = sql(metric)
    click.echo(entry(metric, settings()))
    click.echo(statement)


@main.group(help=t("cli.metrics"))
def metrics() -> None:
    pass


@metrics.command("list", help=t("cli.metrics_list"))
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
def list_metrics(form: str) -> None:
    from app.cli.context import settings
    from app.data.metrics.document import listing

    rows = listing(settings())
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['id']:<26}{row['title']:<34}{row['unit']:<10}{', '.join(row['dimensions'])}")


def _csv(answer: MetricFrame, rows: list[dict[str, Any]]) -> None:
    """The file that a page exports: its texts are names that others gave, and spreadsheets open it."""
    from app.exports import csv_file
    from app.exports.request import head

    asked = answer.query
    names = list(rows[0]) if rows else [*(["date"] if asked.grain else []), *asked.dimensions, *asked.metrics]
    texts = (
        {head(name): csv_file.safe(v) if isinstance(v, str) else v for name, v in row.items()} for row in rows
    )
    csv_format.write_rows(sys.stdout, [head(name) for name in names], texts)
    for note in _notes(answer):  # beside the file, which holds numbers only
        click.echo(note, err=True)


def _table(answer: MetricFrame, rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from app.cli.tables import add_column, console

    table = Table(box=None)
    for name in rows[0] if rows else ():
        is_metric = _unit(answer, name) is not None
        head = name.replace("__base", t("cli.query_before"))
        add_column(table, head, whole=True, number=is_metric)
    for row in rows:
        table.add_row(*(_shown(answer, name, value) for name, value in row.items()))
    shown = console(uncut=True)  # no number is cut: a narrow terminal wraps its lines instead
    shown.print(table)
    shown.print(_days(answer), style="dim")
    for note in _notes(answer):
        shown.print(note, style="dim")
    shown.print(t("cli.query_version", version=answer.data_version, as_of=answer.as_of), style="dim")


def _notes(answer: MetricFrame) -> list[str]:
    """What has to be said beside the numbers, a line a metric."""
    return [t("cli.query_note", metric=metric, note=note) for metric, note in answer.notes.items()]


def _days(answer: MetricFrame) -> str:
    """The days that were asked, which end at the last complete one, and what they are compared with."""
    period, base = answer.query.period, answer.base_period
    key = "cli.query_days_open" if period.open else "cli.query_days"
    said = t(key, start=period.start, end=period.end)
    return said if base is None else t("cli.query_days_base", days=said, start=base.start, end=base.end)


def _unit(answer: MetricFrame, name: str) -> str | None:
    return answer.units.get(name.partition("__")[0])


def _shown(answer: MetricFrame, name: str, value: object) -> str:
    """A number as its unit has it, a member in words."""
    from app import members

    if name in answer.query.dimensions and isinstance(value, str):
        return members.words(name, value)
    return _cell(value, _unit(answer, name))


def _cell(value: object, unit: str | None) -> str:
    if isinstance(value, float) and unit in ("money", "per_day"):
        return f"{value:,.2f}"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
