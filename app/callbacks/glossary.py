"""The glossary's search box."""

from __future__ import annotations

from typing import Any

from dash import Input, Output

from app.accounts.permissions import DASHBOARDS
from app.callbacks.base import Callbacks
from app.layouts import table_ids
from app.layouts.markup import inert
from app.layouts.pages import glossary


def register(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(table_ids.GLOSSARY_LIST, "children"),
        Input(table_ids.GLOSSARY_FIND, "value"),
        permission=DASHBOARDS,
        prevent_initial_call=True,
    )
    def find(words: str | None) -> Any:
        return inert(glossary.entries(words or "", callbacks.services))
