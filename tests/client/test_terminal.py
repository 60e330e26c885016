"""How the terminal client begins, and how it ends when it cannot start or crashes."""

from __future__ import annotations

import errno
import io
import os
import select
import socket
import subprocess
import sys
import textwrap

import pytest

from trio_chat.client import terminal
from trio_chat.client.errors import Banned, LoginFailed, NoTLS, refusal
from trio_chat.client.login import Login
from trio_chat.client.registration import Identity
from trio_chat.client.screen.entered import Entered
from trio_chat.client.setup import crash_log
from trio_chat.client.setup.options import Options
from trio_chat.wire.message import parse

from .setup.person import Person, arguments

OPTIONS = Options("irc.test", 6697, "me")


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ([], "inline_client.InlineClient"),
        (["--full"], "full_client.FullClient"),
        (["--plain"], "plain.PlainClient"),
        (["--tail", "#tea"], "plain.PlainClient"),
        (["--json"], "plain.PlainClient"),
    ],
)
def test_every_mode_has_its_client(
    person: Person, monkeypatch: pytest.MonkeyPatch, words: list[str], where: str
) -> None:
    started: list[str] = []

    class Client:
        def __init__(self, options: Options, *, entered: Entered | None = None) -> None:
            started.append(options.nick)

        def run(self) -> int:
            return 7

    module, _, name = where.partition(".")
    monkeypatch.setattr(f"trio_chat.client.screen.{module}.{name}", Client)
    person.types()
    assert terminal.run(arguments("--nick", "me", *words)) == 7
    assert started == ["me"]


def test_input_that_is_no_terminal_is_chatted_with_plain(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Options] = []

    class Client:
        def __init__(self, options: Options) -> None:
            started.append(options)

        def run(self) -> int:
            return 0

    monkeypatch.setattr("trio_chat.client.screen.plain.PlainClient", Client)
    person.pipes("hi\n")
    assert terminal.run(arguments("--room", "tea")) == 0
    assert [(each.nick, each.rooms) for each in started] == [("ada", ("#tea",))]


def test_what_will_not_do_is_told_in_a_line(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person.types()
    person.writes("[profiles.home]\nprot = 1\n")
    assert terminal.run(arguments("home")) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"trio-chat client: {person.file.path}, line 2: profiles.home.prot")


def test_who_leaves_the_questions_leaves_quietly(
    person: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    person.types()
    assert terminal.run(arguments()) == 130
    assert capsys.readouterr() == ("Server [127.0.0.1:8080]: \n", "")

    def interrupted(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    assert terminal.run(arguments()) == 130
    assert capsys.readouterr() == ("\n", "")


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, ""),
        (ZeroDivisionError("oh"), 1, "crashed by ZeroDivisionError"),
        (Banned("(K-Lined)"), 1, "the server does not want us: (K-Lined)\n"),
    ],
)
def test_however_the_chat_ends_nothing_but_a_line_is_left(
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    told: str,
) -> None:
    def chat(_: Options) -> int:
        raise error

    monkeypatch.setattr(terminal, "_chat", chat)
    person.types()
    assert terminal.run(arguments("--nick", "me")) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert told in shown.err
    assert "Traceback" not in shown.err


