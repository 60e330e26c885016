"""The oracle: what all users of a chat saw, and what must be true of it whatever the server.

`Journal` is what they saw, and `check` finds what is wrong with it. `invariant` adds a rule of
one's own.
"""

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.invariants import Watcher, invariant
from trio_chat.testing.oracle.journal import Event, Journal, Kind
from trio_chat.testing.oracle.rules import check

__all__ = ["Event", "Finding", "Journal", "Kind", "Watcher", "check", "invariant"]
