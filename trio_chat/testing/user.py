"""A user of the chat in a test: plain IRC over a stream, free to send whatever it likes.

Laws:

* A user stands on `wire` alone, not on the client, so that it can be as rude as any client.
* It reads all the time, as a client does, answers PING, and holds what the server sends to the
  protocol: a line that is too long, not UTF-8 or no message fails the test.
* `expect` goes forward only: what was passed over can not be expected any more, so the order of
  expectations is checked as well.
* What it writes into a journal is what went over the connection, in order, and nothing of its own.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

import trio
import trio.testing

from trio_chat.testing.patterns import Pattern, numeric
from trio_chat.wire.lines import CLIENT_LINE, SERVER_LINE, LineBuffer
from trio_chat.wire.message import Malformed, Message, parse, read_line
from trio_chat.wire.numerics import (
    ERR_ERRONEUSNICKNAME,
    ERR_NICKNAMEINUSE,
    ERR_NOMOTD,
    ERR_PASSWDMISMATCH,
    RPL_ENDOFMOTD,
)

if TYPE_CHECKING:
    from trio_chat.testing.oracle.journal import Journal

READ_BYTES = 64 * 1024

WITHIN = 5.0
"""Seconds, virtual in a test under an autojump clock, for what is expected to arrive."""

SHOWN_LINES = 30
"""Lines shown of what was received instead: the last ones are those that tell."""

_WELCOMED = {RPL_ENDOFMOTD, ERR_NOMOTD}
_REFUSED = {ERR_NICKNAMEINUSE, ERR_ERRONEUSNICKNAME, ERR_PASSWDMISMATCH, "ERROR", "FAIL"}


_parse = lru_cache(maxsize=256)(parse)
"""What is said in a room comes to all who are in it, in the same bytes for most."""


class NotReceived(AssertionError):
    """What was expected did not arrive; the text shows what did."""


class User:
    """Somebody connected to the chat; `VirtualChat.user` makes one that has registered."""

    def __init__(
        self,
        stream: trio.SocketStream,
        nursery: trio.Nursery,
        nick: str = "",
        journal: Journal | None = None,
    ) -> None:
        """`nursery` is where the user reads; `journal` is told of all that is sent and received."""
        self.nick = nick
        self.stream = stream
        self.lines: list[str] = []
        """Every line received, as it came, without its CR LF."""
        self.received: list[Message] = []
        """The same as messages."""
        self.ending: str | None = None
        """How the server's side ended, "closed" or "reset"; None while it has not."""
        self.answers_pings = True
        self.connection = -1 if journal is None else journal.began(journal.now(), nick)
        """Its number in the journal, if it has one."""
        self._journal = journal
        self._has_ended = False
        self._nursery = nursery
        self._buffer = LineBuffer(SERVER_LINE)
        self._unsent = LineBuffer(CLIENT_LINE)
        self._passed = 0
        self._news = trio.lowlevel.ParkingLot()
        self._sending = trio.Lock()
        self._reading = trio.CancelScope()
        self.resume_reading()

    def __repr__(self) -> str:
        return f"<{self.nick or 'somebody'} with {len(self.lines)} lines received>"

    # -- saying

    async def send(self, *lines: str) -> None:
        """Send raw lines, each with CR LF added."""
        await self.send_bytes("".join(f"{line}\r\n" for line in lines).encode())

    async def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        async with self._sending:  # an answer to a PING may be under way
            if self._journal is not None:
                self._note_sent(self._journal, data)
            await self.stream.send_all(data)

    async def say(self, target: str, text: str) -> None:
        """Say something to a room or a user."""
        await self.send(f"PRIVMSG {target} :{text}")

    async def join(self, room: str, key: str = "") -> None:
        """Join a room, and wait until the server has said who is in it."""
        await self.send(f"JOIN {room} {key}".rstrip())
        await self.expect(numeric("366", room))

    async def part(self, room: str, reason: str = "") -> None:
        """Leave a room, and wait until the server has said so."""
        await self.send(f"PART {room} :{reason}" if reason else f"PART {room}")
        await self.expect(Pattern("PART", (room,), self.nick))

    async def quit(self, reason: str = "") -> None:
        """Leave the chat, and wait until the server has closed the connection."""
        await self.send(f"QUIT :{reason}" if reason else "QUIT")
        await self.expect_end()

    async def register(self, nick: str, caps: Iterable[str] = ()) -> None:
        """Become `nick`, with these IRCv3 capabilities, and wait for the end of the welcome.

        Raises `NotReceived` with the server's answer if it refuses.
        """
        wanted = " ".join(caps)
        if wanted:
            await self.send("CAP LS 302", f"CAP REQ :{wanted}")
        await self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        if wanted:
            await self.expect(Pattern("CAP", (None, "ACK", wanted)))
            await self.send("CAP END")
        while (message := await self.receive()).command not in _WELCOMED:
            if message.command in _REFUSED:
                raise NotReceived(f"{nick} was refused: {self.lines[self._passed - 1]}")
        self.nick = nick

    # -- hearing

    async def expect(self, *what: Pattern | str, within: float = WITHIN) -> Message:
        """Wait for a message that will do, passing over others; `what` may be just a command.

        Of several any will do. Raises `NotReceived`, an `AssertionError`, after `within` seconds,
        or at once when the connection has ended.
        """
        patterns = [Pattern(each) if isinstance(each, str) else each for each in what]
        await trio.lowlevel.checkpoint()
        at = self._passed
        with trio.move_on_after(within):
            while True:
                for message in self.received[at:]:
                    at += 1
                    if any(pattern.matches(message) for pattern in patterns):
                        self._passed = at
                        return message
                if self.ending is not None:
                    break
                await self._news.park()
        raise NotReceived(self._complaint(" or ".join(map(str, patterns)), within))

    async def receive(self, *, within: float = WITHIN) -> Message:
        """The next message, whatever it is. Raises as `expect`."""
        await trio.lowlevel.checkpoint()
        if self._passed == len(self.received) and self.ending is None:
            with trio.move_on_after(within):
                while self._passed == len(self.received) and self.ending is None:
                    await self._news.park()
        if self._passed == len(self.received):
            raise NotReceived(self._complaint("any message", within))
        self._passed += 1
        return self.received[self._passed - 1]

    async def expect_end(self, *, within: float = WITHIN) -> str:
        """Wait until the server has closed the connection; its ERROR's text, if it gave one."""
        await trio.lowlevel.checkpoint()
        with trio.move_on_after(within):
            while self.ending is None:
                await self._news.park()
        if self.ending is None:
            raise NotReceived(self._complaint("the end of the connection", within))
        errors = [message.params[-1] for message in self.received if message.command == "ERROR"]
        self._passed = len(self.received)
        return errors[-1] if errors else ""

    async def rest(self) -> list[Message]:
        """All that has come since, once nobody in this run has anything left to do at this time."""
        await trio.testing.wait_all_tasks_blocked()
        rest = self.received[self._passed :]
        self._passed = len(self.received)
        return rest

    # -- ending, properly or not

    async def hang_up(self) -> None:
        """Send the end of file; what the server still has to say is received."""
        await self.stream.send_eof()

    async def close(self) -> None:
        """Close the connection without a word, as a program that was killed does."""
        self._note_end("left")
        self.stop_reading()
        await trio.aclose_forcefully(self.stream)

    async def vanish(self) -> None:
        """Reset the connection, as a machine does that was switched off and on."""
        at_once = struct.pack("ii", 1, 0)
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        await self.close()

    def stop_reading(self) -> None:
        """Read nothing any more: lag, and then look dead, since PING is not answered either."""
        if self._journal is not None and not self._has_ended:
            self._journal.paused(self._journal.now(), self.connection)
        self._reading.cancel()

    def resume_reading(self) -> None:
        """Read on after `stop_reading`."""
        if self._journal is not None and self._reading.cancel_called:
            self._journal.resumed(self._journal.now(), self.connection)
        self._reading = trio.CancelScope()
        self._nursery.start_soon(self._read, self._reading)

    # -- inside

    async def _read(self, scope: trio.CancelScope) -> None:
        with scope:
            while self.ending is None:
                try:
                    data = await self.stream.receive_some(READ_BYTES)
                except trio.BrokenResourceError:
                    self.ending = "reset"
                except trio.ClosedResourceError:
                    if not scope.cancel_called:  # else woken and closed at once, by `close`
                        raise
                    return
                else:
                    if not data:
                        self.ending = "closed"
                    for line in self._buffer.feed(bytes(data)):
                        self._take(line)
                if self.ending is not None:
                    self._note_end(self.ending)
                self._news.unpark_all()

    def _take(self, line: bytes | Malformed) -> None:
        if isinstance(line, Malformed):
            raise AssertionError(f"{self.nick} received a line: {line.fault.value}")
        message = _parse(line)
        self.lines.append(line.decode())
        self.received.append(message)
        if self._journal is not None:
            self._journal.received(self._journal.now(), self.connection, message)
        if message.command == "PING" and self.answers_pings:
            # In a task: were the server not reading, this user must go on reading all the same.
            self._nursery.start_soon(self._pong, message.params[-1])

    async def _pong(self, token: str) -> None:
        try:
            await self.send(f"PONG :{token}")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return  # gone in the meantime

    def _note_sent(self, journal: Journal, data: bytes) -> None:
        for line in self._unsent.feed(data):
            if not isinstance(line, Malformed):  # else it is no message to anybody
                message = read_line(line)
                if isinstance(message, Message):
                    journal.sent(journal.now(), self.connection, message)

    def _note_end(self, how: str) -> None:
        if self._journal is not None and not self._has_ended:
            self._has_ended = True
            self._journal.ended(self._journal.now(), self.connection, how)

    def _complaint(self, expected: str, within: float) -> str:
        who = self.nick or "somebody"
        if self.ending is None:
            complaint = f"{who} did not receive {expected} within {within:g} s"
        else:
            complaint = f"{who} did not receive {expected}: the connection was {self.ending}"
        lines = self.lines[self._passed :]
        if not lines:
            return f"{complaint}, but nothing at all"
        hidden = len(lines) - SHOWN_LINES
        shown = ([f"… {hidden} lines"] if hidden > 0 else []) + lines[-SHOWN_LINES:]
        return "\n  ".join([f"{complaint}, but:", *shown])
