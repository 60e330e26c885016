"""The commands that say something, other than by just typing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from trio_chat.client.commands.command import HERE, LOCAL, Trouble, family, first_word
from trio_chat.wire.message import Message

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

command = family("Talking")


@command(
    "msg",
    "NICK|ROOM TEXT",
    "say something to somebody, from wherever you are",
    example="/msg bob are you there?",
)
async def _msg(console: Console, argument: str) -> None:
    target, text = first_word(argument)
    await console.say(text, to=target)


@command(
    "query",
    "NICK [TEXT]",
    "go to the conversation with one person",
    more="What is typed next goes to them alone. A text is said there at once.",
    example="/query bob",
    needs=LOCAL,
)
async def _query(console: Console, argument: str) -> None:
    nick, text = first_word(argument)
    await trio.lowlevel.checkpoint()
    console.go_to(nick, private=nick not in console.model.rooms)
    if text:
        await console.say(text, to=nick)


@command("me", "TEXT", "say what you do: * you wave", example="/me waves", needs=HERE)
async def _me(console: Console, argument: str) -> None:
    await console.say(argument, kind="act")


@command(
    "say",
    "TEXT",
    "say a text as it stands, also one that begins with a slash",
    example="/say /join is a command",
    needs=HERE,
)
async def _say(console: Console, argument: str) -> None:
    await console.say(argument)


@command(
    "notice",
    "NICK|ROOM TEXT",
    "say what no bot may answer",
    example="/notice #tea the kettle is on",
)
async def _notice(console: Console, argument: str) -> None:
    target, text = first_word(argument)
    await console.say(text, to=target, kind="notice")


@command(
    "ctcp",
    "NICK|ROOM QUERY [TEXT]",
    "ask somebody's client something",
    more="Its answer comes as a notice, if it gives one.",
    example="/ctcp bob VERSION",
)
async def _ctcp(console: Console, argument: str) -> None:
    target, rest = first_word(argument)
    query, text = first_word(rest)
    if query.upper() == "ACTION":
        raise Trouble("that is what /me does")
    asked = f"{query.upper()} {text}".strip()
    await console.connected().send(Message("PRIVMSG", (target, f"\x01{asked}\x01")))
    console.note(f"asked {target} for {asked}")
