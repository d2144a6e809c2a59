"""Connecting a source on the page, trying its connection, and replacing its credentials once the platform has
let the new ones in.

The connectors are imported when somebody asks: a page that only shows sources does without their libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from app.accounts.permissions import SOURCES_MANAGE
from app.accounts.viewer import Viewer
from app.callbacks.base import Button, Callbacks
from app.callbacks.sources import cards, found, queue_sync
from app.data import source_states
from app.data.models import Source
from app.errors import ConflictError, InputError, PadError, SourceError
from app.layouts import handed, source_dialogs
from app.layouts import source_ids as ids
from app.layouts.pages.sources import FOLLOWED, PULSE
from app.services import Services
from app.text import t

if TYPE_CHECKING:
    from app.data.connectors.base import ConnectorKind
    from app.data.pipeline.ingestion import Ingestion

Act = Callable[[Services, Viewer, str, Mapping[str, str]], str]


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of connections."""
    _trying(callbacks)
    _choosing(callbacks)
    _asking(callbacks)
    _saving(callbacks, ids.CONNECT_SAVE, "connect", connect)
    _saving(callbacks, ids.CREDENTIALS_SAVE, "credentials", replace)


def _dialog() -> tuple[Output, Output]:
    return (
        Output(ids.DIALOG, "children", allow_duplicate=True),
        Output(ids.DIALOG, "is_open", allow_duplicate=True),
    )


