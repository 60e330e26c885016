"""What arguments, profiles and answers come to."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from tests.client.tls_server import files_of, make_certificate
from trio_chat.client.login import Login
from trio_chat.client.pins import Pins
from trio_chat.client.setup.options import Options
from trio_chat.client.setup.settings import Settings
from trio_chat.client.tls import fingerprint_of

from .person import Person, arguments

HOME = """\
[settings]
lines = 3

[profiles.home]
host = "irc.test"
nick = "alice"
realname = "Alice A."
login = "alice"
password = { command = "echo sesame" }
server_password = { command = "echo open" }
rooms = ["#tea"]
settings.bell = false
"""


def words_of(options: Options) -> tuple[object, ...]:
    """The server and the person, without what is kept where."""
    return (options.host, options.port, options.tls is not None, options.nick, options.rooms)


def test_nothing_but_a_nick_asks_nothing(person: Person) -> None:
    options = person.starts("--nick", "me")
    assert words_of(options) == ("127.0.0.1", 8080, False, "me", ("#lobby",))
    assert options.settings == Settings()
    assert (options.login, options.password, options.pin) == (None, None, None)
    assert not person.file.path.exists()


def test_a_nick_that_lacks_is_asked_for(person: Person) -> None:
    person.types("")
    assert person.starts("irc.test").nick == "ada"
    person.writes('[profiles.default]\nnick = "alice"\n')
    person.types("")
    assert person.starts("irc.test").nick == "alice"


def test_where_nobody_can_be_asked_the_login_name_is_the_nick(person: Person) -> None:
    person.pipes("hi\n")
    assert words_of(person.starts()) == ("127.0.0.1", 8080, False, "ada", ("#lobby",))
    assert not person.file.path.exists()
    with pytest.raises(ValueError, match="--ask needs a terminal"):
        person.starts("--ask")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["irc.test"], ("irc.test", 6697, True, ())),
        (["irc.test:8080"], ("irc.test", 8080, True, ("#lobby",))),
        (["irc.test", "--plaintext"], ("irc.test", 6667, False, ())),
        (["irc.test:99", "--no-tls"], ("irc.test", 99, False, ())),
        (["irc.test", "--room", "a", "--room", "#b k"], ("irc.test", 6697, True, ("#a", "#b k"))),
        (["ircs://irc.test/a"], ("irc.test", 6697, True, ("#a",))),
        (["irc://irc.test/a", "--room", "b"], ("irc.test", 6697, True, ("#b",))),
        (["localhost", "--tls"], ("localhost", 8080, True, ("#lobby",))),
        (["localhost", "--fingerprint", "AB" * 32], ("localhost", 8080, True, ("#lobby",))),
        ([], ("127.0.0.1", 8080, False, ("#lobby",))),
    ],
)
def test_where_it_goes(person: Person, words: list[str], found: tuple[object, ...]) -> None:
    options = person.starts(*words, "--nick", "me")
    assert (options.host, options.port, options.tls is not None, options.rooms) == found


def test_the_nick_of_an_url_is_taken(person: Person) -> None:
    assert person.starts("irc://bob@irc.test").nick == "bob"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--nick", "9"], "is no nick"),
        (["--room", "a,b"], "is no room"),
        (["--plaintext", "--fingerprint", "AB" * 32], "plain text goes with no fingerprint"),
        (["--fingerprint", ""], "no SHA-256 fingerprint"),
        (["--key", "k.pem"], "of no use without its certificate"),
        (["--cert", "nothing.pem"], "cannot use the certificate nothing.pem"),
        (["--password-command", "true"], "are for --login"),
        (["--keyring"], "are for --login"),
        (["--login", "alice", "--password-command", "true"], "the password is empty"),
        (["--save", "a.b"], "'a.b' is no name of a profile"),
        (["--password-file", "/nowhere/at/all"], "/nowhere/at/all"),
    ],
)
def test_what_will_not_do_is_refused(person: Person, words: list[str], why: str) -> None:
    words = words if "--nick" in words else [*words, "--nick", "me"]
    with pytest.raises((ValueError, OSError), match=why):
        person.starts(*words)
    assert not person.file.path.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["a:b"],
        ["--tls", "--plaintext"],
        ["--keyring", "--password-command", "x"],
        ["--ask-password", "--password-file", "x"],
    ],
)
def test_what_contradicts_itself_is_a_usage_error(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(*words)


# -- profiles


def test_a_profile_is_meant_by_its_name(person: Person) -> None:
    person.writes(HOME)
    options = person.starts("home")
    assert words_of(options) == ("irc.test", 6697, True, "alice", ("#tea",))
    assert (options.login, options.password) == (Login("alice", "sesame"), "open")
    assert options.realname == "Alice A."
    assert (options.settings.lines, options.settings.bell) == (3, False)
    assert options.kept is not None
    options.kept.keep("bell", True)
    assert person.toml == HOME.replace("bell = false", "bell = true")


def test_a_word_that_is_no_profile_is_a_host(person: Person) -> None:
    person.writes(HOME)
    options = person.starts("hom", "--nick", "me")
    assert words_of(options) == ("hom", 6697, True, "me", ())
    assert options.settings.lines == 3
    assert options.settings.bell
    assert (options.login, options.password) == (None, None)


def test_arguments_go_before_the_profile(person: Person) -> None:
    person.writes(HOME)
    options = person.starts(
        "home", "--nick", "bob", "--room", "#den", "--no-tls", "--realname", "B"
    )
    assert words_of(options) == ("irc.test", 6667, False, "bob", ("#den",))
    assert options.realname == "B"


def test_another_account_does_not_get_the_password_of_the_first(person: Person) -> None:
    person.writes(HOME)
    person.types(secrets=["other"])
    assert person.starts("home", "--login", "bob").login == Login("bob", "other")
    assert person.starts("home", "--login", "alice").login == Login("alice", "sesame")
    again = person.starts("home", "--password-command", "echo new")
    assert again.login == Login("alice", "new")


def test_a_profile_by_the_name_of_default_is_the_one_without_an_address(person: Person) -> None:
    person.writes('[profiles.default]\nhost = "irc.test"\nnick = "alice"\nrooms = []\n')
    assert words_of(person.starts()) == ("irc.test", 6697, True, "alice", ())
    assert words_of(person.starts("--nick", "b")) == ("irc.test", 6697, True, "b", ())
    assert person.starts("127.0.0.1", "--nick", "me").rooms == ("#lobby",)


def test_no_colours_by_argument(person: Person) -> None:
    assert person.starts("--nick", "me", "--no-color").settings.colour == "never"
    assert person.starts("--nick", "me", "--no-colour").settings.colour == "never"


# -- how it looks


def test_a_terminal_is_chatted_in_inline_and_a_pipe_plain(person: Person) -> None:
    person.types()
    assert person.starts("--nick", "me").mode == "inline"
    assert person.starts("--nick", "me", "--full").mode == "full"
    assert person.starts("--nick", "me", "--plain").mode == "plain"
    person.pipes("hi\n")
    assert person.starts("--nick", "me").mode == "plain"
    with pytest.raises(ValueError, match="--full needs a terminal"):
        person.starts("--nick", "me", "--full")


def test_rooms_are_followed_without_being_in_others(person: Person) -> None:
    person.types()
    options = person.starts("--nick", "me", "--tail", "tea", "--tail", "#den key", "--json")
    assert options.rooms == ("#tea", "#den key")
    assert (options.tail, options.json, options.mode) == (("#tea", "#den"), True, "plain")
    more = person.starts("--nick", "me", "--tail", "tea", "--room", "den")
    assert (more.rooms, more.tail, more.json) == (("#den", "#tea"), ("#tea",), False)


@pytest.mark.parametrize("words", [["--json"], ["--tail", "tea"]])
def test_what_is_for_pipes_is_not_for_the_whole_screen(person: Person, words: list[str]) -> None:
    person.types()
    with pytest.raises(ValueError, match="not for --full"):
        person.starts("--nick", "me", "--full", *words)


# -- the first run


def test_the_first_run_asks_three_questions_and_the_second_none(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person.types("", "", "")
    first = person.starts()
    assert words_of(first) == ("127.0.0.1", 8080, False, "ada", ("#lobby",))
    assert f"kept as the profile default in {person.file.path}\n" in capsys.readouterr().out
    person.types()
    second = person.starts()
    assert words_of(second) == words_of(first)
    assert capsys.readouterr().out == ""


def test_how_it_is_to_look_is_no_answer_to_the_questions(person: Person) -> None:
    person.types("irc.test", "", "-")
    options = person.starts("--no-color", "--full")
    assert (options.host, options.settings.colour) == ("irc.test", "never")
    assert options.mode == "full"


def test_asking_again_suggests_what_was_said(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person.types("irc.test:7000", "bob", "tea")
    person.starts()
    person.types("", "carol", "-")
    options = person.starts("--ask")
    assert "Server [irc.test:7000]: Nick [bob]: Room [#tea]: " in capsys.readouterr().out
    assert words_of(options) == ("irc.test", 7000, True, "carol", ())


def test_what_belongs_to_one_server_is_not_told_to_the_next(person: Person) -> None:
    person.writes(HOME)
    person.types("other.test", "", "")
    options = person.starts("home", "--ask")
    assert words_of(options) == ("other.test", 6697, True, "alice", ("#tea",))
    assert (options.login, options.password) == (None, None)
    assert not options.settings.bell
    assert "sesame" not in person.toml
    person.writes(HOME)
    person.types("", "", "")
    assert person.starts("home", "--ask").login == Login("alice", "sesame")


def test_who_leaves_the_questions_leaves_nothing_behind(person: Person) -> None:
    person.types("irc.test", "bob")
    with pytest.raises(EOFError):
        person.starts()
    assert not person.file.path.exists()


def test_questions_about_an_address_suggest_it(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person.types("", "", "")
    person.starts("ircs://irc.test/trio", "--ask")
    assert "Server [irc.test]: Nick [ada]: Room [#trio]" in capsys.readouterr().out


# -- saving


def test_what_is_said_is_kept_as_a_profile(person: Person, tmp_path: Path) -> None:
    (tmp_path / "open").write_text("open\n")
    cert, key = files_of(make_certificate(), tmp_path)
    person.starts(
        *("irc.test:7000", "--save", "work", "--nick", "me", "--room", "tea", "--login", "alice"),
        *("--password-command", "echo sesame", "--cert", str(cert), "--key", str(key)),
        *("--password-file", str(tmp_path / "open"), "--realname", "A. A."),
    )
    assert tomllib.loads(person.toml)["profiles"]["work"] == {
        "host": "irc.test",
        "port": 7000,
        "tls": True,
        "cert": str(cert),
        "key": str(key),
        "nick": "me",
        "realname": "A. A.",
        "login": "alice",
        "rooms": ["#tea"],
        "password": {"command": "echo sesame"},
        "server_password": {"file": str(tmp_path / "open")},
    }
    again = person.starts("work")
    assert words_of(again) == ("irc.test", 7000, True, "me", ("#tea",))
    assert (again.login, again.password) == (Login("alice", "sesame"), "open")


def test_plain_text_is_kept_too(person: Person) -> None:
    person.starts("irc.test", "--plaintext", "--nick", "me", "--save", "work")
    assert words_of(person.starts("work")) == ("irc.test", 6667, False, "me", ())


def test_a_profile_is_changed_by_itself_alone(person: Person) -> None:
    person.writes(HOME)
    with pytest.raises(ValueError, match="there is a profile home already"):
        person.starts("evil.test", "--nick", "me", "--save", "home")
    assert person.toml == HOME
    person.starts("home", "--room", "#den", "--save", "home")
    assert person.toml == HOME.replace('["#tea"]', '["#den"]')
    person.starts("home", "--nick", "bob", "--save", "other")
    assert person.starts("other").nick == "bob"
    assert person.starts("other").login == Login("alice", "sesame")


# -- secrets


def test_the_password_of_an_account_is_asked_for(person: Person) -> None:
    person.types(secrets=["sesame"])
    assert person.starts("--login", "alice", "--nick", "me").login == Login("alice", "sesame")
    assert person.asked == ["Password of the account alice: "]


def test_a_certificate_takes_the_place_of_a_password(person: Person, tmp_path: Path) -> None:
    cert, key = files_of(make_certificate(), tmp_path)
    words = ("--login", "alice", "--nick", "me", "--cert", str(cert), "--key", str(key))
    assert person.starts(*words).login == Login("alice")
    person.writes(
        f'[profiles.home]\nnick = "me"\nlogin = "alice"\ncert = "{cert}"\nkey = "{key}"\n'
        'password = "ask"\n'
    )
    person.types(secrets=["sesame"])
    assert person.starts("home").login == Login("alice", "sesame")


def test_the_password_of_the_server_is_asked_for(person: Person) -> None:
    person.types(secrets=["open"])
    assert person.starts("--nick", "me", "--ask-password").password == "open"
    assert person.asked == ["Password of the server 127.0.0.1:8080: "]


def test_an_encrypted_key_is_asked_about_once(person: Person, tmp_path: Path) -> None:
    cert, key = files_of(make_certificate(), tmp_path, password=b"sesame")
    person.types(secrets=["sesame"])
    chosen = person.starts("--nick", "me", "--cert", str(cert), "--key", str(key)).tls
    assert chosen is not None
    chosen.pinned_to(fingerprint_of(b""))
    assert person.asked == [f"Password of {key}: "]


def test_a_server_that_is_known_is_met_by_its_pin(person: Person) -> None:
    pin = Pins().add("irc.test", 6697, fingerprint_of(b""), date(2026, 1, 1))
    assert person.starts("irc.test", "--nick", "me").pin == pin
    assert person.starts("irc.test", "--nick", "me", "--plaintext").pin is None
    pinned = person.starts("irc.test", "--nick", "me", "--fingerprint", "AB" * 32)
    assert pinned.pin is None
