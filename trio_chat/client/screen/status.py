"""The status bar: where one is, what is unread elsewhere, and how the connection is.

Law: it fits the columns it is given. What matters least goes first: the topic is shortened, then
left out, and so on up to the conversations in which one is meant and a lost connection.
"""

from __future__ import annotations

from trio_chat.client.model.conversations import Conversation
from trio_chat.client.model.model import Model
from trio_chat.client.screen.line import Line, cut, text_of, width
from trio_chat.client.text import clean

SLOW = 1.0
"""Seconds of lag from which on it is shown: nobody notices less."""

MOST_COUNTED = 999
"""Unread messages that are counted exactly."""

TYPING_NAMED = 2
"""Of those who type; of more only the number is shown."""

_GAP = "  "
_SHORTEST_TOPIC = 10
_LONGEST_NAME = 20


def status_line(
    model: Model, columns: int, mode: str = "", *, unread: bool = True, topic: bool = True
) -> Line:
    """The bar of so many columns. `mode` is that of the keys, if there is one to be told.

    `unread` and `topic` are False where these stand elsewhere on the screen.
    """
    elsewhere = [each for each in model.conversations.values() if each.name != model.current]
    # In the order they stand, and each with how soon it has to go: the least first.
    parts: list[tuple[int, Line]] = [
        (30, [("class:status.nick", cut(clean(model.nick), _LONGEST_NAME))]),
        (80, _place(model)),
        (20, _members(model)),
    ]
    if model.connection != "connected":
        parts.insert(1, (100, [("class:status.trouble", clean(model.connection))]))
    if model.lag is not None and model.lag >= SLOW:
        parts.append((50, [("class:status.trouble", f"lag {model.lag:.0f} s")]))
    parts += [
        (90 if each.mentions else 60, _unread(each)) for each in elsewhere if unread and each.unread
    ]
    parts.append((40, _typing(model.typing)))
    parts.append((35, [("class:status.mode", mode)] if mode else []))
    parts = [(weight, line) for weight, line in parts if line]
    line = _joined(parts, columns)
    left = columns - width(text_of(line)) - len(_GAP)
    about = clean(model.topic) if topic else ""
    if about and left >= _SHORTEST_TOPIC:
        line += [("", _GAP), ("class:status.topic", cut(about, left))]
    return line


def _joined(parts: list[tuple[int, Line]], columns: int) -> Line:
    """As many of the parts as fit, those that matter most."""
    space = columns - 1
    kept: set[int] = set()
    for at in sorted(range(len(parts)), key=lambda at: (-parts[at][0], at)):
        needs = width(text_of(parts[at][1])) + (len(_GAP) if kept else 0)
        if needs <= space:
            kept.add(at)
            space -= needs
    line: Line = [("", " ")]
    for at in sorted(kept):
        line += [("", _GAP), *parts[at][1]] if len(line) > 1 else parts[at][1]
    return line if columns > 0 else []


def _place(model: Model) -> Line:
    here = model.conversations.get(model.current)
    if here is None:
        return []
    return [("class:status.room", f"{here.number}:{cut(clean(here.name), _LONGEST_NAME)}")]


def _members(model: Model) -> Line:
    count = len(model.members)
    return [("class:status.members", f"{count} here")] if count else []


def _unread(conversation: Conversation) -> Line:
    count = min(conversation.unread, MOST_COUNTED)
    more = "+" if conversation.unread > MOST_COUNTED else ""
    meant = "!" if conversation.mentions else ""
    style = "class:status.mention" if meant else "class:status.unread"
    name = cut(clean(conversation.name), _LONGEST_NAME)
    return [(style, f"{conversation.number}:{name}({count}{more}{meant})")]


def _typing(nicks: list[str]) -> Line:
    if not nicks:
        return []
    if len(nicks) > TYPING_NAMED:
        text = f"{len(nicks)} are typing"
    else:
        names = " and ".join(cut(clean(nick), _LONGEST_NAME) for nick in nicks)
        text = f"{names} {'is' if len(nicks) == 1 else 'are'} typing"
    return [("class:status.typing", text)]
