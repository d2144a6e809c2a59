"""A dashboard on screen: the places of its cards, and the cards as HTML, those that are ready first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date
from functools import cache

from dash import html
from dash.development.base_component import Component

from app.accounts.viewer import Viewer
from app.data import actions
from app.data.query.frame import MetricFrame, Target
from app.data.query.spec import MetricQuery
from app.errors import AccessDenied, PadError
from app.incidents import report
from app.layouts import card_menu, filters, first_data
from app.layouts.attributes import NAV, attributes
from app.layouts.cards import anatomy
from app.layouts.dashboards.base import Dashboard
from app.layouts.drawn import DrawnView, DrawnViews
from app.layouts.filter_bar import filter_bar
from app.layouts.filters import FilterState, parse
from app.layouts.markup import Markup, markup
from app.layouts.outlook import outlook
from app.layouts.pages.base import PAGES
from app.layouts.states import empty, failed, withheld
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.ml import runs
from app.scope_values import missing
from app.services import QueryRunner, Services
from app.text import t
from app.units import Units

# A page is sent with every card that is ready within this time; the others ask for themselves.
PATIENCE = 0.6
THREADS = 4

Answers = Mapping[MetricQuery, "Future[MetricFrame]"]
DRAWN = DrawnViews()


def context_of(services: Services, viewer: Viewer, dashboard: str, search: str | None) -> WidgetContext:
    """What the widgets of a dashboard may look at, for one request."""
    settings, clock = services.settings, services.clock
    today = clock.today(settings.time_zone)
    state = parse(search, today, own=PAGES.get(dashboard).own if dashboard in PAGES else ())
    return WidgetContext(
        dashboard=dashboard,
        viewer=viewer,
        state=state,
        today=today,
        now=clock.now(),
        zone=settings.time_zone,
        units=Units(settings.currency),
        targets=_targets(services, viewer, today),
        actions=lambda: actions.listed(services.database),
        people=cache(lambda: actions.people(services.database)),
        outlook=lambda metric: outlook(services, viewer, metric),
        trained=cache(lambda metric: runs.number(services.database, "forecast", metric)),
        coming=cache(lambda: first_data.coming(services)),
        unknown=cache(lambda: missing(services, state.where, viewer.scope)),
        low_volume=settings.low_volume,
        gross_margin=settings.gross_margin,
        lookback_days=settings.attribution_lookback_days,
    )


def _targets(services: Services, viewer: Viewer, today: date) -> dict[str, Target]:
    """The company's targets; they say nothing about a part of it, nor while no data can be read."""
    if not viewer.scope.unrestricted:
        return {}
    try:
        return {target.metric: target for target in services.query.targets(today)}
    except PadError:
        return {}


@dataclass(frozen=True)
class Asked:
    """A dashboard under way: the cards that were held, and the answers to the questions of the others."""

    view: DrawnView
    held: Mapping[str, Markup]
    missing: tuple[Widget, ...]
    answers: Answers

    def ready(self) -> dict[str, Markup]:
        """The held cards, and those whose answers are all there by now."""
        context = self.view.context
        return dict(self.held) | {
            widget.id: finished(self.view, widget, self.answers)
            for widget in self.missing
            if not widget.live and all(self.answers[query].done() for query in widget.queries(context))
        }


def board(
    services: Services, dashboard: Dashboard, context: WidgetContext, *, still: bool = False
) -> Component:
    """All rows of a dashboard. The browser fills the places of its cards; a `still` page comes filled."""
    if first_data.awaited(services):
        card = Markup(markup(first_data.card(services, context))) if still else None
        return first_data.place(card)
    asked = asked_for(services, dashboard, context)
    shown = asked.ready() if still else {}
    rows = [
        html.Div([_cell(widget, context, shown.get(widget.id)) for widget in row], className="grid")
        for row in dashboard.rows
    ]
    return html.Div(rows, className="page-body")


def bar(services: Services, dashboard: Dashboard, context: WidgetContext) -> Markup:
    """The filter bar above the cards."""
    view = DRAWN.view(services.query, context)
    return view.bar() or view.keep_bar(Markup(markup(filter_bar(dashboard, context))))


def cards(
    services: Services, dashboard: Dashboard, context: WidgetContext
) -> tuple[dict[str, str], list[str]]:
    """The cards that are ready within the patience of a page, by widget, and which are late; before the first
    data the one that says so."""
    if first_data.awaited(services):
        return {first_data.PLACE: markup(first_data.card(services, context))}, []
    shown = asked_for(services, dashboard, context).ready()
    late = [widget.id for widget in dashboard.widgets() if not widget.live and widget.id not in shown]
    return {name: card.html for name, card in shown.items()}, late


def asked_for(services: Services, dashboard: Dashboard, context: WidgetContext) -> Asked:
    """Asks what has to be asked, and waits for it as long as a page may."""
    view = DRAWN.view(services.query, context)
    found = {widget: view.card(widget) for widget in dashboard.widgets()}
    missing = tuple(widget for widget, card in found.items() if card is None)
    answers = ask(services.query, missing, context)
    wait(answers.values(), timeout=PATIENCE)
    return Asked(view, {widget.id: card for widget, card in found.items() if card}, missing, answers)


def one(services: Services, widget: Widget, context: WidgetContext) -> Markup:
    """The card of one widget, however long it takes."""
    view = DRAWN.view(services.query, context)
    if card := view.card(widget):
        return card
    answers = ask(services.query, (widget,), context)
    wait(answers.values())
    return finished(view, widget, answers)


