"""The commands of those who keep order in a room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trio_chat.client.commands.command import IN_ROOM, Misuse, Need, Trouble, family, first_word
from trio_chat.client.commands.lists import show_list
from trio_chat.client.commands.rooms import room_first
from trio_chat.wire.grammar import matches

if TYPE_CHECKING:
    from trio_chat.client.chat import Chat
    from trio_chat.client.commands.console import Console
    from trio_chat.client.company import Person

command = family("Keeping order")

MODES_IN_A_LINE = 3
"""Changes with a parameter that every server takes at once (RFC 2812 section 3.2.3)."""

RANKED = Need.CONNECTION | Need.RANK


@command(
    "kick",
    "[ROOM] NICK [REASON]",
    "put somebody out of a room",
    example="/kick bob that is enough",
    needs=RANKED,
)
async def _kick(console: Console, argument: str) -> None:
    room, rest = room_first(console, argument)
    nick, reason = first_word(rest)
    if not nick:
        raise Misuse
    await console.connected().kick(room, nick, reason)


@command(
    "ban",
    "[ROOM] [NICK|MASK]",
    "keep somebody out of a room, or list who is",
    more="A nick stands for everybody from the same host; a mask is NICK!USER@HOST, where * is any "
    "text.",
    example="/ban *!*@*.example",
    needs=RANKED,
)
async def _ban(console: Console, argument: str) -> None:
    room, who = room_first(console, argument)
    if who:
        await _set_ban(console.connected(), room, who)
        return
    bans = await console.connected().bans(room)
    if not bans:
        console.note(f"nobody is kept out of {room}")
    lines = []
    for number, each in enumerate(bans, start=1):
        by = f" by {each.by}" if each.by else ""
        when = f" on {each.at.astimezone():%Y-%m-%d}" if each.at else ""
        lines.append(f"{number:>3}  {each.mask}{by}{when}")
    show_list(console, lines)


async def _set_ban(chat: Chat, room: str, who: str) -> None:
    person = None if _is_mask(who) else await _find(chat, who)
    mask = who if _is_mask(who) else f"{who}!*@*"
    await chat.set_mode(room, "+b", f"*!*@{person.host}" if person else mask)


def _is_mask(text: str) -> bool:
    # "$a:name" and "~a:name" are the extended ones of servers.
    return any(sign in text for sign in "!@*?$~:.")


async def _find(chat: Chat, nick: str) -> Person | None:
    people = await chat.who(nick)
    return next((person for person in people if chat.same(person.nick, nick)), None)


@command(
    "unban",
    "[ROOM] NICK|MASK|COUNT",
    "let somebody in again",
    more="By the mask, by its number in the list of /ban, or by the nick of somebody who is on the "
    "server: all that keeps them out is taken away.",
    example="/unban 2",
    needs=RANKED,
)
async def _unban(console: Console, argument: str) -> None:
    chat = console.connected()
    room, who = room_first(console, argument)
    if not who:
        raise Misuse
    masks = [each.mask for each in await chat.bans(room)]
    if who.isdigit():
        fitting = masks[int(who[:6]) - 1 : int(who[:6])] if int(who[:6]) else []
    elif _is_mask(who):
        fitting = [who]
    else:
        person = await _find(chat, who)
        source = f"{who}!{person.user}@{person.host}" if person else f"{who}!*@*"
        fitting = [mask for mask in masks if matches(mask, source)]
    if not fitting:
        raise Trouble(f"nothing keeps {who} out of {room}: /ban lists what does")
    await _change(chat, room, "-b", fitting)


@command(
    "kickban",
    "[ROOM] NICK [REASON]",
    "put somebody out of a room, and keep them out",
    needs=RANKED,
)
async def _kickban(console: Console, argument: str) -> None:
    chat = console.connected()
    room, rest = room_first(console, argument)
    nick, reason = first_word(rest)
    if not nick:
        raise Misuse
    await _set_ban(chat, room, nick)
    await chat.kick(room, nick, reason)


@command(
    "mode",
    "[ROOM|NICK] [MODES] [WORD...]",
    "show or change the modes of a room, or your own",
    example="/mode +m",
)
async def _mode(console: Console, argument: str) -> None:
    chat = console.connected()
    first, rest = first_word(argument)
    is_ours = bool(first) and chat.same(first, chat.nick)
    target, words = (first, rest) if is_ours else room_first(console, argument)
    if not words:
        console.note(f"modes of {target}: {await chat.modes(target) or 'none'}")
        return
    changes, *params = words.split()
    await chat.set_mode(target, changes, *params)


async def _change(chat: Chat, room: str, change: str, params: list[str]) -> None:
    """Change one mode for each of these, with as few lines as the server lets us."""
    told = chat.isupport.get("MODES", str(MODES_IN_A_LINE))
    most = int(told) if told.isdigit() and len(told) < 4 else len(params)
    for start in range(0, len(params), max(most, 1)):
        some = params[start : start + max(most, 1)]
        await chat.set_mode(room, change[0] + change[1] * len(some), *some)


def _rank(name: str, change: str, help_text: str) -> None:
    """A command that gives a rank in this room, or takes it away."""

    @command(name, "NICK...", help_text, needs=IN_ROOM | Need.RANK, example=f"/{name} bob")
    async def _(console: Console, argument: str) -> None:
        await _change(console.connected(), console.model.current, change, argument.split())


_rank("op", "+o", "make somebody an operator of this room")
_rank("deop", "-o", "have somebody be an operator no more")
_rank("voice", "+v", "let somebody speak though the room is moderated")
_rank("devoice", "-v", "take somebody's voice away")
