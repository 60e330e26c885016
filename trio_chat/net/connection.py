"""One client's connection: bytes to events, into the hub's inbox, until it ends.

Laws:

* One task per client reads; it waits for the hub when the inbox is full, and so for itself alone.
* However it ends (end of file, reset, SendQ, an ERROR of ours, cancellation at any await), the hub
  is told once and the transport is closed.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass

import trio

from trio_chat.core.events import Closed, Event, Opened, Received
from trio_chat.net.hub import Hub
from trio_chat.net.link import Link
from trio_chat.net.transport import Transport
from trio_chat.wire.lines import SERVER_LINE, LineBuffer
from trio_chat.wire.message import MAX_CLIENT_TAGS, Malformed, read_line


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Bounds on what one connection may hold of the server."""

    sendq: int = 1024 * 1024
    """Bytes kept for a client that does not read; beyond, it is let go. The kernel's own buffer,
    some hundred KB, comes before."""
    recvq: int = 16 * 1024
    """Bytes read from a client at a time; no more is read until the hub has taken their lines."""
    close_seconds: float = 0.5
    """How long the last words to a client may take, before its connection is closed regardless."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a bound under which no line would get through."""
        if self.sendq < SERVER_LINE:
            raise ValueError(f"sendq must be at least {SERVER_LINE}, the longest line")
        if self.recvq < 1:
            raise ValueError("recvq must be at least 1")
        if self.close_seconds < 0:
            raise ValueError("close_seconds must not be negative")


ITEM_LINES = 8
"""Lines that go to the hub at a time. A read of 16 KB may hold thousands of questions with long
answers (2,000 times `WHO` for a room of 1,000 was 5.6 s of the hub's time): between two items the
others have their turn, and a client whose answers exceed its SendQ is let go."""

GONE = "Connection closed"
"""What the others read of a client that closed its connection without a QUIT."""

_TLS_HANDSHAKE = 0x16
_HTTP_REQUEST = re.compile(rb"[A-Z]{3,10} \S+ HTTP/\d")
_HTTP_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Connection: close\r\n\r\nThis is a chat server: join it with an IRC client.\n"
)


async def serve_client(transport: Transport, hub: Hub, limits: ConnectionLimits) -> None:
    """Serve one client until its connection ends; leaves nothing behind."""
    session = hub.new_session()
    reason = ""

    def end(why: str) -> None:
        nonlocal reason
        # The first to notice knows why: a socket tells of a reset once, and after that of an end.
        reason = reason or why
        nursery.cancel_scope.cancel()

    def start_drain(link: Link) -> None:
        nursery.start_soon(link.drain)

    link = Link(session, transport, limits.sendq, start_drain, end)
    try:
        try:
            async with trio.open_nursery() as nursery:
                await hub.inbox.send((link, (Opened(session, transport.peer, hub.clock()),)))
                end(await _read(transport, link, hub, limits.recvq))
        finally:
            link.stop_draining()
            # A hub that has failed takes nothing any more: it is heard of from the hub itself.
            with trio.CancelScope(shield=True), contextlib.suppress(trio.BrokenResourceError):
                await hub.inbox.send((link, (Closed(session, reason or GONE, hub.clock()),)))
        with trio.move_on_after(limits.close_seconds):
            await _say_last_words(transport, link)
    finally:
        transport.close()


async def _read(transport: Transport, link: Link, hub: Hub, recvq: int) -> str:
    """Pass on what the client sends, until its end; why it ended."""
    buffer = LineBuffer()
    greeted = False
    while True:
        try:
            data = await transport.receive_some(recvq)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return "Connection reset"
        if not data:
            return GONE
        if not greeted:
            greeted = True
            stranger = _turn_away_stranger(transport, data)
            if stranger:
                return stranger
        lines = buffer.feed(data)
        for start in range(0, len(lines), ITEM_LINES):
            item = (link, _events(link.session, lines[start : start + ITEM_LINES], hub.clock()))
            # Most often there is room, and not awaiting saves a pass of the scheduler.
            try:
                hub.inbox.send_nowait(item)
            except trio.WouldBlock:
                await hub.inbox.send(item)


def _events(session: int, lines: list[bytes | Malformed], at: float) -> tuple[Event, ...]:
    return tuple(
        Received(
            session,
            line if isinstance(line, Malformed) else read_line(line, MAX_CLIENT_TAGS),
            at,
        )
        for line in lines
    )


def _turn_away_stranger(transport: Transport, first: bytes) -> str:
    """Why a client must go that by its first bytes is none of IRC; empty if it may stay.

    What the hub then says as ERROR is also the last line of the answer to a browser.
    """
    if first[0] == _TLS_HANDSHAKE:
        return "This port speaks IRC without TLS"
    if _HTTP_REQUEST.match(first):
        with contextlib.suppress(OSError):
            transport.send_nowait(_HTTP_ANSWER)
        return "This port speaks IRC, not HTTP"
    return ""


async def _say_last_words(transport: Transport, link: Link) -> None:
    """Send what is left and what the hub has yet to say, then wait for the client's own end.

    Closing at once with bytes of the client's unread would reset the connection, and the client's
    kernel would throw away the ERROR that says why (RFC 1122 section 4.2.2.13).
    """
    await link.wait_finished()
    await link.drain()
    transport.send_eof()
    try:
        while await transport.receive_some(16 * 1024):
            pass
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass
