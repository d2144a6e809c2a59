"""The mail: the summary in the body, as old mail programs can show it, and the same in plain words."""

from __future__ import annotations

from app.reports.document import Document
from app.reports.renderers.chart import cover
from app.reports.renderers.pages import render
from app.text import t

ROWS = 5


def narrowed(document: Document) -> list[tuple[str, str]]:
    """What a mail prints of the report's rest: whose scope and which filters."""
    printed = (t("reports.about_scope"), t("reports.about_filters"))
    return [(name, words) for name, words in document.about if name in printed]


def html(document: Document, attached: str, notes: tuple[str, ...], unsubscribe: str) -> str:
    """The body. `attached` names the files, `notes` what is missing."""
    table = next((table for table in document.tables() if table.id == "campaign_summary"), None)
    return render(
        "mail.html",
        document,
        chart=cover(document),
        table=table,
        most=ROWS,
        attached=attached,
        notes=notes,
        unsubscribe=unsubscribe,
        narrowed=narrowed(document),
    )


def text(document: Document, notes: tuple[str, ...] = (), unsubscribe: str = "", *, head: bool = True) -> str:
    """The same in plain words; also what a Slack post says, whose title is the head."""
    lines = [document.headline, ""] if head else []
    versus = " " + t("reports.versus", base=document.base_range)
    lines += [
        f"{key.title}: {key.value} ({key.change}{versus if key.compared else ''})" for key in document.keys
    ]
    if document.findings:
        lines += ["", *(f"- {found.headline} {found.detail}" for found in document.findings)]
    lines += [
        "",
        t("reports.foot", range=document.range, time=document.data_time, version=document.data_version),
        *(f"{name}: {words}" for name, words in narrowed(document)),
    ]
    lines += list(notes)
    if unsubscribe:
        lines.append(t("reports.unsubscribe_line", address=unsubscribe))
    return "\n".join(lines)
