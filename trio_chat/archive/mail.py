"""Mail with the code that confirms an address, through the server of the configuration (SMTP).

Law: what a user has said becomes a header by `email.message` alone, which lets no line end through;
an address that is more than one address never comes this far.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from trio_chat.archive.settings import MailSettings

logger = logging.getLogger(__name__)


class NotSent(Exception):
    """The mail server did not take it."""


def send_code(settings: MailSettings, to: str, account: str, network: str, code: str) -> None:
    """Send a code to the address that it is to confirm. Raises `NotSent`, which is in the log."""
    message = EmailMessage()
    domain = settings.sender.rpartition("@")[2]
    message["From"] = settings.sender
    message["To"] = to
    message["Subject"] = settings.subject.format(account=account, network=network, code=code)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies to it
    message.set_content(settings.letter.format(account=account, network=network, code=code))
    try:
        with _connected(settings, domain) as server:
            if settings.user:
                server.login(settings.user, settings.password)
            server.send_message(message)
    except (smtplib.SMTPException, OSError) as error:
        # Not as it is: it has the address in it, and the log is read by more people.
        reason = error.strerror if isinstance(error, OSError) else None
        logger.error("a mail could not be sent: %s", reason or type(error).__name__)
        raise NotSent from error


def _connected(settings: MailSettings, domain: str) -> smtplib.SMTP:
    host, port, timeout = settings.host, settings.port, settings.timeout_seconds
    if settings.security == "tls":
        return smtplib.SMTP_SSL(
            host, port, domain, timeout=timeout, context=ssl.create_default_context()
        )
    server = smtplib.SMTP(host, port, domain, timeout=timeout)
    if settings.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server
