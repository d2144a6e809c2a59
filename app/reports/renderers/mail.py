"""The mail: the summary in the body, as old mail programs can show it, and the same in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from app.reports.document import Chart, Document
from app.reports.renderers.pages import render
from app.text import t

BAR_HEIGHT = 88  # pixels of the tallest bar
ROWS = 5


@dataclass(frozen=True)
class Bar:
    """One bar of the mail's chart, made of table cells: it shows with pictures blocked, too."""

    name: str
    value: str
    height: int
    last: bool


def html(document: Document, attached: str, notes: tuple[str, ...], unsubscribe: str) -> str:
    """The body. `attached` names the files, `notes` what is missing."""
    chart = next((chart for chart in document.charts() if chart.figure["data"][0]["type"] == "bar"), None)
    table = next((table for table in document.tables() if table.id == "campaign_summary"), None)
    return render(
        "mail.html",
        document,
        chart=chart,
        bars=bars(chart) if chart else (),
        table=table,
        most=ROWS,
        attached=attached,
        notes=notes,
        unsubscribe=unsubscribe,
    )


def text(document: Document, notes: tuple[str, ...] = (), unsubscribe: str = "", *, head: bool = True) -> str:
    """The same in plain words; also what a Slack post says, whose title is the head."""
    lines = [document.headline, ""] if head else []
    lines += [f"{key.title}: {key.value} ({key.change})" for key in document.keys]
    if document.findings:
        lines += ["", *(f"- {found.headline} {found.detail}" for found in document.findings)]
    lines += [
        "",
        t("reports.foot", range=document.range, time=document.data_time, version=document.data_version),
    ]
    lines += list(notes)
    if unsubscribe:
        lines.append(t("reports.unsubscribe_line", address=unsubscribe))
    return "\n".join(lines)


def bars(chart: Chart) -> tuple[Bar, ...]:
    """The chart's values as heights."""
    trace = chart.figure["data"][0]
    most = max((value for value in trace["y"] if value), default=0)
    found = []
    for index, (name, value) in enumerate(zip(trace["x"], trace["y"], strict=True)):
        height = max(round(BAR_HEIGHT * (value or 0) / most), 1) if most else 1
        found.append(Bar(name, trace["text"][index], height, index == len(trace["x"]) - 1))
    return tuple(found)
