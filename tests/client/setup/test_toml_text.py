"""A TOML text changed in one place: all else in it stays, comments too."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trio_chat.client.setup.toml_text import (
    CannotChange,
    line_of,
    to_toml,
    with_value,
    without,
)

TEXT = '''\
# mine
[settings]
time = "24h"   # as at home
highlights = [
    "trio",  # the bird
    "a # b",
]

# where I live
[profiles.home]
host = "irc.test"
nick = "me # you"  # and # others
settings.bell = true
about = """
[profiles.work]
host = 1
"""

[profiles."my work"]
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("settings",), 2),
        (("settings", "time"), 3),
        (("settings", "highlights"), 4),
        (("settings", "nothing"), 2),
        (("profiles", "home", "host"), 11),
        (("profiles", "home", "settings", "bell"), 13),
        (("profiles", "home", "about"), 14),
        (("profiles", "my work", "host"), 19),
        (("profiles", "work"), 1),
        (("nothing",), 1),
    ],
)
def test_a_key_is_found_in_its_line(place: tuple[str, ...], line: int) -> None:
    assert line_of(TEXT, place) == line


@pytest.mark.parametrize(
    ("place", "value", "old", "new"),
    [
        (("settings", "time"), "12h", '"24h"   # as', '"12h"   # as'),
        (
            ("profiles", "home", "nick"),
            "x",
            'nick = "me # you"  # and # others',
            'nick = "x"  # and # others',
        ),
        (("profiles", "home", "settings", "bell"), False, "bell = true", "bell = false"),
        (
            ("profiles", "home", "port"),
            6697,
            '\n"""\n\n[profiles."my',
            '\n"""\nport = 6697\n\n[profiles."my',
        ),
        (
            ("settings", "lines"),
            3,
            '    "a # b",\n]\n',
            '    "a # b",\n]\nlines = 3\n',
        ),
        (
            ("settings", "highlights"),
            ("one", "two"),
            '[\n    "trio",  # the bird\n    "a # b",\n]',
            '["one", "two"]',
        ),
        (("profiles", "my work", "tls"), True, 'my work"]\n', 'my work"]\ntls = true\n'),
        (
            ("profiles", "new one", "nick"),
            "\x7f\n",
            'my work"]\n',
            'my work"]\n\n[profiles."new one"]\nnick = "\\u007f\\n"\n',
        ),
    ],
)
def test_one_value_is_changed_and_all_else_stays(
    place: tuple[str, ...], value: object, old: str, new: str
) -> None:
    assert TEXT.count(old) == 1
    assert with_value(TEXT, place, value) == TEXT.replace(old, new)


def test_an_empty_text_gets_its_first_table() -> None:
    assert with_value("", ("settings", "bell"), False) == "[settings]\nbell = false\n"


def test_a_last_line_without_an_end_gets_one() -> None:
    assert with_value("[a]\nb = 1", ("a", "c"), 2) == "[a]\nb = 1\nc = 2\n"


@pytest.mark.parametrize(
    "text",
    [
        "settings = { bell = true }\n",
        "settings = { bell = true, time = '12h' }\n",
        "settings = { time = '12h' }\n",
        "settings = 3\n",
        '"a=b" = 1\n[settings]\n"be=ll" = 1\nsettings.x = {bell = 1}\n[[settings.bell]]\n',
    ],
)
def test_what_only_an_editor_can_change_is_refused(text: str) -> None:
    with pytest.raises(CannotChange):
        with_value(text, ("settings", "bell"), False)


def test_a_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        with_value("[settings\n", ("settings", "bell"), False)


def test_a_key_is_taken_out_with_its_comment() -> None:
    assert without(TEXT, ("settings", "time")) == TEXT.replace('time = "24h"   # as at home\n', "")
    assert without(TEXT, ("settings", "nothing")) == TEXT
    with pytest.raises(CannotChange):
        without("a = { b = 1, c = 2 }", ("a", "b"))


def test_a_table_in_braces_may_be_a_value() -> None:
    text = with_value("", ("p", "password"), {"command": 'pass "irc"'})
    assert tomllib.loads(text) == {"p": {"password": {"command": 'pass "irc"'}}}
    with pytest.raises(TypeError):
        to_toml(None)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.one_of(st.booleans(), st.integers(-9, 9), words, st.lists(words, max_size=3))


@given(words.filter(bool), words.filter(bool), values)
@example("a=b", 'c"=d', "#")
@example("\u2028", "\x85", "\r")
def test_whatever_is_set_is_there_and_can_be_taken_out(table: str, key: str, value: object) -> None:
    changed = with_value(TEXT, ("more", table, key), value)
    data = tomllib.loads(TEXT)
    assert tomllib.loads(changed) == {**data, "more": {table: {key: value}}}
    assert line_of(changed, ("more", table, key)) == changed.count("\n")
    again = with_value(changed, ("more", table, key), 7)
    assert tomllib.loads(again)["more"] == {table: {key: 7}}
    assert tomllib.loads(without(again, ("more", table, key)))["more"] == {table: {}}
