"""The configuration file: what it may say, and how it is told that it is wrong."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from trio_chat.archive.settings import MailSettings, PasswordSettings, TokenSettings
from trio_chat.config import Config, ConfigError, Listen, Source, load, parse
from trio_chat.core.privileges import PRIVILEGES, Operator
from trio_chat.core.settings import Admin, Limits, Settings
from trio_chat.net.connection import ConnectionLimits
from trio_chat.net.tls_settings import TlsSettings

SERVER_PAGE = Path(__file__).parent.parent / "docs" / "server.md"
ACCOUNTS_PAGE = SERVER_PAGE.with_name("accounts.md")


def test_an_empty_file_is_the_defaults() -> None:
    assert parse("") == Config()


def test_every_part_can_be_set() -> None:
    config = parse(
        """
        data = "/srv/chat"
        [[listen]]
        port = 6667
        [[listen]]
        host = "::1"
        port = 0
        [chat]
        network = "Example"
        [chat.limits]
        nick_length = 9
        registration_seconds = 2.5
        [connection]
        sendq = 20000
        [log]
        format = "json"
        quiet = true
        """
    )
    assert config.data == "/srv/chat"
    assert config.listen == (Listen("127.0.0.1", 6667), Listen("::1", 0))
    assert config.chat.network == "Example"
    assert config.chat.limits == Limits(nick_length=9, registration_seconds=2.5)
    assert config.connection == ConnectionLimits(sendq=20000)
    assert (config.log.format, config.log.quiet) == ("json", True)


HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"


def test_operators_are_tables_of_their_own() -> None:
    config = parse(
        f"""
        [[operators]]
        name = "alice"
        password = "{HASH}"
        [[operators]]
        name = "bob"
        password = "{HASH}"
        masks = ["192.0.2.0/24"]
        title = "a helper"
        privileges = ["kill"]
        [chat]
        default_user_modes = "i"
        [chat.admin]
        email = "root@example.org"
        """
    )
    assert config.settings == Settings(
        default_user_modes="i",
        admin=Admin(email="root@example.org"),
        operators=(
            Operator("alice", HASH),
            Operator("bob", HASH, ("192.0.2.0/24",), "a helper", ("kill",)),
        ),
    )


def test_a_password_is_shown_nowhere() -> None:
    assert HASH not in repr(parse(f"[[operators]]\nname = 'a'\npassword = '{HASH}'"))


def test_the_message_of_the_day_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "chat.toml"
    path.write_text("motd_file = 'motd.txt'")
    complaint = f"{path}:1: motd_file: cannot read {tmp_path / 'motd.txt'}: No such file"
    with pytest.raises(ConfigError, match=re.escape(complaint)):
        load(path)
    (tmp_path / "motd.txt").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=re.escape("motd.txt is not UTF-8")):
        load(path)
    (tmp_path / "motd.txt").write_text("\0")
    with pytest.raises(ConfigError, match=re.escape(f"{path}:1: motd_file: motd must be text")):
        load(path)
    (tmp_path / "motd.txt").write_text("hello\nthere\n")
    assert load(path).settings.motd == "hello\nthere\n"


def test_a_source_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "chat.toml"
    source = Source(path, lambda config: replace(config, data="elsewhere"))
    for network in ("one", "two"):
        path.write_text(f"data = 'here'\n[chat]\nnetwork = '{network}'")
        config = source.load()
        assert (config.data, config.chat.network) == ("elsewhere", network)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("nick = \nport = 1", "line 1"),
        ("nikc_length = 9", "unknown key `nikc_length`"),
        ("[chat.limits]\nnikc_length = 9", "unknown key `chat.limits.nikc_length`"),
        ("[[listen]]\nhots = ''", "unknown key `listen.hots`"),
        ("[chat.limits]\nnick_length = 'nine'", "chat.limits.nick_length"),
        ("[chat.limits]\nnick_length = 0", "nick_length must be more than 0"),
        ("[chat.limits]\nping_after_seconds = 1e-300", "ping_after_seconds must be from 0.01"),
        ("[chat.limits]\nping_after_seconds = nan", "ping_after_seconds must be from 0.01"),
        ("[chat.limits]\nping_after_seconds = inf", "ping_after_seconds must be from 0.01"),
        ("x = " + "[" * 5000, "not TOML"),
        ("[chat]\nnetwork = 'two words'", "network must be one word"),
        ("[chat]\nserver_name = ''", "server_name must be one word"),
        (f"[chat]\nserver_name = '{'x' * 64}'", "server_name must be at most 63 bytes"),
        ("[chat]\nicon = 'two words'", "icon must be one word, a URL"),
        ("[chat]\ndefault_room_modes = 'ntk'", "default_room_modes"),
        ('[chat]\ndescription = "a\\nb"', "description must be one line"),
        ("[[listen]]\nport = 70000", "port must be 0 to 65535"),
        ("listen = 8080", "listen"),
        ("listen = []", "listen"),
        ("chat = 3", "chat"),
        ("[connection]\nsendq = 10", "sendq must be at least"),
        ("[connection]\nunregistered_sendq = 10", "unregistered_sendq must be at least"),
        ("[connection]\nunregistered_recvq = 0", "unregistered_recvq must be at least 1"),
        ("[connection]\nmax_clients = -1", "max_clients must not be negative"),
        ("[log]\nformat = 'xml'", "log.format"),
        ("[[operators]]\nname = 'a'", "password"),
        (
            "[[operators]]\nname = 'a'\npassword = 'x'",
            "operators.password must be a hash; make it with",
        ),
        ("[[operators]]\nnmae = 'a'", "unknown key `operators.nmae`"),
        (f"[[operators]]\nname = 'a'\npassword = '{HASH}'\n" * 2, "two operators called a"),
        ("[chat]\noperators = []", "unknown key `chat.operators`"),
        ("[chat.admin]\nmail = 'a'", "unknown key `chat.admin.mail`"),
        ("motd_file = 'a'\n[chat]\nmotd = 'b'", "there is a motd_file and a chat.motd"),
        ('[chat]\nmotd = "\\u0000"', "motd must be text"),
        ("[passwords]\nmemory_kib = 4", "memory_kib must be at least 8 for each lane"),
        ("[passwords]\nlanes = 65", "lanes and threads must be at most 64"),
        ("[passwords]\nthreads = 0", "threads must be at least 1"),
        ("[passwords]\nscram_iterations = 1000", "scram_iterations must be 4096 to"),
        ("[passwords]\nminimum_length = 100", "minimum_length must be at most 64"),
        ("[tokens]\nalgorithms = ['none']", "none is none that is safe"),
        ("[mail]\nsecurity = 'ssl'", "security"),
    ],
)
def test_a_mistake_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse(text)
    assert [each for each in wrong.value.mistakes if complaint in each]


def test_every_mistake_is_told_with_its_file_line_and_key_in_the_order_of_the_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "chat.toml"
    path.write_text(
        """\
