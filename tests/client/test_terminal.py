"""The terminal client's arguments, and how it ends when it cannot start or crashes."""

from __future__ import annotations

import argparse
import getpass
import io
import socket
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from trio_chat.client import terminal
from trio_chat.client.errors import LoginFailed, NoTLS, refusal
from trio_chat.client.login import Login
from trio_chat.client.registration import Identity
from trio_chat.client.setup.options import Options
from trio_chat.client.tls import fingerprint_of
from trio_chat.wire.grammar import is_nick
from trio_chat.wire.message import parse

from .tls_server import files_of, make_certificate


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("irc.test", ("irc.test", 8080)),
        ("irc.test:6667", ("irc.test", 6667)),
        ("127.0.0.1:1", ("127.0.0.1", 1)),
        ("[::1]", ("::1", 8080)),
        ("[::1]:6667", ("::1", 6667)),
        ("::1", ("::1", 8080)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert terminal.parse_address(text) == address


@pytest.mark.parametrize("text", ["", ":1", "a:", "a:b", "a:0", "a:65536", "a:²", "[::1]x", "a:-1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        terminal.parse_address(text)


@pytest.mark.parametrize(
    ("login", "nick"),
    [("alice", "alice"), ("1st", "_1st"), ("é", "guest"), ("", "guest"), ("a.b c", "abc")],
)
def test_nicks_from_login_names(login: str, nick: str) -> None:
    assert terminal.nick_from(login) == nick
    assert is_nick(terminal.nick_from(login * 50), terminal.LONGEST_NICK)


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    terminal.add_arguments(parser)
    return parser.parse_args(words)


def test_defaults() -> None:
    args = arguments()
    assert args.address == ("127.0.0.1", 8080)
    assert args.nick is None


def test_input_that_is_no_terminal_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("hi\n"))
    assert terminal.run(arguments("--nick", "me")) == 1
    assert "needs a terminal" in capsys.readouterr().err


def test_a_nick_is_asked_for_until_it_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"9 lives\n{'x' * 31}\n cat \n"))
    assert terminal._options(arguments()).nick == "cat"
    told = capsys.readouterr().out
    assert "'9 lives' is no nick" in told
    assert "has 31" in told


def test_a_crash_leaves_a_line_on_the_screen_and_its_traceback_in_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(platformdirs, "user_log_path", lambda *_, **__: tmp_path / "log")
    crash = ExceptionGroup("tasks", [ZeroDivisionError("oh\x1b[2J no")])
    assert terminal._crashed(crash) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError: oh[2J no" in line
    assert "| ZeroDivisionError: oh[2J no\n" in (tmp_path / "log" / "client.log").read_text()


def test_a_server_that_does_not_want_us_is_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    refused = refusal(parse(b":irc.test 464 * :Password incorrect"))
    assert terminal._crashed(ExceptionGroup("tasks", [refused])) == 1
    assert "Password incorrect" in capsys.readouterr().err


def test_a_host_that_is_not_found_is_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    error = socket.gaierror(socket.EAI_NONAME, "cannot find the host x: it is not known")
    assert terminal._crashed(ExceptionGroup("tasks", [error])) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line == "trio-chat client: cannot find the host x: it is not known"


def test_a_port_without_tls_is_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    error = NoTLS("this port does not speak TLS")
    assert terminal._crashed(ExceptionGroup("tasks", [error])) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("this port does not speak TLS: connect without --tls, or to another port")


def test_an_encrypted_key_is_asked_about_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cert, key = files_of(make_certificate(), tmp_path, password=b"sesame")
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "sesame"

    monkeypatch.setattr(getpass, "getpass", ask)
    chosen = terminal._tls(arguments("--cert", str(cert), "--key", str(key)))
    assert chosen is not None
    chosen.pinned_to(fingerprint_of(b""))
    assert asked == [f"Password of {key}: "]


def test_the_password_of_an_account_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda prompt: f"from {prompt!r}")
    asked = terminal._login(arguments("--login", "alice"))
    assert asked == Login("alice", "from 'Password of the account alice: '")
    assert terminal._login(arguments()) is None


def test_the_password_of_an_account_may_come_from_a_command() -> None:
    command = "printf 'sesame\\nand more\\n'"
    login = terminal._login(arguments("--login", "alice", "--password-command", command))
    assert login == Login("alice", "sesame")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--login", "alice", "--password-command", "exit 3"], "failed with 3"),
        (["--login", "alice", "--password-command", "true"], "the password is empty"),
        (["--password-command", "true"], "is for --login"),
    ],
)
def test_a_command_without_a_password_is_told_of(words: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        terminal._login(arguments(*words))


def test_a_certificate_takes_the_place_of_a_password() -> None:
    assert terminal._login(arguments("--login", "alice", "--cert", "me.pem")) == Login("alice")


def test_a_login_that_fails_is_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal._crashed(ExceptionGroup("tasks", [LoginFailed("Wrong password")])) == 1
    assert capsys.readouterr().err == "trio-chat client: not logged in: Wrong password\n"


def test_options_do_not_tell_of_passwords() -> None:
    assert "sesame" not in repr(Options("irc.test", 6667, "me", password="sesame"))
    assert "sesame" not in repr(Identity("me", (), "me", "me", "sesame"))


def test_importing_it_does_not_load_a_user_interface() -> None:
    code = "import sys, trio_chat.client.terminal; sys.exit('prompt_toolkit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
