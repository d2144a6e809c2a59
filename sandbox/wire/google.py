"""What both Google APIs share on the wire: the token endpoint and the error envelope."""

from __future__ import annotations

from flask import Response, jsonify, request

from sandbox.site import Site
from sandbox.wire.tokens import JWT_GRANT, GrantRefused

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
CLIENT_EMAIL = "dashboard-reader@larkfield-analytics.iam.gserviceaccount.com"
GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"


def token(site: Site, source: str, scope: str) -> tuple[Response, int]:
    """The OAuth token endpoint: JWT and refresh-token grants."""
    tokens, grant = site.tokens[source], request.form.get("grant_type", "")
    try:
        if grant == JWT_GRANT:
            own = f"{site.bases.get(source, '')}/token"
            tokens.check_assertion(request.form.get("assertion", ""), CLIENT_EMAIL, (own, GOOGLE_TOKEN_URI))
        elif grant == "refresh_token":
            tokens.check_client(request.form, request.headers.get("Authorization"))
            tokens.check_refresh(request.form, rotate=False)
        else:
            raise GrantRefused("unsupported_grant_type", f"Invalid grant_type: {grant}")
    except GrantRefused as refused:
        status = 401 if refused.error == "invalid_client" else 400
        return jsonify(error=refused.error, error_description=refused.description), status
    lifetime = site.limits.google_token_seconds
    return jsonify(
        access_token=tokens.issue(site.clock.wall()),
        expires_in=lifetime - 1,
        scope=scope,
        token_type="Bearer",
    ), 200


class GoogleError(Exception):
    """An error in Google's envelope."""

    def __init__(
        self, code: int, message: str, status: str = "", details: list[dict[str, object]] | None = None
    ):
        super().__init__(message)
        self.code, self.message = code, message
        self.status, self.details = status or STATUS_NAMES.get(code, "UNKNOWN"), details

    def body(self) -> dict[str, object]:
        """The JSON of the envelope."""
        error: dict[str, object] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return {"error": error}


UNAUTHENTICATED = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
    "other valid authentication credential."
)
