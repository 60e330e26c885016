"""The whole server, and one client that sends it anything: all is well, and others notice nothing.

A server is started for every input, which takes 14 ms: what the smaller targets try is tried there
a hundred times as often.
"""

from __future__ import annotations

import trio
import trio.testing

from trio_chat.testing import VirtualChat, numeric, open_chat

from .tape import Tape, pieces
from .websocket import UPGRADE

WORDS = (
    *(b"NICK a\r\nUSER a 0 * :A\r\n", b"CAP REQ :", b"CAP END\r\n", b"JOIN #tea\r\n", b"PART #tea"),
    *(b"PRIVMSG #tea :", b"PRIVMSG alice :", b"MODE #tea ", b"BATCH +1 draft/multiline #tea\r\n"),
    *(b"@batch=1 PRIVMSG #tea :", b"BATCH -1\r\n", b"CHATHISTORY LATEST #tea * 9\r\n", b"QUIT\r\n"),
    *(b"REGISTER * * sesame99\r\n", b"AUTHENTICATE PLAIN\r\n", b"PRIVMSG NickServ :", b"WHOIS "),
    *(b"message-tags ", b"echo-message ", b"labeled-response ", b"batch ", b"@label=1 ", b"\x16"),
    *(b"GET / HTTP/1.1\r\n", b"\x81\x85\0\0\0\0", b"\xff", b"WEBIRC ", b"SEARCH ", b"METADATA "),
)

_LONGEST = 4096
"""As much as a client is read that is not in yet, at a time; beyond, its pace is what is tried."""


def check(data: bytes) -> None:
    """A byte says how the client begins, one how its bytes are cut; the rest is what it sends."""
    clock = trio.testing.MockClock(autojump_threshold=0)
    trio.run(_visit, data[: 2 + _LONGEST], clock=clock)


async def _visit(data: bytes) -> None:
    tape = Tape(data)
    begin = _BEGINNINGS[tape.byte() % len(_BEGINNINGS)]
    size = 1 + tape.byte() * 16
    async with open_chat() as chat:  # which checks everything, here and at the end
        (alice,) = await chat.users("alice", room="#tea")
        stream = await chat.open_stream()
        await _send(stream, [begin, *pieces(tape.rest(), (size,))])
        await chat.settle()
        await alice.send("PING :are you there")
        await alice.expect(numeric("PONG"))
        await _leave(chat, stream)


async def _send(stream: trio.SocketStream, parts: list[bytes]) -> None:
    for part in filter(None, parts):
        try:
            await stream.send_all(part)
        except trio.BrokenResourceError:
            return
        await trio.testing.wait_all_tasks_blocked()


async def _leave(chat: VirtualChat, stream: trio.SocketStream) -> None:
    """The client sends its end, and reads to that of the server."""
    try:
        await stream.send_eof()
        with trio.fail_after(chat.config.chat.limits.registration_seconds + 3600):
            async for _ in stream:
                pass
    except trio.BrokenResourceError:
        pass
    await stream.aclose()


_CAPS = b"CAP REQ :message-tags batch labeled-response echo-message sasl server-time\r\n"
_IN = b"NICK eve\r\nUSER eve 0 * :Eve\r\nCAP END\r\nJOIN #tea\r\n"
_BEGINNINGS = (b"", _IN, _CAPS + _IN, UPGRADE)
