"""The commands about what was said before: more of it, and finding something in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from trio_chat.client.commands.command import HERE, Misuse, Trouble, family
from trio_chat.client.commands.lists import told_in_a_line
from trio_chat.client.commands.times import FORMS, parse_time
from trio_chat.client.errors import Unsupported

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

command = family("History")

MOST_EARLIER = 1000
"""Messages of one /history: as many as are kept of a conversation."""

FOUND = 20
"""Messages that a search tells of, unless a number is given: they leave the last ones in sight."""

MOST_FOUND = 100


@command(
    "history",
    "[COUNT]",
    "show what was said here before",
    more="As many messages as the setting `history` says, without a number; once more, and it is "
    "what was before these.",
    example="/history 100",
    needs=HERE,
)
async def _history(console: Console, argument: str) -> None:
    count = _count(argument, console.settings.history or FOUND, MOST_EARLIER)
    shown = await console.earlier(count)
    for entry in shown:
        console.screen.show(entry)
    if all(entry.noise for entry in shown):
        console.note("nothing was said here before that")


def _count(text: str, default: int, most: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text[:6])):
        raise Misuse
    return min(int(text[:6]), most)


@dataclass(frozen=True, slots=True)
class Wish:
    """What to search for."""

    text: str = ""
    where: str = ""
    nick: str = ""
    after: datetime | None = None
    before: datetime | None = None
    limit: int = FOUND


@command(
    "search",
    "[in:ROOM] [from:NICK] [after:TIME] [before:TIME] TEXT",
    "find messages that have all of these words",
    more='Wherever you may read, the latest; "words in quotes" stand together. A time is '
    f"{FORMS}. `in:.` is here, `limit:{MOST_FOUND}` wants more than {FOUND}.",
    example="/search green tea in:#tea after:2d",
)
async def _search(console: Console, argument: str) -> None:
    chat = console.connected()
    wish = _wish(console, argument)
    try:
        found = await chat.search(
            wish.text,
            where=wish.where,
            nick=wish.nick,
            after=wish.after,
            before=wish.before,
            limit=wish.limit,
        )
    except Unsupported:
        raise Trouble("this server cannot search what was said") from None
    told = (told_in_a_line(event, console.model.nick) for event in found)
    lines = [line for line in told if line]
    for number, line in enumerate(lines, start=1):
        console.note(f"{number:>3}  {line}")
    if not lines:
        console.note("nothing was found")
    elif len(lines) >= wish.limit:
        more = "earlier" if wish.after is None else "later"
        console.note(f"there may be {more} ones: limit:{MOST_FOUND}, or narrow it")


def _wish(console: Console, argument: str) -> Wish:
    """What the words of a search say; those that narrow it may stand anywhere."""
    now = datetime.now()
    wish, words = Wish(), []
    for word in argument.split(" "):
        key, colon, value = word.partition(":")
        try:
            match (key if colon and value else "").lower():
                case "in":
                    here = console.model.current if value == "." else value
                    wish = replace(wish, where=here)
                case "from":
                    wish = replace(wish, nick=console.model.nick if value == "me" else value)
                case "after" | "since":
                    wish = replace(wish, after=parse_time(value, now))
                case "before" | "until":
                    wish = replace(wish, before=parse_time(value, now))
                case "limit":
                    wish = replace(wish, limit=_count(value, FOUND, MOST_FOUND))
                case _:
                    words.append(word)
        except ValueError as error:
            raise Trouble(str(error)) from None
    return replace(wish, text=" ".join(words).strip())