motd_file = "nowhere"
[chat]
server_name = "two words"
exempt = [
    "127.0.0.1",
    "here",
]
netwrok = "x"
[[listen]]
[[listen]]
host = "::1"
port = 70000
[[listen]]
[log]
quiet = "yes"
limits.nick_length = 3
"""
    )
    with pytest.raises(ConfigError) as wrong:
        load(path)
    assert [each.removeprefix(f"{path}:") for each in wrong.value.mistakes] == [
        f"1: motd_file: cannot read {tmp_path / 'nowhere'}: No such file or directory",
        "3: chat.server_name must be one word",
        "6: chat.exempt: not an address or a range of them: here",
        "8: unknown key `chat.netwrok`; did you mean `network`?",
        "12: listen.port must be 0 to 65535",
        "15: log.quiet must be true or false, and is a text",
        "16: unknown key `log.limits`; it belongs in [chat]",
    ]
    assert str(wrong.value) == (
        f"{wrong.value.mistakes[0]} (and 6 more; `trio-chat check-config` tells all)"
    )


def test_an_address_may_be_listened_on_only_once(tmp_path: Path) -> None:
    path = tmp_path / "chat.toml"
    path.write_text("[[listen]]\n[[listen]]\nport = 1\n[[listen]]\nport = 8080\n")
    with pytest.raises(ConfigError, match=r"toml:4: listen: 127\.0\.0\.1:8080 is there already"):
        load(path)
    path.write_text("[[listen]]\nport = 0\n[[listen]]\nport = 0\n")
    assert load(path).listen == (Listen(port=0), Listen(port=0))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a = 1\nb = = 1", r":2: not TOML: Invalid value at column 5"),
        ("a = 1\na = 1\n", r":2: not TOML: Cannot overwrite a value"),
        ("a = [", r": not TOML: .*end of document"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "chat.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=re.escape(str(path)) + complaint):
        load(path)


def test_a_complaint_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "chat.toml"
    with pytest.raises(ConfigError, match=re.escape(str(path))):
        load(path)
    path.write_text("colour = 'red'")
    with pytest.raises(ConfigError, match=re.escape(str(path))):
        load(path)
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=re.escape(str(path))):
        load(path)


def _keys(value: Any) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value)}


@pytest.mark.parametrize("section", [Limits(), ConnectionLimits(), TlsSettings()])
def test_the_page_tells_every_limit_with_its_default(section: Any) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", SERVER_PAGE.read_text(), re.MULTILINE))
    for key, default in _keys(section).items():
        if type(default) in (int, float):
            assert rows[key] == str(default)


@pytest.mark.parametrize("section", [PasswordSettings(), TokenSettings(), MailSettings()])
def test_the_page_of_accounts_tells_every_key_with_its_default(section: Any) -> None:
    page = ACCOUNTS_PAGE.read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", page, re.MULTILINE))
    for key, default in _keys(section).items():
        text = json.dumps(list(default) if isinstance(default, tuple) else default)
        assert rows[key] == (text if type(default) in (int, float) else f"`{text}`")


def test_the_examples_on_the_page_of_accounts_are_configurations() -> None:
    examples = re.findall(r"```toml\n(.*?)```", ACCOUNTS_PAGE.read_text(), re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        parse(example)


def test_the_example_on_the_page_is_a_configuration_and_shows_every_key() -> None:
    found = re.search(r"```toml\n(.*?)```", SERVER_PAGE.read_text(), re.DOTALL)
    assert found is not None
    config = parse(found[1])
    shown = tomllib.loads(found[1])
    assert set(shown) == set(_keys(config))
    assert set(shown["listen"][0]) == set(_keys(Listen()))
    assert set(shown["operators"][0]) == set(_keys(config.operators[0]))
    assert set(shown["chat"]["admin"]) == set(_keys(Admin()))
    for name in ("chat", "websocket", "log", "tls", "sts"):
        section = getattr(config, name)
        assert is_dataclass(section)
        assert set(shown[name]) == {each.name for each in fields(section) if not each.metadata}


def test_the_page_tells_every_privilege() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (.*) \|$", SERVER_PAGE.read_text(), re.MULTILINE)
    assert PRIVILEGES.items() <= dict(rows).items()


def test_tokens_bring_their_mechanism_and_mail_wants_addresses() -> None:
    key = "k" * 32
    tokens = f'[tokens]\nalgorithms = ["HS256"]\nkey = "{key}"\naudience = "chat"\n'
    rules = parse(tokens).settings.accounts
    assert rules.mechanisms == ("EXTERNAL", "PLAIN", "SCRAM-SHA-256", "OAUTHBEARER")
    listed = '[chat.accounts]\nmechanisms = ["OAUTHBEARER", "PLAIN"]\n'
    assert parse(listed).settings.accounts.mechanisms == ("PLAIN",)
    assert parse(listed + tokens).settings.accounts.mechanisms == ("PLAIN", "OAUTHBEARER")
    mail = '[mail]\nhost = "mail.example"\nsender = "a@b.example"\n'
    assert [parse(text).settings.accounts.email for text in ("", mail)] == [False, True]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('mechanisms = ["LOGIN"]', "no such mechanism: 'LOGIN'"),
        ("password_bytes = 301", "password_bytes must be from 1 to 300"),
        ("password_bytes = 0", "password_bytes must be from 1 to 300"),
        ('registration = "all"', "registration"),
    ],
)
def test_rules_of_accounts_that_cannot_be_kept_are_refused(line: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(complaint)):
        parse(f"[chat.accounts]\n{line}")
