"""One client's connection: bytes to events, into the hub's inbox, until it ends.

Laws:

* One task per client reads; it waits for the hub when the inbox is full, and so for itself alone.
* However it ends (end of file, reset, SendQ, an ERROR of ours, cancellation at any await), the hub
  is told once and the transport is closed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trio

from trio_chat.core.costs import cost
from trio_chat.core.events import Answered, Closed, Event, Framed, Opened, Received, Secured
from trio_chat.core.questions import Question
from trio_chat.net.hub import Hub
from trio_chat.net.link import Link
from trio_chat.net.pace import Pace
from trio_chat.net.tls_settings import TlsFailed
from trio_chat.net.transport import Bare, Transport
from trio_chat.net.websocket import HandshakeFailed, shake_hands
from trio_chat.wire.lines import SERVER_LINE, LineBuffer
from trio_chat.wire.message import MAX_CLIENT_TAGS, Malformed, Message, read_line

if TYPE_CHECKING:
    from trio_chat.net.tls import Tls


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Bounds on what one connection may hold of the server."""

    sendq: int = 1024 * 1024
    """Bytes kept for a client that does not read; beyond, it is let go. The kernel's own buffer,
    some hundred KB, comes before."""
    recvq: int = 16 * 1024
    """Bytes read from a client at a time; no more is read until the hub has taken their lines."""
    unregistered_sendq: int = 64 * 1024
    """The same before registration is done: 500 strangers that do not read are kept 32 MB."""
    unregistered_recvq: int = 4 * 1024
    """The same before registration is done."""
    max_clients: int = 0
    """Clients that may be connected at a time, the others being told that the server is full; with
    0 as many as it may open files, less some for itself."""
    close_seconds: float = 0.5
    """How long the last words to a client may take, before its connection is closed regardless."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a bound under which no line would get through."""
        for key in ("sendq", "unregistered_sendq"):
            if getattr(self, key) < SERVER_LINE:
                raise ValueError(f"{key} must be at least {SERVER_LINE}, the longest line")
        for key in ("recvq", "unregistered_recvq"):
            if getattr(self, key) < 1:
                raise ValueError(f"{key} must be at least 1")
        if self.max_clients < 0:
            raise ValueError("max_clients must not be negative")
        if self.close_seconds < 0:
            raise ValueError("close_seconds must not be negative")


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be spoken where a client has come in, and by whom."""

    plain: bool = True
    """Whether without TLS."""
    tls: Tls | None = None
    """Whether with it, and how."""
    origins: Sequence[str] = ()
    """The web sites whose pages may connect, besides our own."""

    @property
    def way_in(self) -> str:
        """How an IRC client is to connect, for people to read."""
        if self.tls is None:
            return "without TLS"
        return "with or without TLS" if self.plain else "with TLS"


PLAIN = Terms()

ITEM_LINES = 8
"""Lines that go to the hub at a time. A read of 16 KB may hold thousands of questions with long
answers (2,000 times `WHO` for a room of 1,000 was 5.6 s of the hub's time): between two items the
others have their turn, and a client whose answers exceed its SendQ is let go."""

BLANK_LINES = 64
LINE_BYTES = 2048
"""What costs a client as much as a line: blank lines, or bytes of one that does not end, so many.
They are nothing to the hub, but a read of 16 KB of line ends takes the connection a millisecond."""

SLICE_BYTES = LINE_BYTES
"""Bytes that are cut into lines at a time. Lines that wait take twenty times as much memory as the
bytes they are made of, when they are short, and a client that is too fast has all of them wait."""

GONE = "Connection closed"
"""What the others read of a client that closed its connection without a QUIT."""

Line = bytes | Malformed
"""What the line buffer gives."""

_TLS_HANDSHAKE = b"\x16"
"""The first byte of a TLS connection (RFC 8446 section 5.1)."""

_REQUESTS = (b"GET /", b"HEAD /", b"POST /", b"PUT /", b"OPTIONS ", b"DELETE /", b"PATCH /")
"""How HTTP requests begin. None of these is an IRC command, unlike CONNECT and TRACE."""


async def serve_client(
    transport: Bare, hub: Hub, limits: ConnectionLimits, terms: Terms = PLAIN
) -> None:
    """Serve one client until its connection ends; leaves nothing behind."""
    try:
        await _Connection(transport, hub, limits, terms).run()
    finally:
        transport.close()


class _Connection:
    """What one client's task knows.

    `source` is where its lines come from: the transport, or TLS or a WebSocket on it, or both.
    """

    __slots__ = (
        "bare",
        "hub",
        "is_late",
        "limits",
        "link",
        "nursery",
        "pace",
        "reason",
        "source",
        "terms",
    )

    def __init__(self, transport: Bare, hub: Hub, limits: ConnectionLimits, terms: Terms) -> None:
        self.bare = transport
        self.source: Transport = transport
        self.hub = hub
        self.limits = limits
        self.terms = terms
        self.reason = ""
        self.pace = Pace()
        self.is_late = False
        self.link = Link(
            hub.new_session(),
            transport,
            self._sendq,
            self._start_drain,
            self._end,
            self._start_errand,
        )

    async def run(self) -> None:
        link = self.link
        try:
            async with trio.open_nursery() as self.nursery:
                try:
                    await self._tell((self._opened(),))
                    self._end(await self._read())
                finally:
                    # Within the nursery: between its end and the next line of this task the hub
                    # may have its turn, and a task started then would be one too many.
                    link.stop_draining()
        finally:
            # A hub that has failed takes nothing any more: it is heard of from the hub itself.
            with trio.CancelScope(shield=True), contextlib.suppress(trio.BrokenResourceError):
                await self._tell((Closed(link.session, self.reason or GONE, self.hub.clock()),))
        with trio.move_on_after(self.limits.close_seconds):
            await link.wait_finished()  # the hub may have last words to say
            await link.wait_kept()
            await link.drain()
            await _part_in_peace(self.source)

    def _is_registered(self) -> bool:
        session = self.hub.world.sessions.get(self.link.session)
        return session is None or session.registered  # None: its last words are under way

    def _sendq(self) -> int:
        """Bytes that may be kept for the client by now."""
        return self.limits.sendq if self._is_registered() else self.limits.unregistered_sendq

    def _recvq(self) -> int:
        """Bytes that are read from the client at a time by now."""
        return self.limits.recvq if self._is_registered() else self.limits.unregistered_recvq

    def _opened(self) -> Opened:
        link = self.link
        return Opened(link.session, self.source.peer, self.hub.clock(), outlet=link)

    def _start_drain(self, link: Link) -> None:
        self.nursery.start_soon(link.drain)

    def _start_errand(self, question: Question) -> None:
        self.nursery.start_soon(self._run_errand, question)

    async def _run_errand(self, question: Question) -> None:
        answer = await self.hub.errands.answer(question)
        # Before the hub is told: it may ask again at once.
        self.link.go_on()
        await self._tell((Answered(self.link.session, answer, self.hub.clock()),))

    def _end(self, why: str) -> None:
        # The first to notice knows why: a socket tells of a reset once, and after that of an end.
        self.reason = self.reason or why
        self.nursery.cancel_scope.cancel()

    async def _tell(self, events: tuple[Event, ...]) -> None:
        """Put events into the hub's inbox; wait while it is full."""
        # Most often there is room, and not awaiting saves a pass of the scheduler.
        try:
            self.hub.inbox.send_nowait((self.link, events))
        except trio.WouldBlock:
            await self.hub.inbox.send((self.link, events))

    async def _read(self) -> str:
        """Pass on what the client sends, until its end; why it ended."""
        buffer = LineBuffer()
        wait: float | None = None
        try:
            data = await self._recognise()
            while data:
                for lines, idle in self._portions(buffer, data):
                    if wait is not None:  # even for no time: the others' lines come in between
                        await trio.sleep(wait)
                    if self.link.is_asking:  # what waits in the hub is obeyed in one go
                        await self.link.wait_answered()
                    if self.hub.is_behind:
                        await self.link.wait_kept()
                    messages = [_read_line(line) for line in lines]
                    if messages:
                        await self._tell(_events(self.link.session, messages, self.hub.clock()))
                    wait = self._charge(messages, idle)
                wait = wait or None
                data = await self.source.receive_some(self._recvq())
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return "Connection reset"
        except _Stranger as stranger:
            return str(stranger)
        return GONE

    def _portions(self, buffer: LineBuffer, data: bytes) -> Iterator[tuple[list[Line], int]]:
        """The lines that these bytes complete, as many at a time as go to the hub.

        With the last of a slice comes the cost of what in it is no line.
        """
        for start in range(0, len(data), SLICE_BYTES):
            some = data[start : start + SLICE_BYTES]
            lines = buffer.feed(some)
            # Most often it is one line, or a few, and nothing else.
            idle = some.count(b"\n") // BLANK_LINES + len(some) // LINE_BYTES - len(lines)
            first = 0
            while len(lines) - first > (most := 1 if self.is_late else ITEM_LINES):
                yield lines[first : first + most], 0
                first += most
            yield lines[first:], max(0, idle)

    def _charge(self, messages: list[Message | Malformed], idle: int) -> float:
        """Take the cost of what the client has sent; the seconds until more may be passed on."""
        session = self.hub.world.sessions.get(self.link.session)
        if session is None or session.exempt:
            return 0.0
        total = idle
        for message in messages:
            total += cost(message)
        wait = self.pace.take(total, trio.current_time(), self.hub.world.settings.limits)
        self.is_late = wait > 0
        return wait

    async def _recognise(self) -> bytes:
        """The first bytes in IRC, by which a client shows what it speaks. Raises `_Stranger`.

        A client that shows nothing speaks IRC; how long it may take to say something is bounded
        by the time for registration.
        """
        tls = self.terms.tls
        if tls is not None:
            shown = await self.bare.peek()
            if shown == _TLS_HANDSHAKE:
                await self._secure(tls)
            elif shown and not self.terms.plain:
                raise _Stranger("This port speaks IRC with TLS only")
        transport = self.source
        first = await _first_bytes(transport)
        if first[:1] == _TLS_HANDSHAKE:
            raise _Stranger("This port speaks IRC without TLS")
        if not first.startswith(_REQUESTS):
            return first
        try:
            websocket = await shake_hands(
                transport, first, self.link.interject, self.terms.origins, self.terms.way_in
            )
        except HandshakeFailed as error:
            self.link.close()  # it has been answered in HTTP: no ERROR after that
            raise _Stranger("No IRC over HTTP but by WebSocket") from error
        self.source = websocket
        await self._tell((Framed(self.link.session, websocket.framing, self.hub.clock()),))
        return await websocket.receive_some(self._recvq())

    async def _secure(self, tls: Tls) -> None:
        """Go on in TLS. Raises `_Stranger`."""
        self.link.mute()  # a line in the midst of the handshake would be no line to the client
        try:
            secured = await tls.shake_hands(self.bare)
        except TlsFailed as error:
            self.link.close()
            raise _Stranger(f"No TLS: {error}") from error
        self.source = secured
        self.link.carry_by(secured)
        event = Secured(self.link.session, secured.fingerprint, self.hub.clock(), secured.hostname)
        await self._tell((event,))


class _Stranger(Exception):
    """A client that does not speak what is spoken here."""


async def _first_bytes(transport: Transport) -> bytes:
    """Bytes enough to tell what is spoken, or fewer if the client has sent its last."""
    first = await transport.receive_some(4096)
    data = first
    while data and any(first != each and each.startswith(first) for each in _REQUESTS):
        data = await transport.receive_some(4096)
        first += data
    return first


def _read_line(line: Line) -> Message | Malformed:
    return line if isinstance(line, Malformed) else read_line(line, MAX_CLIENT_TAGS)


def _events(session: int, messages: list[Message | Malformed], at: float) -> tuple[Event, ...]:
    return tuple([Received(session, message, at) for message in messages])


async def _part_in_peace(transport: Transport) -> None:
    """Send the end, and wait for the client's own.

    Closing at once with bytes of the client's unread would reset the connection, and the client's
    kernel would throw away the ERROR that says why (RFC 1122 section 4.2.2.13).
    """
    transport.send_eof()
    with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        while await transport.receive_some(16 * 1024):
            pass
