"""The commands about a message: answer it, react to it, edit it, take it back, pin it.

Law: one without an id cannot be pointed at, so nothing is done to it; what the server refuses it
says in its own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import trio

from trio_chat.client.commands.command import (
    HERE,
    LOCAL,
    Misuse,
    Need,
    Trouble,
    family,
    first_word,
)
from trio_chat.client.commands.lists import told_in_a_line
from trio_chat.client.emoji import emoji_by_name
from trio_chat.client.errors import Unsupported
from trio_chat.client.model.entries import Entry, Kind, State

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

command = family("Messages")

LISTED = 10
"""Messages that /last tells unless a number is given."""

_SUBSTITUTION = re.compile(r"s/((?:[^/\\]|\\.)+)/((?:[^/\\]|\\.)*)(?:/(g?))?")
"""`s/old/new/`, with `g` for each; `\\/` is a slash."""


# --- which message ---


def _messages(console: Console) -> Iterator[Entry]:
    """Those here that are not taken back, the latest first."""
    return (entry for entry in console.model.here.messages() if not entry.redacted)


def _numbered(console: Console, word: str) -> Entry | None:
    """The message of a number in this conversation; raises `Trouble` if it is not here any more."""
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        return None
    entry = console.model.here.numbered(int(word))
    if entry is None:
        raise Trouble(f"there is no message {word} here: /last lists the latest")
    if entry.redacted:
        raise Trouble(f"message {word} was taken back")
    return entry


def _latest(console: Console, fits: Callable[[Entry], bool], which: str) -> Entry:
    found = next(filter(fits, _messages(console)), None)
    if found is None:
        raise Trouble(f"there is no message {which} here")
    return found


def _of_others(entry: Entry) -> bool:
    return not entry.own


def _of_ours(entry: Entry) -> bool:
    return entry.own and entry.state is State.SENT


def _any(entry: Entry) -> bool:
    return True


def _pointed_at(entry: Entry, wish: str) -> str:
    """The id of a message; raises `Trouble` if it has none."""
    if not entry.msgid:
        raise Trouble(f"{wish} takes a server that gives messages ids, which this one has not")
    return entry.msgid


# --- answers and reactions ---


@command(
    "reply",
    "[N|NICK|-] TEXT",
    "answer a message",
    more="By its number, or the last of a nick; with - or nothing, the last one of somebody else.",
    example="/reply 12 so do I",
    needs=HERE,
)
async def _reply(console: Console, argument: str) -> None:
    entry, text = _addressed(console, argument)
    if not text:
        raise Misuse
    await console.say(text, reply_to=entry.msgid)


def _addressed(console: Console, argument: str) -> tuple[Entry, str]:
    """The message that an argument begins with, and the text that follows."""
    word, rest = first_word(argument)
    numbered = _numbered(console, word)
    if numbered is not None:
        return numbered, rest
    if word == "-":
        return _latest(console, _of_others, "to answer"), rest
    nick = word.rstrip(":,")
    fold = console.model.conversations.fold
    spoken = next((each for each in _messages(console) if fold(each.who) == fold(nick)), None)
    if spoken is not None and rest:
        return spoken, rest
    return _latest(console, _of_others, "to answer"), argument


@command(
    "react",
    "[N] EMOJI",
    "react to a message, or take that back",
    more="To the last one of somebody else, without a number. An emoji can be named: :tea:.",
    example="/react 👍",
    needs=HERE,
)
async def _react(console: Console, argument: str) -> None:
    word, rest = first_word(argument)
    # "/react 5" may be meant as the reaction 5, but hardly ever is.
    numbered = _numbered(console, word)
    if numbered is not None and not rest:
        raise Misuse
    entry = numbered or _latest(console, _of_others, "to react to")
    reaction = _emoji(rest if numbered is not None else argument)
    chat, where = console.connected(), console.model.current
    msgid = _pointed_at(entry, "a reaction")
    ours = any(map(console.model.is_us, entry.reactions.get(reaction, ())))
    act = chat.unreact if ours else chat.react
    try:
        await act(where, msgid, reaction)
    except Unsupported:
        raise Trouble("this server has no reactions") from None


def _emoji(text: str) -> str:
    """What a reaction is to be: `:name:` stands for an emoji, anything else for itself."""
    if len(text) < 3 or not text[0] == text[-1] == ":":
        return text
    found = emoji_by_name().get(text[1:-1].lower())
    if found is None:
        raise Trouble(f"there is no emoji {text}: Tab completes their names")
    return found


# --- one's own ---


@command(
    "edit",
    "[N] TEXT",
    "give a message of yours another text",
    more="The last one, without a number. s/old/new/ changes a part of it, s/old/new/g each.",
    example="/edit s/teh/the/",
    needs=HERE,
)
async def _edit(console: Console, argument: str) -> None:
    word, rest = first_word(argument)
    entry = _numbered(console, word) if rest else None
    text = rest if entry is not None else argument
    if not text:
        raise Misuse
    entry = entry or _latest(console, _of_ours, "of yours")
    if not entry.own:
        raise Trouble(f"message {entry.number} is not yours")
    text = _substituted(entry.text, text)
    if text == entry.text:
        raise Trouble("that is what it says already")
    if entry.kind is Kind.ACTED:
        text = f"\x01ACTION {text}\x01"
    msgid = _pointed_at(entry, "an edit")
    try:
        await console.connected().edit(console.model.current, msgid, text)
    except Unsupported:
        raise Trouble("this server has no EDIT: what was said stays as it is") from None


def _substituted(before: str, text: str) -> str:
    """The text that is wanted, where `s/old/new/` says what to change in the one before."""
    match = _SUBSTITUTION.fullmatch(text)
    if match is None:
        return text
    old, new = (re.sub(r"\\(.)", r"\1", part) for part in match.group(1, 2))
    if old not in before:
        raise Trouble(f"there is no {old!r} in it")
    return before.replace(old, new, -1 if match.group(3) else 1)


@command(
    "delete",
    "[N] [REASON]",
    "take a message back",
    more="Your last one, without a number. Those of a rank in the room may take back any.",
    example="/delete 12",
    needs=HERE,
)
async def _delete(console: Console, argument: str) -> None:
    word, rest = first_word(argument)
    numbered = _numbered(console, word)
    entry = numbered or _latest(console, _of_ours, "of yours")
    reason = rest if numbered is not None else argument
    msgid = _pointed_at(entry, "taking it back")
    try:
        await console.connected().redact(console.model.current, msgid, reason)
    except Unsupported:
        raise Trouble("this server has no REDACT: what was said cannot be taken back") from None


# --- pins ---

PINNING = Need.CONNECTION | Need.ROOM | Need.RANK

NO_PINS = "this server has no pins"


@command("pin", "[N]", "pin a message in this room, or the last one", needs=PINNING)
async def _pin(console: Console, argument: str) -> None:
    entry = _numbered(console, argument) or _last_unless(console, argument)
    try:
        await console.connected().pin(console.model.current, _pointed_at(entry, "a pin"))
    except Unsupported:
        raise Trouble(NO_PINS) from None


def _last_unless(console: Console, argument: str) -> Entry:
    if argument:
        raise Misuse
    return _latest(console, _any, "to pin")


@command("unpin", "[N]", "take a pin away: the one pinned last, or a message's", needs=PINNING)
async def _unpin(console: Console, argument: str) -> None:
    entry = _numbered(console, argument)
    if entry is None and argument:
        raise Misuse
    chat, room = console.connected(), console.model.current
    try:
        if entry is None:
            pinned = [each.msgid for each in await chat.pins(room)]
            if not pinned:
                raise Trouble(f"nothing is pinned in {room}")
        msgid = pinned[-1] if entry is None else _pointed_at(entry, "a pin")
        await chat.unpin(room, msgid)
    except Unsupported:
        raise Trouble(NO_PINS) from None


@command("pins", "", "list what is pinned in this room", needs=Need.CONNECTION | Need.ROOM)
async def _pins(console: Console, argument: str) -> None:
    room = console.model.current
    try:
        pinned = await console.connected().pins(room)
    except Unsupported:
        raise Trouble(NO_PINS) from None
    lines = [line for event in pinned if (line := told_in_a_line(event, console.model.nick))]
    for line in lines or [f"nothing is pinned in {room}"]:
        console.note(line)


# --- their numbers ---


@command(
    "last",
    "[COUNT]",
    "list the last messages here with their numbers",
    example="/last 5",
    needs=LOCAL | Need.CONVERSATION,
)
async def _last(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    if argument and not (argument.isascii() and argument.isdigit()):
        raise Misuse
    most = min(int(argument[:6]), 1000) if argument else LISTED
    entries = [entry for _, entry in zip(range(most), _messages(console), strict=False)]
    for entry in reversed(entries):
        edited = " (edited)" if entry.edited else ""
        text = entry.text.replace("\n", " ")
        when = f"{entry.at.astimezone():%H:%M}"
        console.note(f"{entry.number:>4}  {when}  {entry.who}: {text}{edited}")
    if not entries:
        console.note("nothing was said here")
