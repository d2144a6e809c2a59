"""What is said of a job that was just handed over: that a worker takes it, or that it waits for the queue."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from app.layouts.icons import icon
from app.services import Services
from app.text import t


class Waits(str):
    """Said instead, because the queue cannot be reached. The job's row is written and loses nothing."""


def told(services: Services, words: str) -> str:
    """The words for a job that was handed over, or why no worker gets it yet."""
    return words if services.queue.available() else Waits(t("jobs.queue_down"))


def after(done: str, words: str) -> str:
    """What was done, and then the words for the job that was handed over with it."""
    return type(words)(f"{done} {words}")


def symbol(words: str, good: str = "check") -> str:
    return "warning" if isinstance(words, Waits) else good


def line(words: str) -> html.Div:
    """What was done, above a page."""
    look = "problem-line" if isinstance(words, Waits) else "said-line"
    return html.Div([icon(symbol(words)), str(words)], className=look, role="status")


def problem(*words: Component | str) -> html.Div:
    """Why it was not done."""
    return html.Div([icon("warning"), *words], className="problem-line", role="status")


def queue_down(services: Services) -> list[html.Div]:
    """What a page of jobs says before anything is asked; nothing while the queue answers."""
    if services.queue.available():
        return []
    return [html.Div([icon("warning"), t("jobs.queue_down")], className="problem-line", role="alert")]
