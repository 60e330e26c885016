"""Mail: encrypted as the configuration says, or not sent at all."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace

import pytest
import trustme

from trio_chat.archive.mail import NotSent, send_code
from trio_chat.archive.settings import MailSettings, is_address

from .post_office import PostOffice

MAIL = MailSettings(
    host="localhost",
    user="chat",
    password="sesame",
    sender="chat@example.org",
    timeout_seconds=2,
)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the certificate authority of the test."""
    make = ssl.create_default_context

    def context() -> ssl.SSLContext:
        made = make()
        authority.configure_trust(made)
        return made

    monkeypatch.setattr(ssl, "create_default_context", context)


def send(settings: MailSettings, to: str = "a@example.org") -> None:
    send_code(settings, to, "alice", "Tea House", "THE-CODE")


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("starttls", [True, False])
def test_it_logs_in_only_when_the_connection_is_encrypted(
    tls: ssl.SSLContext, starttls: bool
) -> None:
    with PostOffice(tls=tls, starttls=starttls) as post:
        send(replace(MAIL, port=post.port, security="starttls" if starttls else "tls"))
    assert post.logins == ["\0chat\0sesame"]
    (letter,) = post.letters
    assert "/quote VERIFY alice THE-CODE" in letter.get_content()
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@example.org>")


@pytest.mark.parametrize("starttls", [True, False])
def test_a_server_with_a_certificate_of_its_own_making_is_not_trusted(
    tls: ssl.SSLContext, starttls: bool
) -> None:
    with PostOffice(tls=tls, starttls=starttls) as post, pytest.raises(NotSent):
        send(replace(MAIL, port=post.port, security="starttls" if starttls else "tls"))
    assert (post.logins, post.letters) == ([], [])


def test_a_server_that_cannot_encrypt_gets_no_password() -> None:
    with PostOffice() as post, pytest.raises(NotSent):
        send(replace(MAIL, port=post.port))
    assert (post.logins, post.letters) == ([], [])


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NotSent):
            send(replace(MAIL, port=port, security="none", timeout_seconds=0.05))


def test_no_address_becomes_a_second_header() -> None:
    with PostOffice() as post:
        settings = replace(MAIL, port=post.port, security="none", user="")
        with pytest.raises(ValueError, match=r"(?i)header|linefeed|carriage"):
            send(settings, "a@example.org\r\nBcc: everybody@example.org")
    assert post.heard == []


@pytest.mark.parametrize(
    "address",
    [
        "a@=?utf-8?b?DQpCY2M6IGV2ZUB4?=",  # CR LF "Bcc: eve@x"
        "=?utf-8?q?=0d=0aBcc:eve?=@example.org",
        "=?utf-8?q?eve=40x=2Ca?=@example.org",
    ],
)
def test_no_address_hides_a_header_in_an_encoded_word(address: str) -> None:
    assert not is_address(address)


@pytest.mark.parametrize("address", ["a@example.org", "a+b=c?@example.org", "jürgen@exämple.org"])
def test_an_address_may_look_unusual(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"port": 0}, "port must be"),
        ({"sender": "nobody"}, "sender must be an e-mail address"),
        ({"sender": "a@b\nBcc: c@d"}, "sender must be an e-mail address"),
        ({"password_file": "x"}, "one must go"),
        ({"security": "none", "host": "mail.example.org"}, "must not go out unencrypted"),
        ({"subject": "two\nlines"}, "subject must be one line"),
        ({"subject": "{nick}"}, "only {account}"),
        ({"text": "{code} {"}, "only {account}"),
        ({"text": "hello"}, "text must have the {code}"),
        ({"timeout_seconds": 0}, "timeout_seconds must be more than 0"),
        ({"code_hours": float("inf")}, "code_hours must be more than 0"),
        ({"resend_seconds": -1}, "resend_seconds must not be less"),
    ],
)
def test_settings_by_which_no_mail_could_be_sent_are_refused(
    options: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(MAIL, **options)  # type: ignore[arg-type]
