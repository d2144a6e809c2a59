"""One organisation's instance: signed-in calls that leave its other programs their share of the day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from app.data.connectors.http import Reader, Session, json_object
from app.data.connectors.oauth import Token, lacking
from app.data.connectors.salesforce.answers import AN_HOUR, judge, usage
from app.errors import SourceError, SourcePermanent, SourceTransient
from app.text import t

MOST_USED = 0.8  # of the day's requests, which all programs of the organisation share


class Organisation:
    """Where records stand: the login host answers sign-ins only and names the instance."""

    def __init__(self, http: Session, login: str, version: str, credentials: Mapping[str, Any]) -> None:
        self.http = http
        self.root = f"/services/data/v{version}"
        self._used = 0.0
        self._client = _client(credentials)
        url = f"{login.rstrip('/')}/services/oauth2/token"
        self._token = Token(http, url, lambda: self._client, rotated=self._rotated)
        http.sign_in = self._token

    @property
    def id(self) -> str:
        """What the sign-in's identity address (…/id/ORGANISATION/USER) calls it; empty where it has none."""
        self._token.headers()
        parts = str(self._token.answer.get("id") or "").split("/")
        return parts[-2] if len(parts) > 2 else ""

    def call(self, method: str, path: str, *, read: Reader = json_object, **options: Any) -> Any:
        """What the instance answers at a path.

        Raises: SourceTransient before it asks, when most of the day's requests are used; SourceError.
        """
        if self._used > MOST_USED:
            raise SourceTransient(
                t("connectors.salesforce_used", used=self._used),
                hint=t("connectors.salesforce_used_hint"),
                retry_after=AN_HOUR,
            )
        self._token.headers()
        instance = self._token.answer.get("instance_url")
        if not isinstance(instance, str) or not instance:
            raise lacking(self.http.source, "instance_url")
        url = f"{instance.rstrip('/')}{path}"
        return self.http.call(method, url, self._judge, read=read, **options)

    def _judge(self, response: httpx.Response) -> SourceError | None:
        self._used = usage(response)
        return judge(response)

    def _rotated(self, refresh_token: str) -> None:
        self._client["refresh_token"] = refresh_token
        self.http.keep_refresh_token(refresh_token)


def _client(credentials: Mapping[str, Any]) -> dict[str, str]:
    """The form of a token request: by refresh token where there is one, else by client credentials."""
    fields = {
        name: str(credentials.get(name) or "") for name in ("client_id", "client_secret", "refresh_token")
    }
    if not fields["client_id"]:
        raise SourcePermanent(
            t("connectors.salesforce_no_client"),
            hint=t("connectors.salesforce_no_client_hint"),
            reason="sign_in",
        )
    grant = "refresh_token" if fields["refresh_token"] else "client_credentials"
    return {"grant_type": grant, **{name: value for name, value in fields.items() if value}}
