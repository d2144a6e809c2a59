"""E-mail by yagmail over SMTP with TLS that is verified; says whether a lost connection left a doubt."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email import message_from_string, policy
from email.message import Message as Mail
from html import escape
from io import BytesIO
from typing import Any

import yagmail
from yagmail.error import YagInvalidEmailAddress

from app.notify.message import CHART, Attachment, DeliveryError, Message, Receipt, one_line
from app.settings import Settings, variable
from app.text import t

TIMEOUT = 15  # seconds, each step of the conversation


class SmtpSender:
    """Sends mails one by one; each signs in anew, so that a secret that changed counts at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._from = settings.smtp_from or settings.smtp_user

    def send(self, message: Message) -> Receipt:
        """Hand one mail to the server.

        Raises: DeliveryError; `unknown` when the connection broke after the mail's text had left.
        """
        progress = _Progress()
        with self._told(progress, message.to):
            client = _Client(self._settings, self._from, progress)
            try:
                accepted = client.send(
                    to=message.to,
                    subject=one_line(message.title),
                    contents=[yagmail.raw(_markup(message))],
                    attachments=[_file(one) for one in message.attachments],
                    headers=dict(message.headers),
                    message_id=message.message_id or None,
                    prettify_html=False,
                    plain=_plain(message),
                    pictures=[one.name for one in message.attachments if one.alt],
                )
            finally:
                client.close()
        if accepted is False:  # yagmail's own word for a failure that it logged
            raise DeliveryError(t("notify.smtp_gone"), "unknown" if progress.text_left else "transient")
        return Receipt(message.message_id)

    @contextmanager
    def _told(self, progress: _Progress, to: str) -> Iterator[None]:
        """Every way in which the conversation can end, in our words."""
        server = f"{self._settings.smtp_host}:{self._settings.smtp_port}"
        try:
            yield
        except ssl.SSLCertVerificationError as problem:
            raise DeliveryError(
                t("notify.smtp_certificate", server=server, reason=problem.verify_message),
                "permanent",
                hint=t("notify.smtp_certificate_hint", variable=variable("smtp_ca_file")),
            ) from None
        except smtplib.SMTPAuthenticationError as problem:
            raise self._refused(
                "notify.smtp_sign_in", server, problem.smtp_code, problem.smtp_error
            ) from None
        except smtplib.SMTPRecipientsRefused as problem:
            code, words = next(iter(problem.recipients.values()))
            raise self._refused("notify.smtp_recipient", to, code, words) from None
        except smtplib.SMTPResponseException as problem:
            raise self._refused(
                "notify.smtp_refused", server, problem.smtp_code, problem.smtp_error
            ) from None
        except smtplib.SMTPNotSupportedError as problem:
            raise DeliveryError(t("notify.smtp_lacks", server=server, reason=problem), "permanent") from None
        except (YagInvalidEmailAddress, UnicodeEncodeError):
            raise DeliveryError(t("notify.smtp_address", to=to), "permanent") from None
        except (smtplib.SMTPException, OSError) as problem:
            outcome = "unknown" if progress.text_left else "transient"
            key = "notify.smtp_doubt" if progress.text_left else "notify.smtp_unreachable"
            raise DeliveryError(
                t(key, server=server, reason=self._clean(problem)),
                outcome,  # type: ignore[arg-type]
            ) from None

    def _refused(self, key: str, who: str, code: int, words: bytes | str) -> DeliveryError:
        reason = words.decode(errors="replace") if isinstance(words, bytes) else words
        return DeliveryError(
            t(key, who=who, code=code, reason=self._clean(reason)),
            "transient" if 400 <= code < 500 else "permanent",
        )

    def _clean(self, problem: object) -> str:
        text = one_line(str(problem) or type(problem).__name__)
        for secret in self._settings.secrets():
            text = text.replace(secret, "***")
        return text


class _Progress:
    """How far the conversation came."""

    def __init__(self) -> None:
        self.text_left = False


