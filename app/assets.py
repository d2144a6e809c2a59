"""Scripts and styles: each compressed once per process, named by its content, and kept by browsers for good.

Dash's own scripts already carry a fingerprint in their path. Ours carry one as `?v=`; the style sheets are
joined into one in the order in which they build on each other.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import brotli
from flask import Flask, Response, request

FOLDER = Path(__file__).resolve().parent.parent / "assets"
STYLE_ORDER = ("bootstrap.min.css", "tokens.css", "icons.css", "base.css")
BUNDLE = "app.css"
FOREVER = 365 * 24 * 3600
SHORT = 3600
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")
BROTLI_QUALITY = 9
LEAST_BYTES = 1024


@dataclass
class Body:
    """The bytes of one file; its compressed forms are made when first asked for and kept."""

    raw: bytes
    mimetype: str

    @cached_property
    def version(self) -> str:
        return hashlib.blake2b(self.raw, digest_size=8).hexdigest()

    @cached_property
    def brotli(self) -> bytes:
        return bytes(brotli.compress(self.raw, quality=BROTLI_QUALITY))

    @cached_property
    def gzip(self) -> bytes:
        return gzip.compress(self.raw, 9, mtime=0)

    @property
    def worth(self) -> bool:
        """Whether compression pays."""
        return len(self.raw) >= LEAST_BYTES and self.mimetype.startswith(COMPRESSIBLE)

    def response(self, max_age: int) -> Response:
        """The file in the best encoding that the browser reads."""
        accepted = request.headers.get("Accept-Encoding", "")
        encoding = next((name for name in ("br", "gzip") if name in accepted), "") if self.worth else ""
        data = {"br": lambda: self.brotli, "gzip": lambda: self.gzip}.get(encoding, lambda: self.raw)()
        answer = Response(data, mimetype=self.mimetype)
        if encoding:
            answer.headers["Content-Encoding"] = encoding
        answer.headers["Vary"] = "Accept-Encoding"
        lasting = f"public, max-age={max_age}" + (", immutable" if max_age == FOREVER else "")
        answer.headers["Cache-Control"] = lasting
        return answer


class Assets:
    """The files of the assets folder, and the joined style sheet."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.bodies = {
            path.name: Body(path.read_bytes(), _mimetype(path.name))
            for path in sorted(folder.iterdir())
            if path.is_file()
        }
        self.bodies[BUNDLE] = Body(self._joined_styles(), "text/css")

    def address(self, name: str) -> str:
        """The address of a file, with its version."""
        return f"/assets/{name}?v={self.bodies[name].version}"

    def serve(self, name: str) -> Response:
        """One file; kept for good only when asked for by its present version."""
        body = self.bodies.get(name)
        if body is None:
            return Response(status=404)
        return body.response(FOREVER if request.args.get("v") == body.version else SHORT)

    def _joined_styles(self) -> bytes:
        sheets = [name for name in self.bodies if name.endswith(".css")]
        ordered = [name for name in STYLE_ORDER if name in sheets]
        ordered += [name for name in sheets if name not in ordered]
        text = "\n".join(self.bodies[name].raw.decode() for name in ordered)
        return re.sub(r'url\("([\w.-]+\.woff2)"\)', self._font, text).encode()

    def _font(self, found: re.Match[str]) -> str:
        return f'url("{self.address(found.group(1))}")'


def install(server: Flask, assets: Assets) -> None:
    """Serve our files, and keep the compressed form of every file of Dash's component suites."""
    server.view_functions[_endpoint(server, "/assets/<path:filename>")] = lambda filename: assets.serve(
        filename
    )
    suites = _endpoint(server, "/_dash-component-suites/")
    server.view_functions[suites] = _kept(server.view_functions[suites])


def _kept(view: Callable[..., Any]) -> Callable[..., Response]:
    kept: dict[tuple[str, str], Body] = {}

    def serve(package_name: str, fingerprinted_path: str) -> Response:
        key = (package_name, fingerprinted_path)
        if key not in kept:
            answer: Response = view(package_name=package_name, fingerprinted_path=fingerprinted_path)
            if answer.status_code != 200 or "max-age" not in answer.headers.get("Cache-Control", ""):
                return answer
            kept[key] = Body(answer.get_data(), answer.mimetype or "text/javascript")
        return kept[key].response(FOREVER)

    return serve


def _endpoint(server: Flask, prefix: str) -> str:
    return next(str(rule.endpoint) for rule in server.url_map.iter_rules() if rule.rule.startswith(prefix))


def _mimetype(name: str) -> str:
    return "font/woff2" if name.endswith(".woff2") else mimetypes.guess_type(name)[0] or "text/plain"
