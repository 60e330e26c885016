"""The profiles' file: read, changed in one place, and told of line by line when it is wrong."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.setup.passwords import FromCommand, FromKeyring
from trio_chat.client.setup.profiles import KEYS, Kept, Profile, Profiles, _checked
from trio_chat.client.setup.settings import SETTINGS

from .person import Person

FILE = """\
# mine
[settings]
time = "12h"

[profiles.home]
host = "irc.test"  # the one
port = 6697
tls = true
fingerprint = "AB"
cert = "~/me.pem"
key = "/me.key"
nick = "alice"
realname = "Alice A."
login = "alice"
password = { command = "pass irc" }
server_password = "keyring"
rooms = ["#tea", "#den sesame"]

[profiles.home.settings]
bell = false

[profiles.default]
"""


def test_without_a_file_there_are_no_profiles(person: Person) -> None:
    assert person.file.read() == Profiles()


def test_a_profile_says_all_there_is_to_say(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    person.writes(FILE)
    found = person.file.read()
    assert found.profiles == {
        "home": Profile(
            host="irc.test",
            port=6697,
            tls=True,
            fingerprint="AB",
            cert="/home/alice/me.pem",
            key="/me.key",
            nick="alice",
            realname="Alice A.",
            login="alice",
            password=FromCommand("pass irc"),
            server_password=FromKeyring(),
            rooms=("#tea", "#den sesame"),
            settings={"bell": False},
        ),
        "default": Profile(host="127.0.0.1"),
    }
    assert set(KEYS) == set(Profile.__slots__)


def test_settings_of_a_profile_go_before_those_of_all(person: Person) -> None:
    person.writes(FILE + 'settings = { time = "off" }\n')
    found = person.file.read()
    home, default = found.settings_of("home"), found.settings_of("default")
    assert (home.time, home.bell) == ("12h", False)
    assert (default.time, default.bell) == ("off", True)
    assert found.settings_of("").time == "12h"


@pytest.mark.parametrize(
    ("wrong", "line", "why"),
    [
        ("[setings]\n", 1, "setings is no key: did you mean settings"),
        ("\n[settings]\nbel = true\n", 3, "settings.bel is no setting: did you mean bell"),
        ("[settings]\nbell = 'on'\n", 2, "settings.bell must be true or false, and not 'on'"),
        ("settings = 3\n", 1, "settings must be a table"),
        ("profiles = 3\n", 1, "profiles must be tables, each under [profiles.NAME]"),
        ("[profiles]\nhome = 3\n", 2, "profiles.home must be a table, under [profiles.home]"),
        ("\n[profiles.'a.b']\n", 2, "profiles.a.b is no name of a profile"),
        ("[profiles.a]\n\nprot = 1\n", 3, "profiles.a.prot is no key: did you mean port"),
        ("[profiles.a]\nxyzzy = 1\n", 2, "profiles.a.xyzzy is no key: known here: host, port"),
        ("[profiles.a]\nport = 65536\n", 2, "must be a port from 1 to 65535, and not 65536"),
        ("[profiles.a]\nport = true\n", 2, "must be a port"),
        ("[profiles.a]\nport = '1'\n", 2, "must be a port"),
        ("[profiles.a]\nhost = ''\n", 2, "profiles.a.host must be a text"),
        ("[profiles.a]\nhost = 1\n", 2, "profiles.a.host must be a text, and not 1"),
        ('[profiles.a]\nnick = "\\u001b"\n', 2, "must be a text"),
        ("[profiles.a]\ntls = 'yes'\n", 2, "must be true or false"),
        ("[profiles.a]\nrooms = '#tea'\n", 2, "must be a list of rooms"),
        ("[profiles.a]\nrooms = [\n1]\n", 2, "profiles.a.rooms must be a text"),
        ("[profiles.a]\nsettings = 1\n", 2, "profiles.a.settings must be a table"),
        ("[profiles.a.settings]\nlines = -1\n", 2, "profiles.a.settings.lines must be a number"),
        ("[profiles.a]\nlogin = 'a'\npassword = 'hunter2'\n", 3, "say where it comes from"),
        ("[profiles.a]\npassword = 'ask'\n", 2, "is of an account: login says of which"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    person: Person, wrong: str, line: int, why: str
) -> None:
    person.writes(wrong)
    with pytest.raises(ValueError) as told:  # noqa: PT011
        person.file.read()
    assert str(told.value).startswith(f"{person.file.path}, line {line}: ")
    assert why in str(told.value)
    assert "hunter2" not in str(told.value)


def test_what_is_no_toml_is_told_with_its_line(person: Person) -> None:
    person.writes("[settings]\nbell = maybe\n")
    for touch in (person.file.read, lambda: person.file.set_values(("settings",), {})):
        with pytest.raises(ValueError, match=r"client\.toml: .*line 2"):
            touch()
    person.writes(f"lines = {'9' * 5_000}\n")
    with pytest.raises(ValueError, match=r"client\.toml: "):
        person.file.read()
    person.file.path.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="is not valid UTF-8"):
        person.file.read()


def test_a_setting_is_kept_for_all_profiles_and_comments_stay(person: Person) -> None:
    person.writes(FILE)
    Kept(person.file, "home").keep("time", "off")
    assert person.toml == FILE.replace('"12h"', '"off"')
    Kept(person.file).keep("highlights", ("trio", "two words"))
    assert person.file.read().settings == {"time": "off", "highlights": ["trio", "two words"]}
    assert "# the one" in person.toml


def test_a_setting_that_a_profile_has_of_its_own_is_kept_there(person: Person) -> None:
    person.writes(FILE)
    Kept(person.file, "home").keep("bell", True)
    assert person.toml == FILE.replace("bell = false", "bell = true")


def test_the_first_setting_makes_the_file_and_nobody_else_may_read_it(person: Person) -> None:
    Kept(person.file).keep("bell", False)
    assert person.toml == "[settings]\nbell = false\n"
    assert stat.S_IMODE(person.file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(person.file.path.parent.stat().st_mode) == 0o700


def test_what_cannot_be_changed_is_told_and_stays(person: Person) -> None:
    person.writes("settings = { bell = true, lines = 3 }\n")
    with pytest.raises(ValueError, match=r"client\.toml: settings\.bell .* only an editor"):
        Kept(person.file).keep("bell", False)
    assert person.toml == "settings = { bell = true, lines = 3 }\n"


def test_a_login_is_kept_in_the_profile(person: Person) -> None:
    person.writes(FILE)
    assert Kept(person.file, "home").keep_login("alice")
    assert person.toml == FILE
    assert Kept(person.file, "default").keep_login("bob")
    assert person.file.read().profiles["default"] == Profile(login="bob")
    assert not Kept(person.file).keep_login("alice")
    assert not Kept(person.file, "nobody").keep_login("alice")


def test_a_certificate_that_logs_in_takes_the_place_of_a_password(
    person: Person, tmp_path: Path
) -> None:
    person.writes(FILE)
    assert Kept(person.file, "home").keep_login("alice", tmp_path / "new.pem")
    home = person.file.read().profiles["home"]
    assert (home.cert, home.key, home.password) == (str(tmp_path / "new.pem"), None, None)
    assert home.login == "alice"


def test_another_account_has_nothing_of_the_first(person: Person) -> None:
    person.writes(FILE)
    assert Kept(person.file, "home").keep_login("bob")
    home = person.file.read().profiles["home"]
    assert (home.login, home.password, home.cert, home.key) == ("bob", None, None, None)
    assert home.host == "irc.test"


leaves = st.one_of(
    st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.datetimes(), st.just("ask")
)
keys = st.sampled_from(["settings", "profiles", "home", *KEYS, *SETTINGS]) | st.text(max_size=3)
tables = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)
)


@given(st.dictionaries(keys, tables, max_size=3))
def test_whatever_a_file_says_is_taken_or_refused(data: dict[str, object]) -> None:
    try:
        found = _checked(data)
    except ValueError:
        return  # in words; nothing else comes out
    for name in found.profiles:
        assert found.settings_of(name)
