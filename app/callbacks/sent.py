"""What a browser sent to a callback: refused unless it is what the body says that it takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from inspect import Parameter, signature
from itertools import repeat
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from dash import Input, State, ctx
from dash.dependencies import ALL

from app.errors import InputError, NotFound
from app.text import t

LARGEST = 2**63  # beyond it no database holds a whole number


Place = tuple[Input | State, Any]  # where a value comes from, and the kind that the body takes


def checked(body: Callable[..., Any], places: Sequence[Place]) -> Callable[..., Any]:
    """The body behind a check of every value that it is handed, and of the button that caused the call.

    Raises: InputError that names the place whose value is of another kind.
    """

    @wraps(body)
    def run(*values: Any) -> Any:
        for (place, kind), value in zip(places, values, strict=True):
            if not (fits(value, kind) and storable(value) and _named(place, value)):
                raise _unusable(place)
        _require_whole([place for place, _ in places], values)
        button = _pressed()
        if button is not None and not any(_means(place, button) for place, _ in places):
            raise _unusable(places[0][0])
        return body(*values)

    return run


def kinds(body: Callable[..., Any]) -> Iterator[Any]:
    """What a body takes by position, one annotation after the other; the last repeats for `*values`."""
    hints = get_type_hints(body)
    for one in signature(body).parameters.values():
        yield hints[one.name]
        if one.kind is Parameter.VAR_POSITIONAL:
            yield from repeat(hints[one.name])


def fits(value: object, kind: Any) -> bool:
    """Whether a value that came as JSON is of an annotated kind; what is whole also serves as a fraction."""
    origin, parts = get_origin(kind), get_args(kind)
    if kind in (Any, object):
        return True
    if origin in (Union, UnionType):
        return any(fits(value, part) for part in parts)
    if origin is list:
        return isinstance(value, list) and all(fits(one, parts[0]) for one in value)
    if origin is not None:
        return isinstance(value, Mapping) and all(fits(one, parts[1]) for one in value.values())
    if kind in (int, float):
        return isinstance(value, (int, kind)) and not isinstance(value, bool)
    return isinstance(value, kind)


def storable(value: object) -> bool:
    """Whether both databases can hold it, in whatever depth it stands."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
    if isinstance(value, int):
        return -LARGEST <= value < LARGEST
    if isinstance(value, Mapping):
        return all(storable(name) and storable(one) for name, one in value.items())
    return not isinstance(value, list) or all(map(storable, value))


def number(value: object, gone: str) -> int:
    """The whole number by which a browser names a row. Raises: NotFound with the sentence `gone`."""
    if not fits(value, int):
        raise NotFound(gone)
    return cast(int, value)


def _named(place: Input | State, value: object) -> bool:
    """Whether ids that are sent as values are those of the pattern's components."""
    if place.component_property != "id" or not isinstance(value, list):
        return True
    return all(isinstance(one, Mapping) and _means(place, one) for one in value)


def _require_whole(places: Sequence[Input | State], values: Sequence[Any]) -> None:
    """Where the ids of a pattern's components are sent, there is one value of each kind for every id."""
    lists = [(place, value) for place, value in zip(places, values, strict=True) if isinstance(value, list)]
    for _, names in [pair for pair in lists if pair[0].component_property == "id"]:
        for place, value in lists:
            if isinstance(place.component_id, Mapping) and len(value) != len(names):
                raise _unusable(place)


def _pressed() -> Mapping[str, object] | None:
    """The names of the component of a pattern that caused the call."""
    found = ctx.triggered_id
    return found if isinstance(found, Mapping) else None


def _means(place: Input | State, button: Mapping[str, object]) -> bool:
    """Whether a button is one of those that an input's pattern means."""
    pattern = place.component_id
    if not isinstance(pattern, Mapping) or pattern.keys() != button.keys() or not storable(button):
        return False
    return all(
        fits(button[name], str | int) if part is ALL else button[name] == part
        for name, part in pattern.items()
    )


def _unusable(place: Input | State) -> InputError:
    identity = place.component_id
    told = json.dumps(identity, default=str) if isinstance(identity, Mapping) else identity
    name = f"{told}.{place.component_property}"
    return InputError(t("states.unusable", name=name), hint=t("states.unusable_hint"))
