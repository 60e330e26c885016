"""Themes and their colours, down to what a terminal is sent."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import ANSI_COLORS_TO_RGB
from prompt_toolkit.styles import Attrs

from trio_chat.client.screen import theme as themes
from trio_chat.client.screen.ansi import Pen, colour_depth
from trio_chat.client.screen.colours import IRC, LEAST_CONTRAST, contrast, of_256, readable
from trio_chat.client.screen.line import width
from trio_chat.client.screen.theme import NICKS, NONE, THEMES, Theme, nick_class, theme_named

TRUE, EIGHT, FOUR, ONE = (
    ColorDepth.DEPTH_24_BIT,
    ColorDepth.DEPTH_8_BIT,
    ColorDepth.DEPTH_4_BIT,
    ColorDepth.DEPTH_1_BIT,
)
COLOURS = st.integers(0, 0xFFFFFF).map("{:06x}".format)
WITH_BACKGROUNDS = [theme for theme in THEMES.values() if theme.backgrounds]


def attrs(theme: Theme, style: str) -> Attrs:
    return theme.style.get_attrs_for_style_str(style)


def pairs(theme: Theme) -> list[tuple[str, str, str]]:
    """Each class with the colours it has in front and behind, on each background."""
    found = []
    for name in theme.rules:
        style = f"class:status class:{name}" if name.startswith("status") else f"class:{name}"
        has = attrs(theme, style)
        for background in theme.backgrounds:
            front, behind = has.color, has.bgcolor or background
            if front:
                found.append((name, front, behind))
    return found


@pytest.mark.parametrize("theme", WITH_BACKGROUNDS, ids=lambda theme: theme.name)
def test_every_class_can_be_read_on_the_backgrounds_of_its_theme(theme: Theme) -> None:
    least = 7 if theme.name == "contrast" else LEAST_CONTRAST
    poor = [pair for pair in pairs(theme) if contrast(*pair[1:]) < least]
    assert len(pairs(theme)) > NICKS
    assert not poor


@pytest.mark.parametrize("name", ["dark", "light"])
def test_with_16_colours_those_are_used_that_xterm_shows_well(name: str) -> None:
    theme = theme_named(name, FOUR, {})
    behind = {"dark": "000000", "light": "ffffff"}[name]
    fronts = {attrs(theme, f"class:{rule}").color for rule in theme.rules} - {""}
    assert len(fronts) >= 3
    for front in fronts:
        red, green, blue = ANSI_COLORS_TO_RGB[front or ""]
        assert contrast(f"{red:02x}{green:02x}{blue:02x}", behind) >= LEAST_CONTRAST, front


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("ff0000", "ffffff") == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize("theme", WITH_BACKGROUNDS, ids=lambda theme: theme.name)
@given(front=COLOURS)
def test_a_senders_colour_can_be_read_on_the_theme(theme: Theme, front: str) -> None:
    shown = (attrs(theme, theme.of_sender(front, "")).color or "")[-6:]
    assert all(contrast(shown, behind) >= LEAST_CONTRAST for behind in theme.backgrounds)


@given(COLOURS, COLOURS, st.sampled_from([*THEMES.values()]))
def test_a_sender_cannot_hide_a_text_in_its_background(
    front: str, behind: str, theme: Theme
) -> None:
    shown = attrs(theme, theme.of_sender(front, behind))
    if theme.colourless:
        assert (shown.color, shown.bgcolor) == ("", "")
    else:
        assert contrast(shown.color or "", shown.bgcolor or "") >= LEAST_CONTRAST


def test_a_colour_that_can_be_read_is_left_alone() -> None:
    assert readable("ff8c00", "000000") == "ff8c00"
    assert readable("000000", "000000") != "000000"


def test_on_an_unknown_background_a_senders_colour_is_one_of_the_terminals() -> None:
    default = THEMES["default"]
    names = [default.of_sender(colour, "") for colour in (IRC[4], IRC[2], IRC[1], IRC[0], IRC[14])]
    assert names == ["fg:ansired", "fg:ansiblue", "", "", ""]


def test_a_nick_has_the_same_colour_from_run_to_run() -> None:
    assert nick_class("alice") == nick_class("ALICE") == "class:nick.11"
    classes = {nick_class(f"nick{number}") for number in range(200)}
    assert classes == {f"class:nick.{number}" for number in range(NICKS)}


def test_the_theme_follows_the_background_that_the_terminal_tells() -> None:
    def name(told: str) -> str:
        return theme_named("default", TRUE, {"COLORFGBG": told}).name

    assert (name("15;0"), name("0;default;15"), name("0;7")) == ("dark", "light", "light")
    assert (name(""), name("0;default"), name("0;")) == ("default", "default", "default")
    assert theme_named("light", TRUE, {"COLORFGBG": "15;0"}) is THEMES["light"]
    assert theme_named("nonsense", TRUE, {}) is THEMES["default"]
    assert theme_named("contrast", FOUR, {}) is THEMES["contrast"]
    assert theme_named("dark", ONE, {}) is NONE


@pytest.mark.parametrize(
    ("wanted", "environ", "depth"),
    [
        ("auto", {}, EIGHT),
        ("auto", {"TERM": "xterm-256color", "COLORTERM": "truecolor"}, TRUE),
        ("auto", {"TERM": "xterm-direct"}, TRUE),
        ("auto", {"TERM": "linux"}, FOUR),
        ("auto", {"TERM": "dumb", "COLORTERM": "truecolor"}, ONE),
        ("auto", {"NO_COLOR": "1", "COLORTERM": "truecolor"}, ONE),
        ("auto", {"NO_COLOR": ""}, EIGHT),
        ("auto", {"PROMPT_TOOLKIT_COLOR_DEPTH": "DEPTH_4_BIT"}, FOUR),
        ("never", {"COLORTERM": "truecolor"}, ONE),
        ("16", {"NO_COLOR": "1"}, FOUR),
        ("256", {}, EIGHT),
        ("true", {}, TRUE),
    ],
)
def test_how_many_colours_there_are(wanted: str, environ: dict[str, str], depth: str) -> None:
    assert colour_depth(wanted, environ) == depth


def test_a_line_is_written_with_as_many_colours_as_there_are() -> None:
    line = [("class:trouble", "no"), ("", " "), ("fg:#ffff00 bg:#0000ff italic", "yes")]
    dark = THEMES["dark"].style
    assert Pen(dark, TRUE)(line) == (
        "\x1b[1;38;2;255;138;128mno\x1b[0m \x1b[3;38;2;255;255;0;48;2;0;0;255myes\x1b[0m"
    )
    assert Pen(dark, EIGHT)(line) == "\x1b[1;38;5;210mno\x1b[0m \x1b[3;38;5;226;48;5;21myes\x1b[0m"
    assert Pen(dark, FOUR)(line) == "\x1b[1;91mno\x1b[0m \x1b[3;93;104myes\x1b[0m"
    assert Pen(dark, ONE)(line) == "\x1b[1mno\x1b[0m \x1b[3myes\x1b[0m"


@pytest.mark.parametrize("depth", [TRUE, EIGHT, FOUR])
def test_no_two_colours_of_a_sender_fall_together(depth: ColorDepth) -> None:
    theme = THEMES["dark"]
    pen = Pen(theme.style, depth)
    for behind in IRC[::5]:  # every pair takes 2 s
        for front in IRC:
            [codes] = re.findall("\x1b\\[(.*?)m", pen([(theme.of_sender(front, behind), "x")]))[:1]
            parts = codes.split(";")
            half = len(parts) // 2
            ground = [str(int(part) - 10) for part in parts[half:][:1]]
            assert parts[:half] != ground + parts[half + 1 :]


def test_the_256_colours_are_a_cube_and_greys() -> None:
    assert [of_256(colour) for colour in ("000000", "ffffff", "ff0000", "808080")] == [
        16,
        231,
        196,
        244,
    ]


def test_styles_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trio_chat.client.screen.ansi._MOST_STYLES", 10)
    pen = Pen(NONE.style, TRUE)
    for number in range(30):
        assert pen([(f"fg:#0000{number:02x}", "x")]) == f"\x1b[38;2;0;0;{number}mx\x1b[0m"
    assert len(pen._starts) <= 10


def test_every_theme_has_every_class() -> None:
    assert {frozenset(theme.rules) for theme in THEMES.values()} == {frozenset(NONE.rules)}
    assert themes.NONE.name in THEMES
    assert width("…") == 1
