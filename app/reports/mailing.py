"""From a finished issue to the outbox: one delivery a recipient, or word to the owner that it is held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from sqlalchemy import delete, func, select

from app.accounts.models import User
from app.accounts.permissions import REPORTS
from app.accounts.viewer import Viewer
from app.errors import NotFound
from app.notify import inbox, outbox
from app.notify.models import Delivery, RecipientGroup
from app.notify.outbox import Draft, FileRef
from app.reports import unsubscribe
from app.reports.document import Document
from app.reports.models import Report
from app.reports.renderers import chart, csv_file, html_page, mail, pdf
from app.services import Services
from app.text import t

MIME = {"png": chart.MIME, "pdf": pdf.MIME, "html": html_page.MIME, "csv": csv_file.MIME}
KIND = "report"
PICTURE = "png"


@dataclass(frozen=True)
class Letter:
    """An issue ready to go: its files in the archive, and what could not be made."""

    report: Report
    owner: Viewer
    document: Document
    occasion: str
    paths: Mapping[str, str]
    notes: tuple[str, ...] = ()
    test: bool = False


def hand_over(services: Services, letter: Letter) -> tuple[list[int], int]:
    """Queue for everybody on the list who did not leave it; ids, and how many had left."""
    everybody, stay = expanded(services, letter.report.recipients), readers(services, letter.report)
    _release(services, letter)
    return queue(services, letter, stay), len(everybody) - len(stay)


def readers(services: Services, report: Report) -> list[dict[str, str]]:
    """Everybody on the list who did not leave it, groups replaced by their members. Raises: NotFound."""
    gone = unsubscribe.left(services.database, report.id)
    return [entry for entry in expanded(services, report.recipients) if not _left(entry, gone)]


def handed_over(services: Services, letter: Letter) -> tuple[list[int], int] | None:
    """What `hand_over` answers, when everybody was told before; None while somebody is new."""
    everybody, stay = expanded(services, letter.report.recipients), readers(services, letter.report)
    keys = [_key(letter.report, letter.occasion, entry) for entry in stay]
    told = outbox.known(services.database, keys)
    return ([told[key] for key in keys], len(everybody) - len(stay)) if len(told) == len(keys) else None


def queue(services: Services, letter: Letter, recipients: Iterable[Mapping[str, str]]) -> list[int]:
    """Queue an issue for these recipients."""
    drafts = [_draft(services, letter, entry["channel"], entry["to"]) for entry in recipients]
    return outbox.queue(services.database, services.clock, drafts, domain=_domain(services))


def hold(
    services: Services,
    report: Report,
    owner: Viewer,
    document: Document,
    reasons: Sequence[str],
    occasion: str,
) -> None:
    """Tell the owner why, nobody else; the log shows what the others would have got as held."""
    title = t("reports.held_title", title=report.title, range=document.range)
    text = t("reports.held_text", reasons=" ".join(reasons))
    again = f"held {occasion} {hash_of(reasons)}"
    link = f"/reports?report={quote(report.id)}"
    told = Draft(
        KIND, report.id, again, "inbox", owner.email, title, text, link=link, severity="high"
    )  # fmt: skip
    outbox.queue(services.database, services.clock, [told])
    letter = Letter(report, owner, document, occasion, {}, tuple(reasons))
    with services.database.session() as session:
        for entry in readers(services, report):
            waiting = _draft(services, letter, entry["channel"], entry["to"])
            outbox.add(session, services.clock, waiting, state="held", domain=_domain(services))


def fail(services: Services, report: Report, reason: str, occasion: str) -> None:
    """Tell the owner, or the admins without one who could be told, that an issue was not made, and why."""
    title = t("reports.failed_title", title=report.title)
    text = t("reports.failed_text", reason=reason)
    again = f"failed {occasion} {hash_of([reason])}"
    link = f"/reports?report={quote(report.id)}"
    with services.database.session() as session:
        owner = session.get(User, report.owner_id) if report.owner_id else None
        for email in inbox.owners(session, owner.email if owner else ""):
            told = Draft(KIND, report.id, again, "inbox", email, title, text, link=link, severity="high")
            outbox.add(session, services.clock, told)


def expanded(services: Services, recipients: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Recipients with groups replaced by their members, each address once. Raises: NotFound."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for entry in recipients:
        for member in _members(services, entry):
            found.setdefault((member["channel"], member["to"].lower()), member)
    return list(found.values())


def hash_of(reasons: Sequence[str]) -> str:
    """Other reasons are another word to the owner; the same ones are said once."""
    return sha256("\n".join(reasons).encode()).hexdigest()[:8]


def _members(services: Services, entry: Mapping[str, str]) -> list[dict[str, str]]:
    if entry["channel"] != "group":
        return [dict(entry)]
    with services.database.session() as session:
        group = session.scalar(select(RecipientGroup).where(RecipientGroup.name == entry["to"]))
        if group is None:
            raise NotFound(t("reports.group_unknown", name=entry["to"]))
        return [{"channel": member["channel"], "to": member["to"]} for member in group.members]


def _left(entry: Mapping[str, str], gone: frozenset[str]) -> bool:
    return entry["channel"] == "email" and entry["to"].lower() in gone


def _release(services: Services, letter: Letter) -> None:
    """What was held of this issue makes way for what goes out now."""
    everybody = expanded(services, letter.report.recipients)
    keys = [_key(letter.report, letter.occasion, entry) for entry in everybody]
    with services.database.session() as session:
        session.execute(delete(Delivery).where(Delivery.key.in_(keys), Delivery.state == "held"))


def _key(report: Report, occasion: str, entry: Mapping[str, str]) -> str:
    """The name of what an issue says to one reader, without its words."""
    return Draft(KIND, report.id, occasion, entry["channel"], entry["to"], "", "").key


def outcomes(services: Services, report: Report, occasion: str) -> dict[str, int]:
    """How many of those who get an issue it reached: a delivery's state -> their number. Raises: NotFound."""
    keys = [_key(report, occasion, entry) for entry in expanded(services, report.recipients)]
    wanted = select(Delivery.state, func.count()).where(Delivery.key.in_(keys)).group_by(Delivery.state)
    with services.database.session() as session:
        return {state: int(count) for state, count in session.execute(wanted.order_by(Delivery.state))}


