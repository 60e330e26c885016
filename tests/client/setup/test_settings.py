"""The settings: read from text and from TOML, shown, and refused in words."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from trio_chat.client.screen.theme import THEMES
from trio_chat.client.setup.settings import (
    SETTINGS,
    Settings,
    WrongSetting,
    setting_named,
    shown,
    with_text,
    with_values,
)
from trio_chat.client.setup.values import Words

DEFAULT = Settings()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("time", "12h", "12h"),
        ("time", "OFF", "off"),
        ("TIME", " 24h ", "24h"),
        ("theme", "DARK", "dark"),
        ("colour", "true", "true"),
        ("bell", "on", True),
        ("bell", "No", False),
        ("lines", "0", 0),
        ("history", "1000", 1000),
        ("highlights", "trio, async  io,trio", ("trio", "async  io")),
        ("highlights", "-", ()),
        ("ignore", "bob *!*@*.example,eve", ("bob", "*!*@*.example", "eve")),
    ],
)
def test_a_setting_is_read_from_text(name: str, text: str, value: object) -> None:
    assert getattr(with_text(DEFAULT, name, text), name.lower()) == value


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("time", "noon", "time must be 24h, 12h or off, and not 'noon'"),
        ("bell", "maybe", "bell must be on or off, and not 'maybe'"),
        ("lines", "-1", "lines must be a number from 0 to 500, and not '-1'"),
        ("lines", "501", "lines must be a number from 0 to 500, and not 501"),
        ("lines", "²", "must be a number"),
        ("lines", "9" * 5000, "not '9{59}…$"),
        ("paste_lines", "0", "paste_lines must be a number from 1"),
        ("theme", "", "theme must be default, dark, light"),
        ("highlights", "", "highlights must be at most 200 keywords with commas between"),
        ("highlights", "\x1b[2J", "made of keywords of at most 200 characters"),
        ("highlights", "x" * 201, "made of keywords of at most 200 characters"),
        ("ignore", ",".join(map(str, range(201))), "at most 200 masks"),
        ("ignore", "-,bob", "made of masks"),
        ("tiem", "off", "tiem is no setting: did you mean time"),
        ("xyzzy", "off", "xyzzy is no setting: there are time, theme"),
    ],
)
def test_what_will_not_do_is_told_in_words(name: str, text: str, why: str) -> None:
    with pytest.raises(WrongSetting, match=why.replace("*", r"\*")):
        with_text(DEFAULT, name, text)


def test_values_of_a_table_are_taken_as_they_are() -> None:
    changed = with_values(DEFAULT, {"bell": False, "lines": 3, "highlights": ["a b", "c"]})
    assert (changed.bell, changed.lines, changed.highlights) == (False, 3, ("a b", "c"))
    assert changed.time == DEFAULT.time


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bell", "on"),
        ("bell", 1),
        ("lines", True),
        ("lines", "3"),
        ("lines", 2.0),
        ("time", 24),
        ("time", "OFF"),
        ("theme", 7),
        ("highlights", "one"),
        ("highlights", ["a", 1]),
        ("highlights", ["a,b"]),
        ("highlights", ["-"]),
        ("highlights", [" a"]),
        ("ignore", ["a b"]),
        ("Bell", False),
        ("nothing", 1),
    ],
)
def test_values_of_a_table_that_will_not_do_are_refused(name: str, value: object) -> None:
    with pytest.raises(WrongSetting) as refused:
        with_values(DEFAULT, {"numbers": False, name: value})
    assert refused.value.name == name


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_shown_can_be_typed(name: str) -> None:
    assert with_text(DEFAULT, name, shown(DEFAULT, name)) == DEFAULT
    for value in setting_named(name).kind.values:
        changed = with_text(DEFAULT, name, value)
        assert shown(changed, name) == value


def test_a_list_is_shown_with_commas() -> None:
    assert shown(with_text(DEFAULT, "highlights", "one,two words"), "highlights") == (
        "one, two words"
    )


def test_the_themes_are_those_of_the_screen() -> None:
    assert setting_named("theme").kind.values == tuple(THEMES)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_says_what_it_is_and_what_it_may_be(name: str) -> None:
    setting = setting_named(name)
    assert setting.help
    assert str(setting.kind)


def test_settings_are_never_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        DEFAULT.bell = False  # type: ignore[misc]


def test_no_settings_are_made_of_what_will_not_do() -> None:
    with pytest.raises(WrongSetting, match="lines must be a number"):
        Settings(lines=-1)


def test_a_list_may_be_as_long_as_it_may() -> None:
    kind = Words("word", 3, 2)
    assert kind.read("abc d") == ("abc", "d")
