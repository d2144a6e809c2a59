"""`pad query`, `pad explain`, `pad metrics list`: the same numbers as every page, in the terminal."""

from __future__ import annotations

import csv
import json
import sys
from typing import Any

import click

from app.cli import main
from app.data.query.frame import MetricFrame


@main.command()
@click.argument("metrics")
@click.option("--by", default="", help="Dimensions, separated by commas.")
@click.option("--from", "start", required=True, help="First day, such as 2026-03-01.")
@click.option("--to", "end", required=True, help="Last day.")
@click.option("--grain", help="day, week, month, quarter or year.")
@click.option("--where", multiple=True, help="dimension=value; `|` between several values, != to exclude.")
@click.option("--compare", help="previous or year.")
@click.option("--as-of", "as_of", type=int, help="As known after this load.")
@click.option("--sort", default="", help="Columns; a leading - sorts downwards.")
@click.option("--limit", type=int)
@click.option("--parts", is_flag=True, help="With numerators and denominators.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table")
def query(form: str, parts: bool, start: str, end: str, **asked: Any) -> None:
    """Ask METRICS (separated by commas) over a range of days."""
    from app.cli.context import services
    from app.data.query import codec

    given = {name: list(value) if isinstance(value, tuple) else value for name, value in asked.items()}
    given = {name: value for name, value in given.items() if value not in (None, "", [])}
    answer = services().query.run(codec.query({**given, "from": start, "to": end}))
    encoded = codec.frame(answer, parts=parts)
    if form == "json":
        click.echo(json.dumps(encoded, ensure_ascii=False))
    elif form == "csv":
        _csv(encoded["rows"])
    else:
        _table(answer, encoded["rows"])


@main.command()
@click.argument("metric")
def explain(metric: str) -> None:
    """Say what METRIC is made of, and show the SQL that answers it."""
    from app.data.metrics.document import entry
    from app.data.query.compile import explain as sql

    statement = sql(metric)
    click.echo(entry(metric))
    click.echo(statement)


@main.group()
def metrics() -> None:
    """The registry of metrics."""


@metrics.command("list")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
def list_metrics(form: str) -> None:
    """List every metric."""
    from app.data.metrics.document import listing

    rows = listing()
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['id']:<26}{row['title']:<34}{row['unit']:<10}{', '.join(row['dimensions'])}")


def _csv(rows: list[dict[str, Any]]) -> None:
    if rows:
        writer = csv.DictWriter(sys.stdout, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _table(answer: MetricFrame, rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    for name in rows[0] if rows else ():
        is_metric = name.partition("__")[0] in answer.units
        table.add_column(
            name.replace("__base", " before"), justify="right" if is_metric else "left", no_wrap=True
        )
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    # Numbers are never cut: a narrow terminal wraps lines instead.
    console = Console(width=max(Console().width, 16 * len(table.columns)), soft_wrap=True)
    console.print(table)
    for metric, note in answer.notes.items():
        console.print(f"{metric}: {note}", style="dim")
    console.print(f"data version {answer.data_version}, as of load {answer.as_of}", style="dim")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