def test_a_crash_before_the_chat_is_one_too(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person.types()
    person.writes("a = " + "[" * 100_000)
    assert terminal.run(arguments("--nick", "me")) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("trio-chat client: crashed by RecursionError")
    assert "RecursionError" in crash_log.log_path().read_text()


def test_nobody_is_left_to_complain_to(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.EIO, "the terminal is gone")

    monkeypatch.setattr(sys, "stderr", Gone())
    assert terminal._crashed(LoginFailed("Wrong password"), None) == 1


@pytest.mark.skipif(not hasattr(select, "poll"), reason="it is not noticed there")
def test_nobody_takes_the_last_words_and_the_exit_code_is_ours_all_the_same() -> None:
    script = """
        import argparse, sys
        from trio_chat.client import terminal

        def chat(args):
            sys.stdout.write("last words")
            return 7

        terminal._run = chat
        sys.exit(terminal.run(argparse.Namespace()))
    """
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as broken:
        command = [sys.executable, "-c", textwrap.dedent(script)]
        buffered = {key: os.environ[key] for key in os.environ if key != "PYTHONUNBUFFERED"}
        ended = subprocess.run(
            command, stdout=broken, stderr=subprocess.PIPE, env=buffered, timeout=60
        )
    assert (ended.returncode, ended.stderr) == (7, b"")


def test_the_profiles_are_listed(person: Person, capsys: pytest.CaptureFixture[str]) -> None:
    person.pipes()
    assert terminal.run(arguments("--list")) == 0
    assert capsys.readouterr().out == f"no profiles in {person.file.path}: --save NAME makes one\n"
    person.writes(
        '[profiles.home]\nhost = "irc.test"\nnick = "me"\n'
        '[profiles.at-work]\nhost = "::1"\nport = 7000\n'
    )
    assert terminal.run(arguments("--list")) == 0
    assert capsys.readouterr().out == "home     irc.test  me\nat-work  [::1]:7000\n"


def test_a_crash_leaves_a_line_on_the_screen_and_its_traceback_in_a_file(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    crash = ExceptionGroup("tasks", [ZeroDivisionError("oh\x1b[2J no\n" + "x" * 1_000)])
    assert terminal._crashed(crash, OPTIONS) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError: oh[2J no xxx" in line
    assert "x" * 1_000 not in line
    assert line.endswith(f"(the traceback is in {crash_log.log_path()})")
    assert "x" * 1_000 in crash_log.log_path().read_text()


def test_a_log_that_cannot_be_written_is_told_of(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    (person.home / "log").write_text("in the way")
    assert terminal._crashed(ZeroDivisionError(), OPTIONS) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "crashed by ZeroDivisionError (and the log cannot be written: " in line


def test_a_server_that_does_not_want_us_is_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    refused = refusal(parse(b":irc.test 464 * :Password incorrect"))
    assert terminal._crashed(ExceptionGroup("tasks", [refused]), OPTIONS) == 1
    assert "Password incorrect" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "more"),
    [("irc.test", ""), ("hoem", ", nor is there a profile of that name (--list lists them)")],
)
def test_a_host_that_is_not_found_is_no_crash(
    capsys: pytest.CaptureFixture[str], host: str, more: str
) -> None:
    error = socket.gaierror(socket.EAI_NONAME, f"cannot find the host {host}: it is not known")
    assert terminal._crashed(ExceptionGroup("tasks", [error]), Options(host, 6697, "me")) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"trio-chat client: cannot find the host {host}: it is not known{more}"


def test_a_port_without_tls_is_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    error = NoTLS("this port does not speak TLS")
    assert terminal._crashed(ExceptionGroup("tasks", [error]), OPTIONS) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "this port does not speak TLS: try another port" in line
    assert "--plaintext" in line


def test_a_login_that_fails_is_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    failed = ExceptionGroup("tasks", [LoginFailed("Wrong password")])
    assert terminal._crashed(failed, OPTIONS) == 1
    assert capsys.readouterr().err == "trio-chat client: not logged in: Wrong password\n"


@pytest.mark.parametrize(("answer", "forgotten"), [("y", 1), ("", 0), ("no", 0)])
def test_a_wrong_password_is_taken_out_of_the_keyring_if_wanted(
    person: Person, monkeypatch: pytest.MonkeyPatch, answer: str, forgotten: int
) -> None:
    gone: list[dict[str, str]] = []
    monkeypatch.setattr(terminal, "forget", lambda **whose: gone.append(whose))
    login = Login("alice", "wrong")
    options = Options("irc.test", 6697, "me", login=login, has_password_in_keyring=True)
    person.types(answer)
    assert terminal._crashed(LoginFailed("Wrong password"), options) == 1
    assert gone == [{"server": "irc.test:6697", "user": "alice"}] * forgotten


def test_a_keyring_that_fails_then_is_told_of(
    person: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    login = Login("alice", "wrong")
    options = Options("irc.test", 6697, "me", login=login, has_password_in_keyring=True)
    person.types("yes")
    assert terminal._crashed(LoginFailed("Wrong password"), options) == 1
    assert "not installed" in capsys.readouterr().err


def test_options_do_not_tell_of_passwords() -> None:
    assert "sesame" not in repr(Options("irc.test", 6667, "me", password="sesame"))
    assert "sesame" not in repr(Identity("me", (), "me", "me", "sesame"))


def test_importing_it_does_not_load_what_not_everybody_needs() -> None:
    heavy = {"prompt_toolkit", "asyncio", "cryptography", "keyring"}
    code = f"import sys, trio_chat.client.terminal\nsys.exit(bool({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
