"""Row scopes: which values of which dimensions a person's data is narrowed to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from app import members
from app.accounts.models import RowScope
from app.data.metrics.base import DIMENSIONS
from app.data.query.spec import EVERYTHING, Filter, Scope
from app.errors import InputError, unknown
from app.text import t

# Dimensions by which a fact can be cut for a person; a fact that lacks one of them is refused to that person.
SCOPED = ("channel", "platform", "account", "campaign", "country", "region", "device", "plan")
_OF_ONE = select(RowScope.dimension, RowScope.value).where(RowScope.user_id == bindparam("user"))


def scope_of(session: Session, user_id: int) -> Scope:
    """What a person may see."""
    found: dict[str, list[str]] = {}
    for dimension, value in session.execute(_OF_ONE, {"user": user_id}):
        found.setdefault(dimension, []).append(value)
    return scope(found)


def scope(values: Mapping[str, Iterable[str]]) -> Scope:
    """A scope from dimension -> allowed values; no dimension means everything."""
    filters = tuple(Filter(dimension, tuple(sorted(values[dimension]))) for dimension in sorted(values))
    return Scope(filters) if filters else EVERYTHING


def covers(limits: Iterable[Filter], shown: Mapping[str, Collection[str]]) -> bool:
    """Whether somebody who is narrowed to `limits` may see what shows only these members of each dimension;
    a dimension that is not named is shown as a whole."""
    return all(
        limit.dimension in shown and set(shown[limit.dimension]) <= set(limit.values) for limit in limits
    )


def holds(limits: Iterable[Filter], made_in: Iterable[Filter]) -> bool:
    """Whether somebody who is narrowed to `limits` may see what was made within a scope of before."""
    return covers(limits, {entry.dimension: entry.values for entry in made_in})


def by_user(session: Session, user_ids: Iterable[int]) -> dict[int, dict[str, list[str]]]:
    """Dimension -> values for each of the people that are narrowed."""
    found: dict[int, dict[str, list[str]]] = {}
    wanted = select(RowScope).where(RowScope.user_id.in_(list(user_ids))).order_by(RowScope.id)
    for row in session.scalars(wanted):
        found.setdefault(row.user_id, {}).setdefault(row.dimension, []).append(row.value)
    return found


def replace(session: Session, user_id: int, values: Mapping[str, Iterable[str]]) -> None:
    """Give a person exactly this scope.

    Raises: InputError for a dimension that cannot narrow, or one without values.
    """
    session.execute(delete(RowScope).where(RowScope.user_id == user_id))
    for dimension, allowed in checked(values).items():
        session.add_all(RowScope(user_id=user_id, dimension=dimension, value=value) for value in allowed)


def checked(values: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Scope values without doubles and blanks.

    Raises: InputError.
    """
    clean: dict[str, list[str]] = {}
    for dimension, allowed in values.items():
        if dimension not in SCOPED:
            raise unknown("dimension", dimension, SCOPED)
        clean[dimension] = sorted({value.strip() for value in allowed if value.strip()})
        if not clean[dimension]:
            raise InputError(t("users.scope_empty", dimension=dimension), hint=t("users.scope_empty_hint"))
        if too_long := [value for value in clean[dimension] if len(value) > 200]:
            raise InputError(t("users.scope_long", value=too_long[0][:40]))
    return clean


def parse(text: str) -> dict[str, list[str]]:
    """A scope as people write it, one dimension a line: `region = North, South`.

    Raises: InputError that names the line.
    """
    values: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        dimension, sign, allowed = line.partition("=")
        if not sign:
            raise InputError(t("users.scope_line", number=number, line=line.strip()[:60]))
        values.setdefault(dimension.strip().lower(), []).extend(allowed.split(","))
    return checked(values)


def written(values: Mapping[str, Iterable[str]]) -> str:
    """A scope in the form that `parse` reads."""
    return "\n".join(f"{dimension} = {', '.join(values[dimension])}" for dimension in values)


def described(values: Mapping[str, Iterable[str]]) -> list[str]:
    """A scope as people read it, one dimension an entry."""
    return [
        t("users.scope_of", dimension=DIMENSIONS.get(name).title, values=members.listed(name, allowed))
        for name, allowed in values.items()
    ]


def told(values: Mapping[str, Iterable[str]]) -> str:
    """A scope in one line, for logs."""
    return "; ".join(written(values).splitlines()) or "everything"
