"""The commands about one's account: making one, logging in and out, a certificate in its place.

Law: no password is ever part of a line that is entered; it is asked for, and held no longer than it
is needed to log in again.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from trio_chat.client.commands.command import Misuse, Need, Trouble, family, first_word
from trio_chat.client.errors import LoginFailed, Unsupported
from trio_chat.client.login import Login
from trio_chat.client.setup.certificate import certificate_path, make_certificate
from trio_chat.client.tls import fingerprint_of

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

command = family("Your account")

SERVICES = "NickServ"

_LOGGED_IN = Need.CONNECTION | Need.ACCOUNT


@command(
    "login",
    "[ACCOUNT]",
    "log in to your account",
    more="Without a name, the account of your nick. The password is asked for. From then on each "
    "connection logs in by itself, and the profile keeps whom to log in as.",
    example="/login alice",
)
async def _login(console: Console, argument: str) -> None:
    account, more = first_word(argument)
    if more:
        raise Trouble("a password does not belong there, where it can be seen: it is asked for")
    chat = console.connected()
    before = console.login.account if console.login is not None else ""
    account = account or before or chat.nick
    if not chat.offers("sasl"):
        raise Trouble(
            f"this server has no logins by SASL: if it has services, /msg {SERVICES} help"
        )
    login = Login(account, await console.ask_secret(f"Password of {account}:"))
    try:
        await chat.log_in(login)
    except LoginFailed as error:
        raise Trouble(f"not logged in: {error}") from None
    await _stay_logged_in(console, login)


async def _stay_logged_in(console: Console, login: Login, certificate: Path | None = None) -> None:
    """Log in from the next connection on, and, if there is a profile, from the next start on."""
    await trio.lowlevel.checkpoint()
    console.login = login
    console.note(f"logged in as {login.account}")
    kept = console.options.kept
    try:
        if kept is not None:
            kept.keep_login(login.account, certificate)
    except (OSError, ValueError) as error:
        console.note(f"it is not kept for the next start: {error}", trouble=True)


@command(
    "register",
    "[EMAIL]",
    "make an account of your nick's name",
    more="The password is asked for, twice. Some servers want an address, and send a code to it "
    "for /verify.",
)
async def _register(console: Console, argument: str) -> None:
    email, more = first_word(argument)
    if more or (email and "@" not in email):
        raise Trouble("only an address belongs there: the password is asked for")
    chat = console.connected()
    if chat.account:
        raise Trouble(f"you are logged in to {chat.account}: /logout first")
    if chat.capability("draft/account-registration") is None:
        raise Trouble(
            f"this server makes no accounts by REGISTER: if it has services, /msg {SERVICES} help"
        )
    password = await console.ask_secret(f"Password for the account {chat.nick}:")
    if await console.ask_secret("Once more:") != password:
        raise Trouble("these were two different ones: nothing was done")
    told = await chat.register_account(password, email=email)
    if told.text:
        console.note(told.text)
    login = Login(told.account or chat.nick, password)
    if told.verified:
        await _stay_logged_in(console, login)
    else:
        console.registering = login
        console.note("not yet: /verify CODE, with the code that was sent to you")


@command(
    "verify",
    "[ACCOUNT] CODE",
    "finish making an account, with the code that was sent to you",
    example="/verify 123456",
)
async def _verify(console: Console, argument: str) -> None:
    words = argument.split()
    if not 1 <= len(words) <= 2:
        raise Misuse
    chat, begun = console.connected(), console.registering
    account = words[0] if len(words) == 2 else begun.account if begun is not None else chat.nick
    try:
        told = await chat.verify_account(account, words[-1])
    except Unsupported:
        raise Trouble("this server makes no accounts by REGISTER") from None
    if told.text:
        console.note(told.text)
    if told.verified and begun is not None and chat.same(begun.account, account):
        console.registering = None
        await _stay_logged_in(console, begun)


@command(
    "logout",
    "",
    "log out of your account",
    more="You stay in your rooms, as nobody in particular.",
    needs=_LOGGED_IN,
)
async def _logout(console: Console, argument: str) -> None:
    console.login = None
    await console.connected().say(SERVICES, "LOGOUT")


@command(
    "cert",
    "",
    "have a certificate log you in, in the place of a password",
    more="It is made and bound to the account that you are logged in to. It stays on this machine, "
    "in a file for this server alone.",
    needs=_LOGGED_IN,
)
async def _cert(console: Console, argument: str) -> None:
    chat, options = console.connected(), console.options
    if options.tls is None:
        # In the profile it would stand for TLS, and the next start find none.
        raise Trouble("a certificate takes TLS, which this connection has not")
    path = certificate_path(options.host, options.port)
    try:
        fingerprint = make_certificate(path, chat.account)
    except FileExistsError:
        # Made before: perhaps for this account, whose server has forgotten it since.
        fingerprint = _fingerprint_in(path)
    except OSError as error:
        raise Trouble(f"no certificate was made: {error}") from None
    console.note(f"your certificate is {path}")
    console.note(f"its fingerprint is {fingerprint}")
    # Services of all kinds take the digits without colons.
    await chat.say(SERVICES, f"CERT ADD {fingerprint.replace(':', '').lower()}")
    kept = console.options.kept
    is_kept = False
    try:
        is_kept = kept is not None and kept.keep_login(chat.account, path)
    except (OSError, ValueError) as error:
        console.note(f"it is not kept for the next start: {error}", trouble=True)
    how = "the next start logs in by it" if is_kept else f"start with --cert {path} to log in by it"
    console.note(f"if {SERVICES} takes it, {how}")


def _fingerprint_in(path: Path) -> str:
    """That of the certificate in a PEM file; raises `Trouble`."""
    try:
        text = path.read_text(encoding="ascii")
        begin, end = text.index("-----BEGIN CERTIFICATE"), text.index("-----END CERTIFICATE-----")
        pem = text[begin : end + len("-----END CERTIFICATE-----")]
        return fingerprint_of(ssl.PEM_cert_to_DER_cert(pem))
    except (OSError, ValueError) as error:
        raise Trouble(f"there is no certificate in {path}: {error}") from None
