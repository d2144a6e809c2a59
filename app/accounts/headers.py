"""Security headers of every answer, and the cookie from which the browser takes its form token."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask, Response

from app.accounts import current

CSRF_COOKIE = "_csrf_token"


def content_policy(script_hashes: Sequence[str]) -> str:
    """No outside asset, no frame around us, no inline script but those of known hashes."""
    scripts = " ".join(["'self'", *(f"'{name.strip(chr(39))}'" for name in dict.fromkeys(script_hashes))])
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",  # Dash, Plotly and AG Grid write style attributes
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def install(server: Flask, *, secure: bool, script_hashes: Callable[[], Sequence[str]]) -> None:
    """Add the headers to every answer."""
    known: list[str] = []

    def policy() -> str:
        # Callbacks may add inline scripts until the first request; from then on the hashes stand.
        if not known:
            known.append(content_policy(script_hashes()))
        return known[0]

    @server.after_request
    def add(response: Response) -> Response:
        for name, value in fixed(secure).items():
            response.headers.setdefault(name, value)
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Security-Policy", policy())
            _hand_out_token(response, secure)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def fixed(secure: bool) -> dict[str, str]:
    """Headers that are the same on every answer."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def _hand_out_token(response: Response, secure: bool) -> None:
    if response.status_code < 400:
        response.set_cookie(CSRF_COOKIE, current.csrf_token(), samesite="Lax", secure=secure)
