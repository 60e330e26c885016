"""HELP: how to use each command, from the one table of usages."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from trio_chat.core.commands.lookup import word
from trio_chat.core.effects import Effect
from trio_chat.core.replies import Refusal, fill_lines, reply
from trio_chat.core.state import Session, World
from trio_chat.core.usages import USAGES
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_HELPNOTFOUND,
    RPL_ENDOFHELP,
    RPL_HELPSTART,
    RPL_HELPTXT,
)

LINE = 70
"""Characters of a line of help: it fits beside the nicks of most clients."""


def help_(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`HELP [subject]` (Modern IRC, "HELP message"); HELPOP is the same."""
    asked = message.params[0] if message.params else ""
    if not asked:
        names = fill_lines(sorted(USAGES), LINE)
        lines = [*names, "", "HELP and the name of one shows how it is used."]
        yield from _say(world, session, "*", "These are the commands", lines)
        return
    command = asked.upper()
    usage = USAGES.get(command)
    if usage is None:
        # Modern IRC, same section: a subject that is no valid parameter is told as `*`.
        subject = asked if asked == word(asked) else "*"
        raise Refusal(ERR_HELPNOTFOUND, subject, "No help available on this topic")
    title = f"{command} {usage.params}".rstrip()
    yield from _say(world, session, command, title, textwrap.wrap(usage.text, LINE))


def _say(
    world: World, session: Session, subject: str, title: str, lines: Sequence[str]
) -> Iterator[Effect]:
    yield reply(world, session, RPL_HELPSTART, subject, title)
    yield reply(world, session, RPL_HELPTXT, subject, "")
    for line in lines[:-1]:
        yield reply(world, session, RPL_HELPTXT, subject, line)
    yield reply(world, session, RPL_ENDOFHELP, subject, lines[-1])
