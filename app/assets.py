"""Scripts and styles: each compressed once, named by its content, and kept by browsers for good.

Dash's own scripts already carry a fingerprint in their path. Ours carry one as `?v=`; the style sheets are
joined into one in the order in which they build on each other. Parts that Dash's scripts fetch by themselves
carry none: browsers keep them too and ask each time whether they still stand.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brotli
import structlog
from flask import Flask, Response, request

log = structlog.get_logger(__name__)

FOLDER = Path(__file__).resolve().parent.parent / "assets"
# The cascade: what stands later wins over what stands before it.
STYLES = tuple(
    f"{name}.css"
    for name in (
        *("bootstrap.min", "tokens", "icons"),
        *("base", "frame", "controls", "cards", "states", "phone", "charts"),
        *("admin", "alerts", "toolbar", "grid", "exports", "passport", "lists"),
    )
)
BUNDLE = "app.css"
FOREVER = 365 * 24 * 3600
SHORT = 3600
ASK = 0  # kept, and asked for each time: mostly answered with "not modified"
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")
BROTLI_QUALITY = 9
# By preference, under the names that browsers give them.
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda raw: bytes(brotli.compress(raw, quality=BROTLI_QUALITY)),
    "gzip": lambda raw: gzip.compress(raw, 9, mtime=0),
}
LEAST_BYTES = 1024


@dataclass(frozen=True)
class Body:
    """One file. Its compressed forms are made when first asked for and stand on disk, so that no worker
    holds them and the next start has them."""

    source: Callable[[], bytes]
    version: str
    mimetype: str
    worth: bool  # whether compression pays
    shelf: Path

    @classmethod
    def of(cls, source: Callable[[], bytes], mimetype: str, shelf: Path) -> Body:
        raw = source()
        worth = len(raw) >= LEAST_BYTES and mimetype.startswith(COMPRESSIBLE)
        return cls(source, _version(raw), mimetype, worth, shelf)

    def data(self, encoding: str) -> bytes:
        """The bytes in an encoding; none means as they are."""
        if not encoding:
            return self.source()
        path = self.shelf / f"{self.version}.{encoding}"
        try:
            return path.read_bytes()
        except OSError:
            raw = self.source()
            made = COMPRESS[encoding](raw)
            if _version(raw) == self.version:  # else the file was changed since the start
                _shelve(path, made)
            return made

    def response(self, max_age: int) -> Response:
        """The file in the best encoding that the browser reads; kept for so many seconds, or `ASK`."""
        if max_age == ASK and request.if_none_match.contains_weak(self.version):
            return self._kept(Response(status=304), max_age)
        accepted = request.headers.get("Accept-Encoding", "")
        encoding = next((name for name in COMPRESS if name in accepted), "") if self.worth else ""
        answer = Response(self.data(encoding), mimetype=self.mimetype)
        if encoding:
            answer.headers["Content-Encoding"] = encoding
        return self._kept(answer, max_age)

    def _kept(self, answer: Response, max_age: int) -> Response:
        """Tells browsers for how long. `public`: the same for everybody, whatever the cookie."""
        lasting = {FOREVER: f"max-age={FOREVER}, immutable", ASK: "no-cache"}
        answer.headers["Vary"] = "Accept-Encoding"
        answer.headers["Cache-Control"] = f"public, {lasting.get(max_age, f'max-age={max_age}')}"
        if max_age == ASK:
            answer.set_etag(self.version, weak=True)
        return answer


def _version(raw: bytes) -> str:
    return hashlib.blake2b(raw, digest_size=8).hexdigest()


def _shelve(path: Path, data: bytes) -> None:
    """Appears whole or not at all. Without room for it the file is compressed again the next time."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(exist_ok=True)
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as problem:
        with suppress(OSError):
            draft.unlink()
        log.warning("a compressed file cannot be kept", file=str(path), problem=problem.strerror)


class Assets:
    """The files of the assets folder, and the joined style sheet; `shelf` keeps their compressed forms."""

    def __init__(self, shelf: Path, folder: Path = FOLDER) -> None:
        self.shelf = shelf
        self.bodies = {
            path.name: Body.of(path.read_bytes, _mimetype(path.name), shelf)
            for path in sorted(folder.iterdir())
            if path.is_file()
        }
        self.bodies[BUNDLE] = Body.of(self._joined, "text/css", shelf)

    def address(self, name: str) -> str:
        """The address of a file, with its version."""
        return f"/assets/{name}?v={self.bodies[name].version}"

    def serve(self, name: str) -> Response:
        """One file; kept for good only when asked for by its present version."""
        body = self.bodies.get(name)
        if body is None:
            return Response(status=404)
        return body.response(FOREVER if request.args.get("v") == body.version else SHORT)

    def _joined(self) -> bytes:
        sheets = (self.bodies[name] for name in STYLES if name in self.bodies)
        text = "\n".join(sheet.source().decode() for sheet in sheets)
        return re.sub(r'url\("([\w.-]+\.woff2)"\)', self._font, text).encode()

    def _font(self, found: re.Match[str]) -> str:
        return f'url("{self.address(found.group(1))}")'


def install(server: Flask, assets: Assets) -> None:
    """Serve our files, and keep the compressed form of every file of Dash's component suites."""
    server.view_functions[_endpoint(server, "/assets/<path:filename>")] = lambda filename: assets.serve(
        filename
    )
    suites = _endpoint(server, "/_dash-component-suites/")
    server.view_functions[suites] = _kept(server.view_functions[suites], assets.shelf)


def _kept(view: Callable[..., Any], shelf: Path) -> Callable[..., Response]:
    kept: dict[tuple[str, str], tuple[Body, int]] = {}

    def serve(package_name: str, fingerprinted_path: str) -> Response:
        def asked() -> Response:
            answer: Response = view(package_name=package_name, fingerprinted_path=fingerprinted_path)
            return answer

        # Read, then taken away: Dash would answer by a version of its own, without the file.
        _ = request.if_none_match
        request.environ.pop("HTTP_IF_NONE_MATCH", None)
        key = (package_name, fingerprinted_path)
        if key not in kept:
            answer = asked()
            if answer.status_code != 200:
                return answer
            mimetype = answer.mimetype or "text/javascript"
            body = Body.of(lambda: bytes(asked().get_data()), mimetype, shelf)
            kept[key] = body, FOREVER if answer.cache_control.max_age else ASK
        body, max_age = kept[key]
        return body.response(max_age)

    return serve


def _endpoint(server: Flask, prefix: str) -> str:
    return next(str(rule.endpoint) for rule in server.url_map.iter_rules() if rule.rule.startswith(prefix))


def _mimetype(name: str) -> str:
    return "font/woff2" if name.endswith(".woff2") else mimetypes.guess_type(name)[0] or "text/plain"
