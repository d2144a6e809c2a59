"""One issue of a report: composed in its owner's scope, kept, then handed over or held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote

from sqlalchemy import select

from app.accounts import scopes
from app.accounts.viewer import Viewer
from app.data.query import codec
from app.data.query.frame import MetricFrame
from app.data.query.predictions import ForecastQuery, newest
from app.data.query.spec import MetricQuery
from app.errors import ConflictError, NotFound, PadError
from app.incidents import report as incident
from app.notify import archive
from app.reports import definitions, mailing, quality, views
from app.reports.compose import Answers, Head, compose, questions, sources
from app.reports.context import Forecasts, ReportContext
from app.reports.document import Document
from app.reports.models import Report, ReportIssue
from app.reports.renderers import chart, csv_file, html_page, pdf
from app.reports.section import SECTIONS, Section
from app.services import QueryRunner, Services
from app.text import t
from app.training.trainings import DAILY
from app.units import Units

Progress = Callable[[float, str], None]
MIME = mailing.MIME
RENDERERS = {"pdf": pdf.file, "html": html_page.page, "csv": csv_file.table}


@dataclass(frozen=True)
class Draft:
    """A report as it would go out, and why it must not."""

    report: Report
    owner: Viewer
    document: Document
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of an issue: held with reasons, or handed over to so many."""

    issue_id: int
    state: str
    reasons: tuple[str, ...] = ()
    deliveries: tuple[int, ...] = ()
    skipped: int = 0


def draft(services: Services, report: Report, today: date | None = None) -> Draft:
    """Ask and compose, in the scope of the report's owner.

    Raises: AccessDenied when it has no owner, InputError for a view that cannot be read.
    """
    owner = definitions.owner(services.database, report)
    context = context_of(services, report, owner, today)
    sections = sections_of(report)
    answers = answers_of(services.query, questions(sections, context))
    document = compose(head_of(services, report, owner), sections, answers, context, unforeseen)
    return Draft(report, owner, document, _reasons(services, report, document, answers, context))


def send(
    services: Services,
    report_id: str,
    *,
    today: date | None = None,
    again: bool = False,
    progress: Progress = lambda _s, _t: None,
) -> Outcome:
    """Make the issue of the newest days and hand it over; the same issue twice reaches nobody twice.

    `again` is a person's decision to send these days once more: another issue with a key of its own. One that
    cannot be made is kept as failed, and who owns the report is told why.
    Raises: NotFound, AccessDenied, InputError; PadError with a reference for what nobody foresaw.
    """
    report = definitions.get(services.database, report_id)
    today, occasion = today or services.clock.today(services.settings.time_zone), ""
    try:
        occasion = key_of(report, today) + (f" again {services.clock.now():%Y%m%dT%H%M%S}" if again else "")
        return _sent(services, report, today, occasion, progress)
    except PadError as problem:
        _fail(services, report, occasion, str(problem))
        raise
    except Exception as error:  # noqa: BLE001 - whatever broke, the owner is told
        broken = PadError(t("process.job_broke", reference=incident(error, report=report.id)))
        _fail(services, report, occasion, str(broken))
        raise broken from error


def _sent(services: Services, report: Report, today: date, occasion: str, progress: Progress) -> Outcome:
    progress(0.05, t("reports.progress_ask"))
    made = draft(services, report, today)
    issue_id, sent = _opened(services, report, occasion)
    if sent and (before := _sent_before(services, made, issue_id, occasion)):
        return before
    files, notes = rendered(made, progress)
    mark, paths = archive.keep(services.settings.home, report.id, files)
    if made.reasons:
        _close(services, issue_id, made, "held", mark, paths)
        mailing.hold(services, made.report, made.owner, made.document, made.reasons, occasion)
        return Outcome(issue_id, "held", made.reasons)
    progress(0.9, t("reports.progress_queue"))
    letter = mailing.Letter(made.report, made.owner, made.document, occasion, paths, notes)
    deliveries, skipped = mailing.hand_over(services, letter)
    _close(services, issue_id, made, "ready", mark, paths)
    return Outcome(issue_id, "ready", (), tuple(deliveries), skipped)


