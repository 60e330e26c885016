"""What stands around the messages on the full screen: the topic, the conversations, the members.

Law: pure; everything fits the columns it is given, measured by what is seen.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from trio_chat.client.model.conversations import Conversation
from trio_chat.client.model.model import Model
from trio_chat.client.rooms import Member
from trio_chat.client.screen.line import Fragment, Line, cut
from trio_chat.client.text import clean
from trio_chat.wire.grammar import casefold

RANKS = "~&@%+"
"""The signs of ranks, the highest first; of a member's several, the first counts."""


def top_line(model: Model, columns: int) -> Line:
    """The current conversation and its topic."""
    name = clean(model.current) or "no room yet: /join one"
    line: Line = [("class:top.name", cut(f" {name} ", columns))]
    topic = clean(model.topic)
    left = columns - len(f" {name} ")
    if topic and left > 3:
        line.append(("class:top.topic", cut(topic, left - 1)))
    return line


def rooms_column(model: Model, columns: int, rows: int) -> list[Line]:
    """The conversations with their numbers; the current one is always among them."""
    lines: list[Line] = []
    at = 0
    for conversation in model.conversations.values():
        is_current = conversation.name == model.current
        at = len(lines) if is_current else at
        lines.append(_room(conversation, columns, is_current))
    first = max(0, min(at - rows // 2, len(lines) - rows))
    return lines[first : first + rows]


def _room(conversation: Conversation, columns: int, is_current: bool) -> Line:
    number = f"{conversation.number} "
    count = f" {conversation.unread}" if conversation.unread and not is_current else ""
    count += "!" if count and conversation.mentions else ""
    style = "class:rooms"
    if is_current:
        style = "class:rooms.current"
    elif conversation.mentions:
        style = "class:rooms.mention"
    elif conversation.unread:
        style = "class:rooms.unread"
    name = cut(clean(conversation.name), columns - len(number) - len(count))
    return [("class:rooms.number", number), (style, name), (style, count)]


class MembersColumn:
    """Who is in a room, by rank and name; sorted anew only when told that it has changed."""

    def __init__(self) -> None:
        self._drawn: tuple[object, list[Line]] | None = None

    def change(self) -> None:
        """Somebody came, went, or has another rank."""
        self._drawn = None

    def lines(
        self, name: str, members: Mapping[str, Member], columns: int, rows: int
    ) -> list[Line]:
        """As many as there are rows, the last of which tells how many more there are."""
        key = (name, len(members), columns, rows)
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = (key, list(_members(members.values(), len(members), columns, rows)))
        return self._drawn[1]


def _members(members: Iterable[Member], count: int, columns: int, rows: int) -> Iterable[Line]:
    shown = rows if count <= rows else rows - 1
    # Not `sorted`: of ten thousand, forty are seen.
    for member in heapq.nsmallest(shown, members, key=_order):
        style = "class:members.away" if member.away else "class:members"
        sign = member.signs[:1]
        parts: list[Fragment] = [("class:members.rank", sign or " ")]
        yield [*parts, (style, cut(clean(member.nick), columns - 1))]
    if shown < count:
        yield [("class:members.away", cut(f" and {count - shown} more", columns))]


def _order(member: Member) -> tuple[int, str]:
    rank = RANKS.find(member.signs[:1]) if member.signs else len(RANKS)
    return (len(RANKS) if rank < 0 else rank, casefold(member.nick))
