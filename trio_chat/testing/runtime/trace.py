"""What happened in a run, a line at a time: `seconds who what`.

Laws:

* The digest is over every line there was, also where only the last are kept.
* A line holds nothing that differs between two processes: no address, no real time. Whoever logs
  sees to it; `doctor` finds the line that breaks it.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable

KEPT_LINES = 400
"""Lines kept of a run whose trace is not kept whole: what a report of a failure shows, and some."""

_CHUNK_LINES = 256
"""Lines digested at a time: one by one, hashing costs as much as making the line."""


class Trace:
    """The lines of one run. `now` tells its virtual seconds."""

    __slots__ = ("_digest", "_kept", "_now", "_undigested", "count")

    def __init__(self, now: Callable[[], float], *, keeps_all: bool = False) -> None:
        self.count = 0
        """Lines there were."""
        self._now = now
        self._kept: deque[str] = deque(maxlen=None if keeps_all else KEPT_LINES)
        self._digest = hashlib.blake2b(digest_size=16)
        self._undigested: list[str] = []

    def log(self, who: str, what: str) -> None:
        """Note that `who` did or met `what`, now."""
        line = f"{self._now():.6f} {who} {what}"
        self.count += 1
        self._kept.append(line)
        waiting = self._undigested
        waiting.append(line)
        if len(waiting) >= _CHUNK_LINES:
            self._take_in()

    def keep_all(self) -> None:
        """Keep every line from now on."""
        self._kept = deque(self._kept)

    @property
    def lines(self) -> list[str]:
        """The lines that were kept: the last ones."""
        return list(self._kept)

    def digest(self) -> str:
        """Of all lines so far, in hexadecimal: equal for equal runs."""
        self._take_in()
        return self._digest.hexdigest()

    def _take_in(self) -> None:
        if self._undigested:
            text = "\n".join(self._undigested) + "\n"
            # Whatever a client sends may be in a line, half a surrogate pair too.
            self._digest.update(text.encode(errors="surrogatepass"))
            self._undigested.clear()
