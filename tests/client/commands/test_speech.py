"""The commands that say something."""

from __future__ import annotations

import pytest

from tests.client.commands.desk import sitting


@pytest.mark.parametrize(
    ("line", "sent", "shown"),
    [
        ("/say /join it", ("PRIVMSG", "#tea", "/join it"), "<me> /join it"),
        ("/notice #tea hot", ("NOTICE", "#tea", "hot"), "-me- hot"),
        ("/ctcp bob ping 1", ("PRIVMSG", "bob", "\x01PING 1\x01"), "-- asked bob for PING 1"),
        ("/query bob hi", ("PRIVMSG", "bob", "hi"), "[you → bob] hi"),
        ("/ns help", ("PRIVMSG", "NickServ", "help"), "[you → NickServ] help"),
        ("/action waves", ("PRIVMSG", "#tea", "\x01ACTION waves\x01"), "* me waves"),
    ],
)
async def test_what_is_said(line: str, sent: tuple[str, ...], shown: str) -> None:
    async with sitting() as desk:
        assert await desk.does(line) == [shown]
        await desk.server.expect(*sent)


@pytest.mark.parametrize("line", ["/say", "/notice bob", "/ctcp bob", "/ns"])
async def test_misuse_shows_the_usage(line: str) -> None:
    async with sitting() as desk:
        [shown] = await desk.does(line)
        assert shown.startswith("!! usage: /")


async def test_what_cannot_be_said() -> None:
    async with sitting(in_a_room=False) as desk:
        assert await desk.does("/me waves") == [
            "!! there is no conversation here: /join a room first"
        ]
        assert await desk.does("/ctcp bob action waves") == ["!! that is what /me does"]
