"""The line buffer: bytes as they arrive in, whole lines out, bounded.

Laws: what is kept of an unfinished line never exceeds the limit; an over-long line is reported
once, when its end arrives or the limit is passed, and costs no later line.
"""

from __future__ import annotations

from trio_chat.wire.message import MAX_BODY, MAX_CLIENT_TAGS, MAX_TAGS, Fault, Malformed

CLIENT_LINE = MAX_CLIENT_TAGS + MAX_BODY
"""The longest line a client may send, in bytes, tags and CR LF included."""

SERVER_LINE = MAX_TAGS + MAX_BODY
"""The longest line a server may send, in bytes, tags and CR LF included."""


class LineBuffer:
    """Cuts a stream of bytes into lines that end with LF or CR LF.

    RFC 1459 ends a line with CR LF; a bare LF is taken too, since people talk to servers with `nc`.
    """

    __slots__ = ("_limit", "_partial", "_skipping")

    def __init__(self, limit: int = CLIENT_LINE) -> None:
        self._limit = limit
        self._partial = b""
        self._skipping = False

    @property
    def pending(self) -> int:
        """Bytes of the unfinished line that are kept."""
        return len(self._partial)

    def feed(self, data: bytes) -> list[bytes | Malformed]:
        """The lines that `data` completes, in order, without their ends; empty lines are dropped.

        An over-long line stands in its place as `Malformed(TOO_LONG)`.
        """
        if self._partial:
            data = self._partial + data
        *whole, partial = data.split(b"\n")
        lines: list[bytes | Malformed] = []
        for line in whole:
            if self._skipping:
                self._skipping = False
            elif len(line) >= self._limit:
                lines.append(Malformed(Fault.TOO_LONG))
            elif line and line != b"\r":
                lines.append(line.removesuffix(b"\r"))
        if self._skipping:
            partial = b""
        elif len(partial) >= self._limit:
            lines.append(Malformed(Fault.TOO_LONG))
            self._skipping = True
            partial = b""
        self._partial = partial
        return lines
