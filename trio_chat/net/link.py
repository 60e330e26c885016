"""The link: one client's outbox.

Laws:

* Only the hub puts lines in (`out`) and calls `flush`; `flush` never waits.
* What tells a client that its message is kept is held back until it is (`hold`), and all that comes
  after it waits behind it: a client gets its lines in order. Nobody else's link waits.
* What the kernel does not take is kept and sent by the drain task, which exists only while the
  client lags. More than `sendq` bytes kept: the client is let go.
* After `close` nothing is sent any more.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable

import trio

from trio_chat.core.questions import Question
from trio_chat.net.transport import Transport


class Held:
    """Bytes that wait for their turn; `is_due` once nothing of their own keeps them back."""

    __slots__ = ("data", "is_due")

    def __init__(self, data: bytes, is_due: bool) -> None:
        self.data = data
        self.is_due = is_due


class Link:
    """Carries lines from the hub to one client's transport."""

    __slots__ = (
        "_answered",
        "_end",
        "_finished",
        "_held",
        "_kept",
        "_kept_bytes",
        "_send_nowait",
        "_sendq",
        "_start_drain",
        "_start_errand",
        "_transport",
        "_unkept",
        "_written",
        "is_closed",
        "is_finished",
        "out",
        "session",
    )

    def __init__(
        self,
        session: int,
        transport: Transport,
        sendq: Callable[[], int],
        start_drain: Callable[[Link], None],
        end: Callable[[str], None],
        start_errand: Callable[[Question], None] | None = None,
    ) -> None:
        """`sendq` tells how many bytes may be kept by now. `start_drain` is to run `drain` in a
        task; `end` is to end the connection, and why.

        `start_errand` is to have a question answered in a task, which calls `go_on` when it is.
        """
        self.session = session
        self.out: list[bytes] = []
        """Lines of the batch at hand; a link is dirty when this is not empty."""
        self.is_closed = False
        self.is_finished = False
        """Whether the hub has put in the last line this link will carry."""
        self._finished: trio.Event | None = None
        self._transport = transport
        self._send_nowait = transport.send_nowait
        self._sendq = sendq
        self._start_drain = start_drain
        self._start_errand = start_errand
        self._answered: trio.Event | None = None
        self._end = end
        self._held: deque[Held] | None = None
        self._unkept = 0
        self._written: trio.Event | None = None
        self._kept: list[bytes] = []
        self._kept_bytes = 0

    def mute(self) -> None:
        """Send nothing until `carry_by`: whatever is to be sent before ends the connection."""
        self._send_nowait = _refuse

    def carry_by(self, transport: Transport) -> None:
        """Send by this transport from now on."""
        self._transport = transport
        self._send_nowait = transport.send_nowait

    @property
    def backlog(self) -> int:
        """Bytes the kernel has not taken yet, or that are held back."""
        return self._kept_bytes

    def flush(self) -> None:
        """Send the lines of the batch in one write, or keep them if the client lags."""
        out = self.out
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        if self.is_closed:
            return
        if self._held:
            self._held.append(Held(data, is_due=True))
            self._count(data)
            return
        self._send(data)

    def _send(self, data: bytes) -> None:
        if self._kept:
            self._keep(data)
            return
        try:
            sent = self._send_nowait(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._fail("Connection reset")
            return
        if sent != len(data):
            self._keep(data[sent:])
            if not self.is_closed:
                self._start_drain(self)

    def _keep(self, data: bytes) -> None:
        self._kept.append(data)
        self._count(data)

    def _count(self, data: bytes) -> None:
        self._kept_bytes += len(data)
        if self._kept_bytes > self._sendq():
            self._fail("SendQ exceeded")

    # -- holding back

    def hold(self, since: int) -> Held | None:
        """Hold back the lines from number `since` of `out` on, until they are released; None if
        there are none."""
        out = self.out
        if len(out) <= since:
            # What others have said waits for the end of the batch. Where all speak at once, a write
            # before each message would cost a fifth of the deliveries.
            return None
        data = b"".join(out[since:])
        del out[since:]
        if out:
            self.flush()
        if self.is_closed:
            return None
        if self._held is None:
            self._held = deque()
        held = Held(data, is_due=False)
        self._held.append(held)
        self._count(data)
        return held

    def release(self, held: Held) -> None:
        """Send what was held back, and what has waited behind it alone."""
        held.is_due = True
        if self.is_closed or not self._held:
            return
        due = []
        while self._held and self._held[0].is_due:
            due.append(self._held.popleft().data)
        data = b"".join(due)
        self._kept_bytes -= len(data)
        if data:
            self._send(data)

    def replace(self, held: Held, since: int) -> None:
        """Send the lines from number `since` of `out` on in the place of what was held back."""
        data = b"".join(self.out[since:])
        del self.out[since:]
        self._kept_bytes += len(data) - len(held.data)
        held.data = data
        self.release(held)

    def count_unkept(self, more: int) -> None:
        """Count what the client has said and nobody has written down yet, or has by now."""
        self._unkept += more
        if not self._unkept and self._written is not None:
            self._written.set()
            self._written = None

    async def wait_kept(self) -> None:
        """Wait until all that the client has said is written down, or could not be."""
        if self._unkept:
            if self._written is None:
                self._written = trio.Event()
            await self._written.wait()

    # -- the end

    def _fail(self, reason: str) -> None:
        self.close()
        self._end(reason)

    def interject(self, data: bytes) -> None:
        """Send bytes that come from elsewhere than the hub, between two lines, never within one."""
        at_once = not self.out
        self.out.append(data)
        if at_once:  # else the hub is about to flush them
            self.flush()

    def finish(self) -> None:
        """Put in no more lines; the connection is to end when these have been sent."""
        if self.out:
            self.flush()
        self.is_finished = True
        if self._finished is not None:
            self._finished.set()
        self._end("")

    async def wait_finished(self) -> None:
        """Wait until the hub has called `finish`."""
        if not self.is_finished:
            # Made only now: an event for every idle client would cost more than its link.
            self._finished = trio.Event()
            await self._finished.wait()

    def stop_draining(self) -> None:
        """Start no tasks any more; what is kept waits for the caller's own `drain`."""
        self._start_drain = _no_drain
        self._start_errand = None

    def ask(self, question: Question) -> None:
        """Have a question answered; nothing more is to be read from the client until then."""
        if self._start_errand is not None:
            self._answered = trio.Event()
            self._start_errand(question)

    def go_on(self) -> None:
        """The question has been answered."""
        if self._answered is not None:
            self._answered.set()
            self._answered = None

    @property
    def is_asking(self) -> bool:
        """Whether a question of this client's is being answered."""
        return self._answered is not None

    async def wait_answered(self) -> None:
        """Wait until no question of this client's is being answered."""
        while self._answered is not None:
            await self._answered.wait()

    def close(self) -> None:
        """Send no more and forget what was kept."""
        self.is_closed = True
        self._held = None
        self._kept.clear()
        self._kept_bytes = 0

    async def drain(self) -> None:
        """Send what was kept, waiting for the client as long as it takes."""
        while self._kept:
            try:
                await self._transport.wait_writable()
                data = b"".join(self._kept)
                sent = self._send_nowait(data) if data else 0
            except BlockingIOError:
                continue
            except (OSError, trio.ClosedResourceError):
                self._fail("Connection reset")
                return
            self._kept_bytes -= sent
            self._kept[:] = [data[sent:]] if sent < len(data) else []


def _refuse(data: bytes) -> int:
    raise BrokenPipeError(errno.EPIPE, "it is not known how to reach this client yet")


def _no_drain(link: Link) -> None:
    pass
