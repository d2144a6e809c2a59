"""Answers in JSON, compressed as they leave: a view of a dashboard is seven times smaller for it.

Files have their own way, see `app.assets`. Pages with forms are left as they are: compressed beside words of
a stranger, the length of an answer would tell about the secret in it.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli
from flask import Flask, Response, request

LEAST_BYTES = 1024
# By preference, under the names that browsers give them; both take less than a millisecond for a view.
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda raw: bytes(brotli.compress(raw, quality=4)),
    "gzip": lambda raw: gzip.compress(raw, 4, mtime=0),
}


def install(server: Flask) -> None:
    """Compress every whole answer in JSON that is worth it."""
    server.after_request(_compressed)


def _compressed(answer: Response) -> Response:
    whole = answer.is_sequence and answer.mimetype == "application/json"
    if not whole or "Content-Encoding" in answer.headers:
        return answer
    answer.vary.add("Accept-Encoding")
    encoding = next((name for name in COMPRESS if request.accept_encodings.quality(name)), "")
    raw = answer.get_data()
    if encoding and len(raw) >= LEAST_BYTES:
        answer.set_data(COMPRESS[encoding](raw))
        answer.headers["Content-Encoding"] = encoding
    return answer
