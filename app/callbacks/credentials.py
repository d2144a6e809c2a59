"""Trying the connection of a source, and replacing its credentials once the platform has let the new ones in.

The connectors are imported when somebody asks: a page that only shows sources does without their libraries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from app.accounts import audit
from app.accounts.permissions import SOURCES_MANAGE
from app.accounts.viewer import Viewer
from app.callbacks.base import Callbacks
from app.callbacks.sources import found
from app.data import source_states
from app.data.models import Source
from app.errors import InputError, PadError, SourceError
from app.layouts import dialogs, handed, source_dialogs
from app.layouts import source_ids as ids
from app.layouts.pages import sources as page
from app.services import Services
from app.text import t

if TYPE_CHECKING:
    from app.data.pipeline.ingestion import Ingestion


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of connections."""
    _trying(callbacks)
    _asking(callbacks)
    _replacing(callbacks)


def _trying(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on(
        Output(ids.DIALOG, "children", allow_duplicate=True),
        Output(ids.DIALOG, "is_open", allow_duplicate=True),
        Output(ids.TRIAL, "data"),
        Input(ids.any_button("test"), "n_clicks"),
        permission=SOURCES_MANAGE,
        prevent_initial_call=True,
    )
    def ask(_clicks: list[int | None]) -> Any:
        button = dialogs.pressed()
        if not isinstance(button, dict):
            return no_update, no_update, no_update
        source = found(services, str(button["source"]))
        asked = {"source": source.id, "at": services.clock.now().isoformat()}
        return source_dialogs.asking(source), True, asked

    # The dialog stands and says what is going on before the platform is asked.
    @callbacks.on(
        Output(ids.VERDICT, "children"),
        Output(ids.LIST, "children", allow_duplicate=True),
        Input(ids.TRIAL, "data"),
        permission=SOURCES_MANAGE,
        prevent_initial_call=True,
    )
    def answer(asked: Mapping[str, Any] | None) -> Any:
        if not asked:
            return no_update, no_update
        source = found(services, str(asked.get("source")))
        return verdict(services, source), _cards(callbacks)


def verdict(services: Services, source: Source) -> list[Component]:
    """What the platform says to the credentials in force, in words."""
    from app.data.pipeline.sources import test

    try:
        _require_platform(source)
        return source_dialogs.reached(test(_parts(services), source.id, hurried=True))
    except PadError as problem:
        shown = source_dialogs.refused(source, problem)
        return shown if problem_of_network(problem) else [*shown, source_dialogs.mend(source)]


def problem_of_network(problem: PadError) -> bool:
    """Whether other credentials would change nothing."""
    return isinstance(problem, SourceError) and problem.reason in ("unreachable", "busy")


def _asking(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on(
        Output(ids.DIALOG, "children", allow_duplicate=True),
        Output(ids.DIALOG, "is_open", allow_duplicate=True),
        Input(ids.any_button("credentials"), "n_clicks"),
        permission=SOURCES_MANAGE,
        prevent_initial_call=True,
    )
    def ask(_clicks: list[int | None]) -> Any:
        button = dialogs.pressed()
        if not isinstance(button, dict):
            return no_update, no_update
        return form(services, found(services, str(button["source"]))), True


def form(services: Services, source: Source) -> list[Component]:
    """The fields of a source's credentials; of what is kept only plain names. Raises: InputError."""
    from app.data.connectors.base import CONNECTORS
    from app.data.pipeline import credentials

    _require_platform(source)
    kind, parts = CONNECTORS.get(source.id), _parts(services)
    kept = credentials.find(parts.database, parts.vault, source.id) or {}
    secrets = {field.name: credentials.has(kept, field) for field in kind.fields if credentials.secret(field)}
    return source_dialogs.credentials(source, kind.fields, credentials.shown(kind, kept), secrets)


def _replacing(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on(
        Output(ids.DIALOG, "is_open", allow_duplicate=True),
        Output(ids.PROBLEM, "children", allow_duplicate=True),
        Output(ids.MESSAGE, "children", allow_duplicate=True),
        Output(ids.LIST, "children", allow_duplicate=True),
        Input(ids.CREDENTIALS_SAVE, "n_clicks"),
        State(ids.TARGET, "data"),
        State(ids.FIELD_ANY, "value"),
        State(ids.FIELD_ANY, "id"),
        permission=SOURCES_MANAGE,
        prevent_initial_call=True,
        running=[
            (Output(ids.CREDENTIALS_SAVE, "disabled"), True, False),
            (
                Output(ids.CREDENTIALS_SAVE, "children"),
                t("sources.credentials_trying"),
                t("sources.credentials_save"),
            ),
        ],
    )
    def save(clicks: int | None, target: Any, values: list[Any], names: list[dict[str, str]]) -> Any:
        if not clicks:
            return no_update, no_update, no_update, no_update
        source = found(services, str(target))
        given = {name["name"]: str(value or "") for name, value in zip(names, values, strict=True)}
        try:
            words = replace(services, callbacks.viewer(), source, given)
        except SourceError as problem:
            return True, source_dialogs.refused(source, problem, kept=True), no_update, no_update
        except PadError as problem:
            return True, handed.problem(str(problem)), no_update, no_update
        return False, "", handed.line(words), _cards(callbacks)


def replace(services: Services, viewer: Viewer, source: Source, given: Mapping[str, str]) -> str:
    """Keep what a form holds once the platform has let it in; says so in a sentence.

    Raises: InputError for fields that cannot be used, SourceError when the platform refuses; then nothing
    was changed.
    """
    from app.data.connectors.base import CONNECTORS
    from app.data.pipeline import credentials, sources

    viewer.require(SOURCES_MANAGE)
    _require_platform(source)
    kind, parts = CONNECTORS.get(source.id), _parts(services)
    kept = credentials.find(parts.database, parts.vault, source.id) or {}
    value = credentials.replaced(kind, kept, given)
    reached = sources.add(parts, source.id, value, hurried=True)
    changed = sorted(name for name in {*kept, *value} if kept.get(name) != value.get(name))
    detail = t("sources.credentials_audit", names=", ".join(changed))
    audit.record(services.database, services.clock, viewer.email, audit.SOURCE_CHANGED, source.id, detail)
    titles = ", ".join(account.title for account in reached)
    return t("sources.credentials_replaced", title=source.title, accounts=titles)


def _require_platform(source: Source) -> None:
    if source.kind != "platform":
        raise InputError(t("sources.file_sync", title=source.title, source=source.id))


def _parts(services: Services) -> Ingestion:
    from app.data.pipeline import sources  # noqa: F401  the connectors register themselves
    from app.data.pipeline.ingestion import ingestion

    return ingestion(services.settings, services.database, services.clock)


def _cards(callbacks: Callbacks) -> list[Component]:
    services = callbacks.services
    return page.cards(services, callbacks.viewer(), source_states.all_states(services.database))
