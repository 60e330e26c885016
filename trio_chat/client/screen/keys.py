"""The keys for conversations, messages, completion and the client; `editing` has those for writing.

Law: a key is pressed and done: nothing here waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.key_binding import KeyPressEvent

from trio_chat.client.screen.key_table import Action, key, on

if TYPE_CHECKING:
    from trio_chat.client.screen.input_line import InputLine

TENTH = 10
"""Alt-0 is the tenth conversation, as it stands behind the nine on a keyboard."""

# --- conversations ---

key("Conversations", "Alt-1 … Alt-9, Alt-0", "go to the conversation of this number")


def _switch(number: int) -> Action:
    return lambda line, event: line.deeds.switch_to(number)


for _number in range(1, TENTH + 1):
    on(f"escape {_number % TENTH}")(_switch(_number))

key("Conversations", "Alt-A", "go to where something is unread, mentions first")


@on("escape a", "escape A", when="emacs")
def _next_unread(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.next_unread()


key("Conversations", "Ctrl-N, Alt-Right", "go to the next conversation")


@on("escape right")
@on("c-n", when="emacs")
def _next(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.step(1)


key("Conversations", "Ctrl-P, Alt-Left", "go to the conversation before")


@on("escape left")
@on("c-p", when="emacs")
def _previous(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.step(-1)


key("Conversations", "Alt-/, Ctrl-X Ctrl-X", "go to the conversation you came from")


@on("escape /")
@on("c-x c-x", when="emacs")
def _last(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.last()


# --- messages ---

key("Messages", "Alt-Up, Alt-Down", "pick a message: Enter replies to it with what is typed")


@on("escape up")
def _pick_earlier(line: InputLine, event: KeyPressEvent) -> None:
    line.pick(-1)


@on("escape down")
def _pick_later(line: InputLine, event: KeyPressEvent) -> None:
    line.pick(1)


key("Messages", "Alt-R", "reply to the message that is picked, or to the last")


@on("escape r", "escape R", when="emacs")
def _reply(line: InputLine, event: KeyPressEvent) -> None:
    line.reply()


key("Messages", "Alt-E", "edit the message that is picked, or your last: Enter sends it anew")


@on("escape e", "escape E", when="emacs")
def _edit(line: InputLine, event: KeyPressEvent) -> None:
    line.edit()


key("Messages", "Alt-+", "react to the message that is picked, or to the last")


@on("escape +", "escape =", when="emacs")
def _react(line: InputLine, event: KeyPressEvent) -> None:
    line.react()


key("Messages", "Esc", "let go of what is picked; edit a paste before it is sent")


@on("escape", when="waiting")
def _escape(line: InputLine, event: KeyPressEvent) -> None:
    line.escape()


# --- completion ---

key(
    "Completion",
    "Tab",
    "complete commands, what follows them, nicks, rooms, `:emoji:`; again for the next",
)


@on("tab")
def _complete(line: InputLine, event: KeyPressEvent) -> None:
    line.complete(1)


key("Completion", "Shift-Tab", "the completion before")


@on("s-tab")
def _complete_back(line: InputLine, event: KeyPressEvent) -> None:
    line.complete(-1)


# --- the client ---

key("The client", "Page Up, Page Down", "scroll, on the full screen")


@on("pageup")
def _scroll_up(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.scroll(1)


@on("pagedown")
def _scroll_down(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.scroll(-1)


key("The client", "F1", "list the commands")


@on("f1")
def _help(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.enter("/help")


key("The client", "Ctrl-L", "draw everything anew")


@on("c-l")
def _redraw(line: InputLine, event: KeyPressEvent) -> None:
    event.app.renderer.clear()
    line.deeds.redraw()


key("The client", "Ctrl-D", "leave, on an empty line; else delete what is under the cursor")


@on("c-d")
def _delete_or_leave(line: InputLine, event: KeyPressEvent) -> None:
    if line.buffer.text:
        line.buffer.delete()
    else:
        line.deeds.leave()


key("The client", "Ctrl-Z", "back to the shell, until `fg`")  # see suspend.py
