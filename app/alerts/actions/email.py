"""An alert by e-mail: the words, the severity and a link, every value escaped."""

from __future__ import annotations

from html import escape

from app.alerts.actions.base import ACTIONS, Action, plain
from app.alerts.wording import Notice
from app.notify.message import CHART
from app.notify.outbox import Draft
from app.text import t

COLOURS = {"low": "#5b6679", "medium": "#9a6700", "high": "#b42318", "critical": "#7a0916"}
FRAME = (
    "font-family:Arial,sans-serif;max-width:600px;margin:0 auto;padding:24px;color:#111827;"
    "background:#ffffff;border:1px solid #d1d5db;border-radius:8px;box-sizing:border-box"
)
BUTTON = (
    "display:inline-block;padding:10px 16px;border-radius:6px;background:#1e40af;color:#ffffff;"
    "font-size:14px;font-weight:bold;text-decoration:none"
)


def draft(notice: Notice, to: str) -> Draft:
    colour = COLOURS.get(notice.severity, COLOURS["low"])
    severity = escape(t(f"alerts.severity_{notice.severity}"))
    html = (
        f'<div style="{FRAME}">'
        f'<div style="border-left:4px solid {colour};padding:4px 16px">'
        f'<div style="color:{colour};font-size:13px;font-weight:bold">{severity}</div>'
        f'<h1 style="font-size:20px;margin:4px 0 8px">{escape(notice.title)}</h1>'
        f'<p style="font-size:15px;line-height:1.5;margin:0">{escape(notice.text)}</p></div>'
        f"{_picture(notice)}"
        f'<p style="margin:24px 0 0"><a href="{escape(notice.link, quote=True)}" style="{BUTTON}">'
        f"{escape(t('alerts.open'))}</a></p></div>"
    )
    return plain(notice, "email", to, html)


def _picture(notice: Notice) -> str:
    if notice.picture is None:
        return ""
    return (
        f'<img src="cid:{CHART}" width="536" alt="{escape(notice.picture.alt, quote=True)}" '
        'style="display:block;width:100%;max-width:536px;height:auto;margin:20px 0 0;border:0">'
    )


ACTIONS.add(Action("email", draft))
