"""The list of customers as a file."""

from __future__ import annotations

from flask import Response, request
from flask.typing import ResponseReturnValue

from app.accounts import audit, routes
from app.accounts.permissions import EXPORT
from app.callbacks.base import Callbacks
from app.errors import InputError, PadError
from app.exports import csv_file
from app.layouts import score_view
from app.ml import runs
from app.text import t

NAME = "customers.csv"


def register(callbacks: Callbacks) -> None:
    routes.declare(
        callbacks.dash.server,
        f"/export/{NAME}",
        EXPORT,
        lambda: send(callbacks),
        endpoint="pad/export/customers",
    )


def send(callbacks: Callbacks) -> ResponseReturnValue:
    """All customers in the reader's scope, whom the audit log names as their reader."""
    services, viewer = callbacks.services, callbacks.viewer()
    try:
        for name in request.args:
            raise InputError(t("customers.no_filter", name=name), hint=t("customers.no_filter_hint"))
        shown = score_view.show(services, viewer)
    except PadError as error:
        return Response(str(error), error.status, mimetype="text/plain")
    detail = t("audit.customers", score=runs.CHURN, count=len(shown.scores))
    audit.record(
        services.database, services.clock, viewer.email, audit.EXPORT, NAME, detail, request.remote_addr or ""
    )
    head = {"Content-Disposition": f'attachment; filename="{NAME}"', "Cache-Control": "no-store"}
    return Response(csv_file.encode(*score_view.table(shown.scores)), mimetype="text/csv", headers=head)
