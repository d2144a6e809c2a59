"""`pad user`: add, list, disable, change the password. No password ever stands on a command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.accounts.permissions import ROLES
from app.cli import main
from app.errors import PadError
from app.text import t

if TYPE_CHECKING:
    from app.accounts.users import UserRow
    from app.services import Services

ACTOR = "pad user"
FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
PASSWORD_FILE = click.option(
    "--password-file", type=click.Path(allow_dash=True), help=t("cli.option_password_file")
)


def place() -> Services:
    """The installation, composed when a command runs and not when commands are listed."""
    from app.cli.context import services

    composed: Services = services()
    return composed


@contextmanager
def said() -> Iterator[None]:
    """Turn an error of ours into one line on stderr and exit code 1."""
    try:
        yield
    except PadError as problem:
        raise click.ClickException(str(problem)) from None


@main.group(help=t("cli.user"))
def user() -> None:
    pass


@user.command(help=t("cli.user_add"))
@click.argument("email")
@click.option("--name", default="", help=t("cli.user_add_name"))
@click.option("--role", type=click.Choice(sorted(ROLES)), required=True)
@click.option("--scope", multiple=True, metavar="DIM=VALUE[,VALUE]", help=t("cli.user_add_scope"))
@click.option("--keep-password", is_flag=True, help=t("cli.user_add_keep_password"))
@PASSWORD_FILE
@FORMAT
def add(
    email: str,
    name: str,
    role: str,
    scope: tuple[str, ...],
    keep_password: bool,
    password_file: str | None,
    form: str,
) -> None:
    from app.accounts import scopes, users

    with said():
        here = place()
        password, made = _password(password_file)
        users.add(
            here.database,
            here.clock,
            email,
            name or email.split("@")[0],
            role,
            password,
            actor=ACTOR,
            must_change=not keep_password,
            scope=scopes.parse("\n".join(scope)),
        )
        _show([users.find(here.database, email)], form, password if made else None)


@user.command(name="list", help=t("cli.user_list"))
@FORMAT
def list_people(form: str) -> None:
    from app.accounts import users

    with said():
        _show(users.listing(place().database), form)


@user.command(help=t("cli.user_disable"))
@click.argument("email")
@click.option("--undo", is_flag=True, help=t("cli.user_disable_undo"))
@FORMAT
def disable(email: str, undo: bool, form: str) -> None:
    from app.accounts import users

    with said():
        here = place()
        person = users.find(here.database, email)
        users.set_disabled(here.database, here.clock, person.id, not undo, actor=ACTOR)
        _show([users.find(here.database, email)], form)


@user.command(help=t("cli.user_password"))
@click.argument("email")
@click.option("--keep-password", is_flag=True, help=t("cli.user_password_keep_password"))
@PASSWORD_FILE
@FORMAT
def password(email: str, keep_password: bool, password_file: str | None, form: str) -> None:
    from app.accounts import users

    with said():
        here = place()
        person = users.find(here.database, email)
        given, made = _password(password_file)
        users.set_password(
            here.database, here.clock, person.id, given, actor=ACTOR, must_change=not keep_password
        )
        _show([users.find(here.database, email)], form, given if made else None)


def _password(source: str | None) -> tuple[str, bool]:
    """The password, and whether it was made up here."""
    from app.accounts import passwords

    if source == "-":
        return sys.stdin.readline().rstrip("\r\n"), False
    if source:
        return Path(source).read_text().strip(), False
    if sys.stdin.isatty():
        return click.prompt(t("login.new"), hide_input=True, confirmation_prompt=True), False
    return passwords.invented(), True


def _show(people: list[UserRow], form: str, made: str | None = None) -> None:
    rows = [_row(person) for person in people]
    if made:
        rows[0]["password"] = made
    if form == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(f"{row['email']:<34}  {row['role']:<20}  {row['state']:<10}  {row['scope']}")
    if made:
        click.echo(t("cli.user_password_made", password=made))


def _row(person: UserRow) -> dict[str, Any]:
    from app.accounts import scopes

    seen = person.last_seen_at
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "state": "disabled" if person.disabled else "active",
        "must_change_password": person.must_change_password,
        "scope": scopes.told(person.scope),
        "last_seen": seen.isoformat() if seen else None,
    }
