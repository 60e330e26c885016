"""The keys for writing: by visible characters and by words as they are spelt, whatever the script.

Law: prompt_toolkit's own know of code points, and of words of ASCII letters; what they do right is
in the table without an action here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.keys import Keys

from trio_chat.client.screen.graphemes import (
    with_characters_swapped,
    with_words_swapped,
    word_end,
    word_start,
)
from trio_chat.client.screen.key_table import key, on

if TYPE_CHECKING:
    from trio_chat.client.screen.input_line import InputLine

# --- lines ---

key("Writing", "Enter", "send what is written")


@on("enter", when="inserting")
def _enter(line: InputLine, event: KeyPressEvent) -> None:
    coming = event.key_processor.input_queue
    if line.take_burst(list(coming)):
        coming.clear()
    else:
        line.buffer.validate_and_handle()


key("Writing", "Alt-Enter", "begin another line of the same message")


@on("escape enter")
def _line_end(line: InputLine, event: KeyPressEvent) -> None:
    line.buffer.insert_text("\n")


@on(Keys.BracketedPaste.value)
def _paste(line: InputLine, event: KeyPressEvent) -> None:
    line.paste(event.data)


key("Writing", "Ctrl-C", "drop the line; Ctrl-Y brings it back")


@on("c-c")
def _drop(line: InputLine, event: KeyPressEvent) -> None:
    if line.buffer.text:
        event.app.clipboard.set_text(line.buffer.text)
    line.drop()


key("Writing", "Up, Down", "what you entered before, and begins as the line does")
key("Writing", "Ctrl-R", "search in what you entered, also in earlier runs")

# --- moving ---

key("Writing", "Ctrl-A, Home; Ctrl-E, End", "to the beginning of the line, to its end")
key("Writing", "Ctrl-B, Left; Ctrl-F, Right", "a character back, or on")
key("Writing", "Alt-B, Ctrl-Left", "to the beginning of the word")


@on("c-left")
@on("escape b", "escape B", when="emacs")
def _word_back(line: InputLine, event: KeyPressEvent) -> None:
    buffer = line.buffer
    for _ in range(event.arg):
        buffer.cursor_position = word_start(buffer.text, buffer.cursor_position)


key("Writing", "Alt-F, Ctrl-Right", "to the end of the word")


@on("c-right")
@on("escape f", "escape F", when="emacs")
def _word_on(line: InputLine, event: KeyPressEvent) -> None:
    buffer = line.buffer
    for _ in range(event.arg):
        buffer.cursor_position = word_end(buffer.text, buffer.cursor_position)


# --- taking away, and bringing back ---

key("Writing", "Ctrl-K, Ctrl-U", "cut to the end of the line, to its beginning")
key("Writing", "Ctrl-W", "cut back to a space")
key("Writing", "Alt-D, Ctrl-Delete", "cut to the end of the word")


@on("c-delete", when="inserting")
@on("escape d", "escape D", when="emacs")
def _cut_word(line: InputLine, event: KeyPressEvent) -> None:
    buffer = line.buffer
    cut = buffer.delete(word_end(buffer.text, buffer.cursor_position) - buffer.cursor_position)
    if cut:
        held = event.app.clipboard.get_data().text if event.is_repeat else ""
        event.app.clipboard.set_text(held + cut)


key("Writing", "Alt-Backspace", "cut to the beginning of the word")


@on("escape backspace", when="emacs")
def _cut_word_back(line: InputLine, event: KeyPressEvent) -> None:
    buffer = line.buffer
    start = word_start(buffer.text, buffer.cursor_position)
    cut = buffer.delete_before_cursor(buffer.cursor_position - start)
    if cut:
        held = event.app.clipboard.get_data().text if event.is_repeat else ""
        event.app.clipboard.set_text(cut + held)


key("Writing", "Ctrl-Y, then Alt-Y", "put in what was cut last, then what was cut before")
key("Writing", "Ctrl-_", "undo")

# --- changing ---

key("Writing", "Ctrl-T", "swap two characters")


@on("c-t", when="emacs")
def _swap_characters(line: InputLine, event: KeyPressEvent) -> None:
    text, at = with_characters_swapped(line.buffer.text, line.buffer.cursor_position)
    line.buffer.replace(0, len(line.buffer.text), text, at)


key("Writing", "Alt-T", "swap two words")


@on("escape t", "escape T", when="emacs")
def _swap_words(line: InputLine, event: KeyPressEvent) -> None:
    text, at = with_words_swapped(line.buffer.text, line.buffer.cursor_position)
    line.buffer.replace(0, len(line.buffer.text), text, at)


def _change_word(line: InputLine, change: Callable[[str], str]) -> None:
    start = line.buffer.cursor_position
    end = word_end(line.buffer.text, start)
    line.buffer.replace(start, end, change(line.buffer.text[start:end]))


key("Writing", "Alt-U, Alt-L, Alt-C", "the rest of the word in capitals, in small letters, or Such")


@on("escape u", "escape U", when="emacs")
def _capitals(line: InputLine, event: KeyPressEvent) -> None:
    _change_word(line, str.upper)


@on("escape l", "escape L", when="emacs")
def _small_letters(line: InputLine, event: KeyPressEvent) -> None:
    _change_word(line, str.lower)


@on("escape c", "escape C", when="emacs")
def _capital(line: InputLine, event: KeyPressEvent) -> None:
    _change_word(line, _with_capital)


def _with_capital(text: str) -> str:
    lead = len(text) - len(text.lstrip(" \t\n\"'([{<«„“‘"))
    return text[:lead] + text[lead : lead + 1].title() + text[lead + 1 :].lower()
