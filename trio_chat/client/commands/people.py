"""The commands about people: others, and oneself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import trio

from trio_chat.client.commands.command import LOCAL, Misuse, Trouble, family, first_word
from trio_chat.client.commands.lists import in_a_line, show_list
from trio_chat.client.whois import WhoisAnswer

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

command = family("People")


@command("nick", "NICK", "be called something else")
async def _nick(console: Console, argument: str) -> None:
    await console.connected().set_nick(argument)
    console.wanted_nick = argument


@command(
    "whois",
    "[NICK]",
    "tell who somebody is",
    more="Without a nick: whom you are alone with here, or yourself.",
)
async def _whois(console: Console, argument: str) -> None:
    chat, model = console.connected(), console.model
    here = model.conversations.get(model.current)
    alone_with = here.name if here is not None and here.private else chat.nick
    nick, _ = first_word(argument or alone_with)
    for line in _whois_lines(await chat.whois(nick)):
        console.note(line)


def _whois_lines(who: WhoisAnswer) -> Iterator[str]:
    yield f"{who.nick} is {who.user}@{who.host} ({who.realname})"
    told = (
        ("rooms", in_a_line(who.rooms)),
        ("account", who.account),
        ("away", who.away),
        ("idle", "" if who.idle is None else _span(who.idle)),
        ("here since", f"{who.since.astimezone():%Y-%m-%d %H:%M}" if who.since else ""),
        ("server", who.server),
        ("is", ", ".join(_sorts(who))),
    )
    for name, text in told:
        if text:
            yield f"  {name}: {text}"
    for text in who.more:
        yield f"  {text}"


def _sorts(who: WhoisAnswer) -> Iterator[str]:
    if who.operator:
        yield "an operator of the server"
    if who.bot:
        yield "a bot"
    if who.secure:
        yield "connected by TLS"


def _span(seconds: int) -> str:
    """A time in words: "45 s", "12 min", "3:05 h", "2 days"."""
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400:
        return f"{seconds // 3600}:{seconds // 60 % 60:02} h"
    days = timedelta(seconds=seconds).days
    return f"{days} day{'s' * (days > 1)}"


@command("whowas", "NICK", "tell who had a nick before")
async def _whowas(console: Console, argument: str) -> None:
    nick, _ = first_word(argument)
    people = await console.connected().whowas(nick)
    lines = [f"{each.nick} was {each.user}@{each.host} ({each.realname})" for each in people]
    show_list(console, lines or [f"nobody of the name {nick} is remembered"])


@command("who", "[ROOM|NICK|MASK]", "tell more about those in a room, or one person")
async def _who(console: Console, argument: str) -> None:
    mask = argument or console.model.current
    if not mask:
        raise Misuse
    people = await console.connected().who(mask)
    lines = [
        f"{each.nick} ({each.user}@{each.host}) {each.realname}{', away' * each.away}"
        for each in people
    ]
    show_list(console, lines or [f"nobody to be seen by the name of {mask}"], "/who MASK")


@command(
    "away",
    "[REASON]",
    "say that you are away, or, without a reason, that you are back",
    example="/away at lunch",
)
async def _away(console: Console, argument: str) -> None:
    await console.connected().away(argument)  # the server says what we are then


@command("back", "", "say that you are not away any more")
async def _back(console: Console, argument: str) -> None:
    await _away(console, "")


# --- lists among the settings ---


_LISTS = {"ignore": ("ignored", "nobody"), "highlights": ("highlighted", "your nick alone")}
"""The settings that are lists of words: what they are called, and what an empty one means."""


def _listed(console: Console, setting: str) -> tuple[str, ...]:
    words: tuple[str, ...] = getattr(console.settings, setting)
    return words


def _set_list(console: Console, setting: str, words: tuple[str, ...]) -> None:
    try:
        console.set(setting, ", ".join(words) or "-")
    except ValueError as error:
        raise Trouble(str(error)) from None


def _tell_list(console: Console, setting: str) -> None:
    title, nothing = _LISTS[setting]
    console.note(f"{title}: {', '.join(_listed(console, setting)) or nothing}")


def _add(console: Console, setting: str, words: list[str]) -> None:
    known = {word.lower() for word in _listed(console, setting)}
    new = [word for word in words if word.lower() not in known]
    _set_list(console, setting, (*_listed(console, setting), *new))


def _remove(console: Console, setting: str, words: list[str]) -> None:
    before = _listed(console, setting)
    gone = {word.lower() for word in words}
    after = tuple(word for word in before if word.lower() not in gone)
    if len(after) == len(before):
        raise Trouble(
            f"{', '.join(words)} is not in the list: {', '.join(before) or 'it is empty'}"
        )
    _set_list(console, setting, after)


@command(
    "ignore",
    "[MASK...]",
    "show nothing of what somebody says, or list whom",
    more="By a nick, or a mask NICK!USER@HOST, where * is any text. It is a setting, and is kept.",
    example="/ignore bob *!*@*.example",
    needs=LOCAL,
)
async def _ignore(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    if argument:
        _add(console, "ignore", argument.split())
    _tell_list(console, "ignore")


@command("unignore", "MASK...", "show again what somebody says", needs=LOCAL)
async def _unignore(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    _remove(console, "ignore", argument.split())
    _tell_list(console, "ignore")


@command(
    "highlight",
    "[TEXT]",
    "have a word count as a mention of you, or list which do",
    more="It may be several words, as they follow each other. It is a setting, and is kept.",
    example="/highlight green tea",
    needs=LOCAL,
)
async def _highlight(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    if argument:
        _add(console, "highlights", [argument])
    _tell_list(console, "highlights")


@command("unhighlight", "TEXT", "have a word not count as a mention", needs=LOCAL)
async def _unhighlight(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    _remove(console, "highlights", [argument])
    _tell_list(console, "highlights")
