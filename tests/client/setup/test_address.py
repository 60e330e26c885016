"""Addresses as people write them, and what goes without saying: never plain text to others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.setup.address import Address, completed, is_here, parse_address


@pytest.mark.parametrize(
    ("text", "host", "port", "tls"),
    [
        ("irc.test", "irc.test", None, None),
        ("irc.test:6667", "irc.test", 6667, None),
        ("127.0.0.1:1", "127.0.0.1", 1, None),
        ("[::1]", "::1", None, None),
        ("[::1]:6667", "::1", 6667, None),
        ("::1", "::1", None, None),
        ("irc://irc.test", "irc.test", None, None),
        ("irc://irc.test:6667/", "irc.test", 6667, None),
        ("ircs://irc.test", "irc.test", None, True),
        ("IRCS://[::1]:9", "::1", 9, True),
    ],
)
def test_addresses(text: str, host: str, port: int | None, tls: bool | None) -> None:
    assert parse_address(text) == Address(host, port, tls)


@pytest.mark.parametrize(
    "text",
    [
        *("", ":1", "a:", "a:b", "a:0", "a:65536", "a:²", "[::1]x", "a:-1", "a b", "a/b", "a\x1b"),
        *("[]", "[::1]:", "http://a", "irc://", "irc://a:b", "irc://a:0", "irc://a:99999"),
        *("irc://[a", "irc://a/b%20c", "irc://a/%00", "irc://me:secret@irc.test"),
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"no HOST|URL|no room") as refused:
        parse_address(text)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "rooms"),
    [
        ("", ()),
        ("/", ()),
        ("/trio", ("#trio",)),
        ("/#trio", ("#trio",)),
        ("/%23trio", ("#trio",)),
        ("/%23%23py", ("##py",)),
        ("/&here", ("&here",)),
        ("/trio,#tea", ("#trio", "#tea")),
        ("/#trio,#tea", ("#trio", "#tea")),
        ("/trio,needkey?sesame", ("#trio sesame",)),
        ("/bob,isnick", ()),
    ],
)
def test_rooms_in_urls(path: str, rooms: tuple[str, ...]) -> None:
    assert parse_address(f"irc://me@irc.test{path}") == Address("irc.test", nick="me", rooms=rooms)


@pytest.mark.parametrize(
    ("text", "name"),
    [("home", "home"), ("my_home-2", "my_home-2"), ("a.b", ""), ("home:1", ""), ("::1", "")],
)
def test_a_word_may_be_a_profile_and_what_has_a_dot_or_a_colon_not(text: str, name: str) -> None:
    assert parse_address(text).name == name


@pytest.mark.parametrize(
    ("host", "port", "tls", "way"),
    [
        ("127.0.0.1", None, None, (8080, False)),
        ("localhost", None, None, (8080, False)),
        ("127.0.0.1", 6667, None, (6667, False)),
        ("127.0.0.1", 6697, None, (6697, True)),
        ("127.0.0.1", None, True, (8080, True)),
        ("127.0.0.1", 6697, False, (6697, False)),
        ("irc.test", None, None, (6697, True)),
        ("irc.test", 8080, None, (8080, True)),
        ("irc.test", 6667, None, (6667, True)),
        ("irc.test", None, False, (6667, False)),
        ("irc.test", 8080, False, (8080, False)),
    ],
)
def test_port_and_tls_that_go_without_saying(
    host: str, port: int | None, tls: bool | None, way: tuple[int, bool]
) -> None:
    assert completed(host, port, tls) == way


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost.", "a.localhost"]
)
def test_this_machine(host: str) -> None:
    assert is_here(host)


@pytest.mark.parametrize(
    "host",
    ["10.0.0.1", "0.0.0.0", "fe80::1%lo", "localhost.test", "127.0.0.1.nip.io", "127.1.", ""],
)
def test_other_machines(host: str) -> None:
    assert not is_here(host)


@given(st.from_regex(r"[a-z0-9.:-]{1,20}", fullmatch=True), st.none() | st.integers(1, 65535))
def test_no_other_machine_is_sent_plain_text_unasked(host: str, port: int | None) -> None:
    assert completed(host, port, None)[1] or is_here(host)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for each in (text, f"irc://{text}"):
        try:
            found = parse_address(each)
        except ValueError:
            continue
        assert found.host