def _trying(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on_press(
        *_dialog(),
        Output(ids.TRIAL, "data"),
        Input(ids.any_button("test"), "n_clicks"),
        permission=SOURCES_MANAGE,
    )
    def ask(button: Button) -> Any:
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
        return verdict(services, callbacks.viewer(), source), cards(callbacks)


def verdict(services: Services, viewer: Viewer, source: Source) -> list[Component]:
    """What the platform says to the credentials in force, in words; the audit log notes it."""
    from app import connections

    try:
        _require_platform(source)
        reached = connections.test(_parts(services), viewer.email, source.id, hurried=True)
        return source_dialogs.reached(reached)
    except PadError as problem:
        shown = source_dialogs.refused(source.title, problem, address=source.base_url)
        return shown if problem_of_network(problem) else [*shown, source_dialogs.mend(source)]


def problem_of_network(problem: PadError) -> bool:
    """Whether other credentials would change nothing."""
    return isinstance(problem, SourceError) and problem.reason in ("unreachable", "busy")


def _choosing(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on(
        *_dialog(),
        Input(ids.CHOOSE, "n_clicks"),
        permission=SOURCES_MANAGE,
        prevent_initial_call=True,
    )
    def choose(clicks: int | None) -> Any:
        return (choice(services), True) if clicks else (no_update, no_update)


def choice(services: Services) -> list[Component]:
    """Every platform that can be read and is not connected yet."""
    from app import connections

    return source_dialogs.choice(connections.unconnected(_parts(services)))


def _asking(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on_press(
        *_dialog(), Input(ids.any_button("credentials"), "n_clicks"), permission=SOURCES_MANAGE
    )
    def ask(button: Button) -> Any:
        return form(services, found(services, str(button["source"]))), True

    @callbacks.on_press(*_dialog(), Input(ids.any_button("connect"), "n_clicks"), permission=SOURCES_MANAGE)
    def ask_first(button: Button) -> Any:
        return source_dialogs.connection(_kind(str(button["source"]))), True


def form(services: Services, source: Source) -> list[Component]:
    """The fields of a source's credentials; of what is kept only plain names. Raises: InputError."""
    from app.data.pipeline import credentials

    _require_platform(source)
    kind, parts = _kind(source.id), _parts(services)
    kept = credentials.find(parts.database, parts.vault, source.id) or {}
    secrets = {field.name: credentials.has(kept, field) for field in kind.fields if credentials.secret(field)}
    return source_dialogs.credentials(kind, credentials.shown(kind, kept), secrets)


def _saving(callbacks: Callbacks, button: str, verb: str, act: Act) -> None:
    services = callbacks.services

    @callbacks.on(
        Output(ids.DIALOG, "is_open", allow_duplicate=True),
        Output(ids.PROBLEM, "children", allow_duplicate=True),
        Output(ids.MESSAGE, "children", allow_duplicate=True),
        Output(ids.LIST, "children", allow_duplicate=True),
        *FOLLOWED.outputs,
        Input(button, "n_clicks"),
        State(ids.TARGET, "data"),
        State(ids.FIELD_ANY, "value"),
        State(ids.FIELD_ANY, "id"),
        PULSE.state,
        permission=SOURCES_MANAGE,
        prevent_initial_call=True,
        running=[
            (Output(button, "disabled"), True, False),
            (Output(button, "children"), t("sources.credentials_trying"), t(f"sources.{verb}_save")),
        ],
    )
    def save(
        clicks: int | None,
        target: str | None,
        values: list[str | float | None],
        names: list[dict[str, str]],
        beats: int | None,
    ) -> Any:
        if not clicks:
            return (no_update,) * 6
        given = {name["name"]: str(value or "") for name, value in zip(names, values, strict=True)}
        try:
            words = act(services, callbacks.viewer(), str(target), given)
        except SourceError as problem:
            return True, _refused(services, str(target), given, problem, verb), *(no_update,) * 4
        except PadError as problem:
            return True, handed.problem(str(problem)), *(no_update,) * 4
        hushed, _ = FOLLOWED.hushed()
        return False, "", handed.line(words), cards(callbacks), hushed, PULSE.armed(beats)


def _refused(
    services: Services, source_id: str, given: Mapping[str, str], problem: SourceError, verb: str
) -> list[Component]:
    known = source_states.get(services.database, source_id)
    address = known.base_url if known else given.get(ids.ADDRESS, "").strip()
    outcome = t(f"sources.{verb}_refused")
    return source_dialogs.refused(_kind(source_id).title, problem, address=address, outcome=outcome)


def connect(services: Services, viewer: Viewer, source_id: str, given: Mapping[str, str]) -> str:
    """Store the credentials of a new source once its platform has let them in, and ask for its first sync;
    says so in a sentence.

    Raises: InputError for fields that cannot be used, ConflictError when it is connected already,
    SourceError when the platform refuses; then nothing was stored.
    """
    viewer.require(SOURCES_MANAGE)
    kind = _kind(source_id)
    if source_states.get(services.database, source_id) is not None:
        raise ConflictError(t("sources.connected_already", title=kind.title),
                            hint=t("sources.connected_already_hint"))  # fmt: skip
    titles = _keep(services, viewer, kind, {}, given, address=given.get(ids.ADDRESS, "").strip())
    words = t("sources.connected", title=kind.title, accounts=titles)
    asked = queue_sync(services, viewer, source_id)
    return handed.after(words, asked if isinstance(asked, handed.Waits) else t("sources.first_sync"))


def replace(services: Services, viewer: Viewer, source_id: str, given: Mapping[str, str]) -> str:
    """Keep what a form holds once the platform has let it in; says so in a sentence.

    Raises: InputError for fields that cannot be used, SourceError when the platform refuses; then nothing
    was changed.
    """
    from app.data.pipeline import credentials

    viewer.require(SOURCES_MANAGE)
    source, parts = found(services, source_id), _parts(services)
    _require_platform(source)
    kept = credentials.find(parts.database, parts.vault, source.id) or {}
    titles = _keep(services, viewer, _kind(source.id), kept, given)
    return t("sources.credentials_replaced", title=source.title, accounts=titles)


def _keep(
    services: Services,
    viewer: Viewer,
    kind: ConnectorKind,
    kept: Mapping[str, Any],
    given: Mapping[str, str],
    *,
    address: str = "",
) -> str:
    """The titles of the accounts that are reached with what a form holds."""
    from app import connections
    from app.data.pipeline import credentials

    value = credentials.replaced(kind, kept, given)
    reached = connections.keep(_parts(services), viewer.email, kind.id, value, address, hurried=True)
    return ", ".join(account.title for account in reached if not account.refusal)


def _kind(source_id: str) -> ConnectorKind:
    """Raises: InputError for what is no platform."""
    from app.data.pipeline.sources import kind_of

    return kind_of(source_id)


def _require_platform(source: Source) -> None:
    if source.kind != "platform":
        raise InputError(t("sources.file_sync", title=source.title, source=source.id))


def _parts(services: Services) -> Ingestion:
    from app.data.pipeline import sources  # noqa: F401  the connectors register themselves
    from app.data.pipeline.ingestion import ingestion

    return ingestion(services.settings, services.database, services.clock)
