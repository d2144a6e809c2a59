"""The page a person sees at the sandbox's root: what it serves and where."""

from __future__ import annotations

from flask import render_template_string

from sandbox.files import HEADERS
from sandbox.site import SOURCES, Site

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Larkfield sandbox</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#111827}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.35rem .5rem;border-bottom:1px solid #d1d5db}
code{background:#f3f4f6;padding:.1rem .3rem;border-radius:.2rem}h2{margin-top:2rem}a{color:#1e40af}
@media (prefers-color-scheme:dark){body{background:#0b1220;color:#e5e7eb}
code{background:#1f2937}a{color:#93c5fd}}
</style></head><body><h1>Larkfield sandbox</h1>
<p>One made-up company, in each platform's own wire format. Its time is <strong>{{ now }}</strong>; everything
here is invented.</p>
<h2>Platforms</h2><table><tr><th>Source</th><th>Base address</th><th>Credentials</th></tr>
{% for s in sources %}<tr><td>{{ s }}</td><td><code>{{ bases[s] }}</code></td>
<td><a href="/_sandbox/credentials/{{ s }}.json">{{ s }}.json</a></td></tr>{% endfor %}
<tr><td>salesforce instance</td><td><code>{{ bases["salesforce_instance"] }}</code></td><td></td></tr></table>
<h2>Outbox</h2><p><a href="/outbox">/outbox</a>: the mails and posts that arrived here.</p>
<h2>Files for import</h2><table><tr><th>File</th><th>Columns</th></tr>
{% for name, header in files.items() %}<tr>
<td><a href="/_sandbox/files/{{ name }}.csv">{{ name }}.csv</a></td>
<td>{{ header.replace(",", ", ") }}</td></tr>{% endfor %}</table>
<h2>For tests</h2><p><a href="/_sandbox/state">/_sandbox/state</a>, POST <code>/_sandbox/faults</code>, POST
<code>/_sandbox/clock</code>.</p></body></html>"""


def render(site: Site) -> str:
    """The page as HTML."""
    return render_template_string(
        _PAGE, now=f"{site.now():%Y-%m-%d %H:%M} UTC", sources=SOURCES, bases=site.bases, files=HEADERS
    )
