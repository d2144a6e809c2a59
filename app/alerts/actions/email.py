"""An alert by e-mail: the words, the severity and a link, every value escaped."""

from __future__ import annotations

from html import escape

from app.alerts.actions.base import ACTIONS, Action, plain
from app.alerts.wording import Notice
from app.notify.message import CHART
from app.notify.outbox import Draft
from app.text import t

COLOURS = {"low": "#5b6b7c", "medium": "#9a6700", "high": "#b42318", "critical": "#7a0916"}


def draft(notice: Notice, to: str) -> Draft:
    colour = COLOURS.get(notice.severity, COLOURS["low"])
    severity = escape(t(f"alerts.severity_{notice.severity}"))
    html = (
        '<div style="font-family:Arial,sans-serif;max-width:560px;color:#1f2933">'
        f'<div style="border-left:4px solid {colour};padding:4px 16px">'
        f'<div style="color:{colour};font-size:13px;font-weight:bold">{severity}</div>'
        f'<h1 style="font-size:20px;margin:4px 0 8px">{escape(notice.title)}</h1>'
        f'<p style="font-size:15px;line-height:1.5;margin:0">{escape(notice.text)}</p></div>'
        f"{_picture(notice)}"
        f'<p style="margin:20px"><a href="{escape(notice.link, quote=True)}" style="color:#1f5fbf">'
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
