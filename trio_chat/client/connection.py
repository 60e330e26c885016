"""Messages over one stream: reading, writing, and noticing that the other side is gone.

Laws:

* A line is sent whole or not at all: whoever sends hands it to the one writer task, so a send
  that is cancelled never leaves half a line on the wire.
* PING is answered here, and silence is measured here; nobody above sees either.
* Every way to end is `ConnectionLost`, with what the server said last (ERROR) if it did.
"""

from __future__ import annotations

import logging

import trio

from trio_chat.client.errors import ConnectionLost, in_words
from trio_chat.client.farewell import lost_by
from trio_chat.client.reach import is_private
from trio_chat.wire.lines import SERVER_LINE, LineBuffer
from trio_chat.wire.message import Malformed, MalformedMessage, Message, format_message, parse

log = logging.getLogger(__name__)

QUIET = 60.0
"""Seconds without a byte from the server after which it is asked whether it is there."""

PATIENCE = 30.0
"""Seconds it has to say anything at all then."""

SHORT_PATIENCE = 10.0
"""Seconds it has where there is reason to think that it is gone, as after this machine slept."""

WRITE_LIMIT = 90.0
"""Seconds for the network to take `WRITE_SIZE` bytes.

One that takes nothing any more is lost even if things still come from there. A server that takes a
line a second from who floods it, of 50 bytes each, is not lost: what it has not read waits in the
buffers of both systems, and 4 KB of it are gone in 82 s.
"""

WRITE_SIZE = 4096

OUTBOX = 100
"""Lines that may wait to be written before those who send wait too."""

READ_SIZE = 65536


class Connection:
    """Messages over a trio stream; run `write` in a task, and call `receive` from one task."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._lines = LineBuffer(SERVER_LINE)
        self._farewell = ""
        self._to_write, self._waiting = trio.open_memory_channel[bytes](OUTBOX)
        self._silence = trio.CancelScope()
        """What ends the wait for a sign of life."""
        self._was_asked = False
        """Whether the server was asked for one since it last gave any."""
        self._patience = QUIET
        self._answered = trio.Event()
        self._answered.set()
        self._why = ""
        """Why we gave the stream up ourselves."""

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read along; of a stream of an unknown kind we are told."""
        return is_private(self._stream)

    async def send(self, message: Message) -> None:
        """Hand over a line to be written; waits while too many others do.

        Raises `ConnectionLost`, and `ValueError` for a message that is not one line.
        """
        await self.send_all([message])

    async def send_all(self, messages: list[Message]) -> None:
        """Hand over lines that go out together, or none of them if cancelled.

        Raises as `send` does.
        """
        data = b"".join(map(format_message, messages))
        try:
            await self._to_write.send(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise self._lost("the connection is closed") from None

    async def write(self) -> None:
        """Write what is handed over until the connection is closed or the stream breaks."""
        async with self._waiting:
            async for data in self._waiting:
                batch = [data]
                while self._waiting.statistics().current_buffer_used:
                    batch.append(self._waiting.receive_nowait())
                try:
                    await self._write_all(b"".join(batch))
                except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                    log.debug("writing failed: %s", error)
                    # Wakes the reader, which then tells why the connection ended.
                    await trio.aclose_forcefully(self._stream)
                    return

    async def _write_all(self, data: bytes) -> None:
        """Write, as long as the other side takes something now and then."""
        for start in range(0, len(data), WRITE_SIZE):
            with trio.move_on_after(WRITE_LIMIT) as scope:
                await self._stream.send_all(data[start : start + WRITE_SIZE])
            if scope.cancelled_caught:
                self._why = f"the server has read nothing for {WRITE_LIMIT:.0f} s"
                raise trio.BrokenResourceError(self._why)

    async def receive(self) -> list[Message]:
        """The next messages, as many as one read completes; none if they were all for us here.

        Raises `ConnectionLost` when there will be none.
        """
        return [
            message
            for line in self._lines.feed(await self._read())
            if (message := self._take(line))
        ]

    async def aclose(self) -> None:
        """Close the stream at once."""
        self._to_write.close()
        # It does not wait, so it may be shielded: `Cancelled` must not hide why we are closing.
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(self._stream)

    def ask_for_sign(self, patience: float = SHORT_PATIENCE) -> None:
        """Ask whether the server is there, which has `patience` seconds to say anything at all."""
        self.send_now(Message("PING", ("trio-chat",)))
        self._was_asked = True
        self._patience = patience
        self._silence.deadline = min(self._silence.deadline, trio.current_time() + patience)

    def ping(self) -> trio.Event:
        """Ask for an answer; the event is set when the server gives one."""
        self.send_now(Message("PING", ("trio-chat",)))
        if self._answered.is_set():
            self._answered = trio.Event()
        return self._answered

    async def _read(self) -> bytes:
        since = trio.current_time()
        try:
            while True:
                with trio.move_on_after(self._patience) as self._silence:
                    data = await self._read_some()
                    self._was_asked, self._patience = False, QUIET
                    return data
                if self._was_asked:
                    silent = trio.current_time() - since
                    raise ConnectionLost(f"the server has been silent for {silent:.0f} s")
                self.ask_for_sign(PATIENCE)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            why = in_words(error.__cause__) if error.__cause__ else "the connection broke"
            raise self._lost(self._why or why) from error

    async def _read_some(self) -> bytes:
        data = await self._stream.receive_some(READ_SIZE)
        if not data:
            raise self._lost("the server closed the connection")
        return bytes(data)

    def _take(self, line: bytes | Malformed) -> Message | None:
        """The message in a line, unless it is no message or settled here."""
        message = _read_leniently(line)
        if isinstance(message, Malformed):
            log.debug("a line from the server is no message: %s", message.fault.value)
        elif message.command == "PING":
            self.send_now(Message("PONG", message.params[-1:]))
        elif message.command == "ERROR":
            self._farewell = message.params[-1] if message.params else ""
        elif message.command == "PONG":
            self._answered.set()
        else:
            return message
        return None

    def send_now(self, message: Message) -> None:
        """Send from the task that reads, without waiting; with a full outbox the line is dropped.

        If reading waited for writing, both sides could wait for each other for ever. For PONG the
        lines that wait in a full outbox do as well: what the server wants is a sign of life.
        """
        try:
            self._to_write.send_nowait(format_message(message))
        except (trio.WouldBlock, trio.BrokenResourceError, trio.ClosedResourceError, ValueError):
            log.debug("%s was not sent", message.command)

    def _lost(self, otherwise: str) -> ConnectionLost:
        return lost_by(self._farewell) if self._farewell else ConnectionLost(otherwise)


def _read_leniently(line: bytes | Malformed) -> Message | Malformed:
    """The message in a line from a server that may keep to no limit and to no encoding.

    Old networks still carry Latin-1, and a few servers lines over 512 bytes; a client shows what
    it can rather than nothing.
    """
    if isinstance(line, Malformed):
        return line
    try:
        return parse(line.decode(errors="replace").encode(), SERVER_LINE, SERVER_LINE * 3)
    except MalformedMessage as error:
        return error.what
