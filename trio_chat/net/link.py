"""The link: one client's outbox.

Laws:

* Only the hub puts lines in (`out`) and calls `flush`; `flush` never waits.
* What the kernel does not take is kept and sent by the drain task, which exists only while the
  client lags. More than `sendq` bytes kept: the client is let go.
* After `close` nothing is sent any more.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

import trio

from trio_chat.core.questions import Question
from trio_chat.net.transport import Transport


class Link:
    """Carries lines from the hub to one client's transport."""

    __slots__ = (
        "_answered",
        "_end",
        "_finished",
        "_kept",
        "_kept_bytes",
        "_send_nowait",
        "_sendq",
        "_start_drain",
        "_start_errand",
        "_transport",
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
        """Bytes the kernel has not taken yet."""
        return self._kept_bytes

    def flush(self) -> None:
        """Send the lines of the batch in one write, or keep them if the client lags."""
        out = self.out
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        if self.is_closed:
            return
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
        self._kept_bytes += len(data)
        if self._kept_bytes > self._sendq():
            self._fail("SendQ exceeded")
        else:
            self._kept.append(data)

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
            self._kept_bytes = len(data) - sent
            self._kept[:] = [data[sent:]] if sent < len(data) else []


def _refuse(data: bytes) -> int:
    raise BrokenPipeError(errno.EPIPE, "it is not known how to reach this client yet")


def _no_drain(link: Link) -> None:
    pass
