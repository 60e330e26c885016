"""Trust on first use: what is asked, what is remembered, and what a change looks like."""

from __future__ import annotations

import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path

import platformdirs
import pytest
import trio
import trustme
from prompt_toolkit.application import create_app_session

from trio_chat.client import terminal
from trio_chat.client.pins import Pin, Pins
from trio_chat.client.setup.arguments import choose
from trio_chat.client.tls import TLS, show_fingerprint
from trio_chat.client.trust import ChangedCertificate, KnownServer

from .screen.terminals import Terminal
from .screen.terminals import terminal as open_terminal
from .scripted_server import ScriptedServer
from .setup.person import Keys, arguments
from .tls_server import TLSServer, fingerprint, make_certificate, tls_server, vouched_for

DAY = date(2026, 11, 24)


# --- a server that is known ---


class Known:
    """A server with TLS, which was trusted when it had another certificate, or this one."""

    def __init__(self, pins: Pins, server: TLSServer, trusted: trustme.LeafCert) -> None:
        self.server = server
        self.pin = pins.add("127.0.0.1", server.port, fingerprint(trusted), DAY)
        self.told: list[str] = []

    async def open(self, tls: TLS) -> None:
        known = KnownServer("127.0.0.1", self.server.port, tls, self.pin)
        await trio.aclose_forcefully(await known.open_stream(self.told.append))


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    return Pins(tmp_path / "known_servers")


async def test_a_known_server_is_let_pass(pins: Pins) -> None:
    async with tls_server() as server:
        known = Known(pins, server, server.certificate)
        await known.open(TLS())
        assert known.told == []
        assert server.reached == 1


async def test_a_known_server_with_another_certificate_is_not_and_why_is_told(pins: Pins) -> None:
    trusted = make_certificate()
    async with tls_server() as server:
        known = Known(pins, server, trusted)
        with pytest.raises(ChangedCertificate) as caught:
            await known.open(TLS())
        told = str(caught.value)
        assert told.startswith(f"THE CERTIFICATE OF 127.0.0.1:{server.port} HAS CHANGED\n")
        assert (
            "trusted since 2026-11-24 with the fingerprint\n"
            f"{show_fingerprint(fingerprint(trusted), '    ')}\n"
            "and now has\n"
            f"{show_fingerprint(fingerprint(server.certificate), '    ')}\n"
        ) in told
        assert told.endswith(f"after removing\nline 1 of {pins.path}")
        await trio.testing.wait_all_tasks_blocked()
        assert server.heard == 0


async def test_a_change_is_told_also_if_the_server_cannot_be_reached_a_second_time(
    pins: Pins,
) -> None:
    """Else whoever poses as it could have the client try again for ever, and say nothing."""
    async with tls_server(lasts=1) as server:
        known = Known(pins, server, make_certificate())
        with pytest.raises(ChangedCertificate):
            await known.open(TLS())
        assert server.reached == 2


async def test_a_certificate_the_authorities_vouch_for_may_replace_a_known_one(pins: Pins) -> None:
    async with tls_server() as server:
        known = Known(pins, server, make_certificate())
        await known.open(vouched_for())
        [told] = known.told
        assert "which your system's authorities vouch for" in told
        assert f"line 1 of {pins.path} is not needed any more" in told


def test_a_day_that_is_not_known_is_not_told() -> None:
    pin = Pin("irc.test:6697", "AB", "", Path("known_servers"), 1)
    assert "It was trusted before with the fingerprint\n" in str(ChangedCertificate(pin, "CD"))


# --- a person at a terminal ---