def send_test(services: Services, report_id: str, channel: str, to: str) -> Outcome:
    """Send the newest issue to one address now, without touching the list.

    Raises: ConflictError when the report is held: then it goes to nobody.
    """
    report = definitions.get(services.database, report_id)
    recipient = definitions.checked({"channel": channel, "to": to})
    made = draft(services, report)
    if made.reasons:
        raise ConflictError(
            t("reports.held_test", reasons=" ".join(made.reasons)), hint=t("reports.held_test_hint")
        )
    files, notes = rendered(made)
    _, paths = archive.keep(services.settings.home, report.id, files)
    occasion = f"test {services.clock.now().isoformat()}"
    letter = mailing.Letter(report, made.owner, made.document, occasion, paths, notes, test=True)
    return Outcome(0, "ready", (), tuple(mailing.queue(services, letter, [recipient])))


def rendered(
    made: Draft, progress: Progress = lambda _s, _t: None
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files of an issue by name; a format that cannot be made here is left out and said."""
    stem = f"{made.report.id}-{made.document.period.end.isoformat()}"
    shown = chart.cover(made.document)
    files = {f"{stem}.{mailing.PICTURE}": chart.file(shown)} if shown else {}
    notes: list[str] = []
    for number, name in enumerate(made.report.formats):
        words = t(f"reports.format_{name}")
        progress(0.3 + 0.5 * number / len(made.report.formats), t("reports.progress_render", format=words))
        try:
            files[f"{stem}.{name}"] = RENDERERS[name](made.document)
        except pdf.PdfUnavailable as problem:
            notes.append(t("reports.file_missing", format=words, reason=problem))
    return files, tuple(notes)


def issues(services: Services, report_id: str, limit: int = 30) -> Sequence[ReportIssue]:
    """What was made of a report, the newest first."""
    wanted = select(ReportIssue).where(ReportIssue.report_id == report_id)
    with services.database.session() as session:
        return session.scalars(
            wanted.order_by(ReportIssue.at.desc(), ReportIssue.id.desc()).limit(limit)
        ).all()


def get(services: Services, issue_id: int) -> ReportIssue:
    """One issue. Raises: NotFound."""
    with services.database.session() as session:
        row = session.get(ReportIssue, issue_id)
    if row is None:
        raise NotFound(t("reports.archive_gone"))
    return row


def may_open(row: ReportIssue, viewer: Viewer) -> bool:
    """An issue holds what its owner could see when it was made; who sees less now is refused it."""
    return definitions.sees_all(viewer) or scopes.holds(viewer.scope.filters, codec.of_objects(row.scope))


def sections_of(report: Report) -> tuple[Section, ...]:
    """The sections in the report's order. Raises: InputError for one that is gone."""
    return tuple(SECTIONS.get(name) for name in report.sections)


def context_of(services: Services, report: Report, owner: Viewer, today: date | None) -> ReportContext:
    """Days, filters and scope of the newest issue, and what is predicted."""
    framed = frame_of(services, report, owner, today)
    return replace(framed, forecasts=forecasts(services.query, framed.period.end))


def frame_of(services: Services, report: Report, owner: Viewer, today: date | None) -> ReportContext:
    """The same without predictions, for which nothing is read."""
    settings = services.settings
    view = views.read(report.view)
    return ReportContext(
        period=view.period(today or services.clock.today(settings.time_zone)),
        units=Units(settings.currency),
        zone=settings.time_zone,
        filters=view.filters,
        scope=owner.scope,
        lookback_days=settings.attribution_lookback_days,
        low_volume=settings.low_volume,
    )


def forecasts(runner: QueryRunner, end: date) -> Forecasts:
    """The newest daily predictions that were made knowing the days up to `end` at most, if any."""
    made = {metric: runner.forecasts(ForecastQuery(metric, "day")) for metric in DAILY}
    known = {metric: newest([p for p in points if p.made_on <= end]) for metric, points in made.items()}
    return {metric: points for metric, points in known.items() if points}


def key_of(report: Report, today: date) -> str:
    """Report and days: composed once, however often it is asked for. Raises: InputError for a bad view."""
    period = views.read(report.view).period(today)
    return f"{report.id} {period.start.isoformat()}..{period.end.isoformat()}"


def unforeseen(section: Section, error: Exception) -> PadError:
    """Logs an error in a section that nobody foresaw; what the section says instead."""
    reference = incident(error, section=section.id)
    return PadError(t("process.job_broke", reference=reference))


def answers_of(runner: QueryRunner, asked: Iterable[MetricQuery]) -> Answers:
    """Each question with its answer, or why there is none."""
    found: dict[MetricQuery, MetricFrame | PadError] = {}
    for query in asked:
        try:
            found[query] = runner.run(query)
        except PadError as problem:
            found[query] = problem
    return found


def head_of(services: Services, report: Report, owner: Viewer) -> Head:
    """What stands on a report besides its sections."""
    settings = services.settings
    name = settings.organisation
    shown = t("shell.demo", organisation=name) if settings.demo else name
    return Head(report.id, report.title, shown, owner.name or owner.email, address(services, report))


def address(services: Services, report: Report) -> str:
    """Where a reader finds a report with everything that was made of it."""
    return f"{services.settings.address}/reports?report={quote(report.id)}"


def _reasons(
    services: Services, report: Report, document: Document, answers: Answers, context: ReportContext
) -> tuple[str, ...]:
    frames = [answer for answer in answers.values() if isinstance(answer, MetricFrame)]
    found = list(document.problems)
    found += quality.breaches(services.database, sources(frames), context.period, context.units)
    if document.empty and not found and not report.send_when_empty:
        found.append(t("reports.held_empty"))
    return tuple(found)


def _sent_before(services: Services, made: Draft, issue_id: int, occasion: str) -> Outcome | None:
    """What came of an issue that went out; None while it has a reader who was not told of it."""
    if made.reasons:  # all was well then; what came later holds nothing back
        return Outcome(issue_id, "ready")
    letter = mailing.Letter(made.report, made.owner, made.document, occasion, {})
    told = mailing.handed_over(services, letter)
    return Outcome(issue_id, "ready", (), tuple(told[0]), told[1]) if told else None


def _opened(services: Services, report: Report, key: str) -> tuple[int, bool]:
    """The row of the issue, new or the one of before, and whether it went out already."""
    with services.database.session() as session:
        row = session.scalar(select(ReportIssue).where(ReportIssue.key == key))
        if row is None:
            row = ReportIssue(report_id=report.id, key=key, at=services.clock.now(), files={})
            session.add(row)
        if row.state != "ready":
            row.state, row.reason, row.at = "rendering", "", services.clock.now()
        session.flush()
        return row.id, row.state == "ready"


def _fail(services: Services, report: Report, occasion: str, reason: str) -> None:
    """Keep the issue as failed, if its days are known and it did not go out, and tell who owns the report."""
    issue_id, sent = _opened(services, report, occasion) if occasion else (0, True)
    if not sent:
        with services.database.session() as session:
            row = session.get_one(ReportIssue, issue_id)
            row.state, row.reason = "failed", reason
    mailing.fail(services, report, reason, occasion)


def _close(
    services: Services, issue_id: int, made: Draft, state: str, mark: str, paths: dict[str, str]
) -> None:
    with services.database.session() as session:
        row = session.get_one(ReportIssue, issue_id)
        if row.state == "ready":
            return  # what was sent stays what was sent
        row.state, row.reason = state, "\n".join(made.reasons)
        row.data_version, row.as_of = made.document.data_version, made.document.as_of
        row.scope = codec.objects(made.owner.scope.filters)
        row.sha256, row.files = mark, {name.rpartition(".")[2]: path for name, path in paths.items()}
