"""Which sections a report can tell in its owner's scope and under its filters. Questions are only checked
here, and none is asked: a form opens at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.accounts.viewer import Viewer
from app.data.query.beyond import OutOfScope, named
from app.data.query.validate import validated
from app.errors import AccessDenied, InputError
from app.reports import definitions, issue, views
from app.reports.models import Report
from app.reports.section import Section
from app.services import Services
from app.text import t


def require(services: Services, report: Report, owner: Viewer) -> None:
    """Whether every section can be told.

    Raises: AccessDenied or InputError that name all that cannot: the issues would lack them, or be held for
    ever.
    """
    found = _refused(services, report, owner)
    if not found:
        return
    said = " ".join(_told(section, problem, owner) for section, problem in found)
    hint = t(
        "reports.section_untold_hint" if views.read(report.view).filters else "reports.section_beyond_hint"
    )
    if any(isinstance(problem, OutOfScope) for _, problem in found):
        raise AccessDenied(said, hint=hint)
    raise InputError(said, hint=hint)


def shut(services: Services, sections: Sequence[str], owner: Viewer) -> Mapping[str, str]:
    """Section -> why no report of this owner can tell it, whatever its filters."""
    if owner.scope.unrestricted:
        return {}
    report = Report(view=views.View().search(), sections=list(sections))
    return {
        section.id: problem.reason
        for section, problem in _refused(services, report, owner)
        if isinstance(problem, OutOfScope)
    }


def owner_of(services: Services, report: Report | None, viewer: Viewer) -> Viewer:
    """Whose scope counts: that of the report's owner; the viewer's for a new one, or one that nobody owns."""
    if report is None or report.owner_id == viewer.user_id:
        return viewer
    try:
        return definitions.owner(services.database, report)
    except AccessDenied:
        return viewer


def limits(owner: Viewer) -> str:
    """What an owner's scope is limited by, within a sentence."""
    return named([limit.dimension for limit in owner.scope.filters])


def _refused(
    services: Services, report: Report, owner: Viewer
) -> list[tuple[Section, InputError | OutOfScope]]:
    """The sections with a question that is refused, each with the first reason, in their order."""
    today = services.clock.today(services.settings.time_zone)
    context, found = issue.frame_of(services, report, owner, today), []
    for section in issue.sections_of(report):
        try:
            for query in section.queries(context):
                validated(query, today)
        except (InputError, OutOfScope) as problem:
            found.append((section, problem))
    return found


def _told(section: Section, problem: InputError | OutOfScope, owner: Viewer) -> str:
    if isinstance(problem, OutOfScope):
        words = {"section": section.title, "limits": limits(owner), "reason": problem.reason}
        return t("reports.section_beyond", **words)
    return t("reports.section_untold", section=section.title, reason=problem.message)