class Person:
    """Somebody who starts the client, in a terminal, against a server in another thread."""

    def __init__(self, screen: Terminal, monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
        self._screen = screen
        self._monkeypatch = monkeypatch
        self.pins = Pins(directory / "known_servers")
        self.server: TLSServer
        for kind in ("config", "data"):
            monkeypatch.setattr(platformdirs, f"user_{kind}_path", lambda *_, **__: directory)

    def starts(self, *options: str, answers: str = "") -> int:
        """Start the client, and answer questions by these lines; the exit status."""
        self._monkeypatch.setattr(sys, "stdin", Keys(answers))
        self._monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        where = f"127.0.0.1:{self.server.port}"
        args = arguments(where, "--nick", "me", "--room", "#tea", "--tls", *options)
        try:
            chosen = choose(args)
        except ValueError as error:
            return terminal._complain(str(error))
        try:
            return terminal._chat(chosen)
        except Exception as error:
            return terminal._crashed(error, chosen)

    async def leaves(self, server: ScriptedServer) -> None:
        """What every connection meets: let in, the person leaves by Ctrl-D."""
        await server.welcome()
        await server.let_in("#tea")
        self._screen.type("\x04")
        await server.take_quit()


@contextmanager
def in_a_thread(person: Person) -> Iterator[None]:
    """The person's server, in a thread with a trio of its own."""
    ready = threading.Event()
    stop: list[Callable[[], object]] = []

    async def main() -> None:
        async with tls_server(script=person.leaves) as person.server:
            token = trio.lowlevel.current_trio_token()
            stopping = trio.Event()
            stop.append(partial(token.run_sync_soon, stopping.set))
            ready.set()
            await stopping.wait()

    thread = threading.Thread(target=trio.run, args=(main,))
    thread.start()
    assert ready.wait(20)
    try:
        yield
    finally:
        stop[0]()
        thread.join()


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Person]:
    with (
        open_terminal() as screen,
        create_app_session(input=screen.input, output=screen.output),
    ):
        person = Person(screen, monkeypatch, tmp_path)
        with in_a_thread(person):
            yield person


def test_a_server_that_is_trusted_once_is_not_asked_about_again(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert person.starts(answers="y\n") == 0
    shown = capsys.readouterr().out
    found = fingerprint(person.server.certificate)
    assert f"Nobody that your system trusts vouches for 127.0.0.1:{person.server.port}:" in shown
    assert "unable to get local issuer certificate" in shown
    assert f"\n{show_fingerprint(found, '    ')}\n" in shown
    assert shown.endswith("Trust it from now on? [y/N] ")
    pin = person.pins.find("127.0.0.1", person.server.port)
    assert pin is not None
    assert (pin.fingerprint, pin.since) == (found, date.today().isoformat())
    assert stat.S_IMODE(person.pins.path.stat().st_mode) == 0o600
    assert person.server.heard == 1

    assert person.starts() == 0
    assert "Trust" not in capsys.readouterr().out
    assert person.server.heard == 2


@pytest.mark.parametrize("answer", ["\n", "n\n", "what?\n", ""], ids=["", "n", "else", "Ctrl-D"])
def test_a_server_that_is_not_trusted_is_told_nothing(
    person: Person, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    assert person.starts(answers=answer) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("trio-chat client: not connected: its certificate is not trusted: ")
    assert "--fingerprint" in line
    assert not person.pins.path.exists()
    assert person.server.heard == 0


def test_what_is_piped_in_is_no_answer(
    person: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Keys, "isatty", lambda _: False)
    assert person.starts(answers="y\n") == 1
    assert "not connected: its certificate is not trusted" in capsys.readouterr().err
    assert not person.pins.path.exists()


def test_a_change_is_shouted_about(person: Person, capsys: pytest.CaptureFixture[str]) -> None:
    trusted = fingerprint(make_certificate())
    person.pins.add("127.0.0.1", person.server.port, trusted, DAY)
    assert person.starts(answers="y\n") == 1
    first, *lines = capsys.readouterr().err.splitlines()
    assert first.endswith(f"THE CERTIFICATE OF 127.0.0.1:{person.server.port} HAS CHANGED")
    assert show_fingerprint(trusted, "    ") in "\n".join(lines)
    assert show_fingerprint(fingerprint(person.server.certificate), "    ") in "\n".join(lines)
    assert person.server.heard == 0


def test_a_fingerprint_given_is_not_asked_about(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert person.starts("--fingerprint", fingerprint(person.server.certificate)) == 0
    assert person.starts("--fingerprint", fingerprint(make_certificate())) == 1
    told = capsys.readouterr().err
    assert "this may not be the server it says it is" in told
    assert fingerprint(person.server.certificate) in told
    assert not person.pins.path.exists()
    assert person.server.heard == 1


def test_a_file_that_cannot_be_read_or_written_is_told_of(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person.pins.path.write_text("irc.test\n")
    assert person.starts() == 1
    assert "known_servers, line 1: 1 words" in capsys.readouterr().err
    person.pins.path.unlink()
    person.pins.path.symlink_to("/proc/nobody/known_servers")  # there, nobody can make a file
    assert person.starts(answers="y\n") == 1
    assert "/proc/nobody" in capsys.readouterr().err


def test_no_fingerprint_is_not_taken_for_none(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert person.starts("--fingerprint", "") == 1
    assert "no SHA-256 fingerprint" in capsys.readouterr().err
