"""`pad alerts`: the rules, judging them now, and what one would have said of the past."""

from __future__ import annotations

from typing import Any

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows, services
from app.text import t

IN_TABLE = ("id", "state", "severity", "firing")


@main.group(help=t("cli.alerts"))
def alerts() -> None:
    pass


@alerts.command("list", help=t("cli.alerts_list"))
@click.option("--format", "form", type=FORMATS, default="table")
def list_(form: str) -> None:
    from app.alerts import defaults, rules, wording

    made = services()
    defaults.ensure(made)
    rows = [
        {
            "id": view.rule.id,
            "title": view.rule.title,
            "state": _state(view),
            "firing": ", ".join(state.member or view.rule.metric for state in view.firing),
            "metric": view.rule.metric,
            "by": view.rule.by,
            "condition": wording.condition_text(view.rule, made.settings.currency),
            "severity": view.rule.severity,
            "enabled": view.rule.enabled,
        }
        for view in rules.listed(made.database)
    ]
    if form == "table":  # nine columns do not fit a terminal
        rows = [{name: row[name] for name in IN_TABLE} for row in rows]
    print_rows(rows, form)


@alerts.command(help=t("cli.alerts_check"))
@click.argument("rule_id", required=False, default="")
@click.option("--format", "form", type=FORMATS, default="table")
def check(rule_id: str, form: str) -> None:
    from app.alerts import defaults
    from app.alerts.check import check_all

    made = services()
    defaults.ensure(made)
    results = check_all(made, only=rule_id)
    print_rows(
        [
            {
                "id": result.rule_id,
                "judged": result.judged,
                "events": result.events,
                "problem": result.problem,
            }
            for result in results
        ],
        form,
    )
    if blind := [result.rule_id for result in results if result.problem]:
        click.echo(t("cli.alerts_unjudged", rules=", ".join(blind)), err=True)
        raise SystemExit(1)


@alerts.command(help=t("cli.alerts_rehearse"))
@click.argument("rule_id")
@click.option("--days", type=click.IntRange(1, 366), help=t("cli.alerts_rehearse_days"))
@click.option("--format", "form", type=FORMATS, default="table")
def rehearse(rule_id: str, days: int | None, form: str) -> None:
    from app.alerts import buckets, defaults, rules, wording
    from app.alerts.rehearse import rehearse as run

    made = services()
    defaults.ensure(made)
    rule, currency = rules.get(made.database, rule_id).rule, made.settings.currency
    found = run(made, rule, days)
    rows: list[dict[str, Any]] = [
        {
            "bucket": buckets.text(entry.event.bucket),
            "member": entry.member,
            "kind": entry.event.kind,
            "value": entry.event.value,
            "threshold": entry.event.threshold,
            "silenced": entry.event.silenced,
        }
        for entry in found.firings
    ]
    if form == "json":
        import json

        click.echo(json.dumps({"id": rule_id, "fired": found.fired, "told": found.told, "events": rows}))
        return
    if form == "table":
        rows = [
            row | {name: wording.value_text(rule, row[name], currency) for name in ("value", "threshold")}
            for row in rows
        ]
    print_rows(rows, form)
    click.echo(
        t(
            "cli.alerts_rehearsed",
            fired=found.fired,
            told=found.told,
            first=found.period[0],
            last=found.period[1],
        ),
        err=True,
    )


def _state(view: object) -> str:
    if view.problem:  # type: ignore[attr-defined]
        return t("alerts.state_unjudged")
    states = [row.state for row in view.states]  # type: ignore[attr-defined]
    worst = ("firing", "acknowledged", "snoozed", "pending", "no_data", "ok")
    return next((state for state in worst if state in states), t("cli.alerts_not_judged"))
