"""Slack's endpoints that a bot and a webhook use: post, upload in three steps; `ok: false` with HTTP 200."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

if TYPE_CHECKING:
    from sandbox.site import Site

LONGEST = 40_000


@dataclass(frozen=True)
class Upload:
    """A file on its way: placed, then filled, then shared."""

    name: str
    alt: str
    content: bytes = b""


def blueprint(site: Site) -> Blueprint:
    """`/slack/api/<method>`, `/slack/upload/<file>` and `/slack/hooks/<secret>`."""
    routes = Blueprint("slack", __name__, url_prefix="/slack")
    waiting: dict[str, Upload] = {}

    @routes.route("/api/<method>", methods=["GET", "POST"])
    def call(method: str) -> Response:
        if not site.slack_token or request.headers.get("Authorization") != f"Bearer {site.slack_token}":
            return jsonify(ok=False, error="invalid_auth")
        known = {
            "chat.postMessage": lambda: _post(site, _fields()),
            "files.getUploadURLExternal": lambda: _place(site, waiting, _fields()),
            "files.completeUploadExternal": lambda: _complete(site, waiting, _fields()),
        }
        if method not in known:
            return jsonify(ok=False, error="unknown_method")
        return jsonify(known[method]())

    @routes.post("/upload/<file>")
    def upload(file: str) -> tuple[str, int]:
        if file not in waiting:
            return "no such upload", 404
        raw = request.get_data()  # before the form is looked at, which would use the body up
        sent = next(iter(request.files.values()), None)
        content = sent.read() if sent is not None else raw
        waiting[file] = replace(waiting[file], content=content)
        return f"OK - {len(content)}", 200

    @routes.post("/hooks/<secret>")
    def hook(secret: str) -> tuple[str, int]:
        if not site.slack_token or secret != site.slack_token:
            return "no_service", 404
        text = str((request.get_json(silent=True) or {}).get("text", ""))
        if not text:
            return "no_text", 400
        site.outbox.take_post("(webhook)", text[:LONGEST], site.clock.now())
        return "ok", 200

    return routes


def _fields() -> dict[str, Any]:
    if request.is_json:
        return dict(request.get_json(silent=True) or {})
    return {**request.args.to_dict(), **request.form.to_dict()}


def _post(site: Site, fields: dict[str, Any]) -> dict[str, Any]:
    channel, text = str(fields.get("channel", "")), str(fields.get("text", ""))
    if not channel:
        return {"ok": False, "error": "channel_not_found"}
    if not text:
        return {"ok": False, "error": "no_text"}
    made = site.outbox.take_post(channel, text[:LONGEST], site.clock.now())
    return {"ok": True, "channel": _id(channel), "ts": f"{made.number}.000100", "message": {"text": text}}


def _place(site: Site, waiting: dict[str, Upload], fields: dict[str, Any]) -> dict[str, Any]:
    name = str(fields.get("filename", ""))
    if not name or not str(fields.get("length", "")).isdecimal():
        return {"ok": False, "error": "invalid_arguments"}
    file = f"F{len(waiting):07d}"
    waiting[file] = Upload(name, str(fields.get("alt_txt", "")))
    return {"ok": True, "file_id": file, "upload_url": f"{request.host_url}slack/upload/{file}"}


def _complete(site: Site, waiting: dict[str, Upload], fields: dict[str, Any]) -> dict[str, Any]:
    raw = fields.get("files", [])
    asked = json.loads(raw) if isinstance(raw, str) else raw
    names = [str(entry.get("id")) for entry in asked]
    if not names or any(name not in waiting for name in names):
        return {"ok": False, "error": "file_not_found"}
    sent = [waiting[name] for name in names]
    thread = str(fields.get("thread_ts", "")).partition(".")[0]
    channel = str(fields.get("channel_id") or fields.get("channels") or "")
    text = ", ".join(one.name for one in sent)
    files, alts = [(one.name, one.content) for one in sent], tuple(one.alt for one in sent)
    site.outbox.take_post(channel, text, site.clock.now(), files=files, alts=alts, thread=thread)
    return {"ok": True, "files": [{"id": name, "title": waiting[name].name} for name in names]}


def _id(channel: str) -> str:
    """The id that Slack gives a channel; ours keeps its name readable."""
    return channel.lstrip("#")
