"""Who watches which nicks (IRCv3 monitor).

Laws: a nick is on a session's list exactly if the session is among those who watch the nick; both
sides keep their order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trio_chat.core.state import Session


class Monitors:
    """The monitor lists of all sessions; nicks are case-insensitive."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        """`fold` gives the form under which two nicks are the same."""
        self._fold = fold
        self._watchers: dict[str, dict[Session, None]] = {}
        self._lists: dict[Session, dict[str, str]] = {}

    def list_of(self, session: Session) -> tuple[str, ...]:
        """The nicks a session watches, as it wrote them."""
        return tuple(self._lists.get(session, {}).values())

    def count(self, session: Session) -> int:
        return len(self._lists.get(session, ()))

    def watchers(self, nick: str) -> tuple[Session, ...]:
        """The sessions that watch a nick."""
        return tuple(self._watchers.get(self._fold(nick), ()))

    def watches(self, session: Session, nick: str) -> bool:
        return self._fold(nick) in self._lists.get(session, ())

    def add(self, session: Session, nick: str) -> None:
        """Let a session watch a nick; nothing new if it does already."""
        self._lists.setdefault(session, {}).setdefault(self._fold(nick), nick)
        self._watchers.setdefault(self._fold(nick), {})[session] = None

    def remove(self, session: Session, nick: str) -> None:
        """Let a session no longer watch a nick; nothing new if it does not."""
        key = self._fold(nick)
        mine = self._lists.get(session, {})
        if mine.pop(key, None) is None:
            return
        if not mine:
            del self._lists[session]
        watchers = self._watchers[key]
        del watchers[session]
        if not watchers:
            del self._watchers[key]

    def clear(self, session: Session) -> None:
        """Let a session watch nobody any more."""
        for nick in self.list_of(session):
            self.remove(session, nick)