def ask(runner: QueryRunner, widgets: Iterable[Widget], context: WidgetContext) -> Answers:
    """Puts every question of some widgets, equal ones once."""
    questions = dict.fromkeys(query for widget in widgets for query in widget.queries(context))
    return {query: _pool("questions").submit(runner.run, query) for query in questions}


def finished(view: DrawnView, widget: Widget, answers: Answers) -> Markup:
    """A card from its answers: drawn, empty with the reason, or failed; another card's failure is not its."""
    context = view.context
    asked = {query: answers[query] for query in widget.queries(context)}
    problems = {query: found for query, answer in asked.items() if (found := answer.exception()) is not None}
    if problems and not _bearable(widget, asked, problems):
        return Markup(markup(failed_card(widget, context, next(iter(problems.values())))))
    frames = {query: answer.result() for query, answer in asked.items() if query not in problems}
    drawn = _pool("drawing").submit(_draw, view, widget, frames)
    problem = drawn.exception()
    return Markup(markup(failed_card(widget, context, problem))) if problem else drawn.result()


def _draw(view: DrawnView, widget: Widget, frames: Frames) -> Markup:
    """A card as it is held; one whose numbers are on their way is not, for it says so until they come."""
    context = view.context
    if not frames or widget.has_data(frames, context):
        return view.keep_card(widget, frames, Markup(markup(widget.render(frames, context))))
    if (coming := context.coming()) or view.left_by(frames):
        return Markup(markup(_framed(widget, context, first_data.preparing(coming))))
    return view.keep_card(widget, frames, Markup(markup(empty_card(widget, frames, context))))


def _bearable(widget: Widget, asked: Answers, problems: Mapping[MetricQuery, BaseException]) -> bool:
    """Whether only answers outside the reader's scope are missing, and the card can do without them."""
    denied = all(isinstance(problem, AccessDenied) for problem in problems.values())
    return widget.partial and denied and len(problems) < len(asked)


def failed_card(widget: Widget, context: WidgetContext, problem: BaseException) -> Component:
    """The card of a widget that could not be computed."""
    if isinstance(problem, AccessDenied):
        state = withheld(t("states.not_in_scope"), str(problem))
    elif isinstance(problem, PadError):
        state = failed(problem.message, hint=problem.hint, retry=widget.id)
    else:
        reference = report(problem, widget=widget.id)
        state = failed(
            t("states.card_failed"), hint=t("states.card_failed_hint"), reference=reference, retry=widget.id
        )
    return _framed(widget, context, state)


def empty_card(widget: Widget, frames: Frames, context: WidgetContext) -> Component:
    """The card of a widget whose answers hold no number: the reason, and the one thing to do."""
    notes = _reasons(frames)
    shown = context.units.days(context.period)
    narrow = bool(context.state.filters) and not widget.unaffected(context)
    if narrow and (not notes or context.unknown()):  # a member that there is not leaves nothing to be of
        reason = _filtered(context)
    else:
        reason = notes[0] if notes else t("states.empty_range", range=shown)
    target = FilterState(range=context.state.range, days=context.state.days) if narrow else FilterState()
    words = t("states.lift_filters" if narrow else "states.longer_range")
    action = None if context.state.is_default else link(words, context.dashboard, target)
    return _framed(widget, context, empty(reason, action))


def _reasons(frames: Frames) -> list[str]:
    """Why nothing is known, where every metric has a reason of its own; otherwise the range has no data."""
    notes = {metric: note for frame in frames.values() for metric, note in frame.notes.items()}
    asked = {metric for query in frames for metric in query.metrics}
    if not asked <= set(notes):
        return []
    plain = {t("query.note_empty"), t("query.note_nothing")}  # days and filters have names here
    return [note for note in notes.values() if note not in plain]


def _filtered(context: WidgetContext) -> str:
    """Which filter leaves nothing: one whose member no data knows, or all of them."""
    if (found := context.unknown()) is not None:
        return filters.unknown_words(*found)
    named = " · ".join(filters.words(context.state))
    return t("states.empty_filter", range=context.units.days(context.period), filters=named)


def link(text: str, dashboard: str, state: FilterState) -> Component:
    return html.A(text, href=f"/{dashboard}{state.search()}", className="btn-look sm", **NAV)


def _framed(widget: Widget, context: WidgetContext, state: Component) -> Component:
    title = t(widget.title)
    menu = card_menu.button(title, card_menu.of_widget(widget, context, {}))
    return anatomy(title, menu, [state], look=f"h-{widget.height}")


def _cell(widget: Widget, context: WidgetContext, card: Markup | None) -> Component:
    """The place of a card. A live one is the page's own; the others are filled by `assets/views.js`."""
    look = f"cell span-{widget.span} c-{widget.height}"
    if widget.live:
        return html.Div(_lively(widget, context), className=look, **card_menu.place(widget.id))
    place = attributes({"data-card": widget.id, "aria-label": t(widget.title)}) | card_menu.place(widget.id)
    return html.Div(card, className=look, **place)  # type: ignore[arg-type]


def _lively(widget: Widget, context: WidgetContext) -> Component:
    drawn = _pool("drawing").submit(widget.render, {}, context)
    problem = drawn.exception()
    return failed_card(widget, context, problem) if problem else drawn.result()


@cache
def _pool(purpose: str) -> ThreadPoolExecutor:
    """Threads for one purpose; a pool also hands an error over as a value, so that one card's is its own."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix=purpose)