class _Client(yagmail.SMTP):  # type: ignore[misc]
    """yagmail with a verified context, a sign-in name of its own, XOAUTH2, and one attempt instead of three:
    its second attempt after a connection that broke late would send the mail twice."""

    def __init__(self, settings: Settings, sender: str, progress: _Progress) -> None:
        context = ssl.create_default_context(cafile=settings.smtp_ca_file or None)
        implicit = settings.smtp_security == "tls"
        super().__init__(
            user=sender,
            password="",
            host=settings.smtp_host,
            port=settings.smtp_port,
            smtp_ssl=implicit,
            smtp_starttls=False if implicit else {"context": context},
            smtp_skip_login=True,  # `_login` below signs in
            timeout=TIMEOUT,
            **({"context": context} if implicit else {}),
        )
        self._settings = settings
        self._progress = progress
        self._plain = ""
        self._pictures: Sequence[str] = ()

    @property
    def connection(self) -> Callable[..., Any]:
        kind = _watched(smtplib.SMTP_SSL if self.ssl else smtplib.SMTP)
        return lambda *arguments, **options: kind(self._progress, *arguments, **options)

    def send(self, *arguments: Any, plain: str = "", pictures: Sequence[str] = (), **options: Any) -> Any:
        self._plain, self._pictures = plain, pictures
        return super().send(*arguments, **options)

    def prepare_send(self, *arguments: Any, **options: Any) -> tuple[list[str], str]:
        recipients, text = super().prepare_send(*arguments, **options)
        mail = message_from_string(text)
        _set_plain(mail, self._plain)
        _show(mail, self._pictures)
        _name_files(mail)
        return recipients, mail.as_string(policy=policy.SMTP)

    def _login(self, password: Any) -> None:
        """Connect and start TLS as yagmail does, then sign in under the name of the settings."""
        settings = self._settings
        super()._login(password)
        if settings.smtp_token:
            bearer = f"user={settings.smtp_user}\1auth=Bearer {settings.smtp_token}\1\1"
            self.smtp.ehlo_or_helo_if_needed()
            self.smtp.auth("XOAUTH2", lambda challenge=None: "" if challenge else bearer)
        elif settings.smtp_user:
            self.smtp.login(settings.smtp_user, settings.smtp_password)

    def _attempt_send(self, recipients: list[str], msg_strings: str) -> Any:
        return self.smtp.sendmail(self.user, recipients, msg_strings)

    def close(self) -> None:
        """Say goodbye; a server that went already has said what it had to say."""
        self.is_closed = True
        if self.smtp is not None:
            try:
                self.smtp.quit()
            except (smtplib.SMTPException, OSError):
                self.smtp.close()


def _watched(base: Any) -> Any:
    """A connection that notes when the text of a mail begins to leave."""

    class Watched(base):  # type: ignore[misc]
        def __init__(self, progress: _Progress, *arguments: Any, **options: Any) -> None:
            self._progress = progress
            self._sends: int | None = None
            super().__init__(*arguments, **options)

        def data(self, msg: Any) -> Any:
            self._sends = 0
            try:
                answer = super().data(msg)
            except smtplib.SMTPDataError:
                self._progress.text_left = False  # the server said no: there is no doubt
                raise
            if answer[0] != 250:
                self._progress.text_left = False
            return answer

        def send(self, s: Any) -> None:
            if self._sends is not None:
                self._sends += 1  # the first is the command, the second the text
                self._progress.text_left = self._progress.text_left or self._sends > 1
            super().send(s)

    return Watched


def _markup(message: Message) -> str:
    """The body in one line: yagmail turns line breaks into <br>."""
    if message.html:
        return re.sub(r"\s*\n\s*", " ", message.html)
    lines = [f"<p>{escape(line)}</p>" for line in message.text.splitlines() if line.strip()]
    if message.link:
        lines.append(f'<p><a href="{escape(message.link, quote=True)}">{escape(message.link)}</a></p>')
    return "".join(lines)


def _plain(message: Message) -> str:
    return "\n\n".join(part for part in (message.text, message.link) if part) + "\n"


def _file(one: Attachment) -> BytesIO:
    file = BytesIO(one.content)
    file.name = one_line(one.name).replace("/", "-")
    return file


def _set_plain(mail: Mail, text: str) -> None:
    """yagmail repeats the markup in the plain part; readers without HTML get plain words instead."""
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            del part["Content-Transfer-Encoding"]
            part.set_payload(text, "utf-8")
            return


def _show(mail: Mail, pictures: Sequence[str]) -> None:
    """Move a picture beside the markup that shows it: yagmail would name it by a number of its own."""
    related = next(part for part in mail.walk() if part.get_content_type() == "multipart/related")
    parts: list[Mail] = mail.get_payload()  # type: ignore[assignment]
    for part in [part for part in parts if part.get_filename() in pictures]:
        parts.remove(part)
        name = str(part.get_filename())
        del part["Content-Disposition"]
        part.add_header("Content-Disposition", "inline", filename=name)
        part.add_header("Content-ID", f"<{CHART}>")
        related.attach(part)


def _name_files(mail: Mail) -> None:
    """Text files come from yagmail without a disposition, and would be shown in the body."""
    for part in mail.walk():
        if part.get_param("name") and "Content-Disposition" not in part:
            part.add_header("Content-Disposition", "attachment", filename=str(part.get_filename()))
