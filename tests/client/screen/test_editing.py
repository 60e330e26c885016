"""The keys for writing, in whatever script, with prompt_toolkit's own among them."""

from __future__ import annotations

import pytest

from .writing import Writer

FAMILY = "👩\u200d👩\u200d👧"
E_ACUTE = "e\u0301"
LEFT, RIGHT, DELETE, BACKSPACE = "\x1b[D", "\x1b[C", "\x1b[3~", "\x7f"


@pytest.mark.parametrize(
    ("typed", "keys", "line"),
    [
        # characters
        (f"a{FAMILY}b", LEFT * 2, f"a|{FAMILY}b"),
        (f"a{FAMILY}b", LEFT * 3 + RIGHT * 2, f"a{FAMILY}|b"),
        (f"a{FAMILY}", BACKSPACE, "a|"),
        (f"a{FAMILY}b", "\x01\x06\x04", "a|b"),
        (f"a{FAMILY}b", "\x01" + RIGHT + DELETE, "a|b"),
        ("x🇩🇪🇫🇷", LEFT, "x🇩🇪|🇫🇷"),
        ("x🇩🇪🇫🇷", BACKSPACE * 2, "x|"),
        (f"caf{E_ACUTE}s", LEFT * 2 + BACKSPACE, f"ca|{E_ACUTE}s"),
        ("❤\ufe0f👍🏽", "\x02\x02", "|❤\ufe0f👍🏽"),
        ("한국어", LEFT * 2 + DELETE, "한|어"),
        ("שלום", LEFT + BACKSPACE, "של|ם"),
        # words, as they are spelt
        ("I don't know", "\x1bb\x1bb", "I |don't know"),
        ("a well-known fact", "\x1bb\x1bb", "a |well-known fact"),
        ("it’s naïve", "\x01\x1bf\x1bf", "it’s naïve|"),
        ("— 'quoted'", "\x1bb", "— '|quoted'"),
        (f"un caf{E_ACUTE} noir", "\x1bb\x1bb", f"un |caf{E_ACUTE} noir"),
        ("नमस्ते दुनिया", "\x1bb", "नमस्ते |दुनिया"),
        (f"one {FAMILY} two", "\x1bb\x1bb", f"|one {FAMILY} two"),
        ("one two", "\x1b[1;5D\x1b[1;5D\x1b[1;5C", "one| two"),
        # cutting words
        ("say don't!", "\x01\x1bf\x1bd", "say|!"),
        ("say well-known", "\x1b\x7f", "say |"),
        ("a b/c d", "\x17", "a b/c |"),
        ("a b/c d", "\x17\x17", "a |"),
        # the kill ring
        ("one two", "\x01\x0b\x19\x19", "one twoone two|"),
        ("one two", "\x15\x19", "one two|"),
        ("one two", "\x1b\x7f\x1b\x7f\x19", "one two|"),
        ("one two", "\x01\x1bd\x1bd\x19", "one two|"),
        ("one two", "\x17x\x15\x19\x1by", "two|"),
        ("one", "\x03\x19", "one|"),
        # undo
        ("one two", "\x17\x1f", "one two|"),
        # swapping
        ("teh", "\x14", "the|"),
        ("ab", "\x01\x06\x14", "ba|"),
        ("a", "\x14", "a|"),
        (f"{FAMILY}a", "\x14", f"a{FAMILY}|"),
        ("world hello", "\x1bt", "hello world|"),
        ("don't I, no", "\x01\x1bf\x1bt", "I don't|, no"),
        ("one", "\x1bt", "one|"),
        # capitals
        ("straße ist", "\x01\x1bu", "STRASSE| ist"),
        ("HELLO World", "\x01\x1bl", "hello| World"),
        ("DON'T", "\x01\x1bc", "Don't|"),
        (" 'twas", "\x01\x1bc", " 'Twas|"),
        ("ǆ", "\x01\x1bc", "ǅ|"),
    ],
)
def test_keys_write_as_a_person_reads(writer: Writer, typed: str, keys: str, line: str) -> None:
    async def script() -> None:
        await writer.presses(typed, f"{typed}|")
        await writer.presses(keys, line)

    writer.writes(script)


@pytest.mark.parametrize(
    ("typed", "column"),
    [
        (FAMILY, 2),
        ("🇩🇪", 2),
        ("❤\ufe0f", 2),
        (E_ACUTE, 1),
        ("👍🏽👍🏽", 4),
        (f"a{FAMILY}b", 4),
        ("漢字", 4),
        ("नमस्ते", 4),
    ],
)
def test_the_cursor_is_where_the_next_letter_comes(writer: Writer, typed: str, column: int) -> None:
    async def script() -> None:
        left = len("[#tea] ")
        await writer.presses(typed, f"{typed}|")
        await writer.until(lambda: writer.screen.cursor[0] == left + column)
        await writer.presses("\x01", f"|{typed}")
        await writer.until(lambda: writer.screen.cursor[0] == left)
        await writer.presses("\x05x", f"{typed}x|")
        await writer.until(lambda: writer.screen.cursor[0] == left + column + 1)
        row = writer.screen.cursor[1]
        assert writer.screen.cell(left + column, row) == "x"

    writer.writes(script)


def test_what_is_drawn_narrower_than_thought_leaves_nothing_behind(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses("xyz", "xyz|")
        await writer.until(lambda: writer.screen.prompt() == "[#tea] xyz")
        await writer.presses("\x01\x0b❤\ufe0f", "❤\ufe0f|")
        await writer.until(lambda: "❤" in writer.screen.prompt())
        assert "y" not in writer.screen.prompt()

    writer.writes(script)


def test_control_characters_never_get_in(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses("a\x11\x1b\x11\x00b", "ab|")
        await writer.presses("\x1b[200~\x1b[2J\x07\x1b[201~", "ab[2J|")

    writer.writes(script)


def test_a_number_before_a_key_is_none_where_it_goes_to_a_conversation(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses("one\x1b2", "one|")
        await writer.until(lambda: writer.deeds.done == [("switch_to", 2)])

    writer.writes(script)


def test_lines_of_one_message_are_written_with_alt_enter(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses("one\x1b\rtwo", "one\ntwo|")
        await writer.presses("\x1b[A", "one|\ntwo")
        await writer.presses("\r", "|")
        assert writer.deeds.entered == ["one\ntwo"]

    writer.writes(script)


def test_others_can_be_told_that_one_types(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses("hi", "hi|")
        assert writer.deeds.last_typed == "hi"
        await writer.presses("\r", "|")
        assert writer.deeds.last_typed == ""

    writer.writes(script)
