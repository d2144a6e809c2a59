"""`pad alerts`: the rules, judging them now, and what one would have said of the past."""

from __future__ import annotations

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows, services


@main.group()
def alerts() -> None:
    """Rules that watch metrics."""


@alerts.command("list")
@click.option("--format", "form", type=FORMATS, default="table")
def list_(form: str) -> None:
    """Every rule with its state, those that fire first."""
    from app.alerts import rules, wording

    made = services()
    rules.ensure_defaults(made)
    print_rows(
        [
            {
                "id": view.rule.id,
                "title": view.rule.title,
                "state": _state(view),
                "firing": ", ".join(state.member or view.rule.metric for state in view.firing),
                "metric": view.rule.metric,
                "by": view.rule.by,
                "condition": wording.condition_text(view.rule),
                "severity": view.rule.severity,
                "enabled": view.rule.enabled,
            }
            for view in rules.listed(made.database)
        ],
        form,
    )


@alerts.command()
@click.argument("rule_id", required=False, default="")
@click.option("--format", "form", type=FORMATS, default="table")
def check(rule_id: str, form: str) -> None:
    """Judge all rules, or one, on the data that is complete now."""
    from app.alerts import rules
    from app.alerts.check import check_all

    made = services()
    rules.ensure_defaults(made)
    print_rows(
        [
            {
                "id": result.rule_id,
                "judged": result.judged,
                "events": result.events,
                "problem": result.problem,
            }
            for result in check_all(made, only=rule_id)
        ],
        form,
    )


@alerts.command()
@click.argument("rule_id")
@click.option("--days", type=click.IntRange(1, 366), help="Default: 90, of a rule by the hour 7.")
@click.option("--format", "form", type=FORMATS, default="table")
def rehearse(rule_id: str, days: int | None, form: str) -> None:
    """What a rule would have said of the last days, on the data as it was known then."""
    from app.alerts import buckets, rules
    from app.alerts.rehearse import rehearse as run

    made = services()
    rules.ensure_defaults(made)
    found = run(made, rules.get(made.database, rule_id).rule, days)
    rows = [
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
    print_rows(rows, form)
    click.echo(f"{found.fired} firings, {found.told} told, {found.period[0]} to {found.period[1]}", err=True)


def _state(view: object) -> str:
    states = [row.state for row in view.states]  # type: ignore[attr-defined]
    worst = ("firing", "acknowledged", "snoozed", "pending", "no_data", "ok")
    return next((state for state in worst if state in states), "not judged yet")
