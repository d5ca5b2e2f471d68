"""Sending mail: by SMTP, to the log, or not at all."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Protocol

from xinyidai.core.logs import logger
from xinyidai.settings import Settings

TIMEOUT_SECONDS = 20


class MailSender(Protocol):
    def send(self, to: str, subject: str, body: str) -> None:
        """Hand one plain mail over; raises OSError (smtplib's errors are of that kind) where that fails."""


class SmtpMail:
    """One connection per mail, encrypted by STARTTLS. Certificates are checked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, to: str, subject: str, body: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._settings.mail_from, to, subject
        mail["Message-ID"] = make_msgid(domain=self._settings.mail_from.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(body)
        with smtplib.SMTP(self._settings.smtp_host, self._settings.smtp_port, timeout=TIMEOUT_SECONDS) as server:
            server.starttls(context=ssl.create_default_context())
            if self._settings.smtp_user:
                server.login(self._settings.smtp_user, self._settings.smtp_password.get_secret_value())
            server.send_message(mail)


class ConsoleMail:
    """For development: says in the log that a mail would go, without the address and the text."""

    def send(self, to: str, subject: str, body: str) -> None:
        logger.info("mail", to=masked(to), subject=subject, characters=len(body))


class NullMail:
    def send(self, to: str, subject: str, body: str) -> None:
        return


def masked(address: str) -> str:
    name, _at, domain = address.partition("@")
    return f"{name[:1]}***@{domain}"


def mail_sender(settings: Settings) -> MailSender:
    """The sender that XYD_MAIL names; an unknown name is refused at the start of the worker."""
    if settings.mail == "smtp":
        return SmtpMail(settings)
    if settings.mail in ("console", "null"):
        return ConsoleMail() if settings.mail == "console" else NullMail()
    raise ValueError(f"XYD_MAIL must be smtp, console or null, not {settings.mail!r}")