def _draft(services: Services, letter: Letter, channel: str, to: str) -> Draft:
    document, report = letter.document, letter.report
    leave = unsubscribe.link(services.settings, to, report.id) if channel == "email" else ""
    formats = [kind for path in letter.paths if (kind := path.rpartition(".")[2]) != PICTURE]
    shown = ", ".join(t(f"reports.format_{name}") for name in formats)
    attached = t("reports.attached", formats=shown) if formats else ""
    subject = "reports.subject_test" if letter.test else "reports.subject"
    return Draft(
        kind=KIND,
        subject_id=report.id,
        occasion=letter.occasion,
        channel=channel,
        to=to,
        title=t(subject, title=report.title, headline=document.headline),
        text=mail.text(document, letter.notes, leave, head=channel == "email"),
        html=mail.html(document, attached, letter.notes, leave) if channel == "email" else "",
        link=document.link,
        owner=letter.owner.email,
        files=_files(letter) if channel != "inbox" else (),
        headers=unsubscribe.headers(leave) if leave else (),
        permission=REPORTS,
        shown=tuple((limit.dimension, limit.values) for limit in letter.owner.scope.filters),
    )


def _files(letter: Letter) -> tuple[FileRef, ...]:
    """The files of a letter; its picture carries its numbers in words."""
    shown = chart.cover(letter.document)
    words = {PICTURE: chart.words(shown)} if shown else {}
    return tuple(
        FileRef(name, MIME[kind], path, words.get(kind, ""))
        for name, path in letter.paths.items()
        if (kind := name.rpartition(".")[2])
    )


def _domain(services: Services) -> str:
    sender = services.settings.smtp_from or services.settings.smtp_user
    return sender.rpartition("@")[2]
