"""`/outbox`: the mails and posts that arrived, each as its reader would see it, nothing of it run."""

from __future__ import annotations

import re
from base64 import b64encode
from email.message import EmailMessage
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, render_template_string
from markupsafe import Markup, escape

from sandbox.outbox.box import Arrival

if TYPE_CHECKING:
    from sandbox.site import Site

PNG = b"\x89PNG\r\n\x1a\n"
BYTES = "application/octet-stream"
_LINK = re.compile(r"&lt;(https?://[^\s|<>]+?)\|(.*?)&gt;")  # Slack's signs, escaped
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
CLOSED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: cid:"
_HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:58rem;margin:2rem auto;padding:0 1rem;color:#111827}
h1{font-size:1.4rem}a{color:#1e40af}table{border-collapse:collapse;width:100%}
.picture{display:block;width:100%;max-width:536px;height:auto;margin:.5rem 0;border:1px solid #d1d5db;
border-radius:8px}
td,th{text-align:left;padding:.5rem .5rem .5rem 0;border-bottom:1px solid #d1d5db;vertical-align:top}
th{font-weight:500;color:#5b6679;font-size:.85rem}.muted{color:#5b6679;font-size:.85rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:0}
td{overflow-wrap:anywhere}iframe{width:100%;height:88rem;border:1px solid #d1d5db;border-radius:8px}
iframe.short{height:36rem}
.list td:nth-child(-n+2){white-space:nowrap}.list td:nth-child(3){min-width:15rem}
@media (max-width:640px){table,tbody,tr,td,th{display:block}
tr{padding:.5rem 0;border-bottom:1px solid #d1d5db}
td,th{border:0;padding:.1rem 0}.list tr:first-child{display:none}.list td:nth-child(3){min-width:0}}
@media (prefers-color-scheme:dark){body{background:#0b1220;color:#e5e7eb}a{color:#93c5fd}
th,.muted{color:#a3adbd}td,th,tr,.picture,iframe{border-color:#374151}iframe{background:#fff}}</style></head><body>"""
_LIST = (
    _HEAD
    + """<p class="muted"><a href="/">Larkfield sandbox</a></p><h1>Outbox</h1>
<p class="muted">Everything that was sent to the made-up company's mail server and Slack workspace.
Nothing leaves this machine.</p>
{% if not arrivals %}<p>Nothing has arrived yet.</p>{% else %}
<table class="list"><tr><th>Arrived</th><th>By</th><th>To</th><th>What</th></tr>
{% for one in arrivals %}<tr><td class="muted">{{ one.at[:16]|replace("T", " ") }}</td><td>{{ one.kind }}</td>
<td>{{ one.to }}</td><td>{% if one.kind == "mail" %}<a href="/outbox/{{ one.number }}">{{ one.title }}</a>
{% else %}<pre>{{ said(one) }}</pre>{% endif %}
{% for post in [one] + answers(one) %}{% for name, _ in post.files %}{% if name.endswith(".png") %}
<img class="picture" src="/outbox/{{ post.number }}/files/{{ loop.index0 }}"
alt="{{ post.alts[loop.index0] }}">
{% else %}<div><a href="/outbox/{{ post.number }}/files/{{ loop.index0 }}">{{ name }}</a></div>
{% endif %}{% endfor %}{% endfor %}</td></tr>
{% endfor %}</table>{% endif %}</body></html>"""
)
_MAIL = (
    _HEAD
    + """<p class="muted"><a href="/outbox">Outbox</a></p><h1>{{ title }}</h1>
<table><tr><th>From</th><td>{{ mail["From"] }}</td></tr><tr><th>To</th><td>{{ one.to }}</td></tr>
<tr><th>Message-ID</th><td>{{ mail["Message-ID"] }}</td></tr>
<tr><th>Attached</th><td>{% for part in parts %}
<div><a href="/outbox/{{ one.number }}/files/{{ loop.index0 }}">{{ part.get_filename() }}</a></div>
{% else %}nothing{% endfor %}</td></tr></table><br>
<iframe class="{{ "" if parts else "short" }}"
sandbox="" src="/outbox/{{ one.number }}/body" title="The mail"></iframe></body></html>"""
)


def blueprint(site: Site) -> Blueprint:
    """The list, one mail, its body, and files."""
    routes = Blueprint("outbox", __name__, url_prefix="/outbox")

    @routes.get("")
    def listed() -> str:
        every = site.outbox.arrivals()
        first = [one for one in every if not one.thread]

        def answers(post: Arrival) -> list[Arrival]:
            return [one for one in every if post.kind == "post" and one.thread == str(post.number)]

        return render_template_string(_LIST, title="Outbox", arrivals=first, answers=answers, said=said)

    @routes.get("/<int:number>")
    def mail(number: int) -> str:
        found, read = site.outbox.get(number), site.outbox.mail(number)
        if found is None or read is None:
            abort(404)
        return render_template_string(
            _MAIL, title=found.title, one=found, mail=read, parts=list(read.iter_attachments())
        )

    @routes.get("/<int:number>/body")
    def body(number: int) -> Response:
        return _body(site.outbox.mail(number))

    @routes.get("/<int:number>/files/<int:index>")
    def file(number: int, index: int) -> Response:
        return _sent(_file(site, number, index))

    return routes


def _body(read: EmailMessage | None) -> Response:
    """The body of a mail, nothing of it run."""
    part = read.get_body(("html", "plain")) if read is not None else None
    if read is None or part is None:
        abort(404)
    kind = "text/html" if part.get_content_subtype() == "html" else "text/plain"
    shown = _with_pictures(read, part.get_content()) if kind == "text/html" else part.get_content()
    return Response(shown, mimetype=kind, headers={"Content-Security-Policy": CLOSED})


def _sent(found: tuple[str, bytes] | None) -> Response:
    """A file: a picture is shown, anything else is saved."""
    if found is None:
        abort(404)
    name, content = found
    safe = "".join(char if char.isalnum() or char in "._-" else "-" for char in name)
    picture = content.startswith(PNG)
    headers = {
        "Content-Disposition": f'{"inline" if picture else "attachment"}; filename="{safe}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, mimetype="image/png" if picture else BYTES, headers=headers)


def _with_pictures(read: EmailMessage, body: str) -> str:
    """The body with the pictures that it names, as a mail program shows them."""
    for part in read.walk():
        if name := str(part.get("Content-ID", "")).strip("<>"):
            content = part.get_payload(decode=True)
            written = b64encode(content).decode() if isinstance(content, bytes) else ""
            body = body.replace(f"cid:{name}", f"data:image/png;base64,{written}")
    return body


def _file(site: Site, number: int, index: int) -> tuple[str, bytes] | None:
    """An attachment of a mail, or a file of a post."""
    found, read = site.outbox.get(number), site.outbox.mail(number)
    if read is not None:
        parts = list(read.iter_attachments())
        if index < len(parts):
            content = parts[index].get_payload(decode=True)
            return str(parts[index].get_filename()), content if isinstance(content, bytes) else b""
    elif found is not None and index < len(found.files):
        name, blob = found.files[index]
        return name, site.outbox.blob(blob)
    return None


def said(one: Arrival) -> Markup:
    """A post as Slack shows it: bold and links made of the escaped text, nothing else of it is run."""
    plain = one.text.replace("&lt;", "\x01").replace("&gt;", "\x02").replace("&amp;", "&")
    shown = str(escape(plain))
    shown = _LINK.sub(r'<a href="\1" rel="noreferrer">\2</a>', shown)
    shown = _BOLD.sub(r"<b>\1</b>", shown)
    return Markup(shown.replace("\x01", "&lt;").replace("\x02", "&gt;"))
