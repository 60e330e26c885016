"""How fast the lines of one client may follow each other: so many at once, and then as time passes.

Law: nothing is refused or lost by it, and nobody else is slowed: who is too fast waits.
"""

from __future__ import annotations

from trio_chat.core.settings import Limits


class Pace:
    """What one client has taken of its time; it knows one number (GCRA, see `core.throttles`)."""

    __slots__ = ("_even",)

    def __init__(self) -> None:
        self._even = 0.0
        """When all that was taken will have been made up for."""

    def take(self, cost: int, now: float, limits: Limits) -> float:
        """Take this cost; the seconds to wait before anything more is taken."""
        self._even = even = max(self._even, now) + cost / limits.lines_per_second
        return max(0.0, even - now - limits.burst / limits.lines_per_second)
