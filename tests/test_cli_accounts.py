"""`trio-chat account` and `trio-chat invite`: the data of a server from the command line."""

from __future__ import annotations

import io
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from trio_chat.archive.archive import SqliteArchive
from trio_chat.cli import main
from trio_chat.config import Config
from trio_chat.core.account_questions import (
    CheckLogin,
    FinishSecondFactor,
    Register,
    StartSecondFactor,
)
from trio_chat.names import case_mapping
from trio_chat.opening import open_archive
from trio_chat.store import accounts, database
from trio_chat.store.database import FILE_NAME, Store

CHEAP = "[passwords]\nmemory_kib = 8\npasses = 1\nscram_iterations = 4096\n"
PRINT = "ab" * 32


class Console:
    """The command line on the data of one server."""

    def __init__(
        self,
        directory: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.data = directory / "data"
        self.config = directory / "chat.toml"
        self.config.write_text(f"data = '{self.data}'\n{CHEAP}")
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        """Exit status, output and errors of a command."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status = main([*words, "--config", str(self.config)])
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def ok(self, *words: str, typed: str = "") -> str:
        status, out, err = self.run(*words, typed=typed)
        assert (status, err) == (0, "")
        return out

    def fails(self, *words: str, typed: str = "") -> str:
        status, out, err = self.run(*words, typed=typed)
        assert (status, out) == (1, "")
        assert err.startswith("trio-chat: ")
        assert err.count("\n") == 1
        return err

    def start(self, store: Store | None = None) -> SqliteArchive:
        """The archive as a server has it."""
        return open_archive(Config(), store or Store(self.data))


@pytest.fixture
def console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Console:
    return Console(tmp_path, monkeypatch, capsys)


@pytest.fixture
def server(console: Console) -> SqliteArchive:
    """What a server that runs beside the command line has open."""
    return console.start()


def login(archive: SqliteArchive, name: str, password: str) -> str:
    return archive.logins.check_login(CheckLogin(name, password)).why


def test_an_account_from_its_beginning_to_its_end(console: Console, server: SqliteArchive) -> None:
    server.restore(0.0)
    out = console.ok(
        *("account", "add", "Alice", "--email", "a@example.org", "--password-stdin"),
        typed="open sesame\n",
    )
    assert out == "made the account Alice\n"
    assert login(server, "alice", "open sesame") == ""
    changed = server.changes(1.0)
    assert changed is not None
    assert [each.name for each in changed.changed] == ["Alice"]

    console.ok("account", "passwd", "alice", "--password-stdin", typed="something else\n")
    assert login(server, "alice", "open sesame") == "wrong"
    assert login(server, "alice", "something else") == ""

    console.ok("account", "disable", "alice")
    assert login(server, "alice", "something else") == "disabled"
    assert "Alice" in console.ok("account", "list")
    assert "disabled" in console.ok("account", "list")
    console.ok("account", "enable", "alice")
    assert login(server, "alice", "something else") == ""
    assert "disabled" not in console.ok("account", "list")

    (line,) = console.ok("account", "list", "--json").splitlines()
    listed = json.loads(line)
    assert (listed["account"], listed["email"]) == ("Alice", "a@example.org")
    assert json.loads(console.ok("account", "export", "alice"))["account"] == "Alice"

    assert console.ok("account", "delete", "ALICE") == "deleted ALICE\n"
    assert login(server, "alice", "something else") == "wrong"
    changed = server.changes(2.0)
    assert changed is not None
    assert changed.deleted == ("Alice",)
    assert console.ok("account", "list") == ""


def test_a_second_factor_can_be_seen_and_turned_off(
    console: Console, server: SqliteArchive
) -> None:
    server.registration.add("alice", "open sesame")
    assert console.ok("account", "second-factor", "alice") == "off\n"
    started = server.holdings.start_second_factor(StartSecondFactor("alice"))
    secret = re.search(r"secret=(\w+)", started.text)
    assert secret is not None
    pyotp = pytest.importorskip("pyotp")
    code = pyotp.TOTP(secret[1]).now()
    server.holdings.finish_second_factor(FinishSecondFactor("alice", code))
    assert console.ok("account", "second-factor", "alice") == "on\n"
    assert "second factor" in console.ok("account", "list")
    console.ok("account", "second-factor", "alice", "--off")
    assert login(server, "alice", "open sesame") == ""
    assert "no account bob" in console.fails("account", "second-factor", "bob", "--off")


def test_whose_user_stays_can_be_seen_and_said(console: Console, server: SqliteArchive) -> None:
    server.registration.add("alice", "open sesame")
    assert console.ok("account", "always-on", "alice") == "default\n"
    assert "always-on" not in console.ok("account", "list")
    for word in ("on", "off"):
        said = console.ok("account", "always-on", "ALICE", word)
        assert said == f"ALICE is always-on: {word}\n"
        assert console.ok("account", "always-on", "alice") == f"{word}\n"
        assert f"always-on {word}" in console.ok("account", "list")
        listed = json.loads(console.ok("account", "list", "--json"))
        assert listed["always_on"] is (word == "on")
    console.ok("account", "always-on", "alice", "default")
    assert console.ok("account", "always-on", "alice") == "default\n"


def test_certificates_as_openssl_prints_them(console: Console, server: SqliteArchive) -> None:
    server.registration.add("alice", "open sesame")
    server.registration.add("bob", "open sesame")
    printed = ":".join(["AB"] * 32)
    console.ok("account", "cert", "alice", "add", printed)
    assert console.ok("account", "cert", "alice", "list") == f"{PRINT}\n"
    assert "taken" in console.fails("account", "cert", "bob", "add", PRINT)
    assert "no SHA-256" in console.fails("account", "cert", "bob", "add", "abc")
    assert "say which" in console.fails("account", "cert", "bob", "add")
    assert "did not log in to bob" in console.fails("account", "cert", "bob", "delete", PRINT)
    console.ok("account", "cert", "alice", "delete", PRINT)
    assert console.ok("account", "cert", "alice", "list") == ""


@pytest.mark.parametrize(
    "words",
    [
        ("passwd", "alice", "--password-stdin"),
        ("disable", "alice"),
        ("enable", "alice"),
        ("delete", "alice"),
        ("export", "alice"),
        ("second-factor", "alice"),
        ("always-on", "alice"),
        ("cert", "alice", "list"),
    ],
)
def test_an_account_that_does_not_exist_is_named(
    console: Console, server: SqliteArchive, words: tuple[str, ...]
) -> None:
    err = console.fails("account", *words, typed="open sesame\n")
    assert err == "trio-chat: there is no account alice\n"


@pytest.mark.parametrize(
    ("name", "password", "complaint"),
    [
        ("bob", "open sesame", "bob is taken"),
        ("BOB", "open sesame", "BOB is taken"),
        ("two words", "open sesame", "'two words' is no name"),
        ("x" * 33, "open sesame", "is no name"),
        ("a\x1b[2J", "open sesame", "'a\N{REPLACEMENT CHARACTER}[2J' is no name"),
        ("'; DROP TABLE accounts; --", "open sesame", "is no name"),
        ("carol", "short", "carol: A password needs at least 6 characters"),
        ("carol", "", "the password is empty"),
    ],
)
def test_what_cannot_be_an_account_is_said(
    console: Console, server: SqliteArchive, name: str, password: str, complaint: str
) -> None:
    server.registration.add("bob", "open sesame")
    assert complaint in console.fails(
        "account", "add", name, "--password-stdin", typed=f"{password}\n"
    )
    assert [each.name for each in server.restore(0.0).accounts] == ["bob"]


def test_an_address_that_is_none_is_refused(console: Console, server: SqliteArchive) -> None:
    words = ("account", "add", "carol", "--password-stdin", "--email", "a@b\r\nBcc: c@d")
    assert "no e-mail address" in console.fails(*words, typed="open sesame\n")


def test_a_nick_that_is_held_is_taken(console: Console, server: SqliteArchive) -> None:
    server.registration.add("bob", "open sesame")
    with server.store.writing() as db:
        row = accounts.find(db, "bob")
        assert row is not None
        accounts.set_nicks(db, row.id, [("carol", "carol")])
    words = ("account", "add", "Carol", "--password-stdin")
    assert "Carol is taken" in console.fails(*words, typed="open sesame\n")


def test_what_was_stored_does_not_command_the_terminal(
    console: Console, server: SqliteArchive
) -> None:
    with server.store.writing() as db:
        accounts.add(db, "evil\x1b]0;owned\x07", "evil", 1.0, email="\x9b31m")
    for words in (("list",), ("list", "--json"), ("export", "evil\x1b]0;owned\x07")):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", console.run("account", *words)[1])


def test_a_directory_without_a_database_is_named_and_left_as_it_is(console: Console) -> None:
    for words in (("account", "list"), ("account", "add", "alice"), ("invite",)):
        assert f"there is no {FILE_NAME} in {console.data}" in console.fails(*words)
    assert not console.data.exists()


def test_data_says_where_over_the_configuration(console: Console, tmp_path: Path) -> None:
    with Store(tmp_path / "other") as store:
        console.start(store).registration.add("alice", "open sesame")
    assert "alice" in console.ok("account", "list", "--data", str(tmp_path / "other"))


def test_a_file_that_is_no_database_and_a_wrong_configuration_are_named(console: Console) -> None:
    console.data.mkdir()
    (console.data / FILE_NAME).write_text("Dear diary\n" * 100)
    assert "not a database" in console.fails("account", "list")
    console.config.write_text("[passwords]\npasses = 0")
    assert "passes must be at least 1" in console.fails("account", "list")


def test_a_database_that_somebody_keeps_locked_is_named(
    console: Console, server: SqliteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.registration.add("alice", "open sesame")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    with server.store.writing():
        assert "database is locked" in console.fails("account", "disable", "alice")
    console.ok("account", "disable", "alice")


def test_names_are_found_as_the_server_finds_them(console: Console) -> None:
    with Store(console.data) as store:
        archive = open_archive(Config(), store, names=case_mapping("precis"))
        archive.registration.add("Ämilie", "open sesame")
    console.ok("account", "disable", "ÄMILIE")
    assert "Ämilie" in console.ok("account", "list")
    with closing(sqlite3.connect(console.data / FILE_NAME)) as connection:
        (kept,) = connection.execute("SELECT value FROM facts WHERE key = 'casemapping'").fetchone()
    assert kept == "precis"


# -- typing a password


def test_a_password_is_asked_for_twice(
    console: Console, server: SqliteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typing(*answers: str) -> Callable[[str], str]:
        waiting = list(answers)

        def getpass(prompt: str) -> str:
            if not waiting:
                raise EOFError
            return waiting.pop(0)

        return getpass

    for answers, complaint in [
        (("one password", "another one"), "not the same"),
        (("", ""), "is empty"),
        ((), "no password was given"),
    ]:
        monkeypatch.setattr("getpass.getpass", typing(*answers))
        assert complaint in console.fails("account", "add", "alice")
    monkeypatch.setattr("getpass.getpass", typing("open sesame", "open sesame"))
    console.ok("account", "add", "alice")
    assert login(server, "alice", "open sesame") == ""


# -- invitations


def test_an_invitation_is_good_for_as_many_as_it_says(
    console: Console, server: SqliteArchive
) -> None:
    token, *how = console.ok("invite", "--uses", "2", "--days", "1.5").splitlines()
    assert f"REGISTER * * PASSWORD {token}" in how
    assert re.fullmatch(
        r"\w{10}  for 2, until \S+ \S+ UTC, by the command line\n", console.ok("invite", "--list")
    )
    for name, why in [("alice", ""), ("bob", ""), ("carol", "invite")]:
        question = Register(name, "open sesame", invite=token, needs_invite=True)
        assert server.registration.register(question).why == why
    assert console.ok("invite", "--list") == ""


def test_an_invitation_can_be_taken_back(console: Console, server: SqliteArchive) -> None:
    token = console.ok("invite").splitlines()[0]
    number = console.ok("invite", "--list").split()[0]
    assert "there is no invitation x" in console.fails("invite", "--revoke", "x")
    assert console.ok("invite", "--revoke", number) == f"revoked {number}\n"
    question = Register("alice", "open sesame", invite=token, needs_invite=True)
    assert server.registration.register(question).why == "invite"
    assert token not in (console.data / FILE_NAME).read_bytes().decode(errors="replace")


@pytest.mark.parametrize(
    "words",
    [("--uses", "0"), ("--uses", "x"), ("--days", "-1"), ("--days", "nan"), ("--days", "x")],
)
def test_an_invitation_for_nobody_or_for_ever_is_a_usage_error(
    console: Console, words: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        console.run("invite", *words)
    assert ended.value.code == 2
