"""Frames -> document. Pure: no clock, no database; the same answers say the same words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app import members
from app.data.metrics.base import DIMENSIONS
from app.data.query.frame import Freshness, MetricFrame
from app.data.query.spec import Filter, MetricQuery
from app.errors import AccessDenied, PadError
from app.reports.context import Frames, ReportContext
from app.reports.document import Composed, Document, Finding, Key, Part, Text
from app.reports.section import Section
from app.text import t

Answers = Mapping[MetricQuery, MetricFrame | PadError]
Unforeseen = Callable[[Section, Exception], PadError]  # what a section says of an error that nobody foresaw
MOST_FINDINGS = 3
NEVER = datetime.min.replace(tzinfo=UTC)
KEYS = 6


@dataclass(frozen=True)
class Head:
    """What stands on a report besides its sections."""

    report_id: str
    title: str
    organisation: str
    owner: str
    link: str = ""


def questions(sections: Iterable[Section], context: ReportContext) -> tuple[MetricQuery, ...]:
    """Every distinct question of a report."""
    return tuple(dict.fromkeys(query for section in sections for query in section.queries(context)))


def raised(_section: Section, error: Exception) -> PadError:
    """Of an unforeseen error nothing is made: it goes on."""
    raise error


def compose(
    head: Head,
    sections: Iterable[Section],
    answers: Answers,
    context: ReportContext,
    unforeseen: Unforeseen = raised,
) -> Document:
    """The whole report; a section whose question or words failed says so and does not stop the others."""
    made = [(section, _part(section, answers, context, unforeseen)) for section in sections]
    parts = [part for _, part in made if isinstance(part, Part)]
    frames = [answer for answer in answers.values() if isinstance(answer, MetricFrame)]
    findings = sorted((f for part in parts for f in part.findings), key=lambda found: -found.weight)
    keys = tuple(key for part in parts for key in part.keys)[:KEYS]
    newest = frames[0] if frames else None
    return Document(
        report_id=head.report_id,
        title=head.title,
        organisation=head.organisation,
        period=context.period,
        range=context.units.days(context.period),
        base_range=context.units.days(context.base_period),
        headline=headline(findings, keys, context),
        lead=_lead(frames, context),
        keys=keys,
        findings=tuple(findings[:MOST_FINDINGS]),
        sections=tuple(_composed(section, part, context) for section, part in made),
        about=tuple(_about(head, frames, context)),
        data_time=_data_time(frames, context),
        data_version=newest.data_version if newest else "",
        as_of=newest.as_of if newest else None,
        currency=context.units.currency,
        link=head.link,
    )


def headline(findings: list[Finding], keys: tuple[Key, ...], context: ReportContext) -> str:
    """The finding in a sentence: the two largest clear changes."""
    if not findings:
        return t("reports.headline_quiet" if keys else "reports.headline_empty", range=_days(context))
    if len(findings) == 1:
        return t("reports.headline_one", first=findings[0].phrase)
    second = findings[1].phrase
    return t("reports.headline_two", first=findings[0].phrase, second=second[:1].lower() + second[1:])


def sources(frames: Iterable[MetricFrame]) -> tuple[Freshness, ...]:
    """The sources behind some frames, each once, by name."""
    found = {entry.source: entry for frame in frames for entry in frame.freshness}
    return tuple(found[name] for name in sorted(found))


def _part(
    section: Section, answers: Answers, context: ReportContext, unforeseen: Unforeseen
) -> Part | PadError:
    frames: dict[MetricQuery, MetricFrame] = {}
    for query in section.queries(context):
        answer = answers[query]
        if isinstance(answer, PadError):
            return answer
        frames[query] = answer
    try:
        return section.compose(frames, context)
    except PadError as problem:
        return problem
    except Exception as error:  # noqa: BLE001  one broken section holds the report and hides no other
        return unforeseen(section, error)


def _composed(section: Section, part: Part | PadError, context: ReportContext) -> Composed:
    if isinstance(part, AccessDenied):
        words = (Text(t("reports.not_in_scope", reason=part)),)
        return Composed(section.id, section.title, words, has_data=False)
    if isinstance(part, PadError):
        return Composed(section.id, section.title, problem=str(part), has_data=False)
    if not part.has_data and not part.blocks:
        words = (Text(t("reports.no_data", range=_days(context))),)
        return Composed(section.id, section.title, words, has_data=False)
    printed = section.printed or not part.has_data
    return Composed(section.id, section.title, part.blocks, has_data=part.has_data, printed=printed)


def _lead(frames: list[MetricFrame], context: ReportContext) -> str:
    return t(
        "reports.lead",
        currency=context.units.currency,
        zone=context.zone,
        base=context.units.days(context.base_period),
        sources=", ".join(entry.title for entry in sources(frames)) or t("reports.nothing"),
    )


def _about(head: Head, frames: list[MetricFrame], context: ReportContext) -> Iterable[tuple[str, str]]:
    yield t("reports.about_range"), _days(context)
    yield t("reports.about_base"), context.units.days(context.base_period)
    yield t("reports.about_filters"), _filters(context.filters) or t("reports.nothing")
    scope = _filters(context.scope.filters) or t("reports.everything")
    yield t("reports.about_scope"), t("reports.about_scope_of", owner=head.owner, scope=scope)
    for entry in sources(frames):
        yield entry.title, _read(entry.extracted_at, context)
    if frames:
        version, load = frames[0].data_version, frames[0].as_of
        yield t("reports.about_version"), t("reports.about_version_of", version=version, load=load or 0)


def _data_time(frames: list[MetricFrame], context: ReportContext) -> str:
    """The source that was read longest ago, and when: all others are newer."""
    oldest = min(sources(frames), key=lambda entry: entry.extracted_at or NEVER, default=None)
    if oldest is None:
        return t("reports.never_read")
    return t("reports.data_time_of", source=oldest.title, time=_read(oldest.extracted_at, context))


def _read(when: datetime | None, context: ReportContext) -> str:
    return context.units.instant(when, context.zone) if when else t("reports.never_read")


def _filters(filters: Iterable[Filter]) -> str:
    return "; ".join(
        f"{DIMENSIONS.get(entry.dimension).title} {'≠' if entry.negate else '='}"
        f" {members.listed(entry.dimension, entry.values)}"
        for entry in filters
    )


def _days(context: ReportContext) -> str:
    return context.units.days(context.period)


__all__ = ["Answers", "Frames", "Head", "compose", "headline", "questions", "sources"]
